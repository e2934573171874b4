#!/usr/bin/env bash
# Prepares a clone: virtual environment, locked dependencies, front-end assets.
# Does nothing when the lock has not changed. Uses uv when present, pip otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"
stamp=.venv/.installed
lock="${LOCK:-requirements.lock}"

if ! command -v "$python" >/dev/null 2>&1; then
  echo "New Voices needs Python 3.11 or newer. Install it (Debian: apt-get install python3 python3-venv) and run make again." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "New Voices needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Point to another with: make PYTHON=python3.12 …" >&2
  exit 1
fi

want="$(cat "$lock" pyproject.toml | cksum)"
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$want" ]; then
  echo "Setting up (the first time takes a minute or two) …"
  if command -v uv >/dev/null 2>&1; then
    echo "  1/2 virtual environment and locked dependencies, with uv"
    [ -x .venv/bin/python ] || uv venv -q --python "$python" .venv
    # Compiled once here, not at the start of every process.
    uv pip install -q --compile-bytecode --python .venv/bin/python --require-hashes -r "$lock"
    uv pip install -q --python .venv/bin/python --no-deps -e .
  else
    echo "  1/2 virtual environment and locked dependencies, with pip"
    if [ ! -x .venv/bin/python ] && ! "$python" -m venv .venv; then
      echo "Python's venv module is missing. Debian: apt-get install python3-venv" >&2
      exit 1
    fi
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
  fi
  echo "$want" > "$stamp"
fi
if [ -x infra/assets/build.sh ]; then infra/assets/build.sh; fi
