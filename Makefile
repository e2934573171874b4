# Two commands: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

# Without compiled files each process would compile all that it imports: seconds at every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run demo test lint lock run-distributed assets schemas test-thorough screenshots client messages audit figures clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

setup: ## virtual environment with the locked dependencies, front-end assets
	@PYTHON="$(PYTHON)" infra/setup.sh

run: setup ## everything in one process at http://localhost:8000
	@$(BIN)/newvoices run --seed

demo: setup ## the whole journey in the terminal, checked step by step
	@$(BIN)/newvoices demo

run-distributed: setup ## Kafka, PostgreSQL, web and workers as processes of their own
	@infra/run-distributed.sh

test: setup ## every test that this machine can run, and one line on what it ran on
	@infra/test.sh

test-thorough: setup ## the same with three times as many examples, and the storm of kills
	@infra/test.sh --hypothesis-profile=thorough -m ""

lint: setup ## format, lint, types, import rules, schema compatibility
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
	@infra/assets/build.sh --check

client: setup ## a Python client of the three APIs, generated into var/client
	@$(BIN)/python -m infra.client

messages: setup ## new messages into the catalogues, empty, for translation
	@$(BIN)/python -m infra.messages

lock: ## resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --universal --python-version 3.11 -q -o requirements.lock
	@uv pip compile pyproject.toml --group dev --group bench --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --universal --python-version 3.11 -q -o bench/requirements.lock
	@uv pip compile pyproject.toml --generate-hashes --no-emit-index-url -c requirements.lock \
	  --no-annotate --no-header --universal --python-version 3.11 -q -o infra/requirements.lock

screenshots: setup ## the pictures in docs/screenshots (needs Chromium)
	@$(BIN)/python -m infra.screenshots

audit: setup ## ask for known vulnerabilities (needs the network), a bill of materials in var/
	@mkdir -p var && $(BIN)/cyclonedx-py environment .venv/bin/python -o var/sbom.cdx.json \
	  && echo "bill of materials: var/sbom.cdx.json"
	@$(BIN)/python -m infra.audit

figures: setup ## what the security tests tried, counted (FAULTS=yes: kills too)
	@$(BIN)/python -m infra.security_figures $(if $(FAULTS),--faults)

clean: ## remove the environment and the local data
	@rm -rf .venv var
