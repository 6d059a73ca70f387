# shellcheck shell=bash
# The compose stack, tested by running it. Sourced by .ci/run, whose check and tests it uses.

export COMPOSE_PROJECT_NAME=auth-stack-ci
work=${work:?set by .ci/run}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

nothing_but_the_gateway_is_published() {
  local published
  published=$(docker compose ps --format '{{.Service}} {{.Ports}}' | grep -- '->' | cut -d' ' -f1 | sort -u)
  [[ $published == nginx ]] || {
    echo "expected nginx alone to publish a port, got: $published"
    return 1
  }
}

no_secret_is_shown() {
  local secret shown
  secret=$(docker compose exec -T auth-service cat /run/secrets/jwt_secret)
  shown=$(
    docker compose ps -aq | xargs docker inspect
    docker compose logs 2>&1
    docker compose config
  )
  if grep -qF "$secret" <<<"$shown"; then
    echo 'the signing key is in docker inspect, the logs or the compose file'
    return 1
  fi
}

runs_without_privileges() {
  local container
  for container in $(docker compose ps -q nginx auth-service api-service); do
    docker inspect --format '{{.Name}} {{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}' "$container" |
      grep -E '(node|nginx) true \[ALL\] \[no-new-privileges' || return 1
  done
}

check_containers() {
  local port
  port=$(free_port)
  export GATEWAY_PORT=$port BASE_URL=http://localhost:$port API_LOG_FILE=$work/api.log

  check 'compose: config' docker compose config -q
  check 'compose: up' docker compose up -d --build --wait
  docker compose logs -f --no-log-prefix api-service >"$API_LOG_FILE" 2>/dev/null &
  local log_follower=$!

  check 'compose: only the gateway is published' nothing_but_the_gateway_is_published
  check 'compose: no privileges' runs_without_privileges
  check 'compose: nginx -t' docker compose exec -T nginx nginx -p /tmp -c /etc/nginx/nginx.conf -e stderr -t -q
  tests 'compose: the gateway suite' --project gateway
  local script
  for script in test-full-flow test-login test-sessions test-authorization smoke-test; do
    check "compose: scripts/$script.sh" "scripts/$script.sh"
  done
  tests 'compose: instances come and go' --project containers
  check 'compose: scripts/test-load-balancing.sh' scripts/test-load-balancing.sh
  check 'compose: no secret is shown' no_secret_is_shown

  kill "$log_follower" 2>/dev/null || true
  check 'compose: down' docker compose --profile rust down -v
  unset BASE_URL API_LOG_FILE GATEWAY_PORT
}
