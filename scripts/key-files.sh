#!/bin/sh
# One step of a change of keys, in the files that scripts/generate-secrets.sh made. Prints no key. Run by scripts/rotate-keys.sh, which
# tells the services. Each file is replaced whole, and at every moment they make a set of keys that accepts all valid tokens.
# usage: scripts/key-files.sh DIR begin <KEY   keeps the next key: a private key and its public key in PEM, or nothing for a random secret;
#                                              the one that was begun before is kept instead, if there is one
#        scripts/key-files.sh DIR accept       the next key is accepted
#        scripts/key-files.sh DIR sign         the next key signs; all others stay accepted
#        scripts/key-files.sh DIR finish       forgets that there was a next key
#        scripts/key-files.sh DIR drop         nothing is accepted any more but the key that signs
set -eu
umask 077

# put FILE: replaces it by standard input, for the user who reads it.
put() {
  cat >"$1.new"
  if [ -n "${SERVICE_UID:-}" ]; then chown "$SERVICE_UID:$SERVICE_UID" "$1.new"; fi
  mv "$1.new" "$1"
}

# each NAME: replaces that file of both services by standard input.
each() {
  put "$auth/$1"
  put "$api/$1" <"$auth/$1"
}

fail() {
  echo "key-files: $1" >&2
  exit 1
}

# What signs is a private key when there is one, here as in the services.
is_asymmetric() { [ -s "$auth/next_public_key" ]; }

begin() {
  given=$(cat)
  if [ -s "$auth/next_key" ]; then
    echo 'Finishing the change that was begun before'
    return
  fi
  if [ -n "$given" ]; then
    # The public one first: with it there, the private one is never taken for a secret.
    printf '%s\n' "$given" | sed -n '/BEGIN PUBLIC KEY/,/END PUBLIC KEY/p' | put "$auth/next_public_key"
    printf '%s\n' "$given" | sed -n '/BEGIN PRIVATE KEY/,/END PRIVATE KEY/p' | put "$auth/next_key"
  else
    rm -f "$auth/next_public_key"
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' | put "$auth/next_key"
  fi
}

# with_lines LIST FILE...: prints the lines of the list, and what is in each file unless it is among them.
with_lines() {
  list=$1
  shift
  cat "$list"
  for file in "$@"; do
    if [ -s "$file" ] && ! grep -qxF -f "$file" "$list"; then
      cat "$file"
      echo
    fi
  done
}

accept() {
  if is_asymmetric; then
    # Once more is harmless: the services know a key by its thumbprint.
    cat "$auth/jwt_public_keys_accepted" "$auth/next_public_key" | put "$auth/jwt_public_keys_accepted"
  else
    if grep -q '[[:space:]]' "$auth/jwt_secret"; then
      fail 'the secret that signs now has whitespace in it, so it cannot be one of a list'
    fi
    with_lines "$auth/jwt_secrets_accepted" "$auth/jwt_secret" "$auth/next_key" | each jwt_secrets_accepted
  fi
}

sign() {
  if is_asymmetric; then
    put "$auth/jwt_public_key" <"$auth/next_public_key"
    put "$auth/jwt_private_key" <"$auth/next_key"
  else
    each jwt_secret <"$auth/next_key"
    # Its public key stays accepted.
    : | put "$auth/jwt_private_key"
  fi
}

finish() { rm -f "$auth/next_key" "$auth/next_public_key"; }

drop() {
  if [ -s "$auth/next_key" ]; then fail 'a change of keys was begun and not finished; finish it first'; fi
  if [ -s "$auth/jwt_private_key" ]; then
    : | each jwt_secret
    put "$auth/jwt_public_keys_accepted" <"$auth/jwt_public_key"
  else
    : | put "$auth/jwt_public_keys_accepted"
  fi
  : | each jwt_secrets_accepted
}

auth=$1/auth
api=$1/api
if [ ! -f "$auth/jwt_secrets_accepted" ]; then fail "there are no keys in $1; start the stack once"; fi
case $2 in
  accept | sign) if [ ! -s "$auth/next_key" ]; then fail "there is no next key; $2 comes after begin"; fi ;;
esac
case $2 in
  begin | accept | sign | finish | drop) "$2" ;;
  *) fail "no step is called $2" ;;
esac
