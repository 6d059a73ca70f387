# shellcheck shell=bash
# Asking the gateway, and reading what it answered.
# Passwords and tokens reach curl through pipes only: `ps` shows a command line to everyone on the machine.

# shellcheck source=json.sh
. "${BASH_SOURCE[0]%/*}/json.sh"

BASE_URL=${BASE_URL:-http://localhost}
BASE_URL=${BASE_URL%/}
status='' headers='' body=''

# request METHOD PATH [HEADER ...]
# Leaves the answer in $status, $headers and $body; when none came, $status is 000 and $body is curl's reason.
# A POST or PUT sends stdin.
request() {
  local method=$1 path=$2 answer
  shift 2
  answer=$(curl --disable --silent --show-error --include --path-as-is --globoff --connect-timeout 2 --max-time 10 \
    --write-out '\n%{http_code}' --config <(curl_options "$method" "$@") "$BASE_URL$path" 2>&1) || true

  read_answer "${answer##*$'\n'}" "${answer%$'\n'*}"
}

# read_answer STATUS TEXT: TEXT is headers, an empty line and the body, as `curl --include` writes them.
read_answer() {
  status=$1
  if [[ $status == 000 ]]; then
    headers='' body=${2%$'\n'}
  else
    headers=${2%%$'\r\n\r\n'*} body=${2#*$'\r\n\r\n'}
  fi
}

# curl_options METHOD [HEADER ...]: prints them in the format of `curl --config`.
curl_options() {
  local method=$1 header
  shift
  printf 'request = "%s"\n' "$method"
  case $method in POST | PUT) printf 'data-binary = "@-"\n' ;; esac
  for header in 'Expect:' "$@"; do
    header=${header//\\/\\\\}
    header=${header//\"/\\\"}
    printf 'header = "%s"\n' "$header"
  done
}

get() {
  request GET "$@"
}

# post_login BODY [CONTENT-TYPE]
post_login() {
  request POST /login "Content-Type: ${2-application/json}" < <(printf '%s' "$1")
}

# credentials USERNAME PASSWORD: prints the body of a login.
credentials() {
  printf '{"username":%s,"password":%s}' "$(json_string "$1")" "$(json_string "$2")"
}

# get_profile [TOKEN]
get_profile() {
  get /api/v1/user/profile ${1:+"Authorization: Bearer $1"}
}

# answer_header NAME: prints the value of each header of that name.
answer_header() {
  awk -v name="$1" -F: 'tolower($1) == tolower(name) { sub(/^[^:]*:[ \t]*/, ""); sub(/\r$/, ""); print }' <<<"$headers"
}

# answer: the last answer in a few words: "200", "401 bad-credentials", or a status and what is wrong with its body.
answer() {
  case $status in
    [123]*) printf '%s' "$status" ;;
    *) if is_problem; then
      printf '%s %s' "$status" "$(json_field code "$body")"
    else
      printf '%s but no problem+json with status, code and requestId: %s' "$status" "$(excerpt "$body")"
    fi ;;
  esac
}

# Does the body say what an error has to say (RFC 9457)?
is_problem() {
  [[ $(answer_header Content-Type) == application/problem+json* && $(json_field status "$body") == "$status" ]] &&
    [[ $(json_field code "$body") =~ ^[a-z0-9-]+$ && -n $(json_field requestId "$body") ]]
}

# profile: who the last answer says is asking, as "200 1 alice standard"; when it says nothing of the kind, what it says.
profile() {
  local id username role
  id=$(json_field id "$body") username=$(json_field username "$body") role=$(json_field role "$body")
  if [[ $status == 200 && -n $id && -n $username && -n $role ]]; then
    printf '200 %s %s %s' "$id" "$username" "$role"
  elif [[ $status == 200 ]]; then
    printf '200 %s' "$(excerpt "$body")"
  else
    answer
  fi
}

# excerpt TEXT: its beginning on one line, tokens cut short.
excerpt() {
  printf '%.200s' "$(printf '%s' "$1" | tr -s '[:cntrl:]' ' ' | sed 's/eyJ[A-Za-z0-9._-]*/eyJ.../g')"
}

# Ends the script, with one line, when nothing listens at BASE_URL, or what does is not to be trusted.
require_gateway() {
  get /healthz
  if [[ $status == 000 && $body == *'(60)'* ]]; then
    echo "No certificate of a CA that curl trusts at $BASE_URL. For one of scripts/make-dev-cert.sh: export CURL_CA_BUNDLE=.tls/ca.pem" >&2
    exit 1
  fi
  if [[ $status == 000 ]]; then
    echo "No gateway answers at $BASE_URL (${body%%$'\n'*}). Start one with 'npm start', or set BASE_URL." >&2
    exit 1
  fi
}
