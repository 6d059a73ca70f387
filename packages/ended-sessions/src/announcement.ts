/** What `announce_ended_session` (database/02-sessions.sql) notifies. */
export const announcementChannel = 'session_ended'

/** A session that ended, as the database tells of it. */
export type EndedSession = {
  sid: string
  /** Seconds since the epoch until when its access tokens can live. */
  until: number
  /** Milliseconds since the epoch, by the clock of Postgres. */
  endedAtMs: number
}

const pattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (\d{1,11}) (\d{1,14})$/

/** Reads the payload of a notification, `<sid> <until> <ended at>`. Returns undefined for anything else: any role may notify. */
export function parseAnnouncement(payload = ''): EndedSession | undefined {
  const [, sid, until, endedAtMs] = pattern.exec(payload) ?? []
  return sid === undefined ? undefined : { sid, until: Number(until), endedAtMs: Number(endedAtMs) }
}
