import type { Database } from '@auth-stack/service-kit'
import { auditContext, type Client } from './audit-log.js'

/** A session and whose it is, as an access token names them: a uuid, and a bigint as a string. */
export type SessionOfUser = { sessionId: string; userId: string }

/** Whether it could be the id of a session: only then Postgres can be asked. */
export const isSessionId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** A session as its owner may see it. */
export type SessionView = { id: string; createdAt: Date; lastUsedAt: Date; address: string; userAgent: string }

type OpenedSession = SessionOfUser &
  Client & {
    /** What the password was compared with. */
    passwordHash: string
    refreshTokenHash: Buffer
    /** Seconds since the epoch when the first access token expires. */
    accessExpiresAt: number
    idleSeconds: number
    absoluteSeconds: number
  }

type RefreshTry = Client & {
  /** SHA-256 of the token that was presented, and of the one it would be spent on. */
  hash: Buffer
  successorHash: Buffer
  /** Seconds since the epoch when the access token that would be issued expires. */
  accessExpiresAt: number
  idleSeconds: number
  /** How long a spent token may still be presented. */
  graceSeconds: number
}

/**
 * How a presented refresh token was judged. `renewed`: it is spent now, on the successor; `repeated`: it was, a moment ago, on the same;
 * `reused`: it was, too long ago, and the session has been ended for it; `refused`: anything else. Whose it is, is not known of a token
 * that nobody knows. `reason` is for the audit log.
 */
export type RefreshOutcome = { reason: string | null } & (
  | ({ outcome: 'renewed' | 'repeated'; expiresInSeconds: number } & SessionOfUser)
  | ({ outcome: 'reused' } & SessionOfUser)
  | ({ outcome: 'refused' } & Partial<SessionOfUser>)
)

/**
 * The sessions and their refresh tokens. Each call is one statement: one round trip, all of it or nothing. The clock is that of Postgres,
 * because the clocks of instances differ, and a refresh token spent at one is repeated at another. What changes anything writes its row of
 * the audit log in the same statement, itself or by trigger.
 */
export function createSessionRepository(db: Pick<Database, 'query'>) {
  return {
    /** Opens a session and writes down the login; false, and nothing done, when the user is disabled or the password another by now. */
    async open(session: OpenedSession): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'open-session',
        text: openSession,
        values: [
          session.sessionId,
          session.userId,
          session.passwordHash,
          session.refreshTokenHash,
          session.accessExpiresAt,
          session.idleSeconds,
          session.absoluteSeconds,
          session.address,
          session.userAgent,
          session.requestId,
        ],
      })
      return rowCount === 1
    },

    /** Spends a refresh token. `expiresInSeconds` is until when its successor can be spent. */
    async refresh(presented: RefreshTry): Promise<RefreshOutcome> {
      const { rows } = await db.query<RefreshOutcome>({
        name: 'refresh-session',
        text: refreshSession,
        values: [
          presented.hash,
          presented.successorHash,
          presented.accessExpiresAt,
          presented.idleSeconds,
          presented.graceSeconds,
          presented.address,
          presented.userAgent,
          presented.requestId,
          auditContext('anonymous', presented),
        ],
      })
      return rows[0] ?? { outcome: 'refused', reason: null }
    },

    /** Ends the session of a refresh token, spent or not; which, if there was one to end. */
    async endByRefreshToken(hash: Buffer, client: Client): Promise<SessionOfUser | undefined> {
      const { rows } = await db.query<SessionOfUser>({
        name: 'end-session-by-refresh-token',
        text: endByRefreshToken,
        values: [hash, auditContext('user', client)],
      })
      return rows[0]
    },

    /** Ends a session because its user leaves, and says whether there was one to end. */
    async endByLogout({ sessionId, userId }: SessionOfUser, client: Client): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'end-session-by-logout',
        text: endByLogout,
        values: [sessionId, userId, auditContext('user', client)],
      })
      return rowCount === 1
    },

    /** The one that asks, and the others by their last use, a hundred in all; undefined when the one that asks has ended. */
    async list({ sessionId, userId }: SessionOfUser): Promise<SessionView[] | undefined> {
      const { rows } = await db.query<SessionView>({
        name: 'list-sessions',
        text: listSessions,
        values: [sessionId, userId],
      })
      return rows[0]?.id === sessionId ? rows : undefined
    },

    /** Ends one of the user's sessions, on behalf of another, or of itself. */
    async endOne(asking: SessionOfUser, id: string, client: Client): Promise<EndedOne> {
      const { rows } = await db.query<{ state: EndedOne }>({
        name: 'end-one-session',
        text: endOne,
        values: [asking.sessionId, asking.userId, id, auditContext('user', client)],
      })
      return rows[0]?.state ?? 'not-found'
    },

    /** Ends all of the user's sessions but the one that asks, and says which; undefined when that one has ended. */
    async endOthers({ sessionId, userId }: SessionOfUser, client: Client): Promise<string[] | undefined> {
      const { rows } = await db.query<{ isLive: boolean; ended: string[] }>({
        name: 'end-other-sessions',
        text: endOthers,
        values: [sessionId, userId, auditContext('user', client)],
      })
      return rows[0]?.isLive ? rows[0].ended : undefined
    },

    /**
     * Ends, of each of these users, the sessions beyond the `most` that were used last: at most `limit` in all, those first that are furthest
     * beyond. Says which.
     */
    async endSurplus(userIds: string[], most: number, limit: number): Promise<SessionOfUser[]> {
      const { rows } = await db.query<SessionOfUser>({
        name: 'end-surplus-sessions',
        text: endSurplus,
        values: [userIds, most, limit, auditContext('system')],
      })
      return rows
    },

    /** Removes some sessions that can do nothing any more, at most `limit` that ended and as many that expired, with their tokens, and says how many. */
    async removeDead(limit: number): Promise<number> {
      const { rowCount } = await db.query({ name: 'remove-dead-sessions', text: removeDead, values: [limit] })
      return rowCount ?? 0
    },

    /** Removes at most `limit` tokens spent more than so long ago, and says how many. */
    async removeSpent(limit: number, spentForSeconds: number): Promise<number> {
      const { rowCount } = await db.query({
        name: 'remove-spent-refresh-tokens',
        text: removeSpent,
        values: [limit, spentForSeconds],
      })
      return rowCount ?? 0
    },
  }
}

export type SessionRepository = ReturnType<typeof createSessionRepository>

/** `ended` now; `already-ended` before; `not-found` among the user's; `asking-ended`: who asks may not any more. */
export type EndedOne = 'ended' | 'already-ended' | 'not-found' | 'asking-ended'

// The update locks the user's row and looks at it as it is then: a user who is disabled, or a password that is changed, between the
// comparison and here gets no session, and whoever does either after it waits and then finds the session to end.
const openSession = `
  with login as (
    update users set last_login_at = now()
    where id = $2::bigint and password_hash = $3 and disabled_at is null
    returning id, username
  ), session as (
    insert into sessions (id, user_id, idle_expires_at, absolute_expires_at, access_expires_at, address, user_agent)
    select $1::uuid, id, now() + make_interval(secs => least($6::float8, $7::float8)), now() + make_interval(secs => $7::float8),
      to_timestamp($5::float8), $8::text, $9::text
    from login
    returning id
  ), recorded as (
    insert into audit_log (event, actor, subject_id, subject, session_id, address, user_agent, request_id)
    select 'login', 'user:' || username, id, username, $1, $8, $9, $10 from login
  )
  insert into refresh_tokens (hash, session_id) select $4::bytea, id from session`

// Whoever comes second waits for the lock of the session, and then sees both rows as the first has left them (READ COMMITTED, EvalPlanQual:
// https://www.postgresql.org/docs/18/transaction-iso.html#XACT-READ-COMMITTED). The session is locked first, here as everywhere.
const refreshSession = `
  with session as (
    select id, user_id, absolute_expires_at, ended_at is null and now() < idle_expires_at
      -- Tokens live whole seconds.
      and now() <= absolute_expires_at - interval '1 s' as is_live
    from sessions
    where id = (select session_id from refresh_tokens where hash = $1::bytea)
    for update
  ), presented as (
    select session.id, session.user_id, session.is_live,
      least(now() + make_interval(secs => $4::float8), session.absolute_expires_at) as idle_expires_at,
      case
        when not session.is_live then 'refused'
        when token.spent_at is null then 'renewed'
        when token.spent_at <= now() - make_interval(secs => $5::float8) then 'reused'
        -- Derived with another key than the one in use now: it cannot be told again.
        when token.successor <> $2::bytea then 'refused'
        else 'repeated'
      end as outcome
    from session join refresh_tokens token on token.session_id = session.id and token.hash = $1
    for update of token
  ), spent as (
    update refresh_tokens set spent_at = now(), successor = $2
    from presented where refresh_tokens.hash = $1 and presented.outcome = 'renewed'
  ), successor as (
    insert into refresh_tokens (hash, session_id) select $2, id from presented where outcome = 'renewed'
  ), used as (
    update sessions set
      last_used_at = now(),
      idle_expires_at = presented.idle_expires_at,
      access_expires_at = greatest(sessions.access_expires_at, to_timestamp($3::float8)),
      address = $6,
      user_agent = $7
    from presented where sessions.id = presented.id and presented.outcome in ('renewed', 'repeated')
  ), ended as (
    update sessions set ended_at = now(), end_reason = 'refresh-token-reused'
    from presented
    where sessions.id = presented.id and presented.outcome = 'reused' and set_config('audit.context', $9, true) is not null
  ), judged as (
    select presented.*, username,
      case outcome
        when 'repeated' then 'repeated'
        when 'reused' then 'refresh-token-reused'
        when 'refused' then case when is_live then 'key-changed' else 'session-over' end
      end as reason
    from presented join users on users.id = presented.user_id
  ), recorded as (
    insert into audit_log (event, outcome, reason, actor, subject_id, subject, session_id, address, user_agent, request_id)
    select 'refresh', case outcome when 'refused' then outcome else 'ok' end, reason,
      case outcome when 'refused' then 'anonymous' else 'user:' || username end, user_id, username, id, $6, $7, $8
    from judged where outcome <> 'reused'
  )
  select outcome, reason, id as "sessionId", user_id as "userId",
    floor(extract(epoch from idle_expires_at - now()))::integer as "expiresInSeconds"
  from judged`

const endByRefreshToken = `
  update sessions set ended_at = now(), end_reason = 'logout'
  where id = (select session_id from refresh_tokens where hash = $1) and ended_at is null
    and set_config('audit.context', $2, true) is not null
  returning id as "sessionId", user_id as "userId"`

const endByLogout = `
  update sessions set ended_at = now(), end_reason = 'logout' where id = $1 and user_id = $2 and ended_at is null
    and set_config('audit.context', $3, true) is not null`

const listSessions = `
  select id, created_at as "createdAt", last_used_at as "lastUsedAt", address, user_agent as "userAgent"
  from sessions
  where user_id = $2 and ended_at is null and now() < idle_expires_at
  order by id = $1::uuid desc, last_used_at desc
  limit 100`

// Locked by id, one after the other, so that two who end each other's do not wait for each other.
const endOne = `
  with pair as (
    select id, ended_at is null as is_live from sessions where user_id = $2 and id in ($1::uuid, $3::uuid) order by id for update
  ), asking as (
    select is_live from pair where id = $1::uuid
  ), ended as (
    update sessions set ended_at = now(), end_reason = 'ended-by-user'
    from pair where sessions.id = pair.id and pair.id = $3::uuid and pair.is_live and (select is_live from asking)
      and set_config('audit.context', $4, true) is not null
  )
  select case
    when not coalesce((select is_live from asking), false) then 'asking-ended'
    when not exists (select from pair where id = $3::uuid) then 'not-found'
    when (select is_live from pair where id = $3::uuid) then 'ended'
    else 'already-ended'
  end as state`

const endOthers = `
  with live as (
    select id from sessions where user_id = $2 and ended_at is null order by id for update
  ), ended as (
    update sessions set ended_at = now(), end_reason = 'ended-by-user'
    from live where sessions.id = live.id and live.id <> $1::uuid and exists (select from live where id = $1::uuid)
      and set_config('audit.context', $3, true) is not null
    returning sessions.id
  )
  select exists (select from live where id = $1::uuid) as "isLive", array(select id from ended) as ended`

const endSurplus = `
  with surplus as (
    select id from (
      select id, row_number() over (partition by user_id order by last_used_at desc) as place
      from sessions where user_id = any($1::bigint[]) and ended_at is null and now() < idle_expires_at
    ) as ranked
    where place > $2 order by place desc limit $3
  ), locked as (
    select id from sessions where id in (select id from surplus) and ended_at is null order by id for update
  )
  update sessions set ended_at = now(), end_reason = 'too-many-sessions'
  from locked where sessions.id = locked.id and set_config('audit.context', $4, true) is not null
  returning sessions.id as "sessionId", user_id as "userId"`

// Those that another instance is removing, or anybody is using, are left to the next time. The minute is for clocks that differ: a
// session has to be there as long as one of its access tokens is good anywhere.
const removeDead = `
  with ended as (
    select id from sessions
    where ended_at is not null and access_expires_at < now() - interval '1 minute'
    limit $1 for update skip locked
  ), expired as (
    select id from sessions
    where idle_expires_at < now() and access_expires_at < now() - interval '1 minute'
    limit $1 for update skip locked
  )
  delete from sessions where id in (select id from ended union select id from expired)`

const removeSpent = `
  delete from refresh_tokens where hash in (
    select hash from refresh_tokens where spent_at < now() - make_interval(secs => $2::float8) limit $1 for update skip locked
  )`
