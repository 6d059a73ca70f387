#!/bin/sh
# Makes the gateway in containers take up a certificate that was renewed, without cutting anybody off. The old one stays when the new one
# is not good.
# usage: COMPOSE_FILE=docker-compose.yml:docker-compose.tls.yml scripts/reload-certificate.sh
set -eu

in_nginx() { docker compose exec -T nginx nginx -p /tmp -c /etc/nginx/nginx.conf -e stderr -q "$@"; }

fail() {
  echo "reload-certificate: $1" >&2
  exit 1
}

main() {
  # Without that file nothing would be copied, and nginx would read the old one again.
  docker compose config nginx | grep -q GATEWAY_TLS_PORT || fail 'COMPOSE_FILE has no docker-compose.tls.yml, so there is no TLS to renew'
  [ -n "$(docker compose ps -q --status running nginx)" ] || fail 'the gateway is not running'
  docker compose run --rm -T secrets
  in_nginx -t
  in_nginx -s reload
}

main
