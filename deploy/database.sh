#!/bin/sh
# Makes two accounts besides PostgreSQL's own: skinscreen_owner, which owns and migrates the tables, and skinscreen, which
# web, worker and beat use. After each migration, `manage.py grant_role` grants skinscreen its rights. The postgres image
# runs this script once, on an empty volume.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv serving SERVING_PASSWORD
CREATE ROLE skinscreen_owner LOGIN PASSWORD :'owner';
CREATE ROLE skinscreen LOGIN PASSWORD :'serving';
CREATE DATABASE skinscreen OWNER skinscreen_owner;
REVOKE ALL ON DATABASE skinscreen FROM PUBLIC;
GRANT CONNECT ON DATABASE skinscreen TO skinscreen;
SQL
