#!/bin/sh
# Installs the npm packages when they are missing or older than the lock file, then compiles. Run by npm start and npm test.
# usage: scripts/set-up.sh
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "set-up: $1" >&2
  exit 1
}

# The check is written for any Node, so that an old one can say that it is old.
node -e '
  var wanted = require("./package.json").engines.node
  var numbers = function (text) { return text.match(/\d+/g).map(Number) }
  var want = numbers(wanted), have = numbers(process.versions.node)
  if (have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1])) process.exit(0)
  console.error("set-up: Node " + wanted + " is needed, this is " + process.version + "; see https://nodejs.org")
  process.exit(1)
'

# npm writes this file last, so it is missing after an interrupted install and older than the lock file after a pull.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  [ -w . ] || fail "$PWD cannot be written by $(id -un); start as the user who owns the checkout"
  echo 'set-up: npm ci (node_modules is missing or stale)'
  npm ci --no-audit --no-fund || fail 'npm ci failed, for the reason above'
fi
node_modules/.bin/tsc -b || fail 'the TypeScript does not compile, for the reason above'
