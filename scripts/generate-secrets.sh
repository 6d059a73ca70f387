#!/bin/sh
# Makes the secrets of a stack, at random, where they are missing; what is there is kept. Prints no secret.
# JWT_SECRET, or the file JWT_SECRET_FILE names, is used instead of a random signing key.
# usage: scripts/generate-secrets.sh DIR
#   DIR/db     what Postgres is initialised with    DIR/auth  what auth-service reads    DIR/api  what api-service reads
#   DIR/admin  what the admin CLI reads
# As root, and with POSTGRES_UID and SERVICE_UID set, the files are given to those users.
# With TLS_CERTIFICATE_FILE and TLS_KEY_FILE, DIR/gateway has copies of them that the user GATEWAY_UID can read, and nobody else.
set -eu
umask 077

random_hex() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# put FILE: writes standard input, unless the file is there; by renaming, so that a half-written secret is never read.
put() {
  if [ -s "$1" ]; then
    cat >/dev/null
  else
    cat >"$1.new" && mv "$1.new" "$1"
  fi
}

signing_key() {
  if [ -n "${JWT_SECRET:-}" ] && [ -n "${JWT_SECRET_FILE:-}" ]; then
    echo 'generate-secrets: JWT_SECRET and JWT_SECRET_FILE are both set; set one' >&2
    return 1
  elif [ -n "${JWT_SECRET:-}" ]; then
    printf '%s' "$JWT_SECRET"
  elif [ -n "${JWT_SECRET_FILE:-}" ]; then
    cat "$JWT_SECRET_FILE"
  else
    random_hex
  fi
}

# The rule of isSample in packages/service-kit/src/sample-secret.ts, so that the answer is the same before the services start.
is_sample() {
  printf '%s' "$1" | grep -Eiq \
    'secret|password|change.?me|your.?(256|key|jwt)|example|default|insecure|replace|placeholder|qwerty|0123456789|abcdefgh' ||
    [ "$(printf '%s' "$1" | fold -b -w 1 | sort -u | wc -l)" -lt 8 ]
}

database_url() { printf 'postgres://%s:%s@db:5432/auth' "$1" "$(cat "$2")"; }

# The names are those of nginx/includes/tls.conf. Copied anew each time: they are renewed.
copy_certificate() {
  mkdir -p "$1"
  cat "$TLS_CERTIFICATE_FILE" >"$1/certificate.pem.new"
  cat "$TLS_KEY_FILE" >"$1/key.pem.new"
  mv "$1/key.pem.new" "$1/key.pem"
  mv "$1/certificate.pem.new" "$1/certificate.pem"
  chown -R "$GATEWAY_UID:$GATEWAY_UID" "$1"
}

main() {
  dir=$1
  mkdir -p "$dir/db" "$dir/auth" "$dir/api" "$dir/admin"

  for name in postgres_password auth_service_password api_service_password admin_cli_password; do
    random_hex | put "$dir/db/$name"
  done
  random_hex | put "$dir/auth/refresh_token_secret"
  database_url auth_service "$dir/db/auth_service_password" | put "$dir/auth/database_url"
  database_url api_service "$dir/db/api_service_password" | put "$dir/api/database_url"
  database_url admin_cli "$dir/db/admin_cli_password" | put "$dir/admin/database_url"

  # What scripts/rotate-keys.sh fills; an empty file is as good as none.
  for name in auth/jwt_secrets_accepted api/jwt_secrets_accepted auth/jwt_private_key auth/jwt_public_keys_accepted; do
    : >>"$dir/$name"
  done
  # Where a private key signs, a secret that was dropped does not come back.
  if [ ! -s "$dir/auth/jwt_private_key" ] || [ -n "${JWT_SECRET:-}${JWT_SECRET_FILE:-}" ]; then put_signing_key; fi

  if [ -n "${TLS_CERTIFICATE_FILE:-}" ]; then copy_certificate "$dir/gateway"; fi
  if [ -n "${POSTGRES_UID:-}" ]; then chown -R "$POSTGRES_UID:$POSTGRES_UID" "$dir/db"; fi
  if [ -n "${SERVICE_UID:-}" ]; then chown -R "$SERVICE_UID:$SERVICE_UID" "$dir/auth" "$dir/api" "$dir/admin"; fi
}

# Both services hold the one key; a given one replaces what an earlier start wrote.
put_signing_key() {
  key=$(signing_key)
  # Refused here, because a key that is written is kept. RFC 7518 §3.2: no shorter than the hash.
  if [ "$(printf '%s' "$key" | wc -c)" -lt 32 ]; then
    echo 'generate-secrets: JWT_SECRET must be at least 32 bytes' >&2
    return 1
  fi
  if is_sample "$key"; then
    echo 'generate-secrets: JWT_SECRET is a sample, or too regular; make a random one: openssl rand -hex 32' >&2
    return 1
  fi
  if [ -n "${JWT_SECRET:-}${JWT_SECRET_FILE:-}" ]; then rm -f "$dir/auth/jwt_secret" "$dir/api/jwt_secret"; fi
  printf '%s' "$key" | put "$dir/auth/jwt_secret"
  put "$dir/api/jwt_secret" <"$dir/auth/jwt_secret"
}

main "${1:?usage: scripts/generate-secrets.sh DIR}"
