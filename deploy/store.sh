#!/bin/sh
# Starts SeaweedFS with one bucket, and an account that can only read, write and list in this bucket.
set -eu
umask 077
config=${CONFIG:-/run/s3.json}
cat >"$config" <<EOF
{"identities": [{
  "name": "skinscreen",
  "credentials": [{"accessKey": "skinscreen", "secretKey": "$S3_PASSWORD"}],
  "actions": ["Read:photos", "Write:photos", "List:photos"]
}]}
EOF
master=127.0.0.1:${MASTER_PORT:-9333}
ask() { echo "$1" | weed shell -master="$master" 2>&1; }
(until ask s3.bucket.list | grep -qw photos; do sleep 1; ask "s3.bucket.create -name photos" || true; done) >/dev/null &
# The other ports need no password, because they cannot be reached from outside the container.
exec weed server -dir="${DATA:-/data}" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -master.port="${MASTER_PORT:-9333}" -volume.port="${VOLUME_PORT:-8080}" -volume.max=0 -master.volumeSizeLimitMB=1024 \
    -filer -filer.port="${FILER_PORT:-8888}" -s3 -s3.ip.bind="${S3_BIND:-0.0.0.0}" -s3.port="${S3_PORT:-8333}" \
    -s3.cert.file="${TLS:-/tls}/store.crt" -s3.key.file="${TLS:-/tls}/store.key" \
    -s3.config="$config" -s3.iam=false -s3.port.iceberg=0 -s3.port.lance=0
