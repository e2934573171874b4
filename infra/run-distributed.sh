#!/usr/bin/env bash
# Kafka, PostgreSQL, one web process and a worker for each service, on this machine.
# NEWVOICES_KAFKA and NEWVOICES_DATABASE_URL point to existing servers instead.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
pids=()
ours=()

stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  for server in "${ours[@]}"; do "infra/$server/$server.sh" stop || true; done
}
trap stop EXIT INT TERM

if [ -z "${NEWVOICES_KAFKA:-}" ]; then
  echo "Starting Apache Kafka …"
  NEWVOICES_KAFKA="$(infra/kafka/kafka.sh start)"
  ours+=(kafka)
  export NEWVOICES_KAFKA
fi
if [ -z "${NEWVOICES_DATABASE_URL:-}${NEWVOICES_DATABASE_URLS__OUTREACH:-}" ]; then
  echo "Starting PostgreSQL …"
  ours+=(postgres)
  # One URL a service, each with a role of its own.
  while read -r url; do
    case "$url" in
      *newvoices_outreach) export NEWVOICES_DATABASE_URLS__OUTREACH="$url" ;;
      *newvoices_matching) export NEWVOICES_DATABASE_URLS__MATCHING="$url" ;;
      *newvoices_notifications) export NEWVOICES_DATABASE_URLS__NOTIFICATIONS="$url" ;;
    esac
  done < <(infra/postgres/postgres.sh start)
fi
if [ -z "${NEWVOICES_SECRET_KEY:-}${NEWVOICES_SECRET_KEY_FILE:-}" ]; then
  keys="var/distributed"
  mkdir -p "$keys"
  [ -f "$keys/secret.key" ] || (umask 077 && "$bin/python" -c 'import secrets; print(secrets.token_urlsafe(48))' > "$keys/secret.key")
  [ -f "$keys/master-keys.json" ] || "$bin/newvoices" keys new "$keys/master-keys.json"
  export NEWVOICES_SECRET_KEY_FILE="$keys/secret.key" NEWVOICES_MASTER_KEY_FILE="$keys/master-keys.json"
fi

echo "Preparing the databases and the made-up community …"
"$bin/newvoices" seed
for service in outreach matching notifications; do
  "$bin/newvoices" worker "$service" &
  pids+=("$!")
done
"$bin/newvoices" web --port "${PORT:-8000}" &
pids+=("$!")
wait -n
