#!/bin/sh
# A throw-away certificate authority for trials and tests. Not for production: its root key lies
# beside what it signs.
#   scripts/make_pki.sh DIR NAME...
# Makes DIR/ca.crt, DIR/broker.{crt,key} (for 127.0.0.1 and localhost) and DIR/NAME.{crt,key} with
# subject CN = NAME: a device's group id, or _cloud for the hub. P-256, valid for 30 days.
set -eu
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$1
shift
umask 077
mkdir -p "$dir"

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

if [ ! -e "$dir/ca.crt" ]; then
    key "$dir/ca.key"
    openssl req -x509 -new -key "$dir/ca.key" -days 30 -subj "/CN=esslink trial CA" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" \
        -out "$dir/ca.crt"
fi

# sign NAME USAGE [ALTERNATIVE-NAMES]
sign() {
    key "$dir/$1.key"
    {
        echo "basicConstraints=critical,CA:FALSE"
        echo "keyUsage=critical,digitalSignature"
        echo "extendedKeyUsage=$2"
        [ -z "${3:-}" ] || echo "subjectAltName=$3"
    } > "$dir/$1.ext"
    openssl req -new -key "$dir/$1.key" -subj "/CN=$1" -out "$dir/$1.csr"
    openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -days 30 \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$dir/$1.ext" -out "$dir/$1.crt" 2>/dev/null
    rm -f "$dir/$1.csr" "$dir/$1.ext"
}

[ -e "$dir/broker.crt" ] || sign broker serverAuth "IP:127.0.0.1,DNS:localhost"
for name in "$@"; do
    [ -e "$dir/$name.crt" ] || sign "$name" clientAuth
done
