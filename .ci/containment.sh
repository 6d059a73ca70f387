# shellcheck shell=bash
# What a container of the stack must not be able to do, tried from inside. Sourced by .ci/containers.sh.

work=${work:?set by .ci/run}

readonly contained=(nginx auth-service api-service db)

# inside SERVICE COMMAND...
inside() {
  local service=$1
  shift
  docker compose exec -T "$service" "$@" </dev/null
}

# status_of_init SERVICE NAME: a line of /proc/1/status.
status_of_init() { inside "$1" cat /proc/1/status | awk -v name="$2:" '$1 == name { $1 = ""; sub(/^ /, ""); print }'; }

# expect_that WHAT EXPECTED ACTUAL
expect_that() {
  if [[ $2 == "$3" ]]; then return; fi
  echo "$1: expected $2, got $3"
  return 1
}

has_no_privileges() {
  local service name failed=0
  for service in "${contained[@]}"; do
    if [[ $(inside "$service" id -u) == 0 ]]; then
      echo "$service is root"
      failed=1
    fi
    if [[ " $(status_of_init "$service" Uid) " == *' 0 '* ]]; then
      echo "$service: its first process is root"
      failed=1
    fi
    for name in CapInh CapPrm CapEff CapBnd CapAmb; do
      expect_that "$service: $name" 0000000000000000 "$(status_of_init "$service" "$name")" || failed=1
    done
    expect_that "$service: NoNewPrivs" 1 "$(status_of_init "$service" NoNewPrivs)" || failed=1
    expect_that "$service: Seccomp, filtered" 2 "$(status_of_init "$service" Seccomp)" || failed=1
  done
  return "$failed"
}

has_bounds() {
  local service memory pids failed=0
  for service in "${contained[@]}"; do
    read -r memory pids < <(docker inspect --format '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}' "$(docker compose ps -q "$service")")
    if [[ ! $memory -gt 0 || ! $pids -gt 0 ]]; then
      echo "$service may have $memory bytes and $pids processes"
      failed=1
    fi
  done
  return "$failed"
}

cannot_change_itself() {
  local service path failed=0
  for service in "${contained[@]}"; do
    inside "$service" sh -c 'echo x > /dev/shm/written' || {
      echo "$service cannot be asked"
      failed=1
    }
    for path in / /etc /usr /usr/bin /root /home /home/node /var/tmp /var/lib /run/secrets /app /app/auth-service/dist /app/api-service/dist \
      /etc/nginx /etc/nginx/includes /docker-entrypoint.d /docker-entrypoint-initdb.d; do
      if inside "$service" sh -c "test -d $path && echo x > $path/written" 2>/dev/null; then
        echo "$service can write to $path"
        failed=1
      fi
    done
  done
  return "$failed"
}

# addresses SERVICE: on all its networks.
addresses() {
  docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$(docker compose ps -q "$1")"
}

# reaches SERVICE ADDRESS PORT
reaches() { inside "$1" timeout 3 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; }

# reaches_service FROM TO PORT: at any address, known by name or not.
reaches_service() {
  local address
  for address in $(addresses "$2"); do
    if reaches "$1" "$address" "$3"; then return 0; fi
  done
  return 1
}

reaches_what_it_needs_and_no_more() {
  local from to port failed=0
  while read -r from to port; do
    if ! reaches_service "$from" "$to" "$port"; then
      echo "$from cannot reach $to:$port, which it needs"
      failed=1
    fi
  done <<<'nginx auth-service 8080
nginx api-service 3000
api-service auth-service 8080
auth-service db 5432
api-service db 5432'
  while read -r from to port; do
    if reaches_service "$from" "$to" "$port"; then
      echo "$from reaches $to:$port, which is none of its business"
      failed=1
    fi
  done <<<'nginx db 5432
db nginx 80'
  return "$failed"
}

# To a server on the one network that is not internal; and no network of theirs is such a one. Whom that one asks outside cannot answer.
# This machine itself is another matter: Docker's networks do not keep a container from it.
gets_out_of_nowhere() {
  local stranger address from network failed=0
  stranger=$(docker run -d --rm --network "${COMPOSE_PROJECT_NAME}_edge" "$(docker compose images -q api-service)" \
    node -e 'require("net").createServer((socket) => socket.end()).listen(7000)')
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$stranger")
  if ! timeout 10 bash -c "until (exec 3<>/dev/tcp/$address/7000) 2>/dev/null; do sleep 0.1; done"; then
    echo "this machine cannot reach $address either, so there is nothing to compare with"
    failed=1
  fi
  for from in auth-service api-service db; do
    if reaches "$from" "$address" 7000; then
      echo "$from gets out, to $address"
      failed=1
    fi
    for network in $(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$(docker compose ps -q "$from")"); do
      expect_that "$from: network $network is internal" true "$(docker network inspect --format '{{.Internal}}' "$network")" || failed=1
    done
  done
  expect_that 'nginx: the sender of what it sends out' false \
    "$(docker network inspect --format '{{index .Options "com.docker.network.bridge.enable_ip_masquerade"}}' "${COMPOSE_PROJECT_NAME}_edge")" || failed=1
  docker kill "$stranger" >/dev/null
  return "$failed"
}

no_secret_is_shown() {
  local service secrets shown secret failed=0
  # One a line; the files end without one.
  secrets=$(for service in auth-service api-service db; do inside "$service" sh -c 'grep -h "" /run/secrets/*'; done)
  if [[ $(wc -l <<<"$secrets") -lt 7 ]]; then
    echo 'there are fewer secrets than there should be'
    return 1
  fi
  shown=$(
    docker compose ps -aq | xargs docker inspect
    docker compose logs 2>&1
    docker compose config
    for service in "${contained[@]}"; do inside "$service" sh -c 'cat /proc/[0-9]*/cmdline' 2>/dev/null | tr '\0' '\n'; done
    # Not that of db: its image reads the password file into it, where its own user alone can see it.
    for service in nginx auth-service api-service; do inside "$service" sh -c 'cat /proc/[0-9]*/environ' 2>/dev/null | tr '\0' '\n'; done
  )
  while read -r secret; do
    if grep -qF -- "$secret" <<<"$shown"; then
      echo "a secret of ${#secret} characters is in docker inspect, the logs, the compose file, a command line or an environment"
      failed=1
    fi
  done <<<"$secrets"
  return "$failed"
}
