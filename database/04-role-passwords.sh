#!/usr/bin/env bash
# Gives the roles their passwords, from the generated secrets. Run by the postgres image after the .sql files.
# usage: (sourced or run in /docker-entrypoint-initdb.d, with the secrets under /run/secrets)
set -Eeuo pipefail

# psql reads the files itself, so that no password is on a command line.
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
-- A statement that failed would be in the log as it is.
set log_min_error_statement = panic;
\set auth_service_password `cat /run/secrets/auth_service_password`
\set api_service_password `cat /run/secrets/api_service_password`
\set admin_cli_password `cat /run/secrets/admin_cli_password`
alter role auth_service password :'auth_service_password';
alter role api_service password :'api_service_password';
alter role admin_cli password :'admin_cli_password';
SQL
