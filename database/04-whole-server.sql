-- What Postgres lets everybody do outside of our tables, and nobody here needs. For a server that serves this stack alone, by its superuser.

-- In these one could make temporary tables without end.
revoke all on database postgres, template1 from public;

-- Files of any size inside the database.
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;
