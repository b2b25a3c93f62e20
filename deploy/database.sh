#!/bin/sh
# Two accounts beside PostgreSQL's own: one owns the tables and migrates, the other one serves. What the
# second may do is granted after each migration by `manage.py grant_role`. Run once, by the image, on an empty volume.
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
