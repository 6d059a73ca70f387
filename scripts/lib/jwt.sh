# shellcheck shell=bash
# Taking a token apart (RFC 7519): it is three base64url parts, header.payload.signature.

# base64url_decode TEXT: prints the bytes; fails when TEXT is no base64url.
base64url_decode() {
  local text
  text=$(printf '%s' "$1" | tr '_-' '/+')
  while ((${#text} % 4)); do text+='='; done
  printf '%s' "$text" | base64 --decode 2>/dev/null
}

# base64url_encode TEXT
base64url_encode() {
  printf '%s' "$1" | base64 | tr -d '=\n' | tr '/+' '_-'
}

# jwt_claims TOKEN: prints the JSON inside. Reads it only: whether it is true, the signature says.
jwt_claims() {
  local payload=${1#*.}
  base64url_decode "${payload%%.*}" || true
}
