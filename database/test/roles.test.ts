import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { connectAs } from './connect.js'

type Role = 'auth' | 'api' | 'admin'

const forbidden = { code: '42501' }
// The database says in this way that a transaction may only read.
const readOnly = { code: '25006' }

/** What nobody but the owner may do. */
const ownersOnly: [what: string, sql: string][] = [
  ['remove a user', 'delete from users where id = 1'],
  ['empty the users', 'truncate users cascade'],
  ['rename a user', "update users set username = 'eve' where id = 1"],
  ['change when a user was made', 'update users set created_at = now()'],
  ['change what the audit log says', "update audit_log set actor = 'somebody else'"],
  ['remove from the audit log', 'delete from audit_log'],
  ['empty the audit log', 'truncate audit_log'],
  [
    'choose the time of an audit row',
    "insert into audit_log (at, event, actor) values (now() - interval '1 year', 'login', 'x')",
  ],
  [
    'choose who recorded an audit row',
    "insert into audit_log (recorded_by, event, actor) values ('postgres', 'login', 'x')",
  ],
  ['write an audit row of a change that was none', "select record_change('role-changed', null, 1, 'alice')"],
  ['switch the audit log off', 'alter table users disable trigger all'],
  ['remove a trigger', 'drop trigger record_user_change on users'],
  ['skip the triggers', "set session_replication_role = 'replica'"],
  ['change a function', 'create or replace function prune_audit_log() returns bigint language sql as $$ select 1 $$'],
  ['make a table', 'create table mine (id int)'],
  ['make a temporary table', 'create temporary table mine (id int)'],
  ['make a schema', 'create schema mine'],
  ['make a database', 'create database mine'],
  ['make a role', 'create role mine'],
  ['become the owner', 'set role postgres'],
  ['become the owner at the session', 'set session authorization postgres'],
  ['give itself a grant', 'grant pg_read_all_data to current_user'],
  ['read the passwords of roles', 'select * from pg_authid'],
  ['read files', "select pg_read_file('PG_VERSION')"],
  ['list files', "select pg_ls_dir('.')"],
  ['load a file', "copy users from '/etc/passwd'"],
  ['run a program', "copy users to program 'id'"],
  ['load a library', "load 'dblink'"],
  ['install an extension', 'create extension dblink'],
  ['write a large object to a file', "select lo_export(1, '/tmp/x')"],
  ['make a large object', "select lo_from_bytea(0, 'x')"],
  ['make an empty large object', 'select lo_create(0)'],
  ['make an empty large object, the old way', 'select lo_creat(-1)'],
  ['change a setting of the server', "alter system set log_statement = 'none'"],
  [
    'end the connections of others',
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
  ],
]

const forbiddenTo: Record<Role, [what: string, sql: string][]> = {
  auth: [
    ['change a password', 'update users set password_hash = password_hash where id = 1'],
    ['change a role', "update users set role = 'admin' where id = 1"],
    ['enable a user', 'update users set disabled_at = null where id = 1'],
    ['add a user', "insert into users (username, password_hash) values ('eve', 'x')"],
    ['read the audit log', 'select 1 from audit_log'],
    ['read the audit log while writing it', "insert into audit_log (event, actor) values ('login', 'x') returning id"],
    ['read all of a user', 'select * from users'],
    ['read a role', 'select role from users'],
    ['unlock a user', 'select unlock_user(1)'],
  ],
  api: [
    ['read password hashes', 'select password_hash from users'],
    ['compare password hashes', "select id from users where password_hash like '$2b$%'"],
    ['copy password hashes', 'copy users (password_hash) to stdout'],
    ['read who is disabled', 'select disabled_at from users'],
    ['read whose sessions there are', 'select user_id from sessions'],
    ['read the addresses of sessions', 'select address from sessions'],
    ['read refresh tokens', 'select hash from refresh_tokens'],
    ['read the audit log', 'select 1 from audit_log'],
    ['write the audit log', "insert into audit_log (event, actor) values ('login', 'x')"],
    ['prune the audit log', 'select prune_audit_log()'],
    ['read failed logins', 'select key from failed_logins'],
    ['read where users logged in from', 'select network from known_devices'],
    ['unlock a user', 'select unlock_user(1)'],
    ['renew a password hash', "select renew_password_hash(1, '', '')"],
    ['change a role', "update users set role = 'admin' where id = 1"],
    ['say that somebody logged in', 'update users set last_login_at = now()'],
    ['end a session', "update sessions set ended_at = now(), end_reason = 'logout'"],
    ['open a session', 'insert into sessions (id) values (gen_random_uuid())'],
    ['remove a session', 'delete from sessions'],
  ],
  admin: [
    ['read password hashes', 'select password_hash from users'],
    ['read a password hash by changing it', 'update users set role = role where id = 1 returning password_hash'],
    ['choose the id of a user', "insert into users (id, username, password_hash) values (9, 'eve', 'x')"],
    ['read refresh tokens', 'select hash from refresh_tokens'],
    ['make a refresh token', "insert into refresh_tokens (hash, session_id) select sha256('x'), id from sessions"],
    ['open a session', 'insert into sessions (id) values (gen_random_uuid())'],
    ['prolong a session', "update sessions set absolute_expires_at = now() + interval '1 year'"],
    ['remove a session', 'delete from sessions'],
    ['forget failed logins and tell nobody', 'delete from failed_logins'],
    ['make a device known', "insert into known_devices values (1, '192.0.2.1')"],
    ['renew a password hash', "select renew_password_hash(1, '', '')"],
    ['write the audit log', "insert into audit_log (event, actor) values ('login', 'x')"],
    ['prune the audit log', 'select prune_audit_log()'],
  ],
}

describe.each(['auth', 'api', 'admin'] as const)('the role of %s may not', (role) => {
  it.each([...ownersOnly, ...forbiddenTo[role]])('%s', async (_what, sql) => {
    const client = await connectAs(role)
    // api_service reads only, unless it says otherwise; that is a convenience and no guard, so it says otherwise here.
    await client.query('set default_transaction_read_only = off')
    await expect(client.query(sql)).rejects.toMatchObject(forbidden)
  })
})

it.each(
  (['auth', 'api', 'admin'] as const).flatMap((role) =>
    (['postgres', 'template1'] as const).map((database) => ({ role, database })),
  ),
)('the role of $role may not connect to the database $database', async ({ role, database }) => {
  const url = new URL(inject('databaseUrls')[role])
  url.pathname = `/${database}`
  await expect(new pg.Client(url.href).connect()).rejects.toMatchObject(forbidden)
})

it('lets api_service change nothing in passing', async () => {
  await expect((await connectAs('api')).query("update users set role = 'admin'")).rejects.toMatchObject(readOnly)
})

it.each([
  ['auth', { statement_timeout: '2s', lock_timeout: '1s', idle_in_transaction_session_timeout: '5s' }],
  ['api', { statement_timeout: '2s', lock_timeout: '1s', idle_in_transaction_session_timeout: '5s' }],
  ['admin', { statement_timeout: '30s', lock_timeout: '5s', idle_in_transaction_session_timeout: '5s' }],
] as const)('bounds in time what the role of %s does', async (role, bounds) => {
  const client = await connectAs(role)
  for (const [setting, value] of Object.entries(bounds)) {
    expect((await client.query(`show ${setting}`)).rows[0]).toEqual({ [setting]: value })
  }
})

it('bounds in number the connections of each role', async () => {
  const owner = await connectAs('owner')
  const { rows } = await owner.query(
    "select rolname, rolconnlimit from pg_roles where rolcanlogin and rolname <> 'postgres' order by rolname",
  )
  expect(rows).toEqual([
    { rolname: 'admin_cli', rolconnlimit: 5 },
    { rolname: 'api_service', rolconnlimit: 66 },
    { rolname: 'auth_service', rolconnlimit: 66 },
  ])
})
