#!/usr/bin/env bash
# infra/postgres/postgres.sh start|stop|status [--folder DIR] [--tls]
# Prints one database URL a service: outreach, matching, notifications. Needs PostgreSQL.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
PYTHONPATH="$root" exec "$root/.venv/bin/python" -m infra.postgres "$@"
