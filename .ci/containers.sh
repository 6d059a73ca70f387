# shellcheck shell=bash
# The compose stack, tested by running it. Sourced by .ci/run, whose check and tests it uses.

export COMPOSE_PROJECT_NAME=auth-stack-ci
work=${work:?set by .ci/run}
# shellcheck source=.ci/containment.sh
source .ci/containment.sh

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

nothing_but_the_gateway_is_published() {
  local published
  published=$(docker compose ps --format '{{.Service}} {{.Ports}}' | grep -- '->' | cut -d' ' -f1 | sort -u)
  [[ $published == nginx ]] || {
    echo "expected nginx alone to publish a port, got: $published"
    return 1
  }
}

# What one address may do without a setting.
limits_by_default() {
  local statuses
  statuses=$(seq 90 | xargs -P 8 -I{} curl -s -o /dev/null -D "$work/{}.head" -w '%{http_code}\n' -H 'Content-Type: application/json' \
    -d '{}' "$BASE_URL/login" | sort | uniq -c)
  printf '90 attempts to log in:\n%s\n' "$statuses"
  [[ $(awk '$2 == 400 { print $1 }' <<<"$statuses") -ge 60 && $(awk '$2 == 429 { print $1 }' <<<"$statuses") -ge 10 ]] &&
    grep -q '^RateLimit-Policy: "logins";q=60;w=60' "$work"/*.head
}

# with_tls COMMAND...: runs it against the gateway with TLS. A shell of its own: the settings are not for what comes after.
# shellcheck disable=SC2030,SC2031 # as intended
with_tls() (
  export COMPOSE_FILE=docker-compose.yml:docker-compose.tls.yml TLS_FOLDER=$work/tls GATEWAY_PUBLIC_HOST=gateway.test
  GATEWAY_TLS_PORT=$(free_port)
  export GATEWAY_TLS_PORT GATEWAY_TLS_CERTIFICATE=$TLS_FOLDER/certificate.pem GATEWAY_TLS_KEY=$TLS_FOLDER/key.pem TLS_CA=$TLS_FOLDER/ca.pem
  scripts/make-dev-cert.sh gateway.test && docker compose up -d --wait && "$@"
)

# shellcheck disable=SC2031 # run by with_tls
tls_is_good() { TLS_ADDRESS=127.0.0.1 scripts/test-tls.sh "gateway.test:$GATEWAY_TLS_PORT"; }

check_containers() {
  local port
  port=$(free_port)
  # The suites are many clients at one address.
  export GATEWAY_LOGINS_PER_MINUTE=100000 GATEWAY_REFRESHES_PER_MINUTE=100000 GATEWAY_CONNECTIONS_PER_ADDRESS=10000
  export GATEWAY_PORT=$port BASE_URL=http://localhost:$port API_LOG_FILE=$work/api.log

  check 'compose: config' docker compose config -q
  check 'compose: up' docker compose up -d --build --wait
  docker compose logs -f --no-log-prefix api-service >"$API_LOG_FILE" 2>/dev/null &
  local log_follower=$!

  check 'compose: only the gateway is published' nothing_but_the_gateway_is_published
  check 'compose: no privileges' has_no_privileges
  check 'compose: bounds' has_bounds
  check 'compose: no container can change itself' cannot_change_itself
  check 'compose: each reaches what it needs and no more' reaches_what_it_needs_and_no_more
  check 'compose: no way out' gets_out_of_nowhere
  check 'compose: nginx -t' docker compose exec -T nginx nginx -p /tmp -c /etc/nginx/nginx.conf -e stderr -t -q
  tests 'compose: the gateway suite' --project gateway
  local script
  for script in test-full-flow test-login test-sessions test-authorization smoke-test; do
    check "compose: scripts/$script.sh" "scripts/$script.sh"
  done
  tests 'compose: instances come and go' --project containers discovery
  check 'compose: scripts/test-load-balancing.sh' scripts/test-load-balancing.sh
  check 'compose: scripts/rotate-keys.sh' scripts/rotate-keys.sh compose HS256
  check 'compose: tokens of the new key, and of the former one' scripts/test-full-flow.sh
  check 'compose: no secret is shown' no_secret_is_shown

  unset GATEWAY_LOGINS_PER_MINUTE GATEWAY_REFRESHES_PER_MINUTE GATEWAY_CONNECTIONS_PER_ADDRESS
  check 'compose: up, with the limits as they come' docker compose up -d --wait
  check 'compose: limits by address' limits_by_default
  check 'compose: testssl.sh' with_tls tls_is_good
  check 'compose: a new certificate' with_tls npx vitest run --project containers certificate

  kill "$log_follower" 2>/dev/null || true
  check 'compose: down' docker compose -f docker-compose.yml -f docker-compose.tls.yml --profile rust down -v
  unset BASE_URL API_LOG_FILE GATEWAY_PORT
}
