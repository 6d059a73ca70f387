#!/bin/sh
# Makes a certificate for this machine, and the local CA that signs it, so that TLS can be tried. The CA is made once and kept; a later
# run makes a new certificate of it. Not for a machine that others can reach.
# usage: scripts/make-dev-cert.sh [NAME...]       further names or addresses, beside localhost, 127.0.0.1 and ::1
#        TLS_FOLDER=.tls scripts/make-dev-cert.sh
# It leaves ca.pem (for clients to trust), certificate.pem and key.pem in the folder.
set -eu
umask 077

# alt_names NAME...: what the certificate is for, as OpenSSL writes it.
alt_names() {
  names=DNS:localhost,IP:127.0.0.1,IP:::1
  for name in "$@"; do
    case $name in
      -* | '' | *[!0-9A-Za-z.:*-]*)
        echo "make-dev-cert: \"$name\" is no name or address" >&2
        return 1
        ;;
      *:* | *[0-9].[0-9]*.[0-9]*.[0-9]*) names=$names,IP:$name ;;
      *) names=$names,DNS:$name ;;
    esac
  done
  printf '%s' "$names"
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

make_ca() {
  new_key ca-key.pem
  openssl req -x509 -new -key ca-key.pem -sha256 -days 825 -subj "/CN=auth-stack local CA of $(hostname)" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out ca.pem
}

# make_certificate ALT-NAMES
make_certificate() {
  new_key key.pem.new
  openssl req -new -key key.pem.new -subj '/CN=localhost' -out request.pem
  printf '%s\n' "subjectAltName=$1" 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' \
    'extendedKeyUsage=serverAuth' 'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' >extensions.cnf
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 90 \
    -extfile extensions.cnf -out certificate.pem.new 2>/dev/null
  mv key.pem.new key.pem
  mv certificate.pem.new certificate.pem
  rm request.pem extensions.cnf
}

main() {
  names=$(alt_names "$@")
  folder=${TLS_FOLDER:-$(dirname "$0")/../.tls}
  mkdir -p "$folder"
  cd "$folder"
  [ -s ca.pem ] || make_ca
  make_certificate "$names"
  chmod 644 ca.pem certificate.pem
  echo "make-dev-cert: $PWD has a new certificate.pem and key.pem, for $names, until $(openssl x509 -in certificate.pem -noout -enddate | cut -d= -f2)"
  echo "make-dev-cert: clients are to trust $PWD/ca.pem"
}

main "$@"
