-- Logins that last. auth-service opens, renews and ends them; api-service reads which have ended.
create table sessions (
  id uuid primary key,
  -- No cascade: of a row that is gone nobody could be told that its access tokens are refused. Who is to be deleted is disabled first.
  user_id bigint not null references users,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  -- No refresh succeeds at or after these: not used for so long, and so old. The first is moved by each refresh, never beyond the second.
  idle_expires_at timestamptz not null,
  absolute_expires_at timestamptz not null,
  -- When no access token that was issued for it can be good any more; an ended session need not be remembered longer.
  access_expires_at timestamptz not null,
  -- Of the login or the last refresh, for the owner's own list.
  address text not null,
  user_agent text not null,
  ended_at timestamptz,
  end_reason text,
  constraint idle_ends_within_absolute check (idle_expires_at <= absolute_expires_at),
  constraint user_agent_is_short check (char_length(user_agent) <= 256),
  constraint end_has_a_reason check ((ended_at is null) = (end_reason is null)),
  constraint end_reason_is_known check (
    end_reason in (
      'logout', 'ended-by-user', 'refresh-token-reused', 'too-many-sessions', 'password-changed', 'user-disabled', 'ended-by-admin'
    )
  )
);
create index sessions_of_user on sessions (user_id) where ended_at is null;
create index sessions_ended on sessions (access_expires_at) where ended_at is not null;
create index sessions_by_expiry on sessions (idle_expires_at);

-- Refresh tokens, by their SHA-256 only. Each is spent once, on one successor; a spent one is kept, so that its reuse is noticed.
create table refresh_tokens (
  hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  spent_at timestamptz,
  -- The hash of the token it was spent on. Here, and not only as a row of its own: a statement that waited for the one that spent it sees
  -- this row as it is now, and would not see one that is new.
  successor bytea,
  constraint hash_is_sha256 check (octet_length(hash) = 32),
  constraint spent_on_a_successor check ((spent_at is null) = (successor is null))
);
create index refresh_tokens_of_session on refresh_tokens (session_id);
create index refresh_tokens_by_spending on refresh_tokens (spent_at) where spent_at is not null;

-- A session that has ended does not live again.
create function keep_session_ended() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null then
    new.ended_at := old.ended_at;
    new.end_reason := old.end_reason;
  end if;
  return new;
end
$$;
create trigger keep_session_ended before update of ended_at, end_reason on sessions
  for each row execute function keep_session_ended();

-- Every end is told to all instances of both services, whoever wrote it:
-- '<session id> <until when to remember it, in seconds since the epoch> <when it ended, in milliseconds since the epoch>'.
create function announce_ended_session() returns trigger language plpgsql as $$
begin
  perform pg_notify(
    'session_ended',
    format(
      '%s %s %s', new.id, ceil(extract(epoch from new.access_expires_at)), floor(extract(epoch from new.ended_at) * 1000)
    )
  );
  return null;
end
$$;
create trigger announce_ended_session after update of ended_at on sessions
  for each row when (old.ended_at is null and new.ended_at is not null) execute function announce_ended_session();

-- A changed password or a disabled user ends all sessions of theirs, whoever changes it and with whatever tool; hash_renewer changes the hash
-- and not the password. The owner's rights: who may change a user need not be able to touch sessions.
create function end_sessions_of_user() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- In the order in which auth-service locks several, or the two could wait for each other.
  perform from sessions where user_id = new.id and ended_at is null order by id for update;
  update sessions
    set ended_at = now(),
        end_reason = case when new.disabled_at is not null then 'user-disabled' else 'password-changed' end
    where user_id = new.id and ended_at is null;
  -- Where they logged in from may be where the thief of the password did.
  delete from known_devices where user_id = new.id;
  return null;
end
$$;
create trigger end_sessions_of_user after update of password_hash, disabled_at on users
  for each row when (
    (old.password_hash is distinct from new.password_hash and current_user <> 'hash_renewer')
    or (old.disabled_at is null and new.disabled_at is not null)
  ) execute function end_sessions_of_user();

grant select, insert, update, delete on sessions, refresh_tokens to auth_service;
grant select (id, ended_at, access_expires_at) on sessions to api_service;
grant select (id, user_id, created_at, last_used_at, idle_expires_at, absolute_expires_at, address, user_agent, ended_at, end_reason),
  update (ended_at, end_reason) on sessions to admin_cli;
