#!/bin/sh
# One database and one role a service; a role can connect to its own database only.
set -eu
for service in outreach matching notifications; do
  psql -v ON_ERROR_STOP=1 -U postgres -v name="newvoices_$service" -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
# Equality monitoring belongs to a role that nobody signs in as; see docs/decisions.
for script in monitoring.sql monitoring-roles.sql; do
  psql -v ON_ERROR_STOP=1 -U postgres -d newvoices_outreach -f "/newvoices/$script"
done
