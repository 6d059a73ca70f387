-- A hash of an older kind is replaced when its user logs in, which is when the password is at hand. That is no change of the password, so it
-- ends no session: the triggers of users leave out what this role does, and nobody can be it but the function below.
create role hash_renewer nologin;
grant usage on schema public to hash_renewer;
grant select (id, password_hash), update (password_hash) on users to hash_renewer;

-- Replaces a hash by a better one of the same password: of a higher cost, in place of $2a$ or $2y$, or with a pepper in place of none. False
-- when it is another one by now, or would not be better. That it is the same password only the caller can know.
create function renew_password_hash(of_user bigint, old_hash text, new_hash text)
returns boolean language sql security definer set search_path = public, pg_temp as $$
  with parts as (
    select
      left(old_hash, -60) as old_pepper, left(right(old_hash, 60), 4) as old_kind, substr(right(old_hash, 60), 5, 2) as old_cost,
      left(new_hash, -60) as new_pepper, left(right(new_hash, 60), 4) as new_kind, substr(right(new_hash, 60), 5, 2) as new_cost
  ), renewed as (
    update users set password_hash = new_hash from parts
      where users.id = of_user
        and users.password_hash = old_hash
        and new_kind = '$2b$' and new_cost >= old_cost and old_pepper in ('', new_pepper)
        and (old_kind <> '$2b$' or new_cost > old_cost or new_pepper <> old_pepper)
      returning 1
  )
  select exists (select from renewed)
$$;
alter function renew_password_hash owner to hash_renewer;
revoke execute on function renew_password_hash from public;
grant execute on function renew_password_hash to auth_service;
