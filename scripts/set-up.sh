#!/bin/sh
# Installs the npm packages when they are missing or older than the lock file, then compiles. Run by npm start and npm test.
# usage: scripts/set-up.sh
set -eu
cd "$(dirname "$0")/.."

# npm writes this file last, so it is missing after an interrupted install and older than the lock file after a pull.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  echo 'set-up: npm ci (node_modules is missing or stale)'
  npm ci --no-audit --no-fund
fi
node_modules/.bin/tsc -b
