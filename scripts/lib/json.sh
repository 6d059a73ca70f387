# shellcheck shell=bash
# As much JSON as the demos need: writing a string, reading a field of a flat answer. Not a parser.

# json_string TEXT: prints TEXT as a JSON string, quotes included.
json_string() {
  local text=$1 escaped='' char i
  for ((i = 0; i < ${#text}; i++)); do
    char=${text:i:1}
    case $char in
      '"' | \\) char=\\$char ;;
      [[:cntrl:]]) printf -v char '\\u%04x' "'$char" ;;
    esac
    escaped+=$char
  done
  printf '"%s"' "$escaped"
}

# json_field NAME JSON: prints the first string or number called NAME, nothing when there is none.
json_field() {
  local pattern="\"$1\"[[:space:]]*:[[:space:]]*(\"([^\"]*)\"|-?[0-9.]+)"
  if [[ $2 =~ $pattern ]]; then
    case ${BASH_REMATCH[1]} in
      \"*) printf '%s' "${BASH_REMATCH[2]}" ;;
      *) printf '%s' "${BASH_REMATCH[1]}" ;;
    esac
  fi
}
