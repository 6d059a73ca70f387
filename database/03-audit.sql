-- What must be known afterwards: who did what to whose account, from where, and with what result. Written in the same transaction as what it
-- tells of, by auth-service (logins, refreshes) or by the triggers below (what any tool can do). admin_cli reads it. Only the owner changes it.
create table audit_log (
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  -- What was attempted: login, logout, password-changed, … A new one needs no change here, or an old schema would refuse new events.
  event text not null,
  outcome text not null default 'ok',
  -- Why it was refused, or why a session ended.
  reason text,
  -- Who did it: user:NAME, admin:NAME, database:ROLE, system for whoever administers the machine, or anonymous for whoever did not prove to be
  -- anybody.
  actor text not null,
  -- Whose account it is about. Not a reference: the row outlives the user. Null when a login named nobody: people type their password there.
  subject_id bigint,
  subject text,
  session_id uuid,
  address text,
  user_agent text,
  request_id text,
  -- The instance of the service, or the program, that did it: what it calls its connection.
  instance text not null default current_setting('application_name'),
  details jsonb,
  -- Not for the writer to choose, unlike the actor.
  recorded_by text not null default session_user,
  primary key (at, id),
  constraint event_is_a_word check (event ~ '^[a-z][a-z-]{1,39}$'),
  constraint outcome_is_known check (outcome in ('ok', 'refused')),
  constraint refusal_has_a_reason check (outcome = 'ok' or reason is not null)
);
create index audit_log_of_subject on audit_log (subject, at);

-- No select, so no way to learn from it; no update and no delete, so no way to hide. Neither the time nor who recorded it can be given.
grant insert (event, outcome, reason, actor, subject_id, subject, session_id, address, user_agent, request_id, details)
  on audit_log to auth_service;
grant select on audit_log to admin_cli;

-- A row about a change, for the triggers. Who changes something on somebody's behalf says so beforehand, in the same transaction:
-- set_config('audit.context', '{"actor": …, "address": …, "userAgent": …, "requestId": …}', true). The actor "user" is the one
-- whose account it is. When nobody says, it is the role that is connected.
create function record_change(
  event text, reason text, subject_id bigint, subject text, session_id uuid default null, details jsonb default null
) returns void language sql security definer set search_path = public, pg_temp as $$
  insert into audit_log (event, reason, actor, subject_id, subject, session_id, address, user_agent, request_id, details)
  select
    $1, $2, case context.actor when 'user' then 'user:' || $4 else coalesce(context.actor, 'database:' || session_user) end,
    $3, $4, $5, context.address, context."userAgent", context."requestId", $6
  from jsonb_to_record(coalesce(nullif(current_setting('audit.context', true), '')::jsonb, '{}'))
    as context (actor text, address text, "userAgent" text, "requestId" text)
$$;
-- Or anybody could write what never was.
revoke execute on function record_change from public;

create function record_session_end() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform record_change(
    case when new.end_reason in ('logout', 'refresh-token-reused') then new.end_reason else 'session-ended' end,
    new.end_reason, new.user_id, (select username from users where id = new.user_id), new.id
  );
  return null;
end
$$;
create trigger record_session_end after update of ended_at on sessions
  for each row when (old.ended_at is null and new.ended_at is not null) execute function record_session_end();

create function record_user_change() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if old.role is distinct from new.role then
    perform record_change('role-changed', null, new.id, new.username, details => jsonb_build_object('from', old.role, 'to', new.role));
  end if;
  if (old.disabled_at is null) <> (new.disabled_at is null) then
    perform record_change(case when new.disabled_at is null then 'user-enabled' else 'user-disabled' end, null, new.id, new.username);
  end if;
  return null;
end
$$;
create trigger record_user_change after update of role, disabled_at on users
  for each row execute function record_user_change();

-- A new hash of the same password is another event than a new password; the role tells them apart, and only a trigger's condition knows it.
create function record_new_hash() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform record_change(tg_argv[0], null, new.id, new.username);
  return null;
end
$$;
create trigger record_new_password after update of password_hash on users
  for each row when (old.password_hash is distinct from new.password_hash and current_user <> 'hash_renewer')
  execute function record_new_hash('password-changed');
create trigger record_renewed_hash after update of password_hash on users
  for each row when (old.password_hash is distinct from new.password_hash and current_user = 'hash_renewer')
  execute function record_new_hash('password-hash-renewed');

create function record_users_added() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform record_change('user-added', null, id, username, details => jsonb_build_object('role', role)) from added;
  return null;
end
$$;
create trigger record_users_added after insert on users
  referencing new table as added for each statement execute function record_users_added();

create function record_users_deleted() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform record_change('user-deleted', null, id, username) from deleted;
  return null;
end
$$;
create trigger record_users_deleted after delete on users
  referencing old table as deleted for each statement execute function record_users_deleted();

-- Removes what is older than 400 days, some thousand rows a call. The age stands here, so that whoever may call it can hide nothing younger.
create function prune_audit_log() returns bigint language sql security definer set search_path = public, pg_temp as $$
  with gone as (
    delete from audit_log where (at, id) in (
      select at, id from audit_log where at < now() - interval '400 days' order by at, id limit 1000 for update skip locked
    ) returning 1
  )
  select count(*) from gone
$$;
revoke execute on function prune_audit_log from public;
grant execute on function prune_audit_log to auth_service;
