#!/bin/sh
# Makes the gateway in containers take up a certificate that was renewed, without cutting anybody off. The old one stays when the new one
# is not good.
# usage: COMPOSE_FILE=docker-compose.yml:docker-compose.tls.yml scripts/reload-certificate.sh
set -eu

in_nginx() { docker compose exec -T nginx nginx -p /tmp -c /etc/nginx/nginx.conf -e stderr -q "$@"; }

docker compose run --rm -T secrets
in_nginx -t
in_nginx -s reload
