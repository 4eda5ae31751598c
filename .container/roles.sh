#!/bin/sh
# Run once by PostgreSQL's image on an empty volume: the owner's and the site's role, and the database.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$LAUREL_OWNER_PASSWORD" --set site_password="$LAUREL_SITE_PASSWORD" <<'SQL'
create role laurel_owner login password :'owner_password';
create role laurel_site login password :'site_password';
create database laurel owner laurel_owner;
\connect laurel
alter schema public owner to laurel_owner;
revoke create on schema public from public;
SQL
