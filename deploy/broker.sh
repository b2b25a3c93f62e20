#!/bin/sh
# Starts Valkey with TLS only. The configuration with the password is read from standard input, because every process can
# see a command line.
set -eu
exec "${SERVER:-valkey-server}" - <<EOF
requirepass $REDIS_PASSWORD
port 0
tls-port ${BROKER_PORT:-6379}
tls-cert-file ${TLS:-/tls}/broker.crt
tls-key-file ${TLS:-/tls}/broker.key
tls-ca-cert-file ${TLS:-/tls}/ca.crt
tls-auth-clients no
appendonly yes
dir ${DATA:-/data}
EOF
