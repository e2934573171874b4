#!/usr/bin/env bash
# Runs every test this machine can run, and says in one line what it ran on.
# With CI=true a missing server is a failure, never a skip.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
unset PYTHONDONTWRITEBYTECODE  # or each process that a test starts compiles all it imports

has() { command -v "$1" >/dev/null 2>&1; }
parts=("SQLite")
{ [ -n "${NEWVOICES_KAFKA:-}" ] || { has java && has mvn; }; } && parts+=("Apache Kafka") || parts+=("no Kafka (needs java and mvn)")
{ [ -n "${NEWVOICES_DATABASE_URL:-}" ] || has psql; } && parts+=("PostgreSQL") || parts+=("no PostgreSQL")
{ has chromium || [ -x /usr/bin/chromium ]; } && parts+=("Chromium") || parts+=("no Chromium")
line=$(printf '%s, ' "${parts[@]}")
echo "Testing on: ${line%, }, $("$bin/python" -V 2>&1)"

# Many tests wait for servers and browsers: twice as many workers as cores keep the cores busy.
workers="${TEST_WORKERS:-$(($(nproc) * 2))}"
if "$bin/pytest" -n "$workers" --dist loadfile --no-loadscope-reorder "$@"; then exit 0; fi
# Processes and browsers starve each other on a busy machine. What fails alone as well has failed.
echo "Running what failed once more, one after the other:"
exec "$bin/pytest" --last-failed --last-failed-no-failures none "$@"
