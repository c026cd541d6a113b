# Everything that is done to this project; `make` alone lists it.
# Python 3.11+ and the package index are all it needs; what needs more says so.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_MODULES := tests/node/node_modules/.package-lock.json
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo run sink fmt lint type test test-browser cov check scan audit fuzz check-email bench race reliability lock migrate revision manual messages build clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(VENV)/.installed ## Install what the service needs into .venv, exactly as locked
install-dev: $(VENV)/.installed-dev ## Install what developing needs too

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	$(BIN)/pip check
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/pip check
	@touch $@

demo: install ## Send a made-up digest to five readers into the built-in sink, and show it
	$(BIN)/digest demo

run: install ## Run the service: pages, scheduler and sending; stop with Ctrl-C
	$(BIN)/digest run

sink: install ## Run the local mail server with its web inbox
	$(BIN)/digest sink

fmt: install-dev ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: install-dev ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: install-dev ## Check types
	$(BIN)/mypy

test: install-dev ## Run the whole test suite on all cores
	$(BIN)/pytest -n auto --dist worksteal

test-browser: install-dev ## Run the tests in a real Chromium: the whole way, axe on every page, how it looks
	@command -v chromium >/dev/null || { echo "chromium is not installed (Debian package: chromium)"; exit 1; }
	$(BIN)/pytest -m browser -n auto --dist worksteal

cov: install-dev ## Run the tests and show what they leave out
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

check: lint type scan audit test ## Exactly what CI runs

scan: install-dev ## Look for dangerous code with bandit
	$(BIN)/bandit -q -c pyproject.toml -r digest migrations

audit: install-dev ## Ask for known vulnerabilities of what is locked; without a network it says so
	$(BIN)/python -m tests.audit

fuzz: install-dev ## Try every parser on hostile texts, a minute each (MINUTES=24 for all)
	$(BIN)/python -m tests.fuzz.run --minutes $(or $(MINUTES),24)

check-email: install-dev $(NODE_MODULES) ## Ask SpamAssassin, vnu, axe-core and others about every mail; print what they say
	$(BIN)/pytest tests/email_checks -n auto --dist worksteal

$(NODE_MODULES): tests/node/package-lock.json
	npm ci --prefix tests/node --ignore-scripts --no-audit --no-fund

bench: install-dev ## Measure, each figure beside its comparison (minutes)
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.relevance
	$(BIN)/python -m benchmarks.renderer
	$(BIN)/python -m benchmarks.dkim
	$(BIN)/python -m benchmarks.relay
	$(BIN)/python -m benchmarks.send
	$(BIN)/python -m benchmarks.race
	$(BIN)/python -m benchmarks.readers
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.signed
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.workers
	$(BIN)/python -m benchmarks.postfix
	@command -v wrk >/dev/null && $(BIN)/python -m benchmarks.web || echo "wrk is not installed: the pages were not measured"

race: install-dev ## Send beside other senders, in turns: rate, CPU, memory, who arrived (ARGS="--kill 5": killed on the way)
	$(BIN)/python -m benchmarks.race $(ARGS)

reliability: install-dev ## Bring about everything that can go wrong, and write docs/why/reliability.md (some six minutes)
	$(BIN)/python -m tests.e2e.reliability --write

lock: | $(BIN)/pip ## Write the lock files anew from pyproject.toml (names, versions, hashes)
	$(BIN)/pip install --quiet --no-deps uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --all-extras --group build --group dev -c requirements.lock \
	  pyproject.toml -o requirements-dev.lock

migrate: install ## Bring the database of DIGEST_DATABASE_URL to the newest schema
	$(BIN)/digest init

revision: install-dev ## Write a migration for what the tables gained: make revision NAME="what changed"
	$(BIN)/python -m migrations.revise "$(NAME)"

manual: install-dev ## Write the pages of the manual that come from the code: commands and settings
	$(BIN)/python docs/generate.py

messages: install-dev ## Bring the message catalogues (digest/locale) up to date
	$(BIN)/python -m digest.ground.languages.catalogues

build: install-dev ## Build the wheel
	$(BIN)/uv build --wheel --no-build-isolation

clean: ## Remove what the targets made
	rm -rf $(VENV) dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage tests/node/node_modules
