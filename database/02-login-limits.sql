-- What slows guessing down. Written and read by auth-service only.

-- Failed logins, counted by rate-limiter-flexible, whose columns these are. Keys: 'account:<who>' and 'pair:<who>:<address>', where who is
-- the id of a user or, for a name nobody has, '~' and a keyed hash of it: what somebody typed into the wrong field is not to be read here.
create table failed_logins (
  -- "C", so that all keys that begin alike are found by the index.
  key text collate "C" primary key,
  points integer not null default 0,
  -- When the count is over, in milliseconds since the epoch. An hour later auth-service deletes the row.
  expire bigint
);
create index failed_logins_by_expiry on failed_logins (expire);
grant select, insert, update, delete on failed_logins to auth_service;

-- Where a user logged in from, an IPv6 address as its /64. For a month that keeps them from being locked out by others' guesses.
create table known_devices (
  user_id bigint not null references users on delete cascade,
  network text not null,
  last_login_at timestamptz not null default now(),
  primary key (user_id, network)
);
grant select, insert, update (last_login_at), delete on known_devices to auth_service;

-- Forgets all failed logins of a user, so that they can try again at once from anywhere, and tells whether there were any. The owner's
-- rights: who may unlock need not see from where users log in.
create function unlock_user(locked_user bigint) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from failed_logins where key = 'account:' || locked_user or key like 'pair:' || locked_user || ':%';
  if not found then return false; end if;
  perform record_change('user-unlocked', null, id, username) from users where id = locked_user;
  return true;
end
$$;
revoke execute on function unlock_user from public;
grant execute on function unlock_user to admin_cli;
