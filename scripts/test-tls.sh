#!/usr/bin/env bash
# What testssl.sh finds wrong with the TLS of a gateway that is up. Anything above "low" is a failure.
# usage: [TLS_ADDRESS=127.0.0.1] [TLS_CA=.tls/ca.pem] scripts/test-tls.sh [HOST:PORT]      (localhost:443)
#   TLS_ADDRESS  where HOST is, when no name server knows it
#   TLS_CA       a CA to trust beside the public ones; a certificate of one's own CA names no list of revoked ones, and need not
# Installs testssl.sh from Debian when it is missing. Takes about a minute. The exit code is the number of findings above "low".
set -Eeuo pipefail

target=${1:-localhost:443}
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT

ensure_testssl() {
  if command -v testssl >/dev/null; then return; fi
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo 'testssl.sh is not installed; run: sudo apt-get install testssl.sh' >&2
    exit 1
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends testssl.sh >/dev/null
}

run_testssl() {
  local options=(--quiet --color 0 --warnings off --nodns min --csvfile "$report/findings.csv")
  if [[ -n ${TLS_ADDRESS:-} ]]; then options+=(--ip "$TLS_ADDRESS"); fi
  if [[ -n ${TLS_CA:-} ]]; then options+=(--add-ca "$TLS_CA"); fi
  # Its exit code counts findings of every kind.
  testssl "${options[@]}" "$target" >"$report/output" 2>&1 || true
}

# findings: "SEVERITY ID FINDING", one a line. WARN is what testssl.sh itself could not do.
findings() {
  local excused=none
  if [[ -n ${TLS_CA:-} ]]; then excused=cert_revocation; fi
  sed 's/^"//; s/"$//; s/","/\t/g' "$report/findings.csv" |
    awk -F'\t' -v excused="$excused" 'NR > 1 && $1 != excused { print $4, $1, $5 }'
}

main() {
  local bad
  ensure_testssl
  run_testssl
  if ! grep -q ' TLS1_3 ' < <(findings); then
    echo "testssl.sh could not test $target; it said:" >&2
    tail -n 20 "$report/output" >&2
    exit 1
  fi
  findings | awk '{ count[$1]++ } END { for (severity in count) print "  " severity ": " count[severity] }' | sort
  findings | grep -E '^(LOW|WARN) ' | sed 's/^/  /' || true
  bad=$(findings | grep -E '^(MEDIUM|HIGH|CRITICAL) ' || true)
  if [[ -z $bad ]]; then
    echo "  ok    nothing above low at $target"
    return
  fi
  printf '  FAIL  %s\n' "${bad//$'\n'/$'\n  FAIL  '}"
  exit "$(wc -l <<<"$bad")"
}

main
