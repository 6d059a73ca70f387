# shellcheck shell=bash
# Counting what is as expected and what is not.

passed=0 failed=0
green='' red='' bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  green=$'\e[32m' red=$'\e[31m' bold=$'\e[1m' plain=$'\e[0m'
fi

heading() {
  printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

# expect WHAT EXPECTED GOT: EXPECTED may name several, as in "401 or 404". Nothing is never what was expected.
expect() {
  if [[ -n $3 && " or $2 or " == *" or $3 or "* ]]; then
    pass "$@"
  else
    fail "$@"
  fi
}

# expect_answer WHAT EXPECTED: judges the last answer. "401 bad-credentials" wants that code, "401" takes any.
expect_answer() {
  local got pattern="^(${2// or /|})( [a-z0-9-]+)?\$"
  got=$(answer)
  if [[ $got =~ $pattern ]]; then
    pass "$@" "$got"
  else
    fail "$@" "$got"
  fi
}

pass() {
  passed=$((passed + 1))
  printf '  %sok%s    %s: expected %s, got %s\n' "$green" "$plain" "$1" "$2" "$3"
}

fail() {
  failed=$((failed + 1))
  printf '  %sFAIL%s  %s: expected %s, got %s\n' "$red" "$plain" "$1" "$2" "${3:-nothing}"
}

# Ends the script: the exit code is the number of failed checks, at most 125 (the shell uses the codes above).
finish() {
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  exit $((failed > 125 ? 125 : failed))
}
