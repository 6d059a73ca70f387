#!/usr/bin/env bash
# Changes the key that tokens are signed with, while the stack runs and without refusing a valid token: first every instance accepts the
# new key, then it signs. The former one stays accepted until `drop`. When it was stopped half-way, run it again: it finishes what was begun.
# usage: scripts/rotate-keys.sh compose|local HS256|ES256|RS256
#        scripts/rotate-keys.sh compose|local drop
#   compose  the stack of docker compose, in this folder (COMPOSE_PROJECT_NAME, if it has another name)
#   local    the one of npm start, whose files are in STATE_FOLDER (.local)
#   HS256    a random secret, shared by both services
#   ES256, RS256   a private key of auth-service alone (P-256, or RSA of 2048 bits); api-service reads the public one from its JWKS
#   drop     accepts nothing any more but the key that signs. Not before the tokens of the former one have expired
#            (ACCESS_TOKEN_SECONDS, 900), unless they shall be refused
set -Eeuo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
state=${STATE_FOLDER:-$root/.local}
readonly patience_seconds=20

# Makes a key pair and prints it, private key first.
readonly make_pair='
const { generateKeyPairSync } = require("node:crypto")
const [type, options] = process.argv[1] === "ES256" ? ["ec", { namedCurve: "P-256" }] : ["rsa", { modulusLength: 2048 }]
const { privateKey, publicKey } = generateKeyPairSync(type, options)
process.stdout.write(privateKey.export({ type: "pkcs8", format: "pem" }) + publicKey.export({ type: "spki", format: "pem" }))
'

# Prints the metrics of the service this runs beside.
# shellcheck disable=SC2016 # the $ are JavaScript's
readonly read_metrics='
const url = `http://127.0.0.1:${process.env.PORT || process.argv[1]}/metrics`
fetch(url, { signal: AbortSignal.timeout(3000) }).then((answer) => answer.text()).then(console.log, () => process.exit(1))
'

# What differs between the two ways of running: the files, the instances ("SERVICE ID PORT" each), and how one is reached.
case ${1:-} in
  compose)
    in_stack() { (cd "$root" && docker compose --progress quiet "$@"); }
    key_files() { in_stack run --rm --no-deps -T --entrypoint sh secrets /key-files.sh /secrets "$@"; }
    new_pair() { in_stack exec -T auth-service node -e "$make_pair" "$1"; }
    instances() {
      local service
      for service in auth-service:8080 auth-service-rust:8081 api-service:3000; do
        in_stack --profile rust ps -q "${service%:*}" | sed "s/.*/${service%:*} & ${service#*:}/"
      done
    }
    hang_up() { docker kill --signal HUP "$1" >/dev/null; }
    # In the image there is no curl.
    metrics() { docker exec "$1" node -e "$read_metrics" "$2"; }
    ;;
  local)
    key_files() { sh "$root/scripts/key-files.sh" "$state/secrets" "$@"; }
    new_pair() { node -e "$make_pair" "$1"; }
    instances() { cat "$state/instances"; }
    hang_up() { kill -HUP "$1"; }
    metrics() { curl --disable --silent --fail --max-time 3 "http://127.0.0.1:$2/metrics"; }
    ;;
esac

main() {
  local way=${1:-} what=${2:-}
  case "$way $what" in
    'compose HS256' | 'compose ES256' | 'compose RS256' | 'local HS256' | 'local ES256' | 'local RS256') rotate "$what" ;;
    'compose drop' | 'local drop') drop ;;
    *)
      sed -n '/^# usage:/,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
  esac
}

# rotate ALGORITHM
rotate() {
  local pair=''
  require_running
  require_own_keys
  if [[ $1 != HS256 ]]; then pair=$(new_pair "$1"); fi
  printf '%s' "$pair" | key_files begin
  echo 'The next key is accepted by'
  key_files accept
  reload_everywhere
  echo 'and signs in'
  key_files sign
  reload_everywhere
  key_files finish
  cat <<EOF
Done. The former key stays accepted. When its tokens have expired (ACCESS_TOKEN_SECONDS, 900 unless set otherwise):
  scripts/rotate-keys.sh $way drop
EOF
}

drop() {
  require_running
  key_files drop
  echo 'Nothing but the key that signs is accepted by'
  reload_everywhere
}

# A key that is given from outside is put back at the next start, so it cannot be changed here.
require_own_keys() {
  if [[ -n ${JWT_SECRET:-}${JWT_SECRET_FILE:-} ]]; then
    fail 'JWT_SECRET or JWT_SECRET_FILE is set, so you keep the key yourself; change it as README.md says'
  fi
}

require_running() {
  if [[ -z $(instances 2>/dev/null) ]]; then fail "no service of the $way stack is running"; fi
}

# Tells every instance to read its keys again, and waits until each has done so. auth-services first: the others ask them for keys.
reload_everywhere() {
  local service id port
  while read -r service id port; do
    reload "$id" "$port" || fail "$service ($id) has not taken the keys over; its log says why. Run this again when that is mended"
    printf '  %s %.12s\n' "$service" "$id"
  done < <(instances)
}

# reloads ID PORT: prints how often it has read its keys again, as "OK FAILED".
reloads() {
  metrics "$@" | awk '/^config_reloads_total[{]result="ok"[}]/ { ok = $2 } /^config_reloads_total[{]result="failed"[}]/ { failed = $2 }
    END { if (ok == "" || failed == "") exit 1; print ok, failed }'
}

# reload ID PORT
reload() {
  local ok failed ok_before failed_before deadline=$((SECONDS + patience_seconds))
  read -r ok_before failed_before < <(reloads "$1" "$2") || return 1
  hang_up "$1" || return 1
  while ((SECONDS < deadline)); do
    read -r ok failed < <(reloads "$1" "$2") || return 1
    if ((failed > failed_before)); then return 1; fi
    if ((ok > ok_before)); then return 0; fi
    sleep 0.1
  done
  return 1
}

fail() {
  echo "rotate-keys: $1" >&2
  exit 1
}

main "$@"
