#!/bin/sh
# Installs nginx with the system's package manager, without starting it as a service: the stack runs its own. Asks no password.
# usage: scripts/install-nginx.sh      (as root, or where sudo asks for none)
set -eu

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_with_apt() {
  # Debian starts a service when it is installed, on port 80, unless this file says no.
  policy=/usr/sbin/policy-rc.d
  [ -e "$policy" ] || {
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    # shellcheck disable=SC2064 # the path is known now
    trap "as_root rm -f $policy" EXIT
    # Left behind, it would keep every other service from starting; and sh runs that only when it exits by itself.
    trap 'exit 130' HUP INT TERM
  }
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends nginx
}

main() {
  if command -v apt-get >/dev/null; then
    install_with_apt
  elif command -v dnf >/dev/null; then
    as_root dnf install -q -y nginx
  elif command -v apk >/dev/null; then
    as_root apk add -q nginx
  else
    echo 'install-nginx: no package manager known here (apt-get, dnf, apk)' >&2
    return 1
  fi
}

main
