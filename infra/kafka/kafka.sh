#!/usr/bin/env bash
# infra/kafka/kafka.sh start|stop|status [--folder DIR] [--brokers 3] [--security SASL_SSL]
# Prints the bootstrap address. Needs Java 17 and, the first time, Maven.
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
PYTHONPATH="$root" exec "$root/.venv/bin/python" -m infra.kafka "$@"
