import { createHash, randomBytes, randomUUID } from 'node:crypto'

type Session = { id: string; openedAt: Date; isLive: boolean }

/** Sessions as the contract has them, of one user, in memory; a spent token is repeated for ever. `ends`: whether one can end. */
export function createModelSessions({ ends }: { ends: boolean }) {
  const sessions = new Map<string, Session>()
  const sessionOf = new Map<string, Session>()

  const find = (id: unknown) => {
    const session = sessions.get(String(id))
    return session?.isLive ? session : undefined
  }
  const end = (session: Session | undefined) => {
    if (session && ends) session.isLive = false
  }

  return {
    open() {
      const session = { id: randomUUID(), openedAt: new Date(), isLive: true }
      const refreshToken = randomBytes(32).toString('base64url')
      sessions.set(session.id, session)
      sessionOf.set(refreshToken, session)
      return { sid: session.id, refreshToken }
    },
    refresh(presented: string) {
      const session = sessionOf.get(presented)
      if (!session?.isLive) return undefined
      const refreshToken = createHash('sha256').update(presented).digest('base64url')
      sessionOf.set(refreshToken, session)
      return { sid: session.id, refreshToken }
    },
    isLive: (id: unknown) => find(id) !== undefined,
    hasEnded: (id: unknown) => sessions.get(String(id))?.isLive === false,
    list: (current: unknown) =>
      [...sessions.values()]
        .filter(({ isLive }) => isLive)
        .map(({ id, openedAt }) => ({
          id,
          createdAt: openedAt,
          lastUsedAt: openedAt,
          address: '192.0.2.1',
          userAgent: '',
          current: id === current,
        })),
    endByRefreshToken: (token: string) => end(sessionOf.get(token)),
    /** False when there never was one. */
    endById(id: unknown): boolean {
      end(find(id))
      return sessions.has(String(id))
    },
    endOthers(current: unknown) {
      for (const session of sessions.values()) if (session.id !== current) end(session)
    },
  }
}
