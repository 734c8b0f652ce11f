.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python
STAMP := .venv/.stamp-dev
export PYTHONUNBUFFERED := 1
# Compiled modules are kept, whatever the surroundings say: each of the many processes would compile all of Django again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test races twice crash full-disk stopped-database fuzz million load bench check screenshots fmt lock audit clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP)  ## Make .venv with the locked packages

$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (once) ..."
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@# uv installs in seconds; without it pip does the same, slower.
	@if $(PY) -m pip install --quiet --disable-pip-version-check uv 2>/dev/null; \
	then .venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements-dev.txt; \
	else $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt; fi
	@touch $@

run: setup  ## Start the shop with its demo on http://127.0.0.1:8000 (PORT=... for another port)
	@PORT=$(PORT) exec $(PY) -m microbiz.serve

test: setup  ## Run every test, on SQLite and on a PostgreSQL of its own
	@$(PY) -m tests.suite $(ARGS)

ROUNDS ?= 100
races: setup  ## Run the races with each racer held up in turn, and those through the server with ROUNDS=100 rounds (the suite runs a few)
	@for racer in 0 1; do HELD_UP=$$racer $(PY) -m tests.postgres $(PY) -m pytest -q tests/races -k "not over_http" || exit 1; done
	@ROUNDS=$(ROUNDS) $(PY) -m pytest -q tests/races/test_over_http.py
	@ROUNDS=$(ROUNDS) TILLS=40 $(PY) -m tests.postgres $(PY) -m pytest -q tests/races/test_over_http.py tests/races/test_pairs_over_http.py \
	  tests/races/test_unguarded_over_http.py

twice: setup  ## Run every operation of the shop twice, once for nothing, as after a deadlock: the same tests must pass
	@$(PY) -m pytest -q -p tests.twice -m "not browser" tests/register tests/orders tests/receiving tests/purchasing \
	  tests/transfers tests/adjustments tests/counts tests/serials tests/inventory tests/imports tests/settings_app tests/vendors

KILLS ?= 200
crash: setup  ## Kill the server and the database KILLS=200 times while tills sell, then look for what was lost
	@$(PY) -m tests.crashes --kills $(KILLS) --json docs/reliability/crash-postgresql.json
	@$(PY) -m tests.crashes --kills $$(($(KILLS) / 4)) --database sqlite --json docs/reliability/crash-sqlite.json

full-disk: setup  ## Fill the disk under a till that sells, on both databases (mounts a small one, so only as root)
	@$(PY) -m tests.full_disk
	@$(PY) -m tests.full_disk --database sqlite

stopped-database: setup  ## Stop and start PostgreSQL under an open till in a browser
	@$(PY) -m tests.stopped_database

MINUTES ?= 10
load: setup  ## Work through a busy Saturday of MINUTES=10 on PostgreSQL and two cores, then look for what went wrong
	@$(PY) -m benchmarks.load --minutes $(MINUTES) --json docs/reliability/load.json

bench: setup  ## Measure the shop beside the floor (BACKEND=sqlite SIZES=1000,100000 TASKS=sell_1,lookup QUICK=1), write docs/performance.md
	@$(PY) -m benchmarks $(if $(BACKEND),--backend $(BACKEND)) $(if $(SIZES),--sizes $(SIZES)) $(if $(TASKS),--tasks $(TASKS)) \
	  $(if $(QUICK),--quick --json build/bench-quick.json)

UNITS ?= 1000000
million: setup  ## Check every law over UNITS=1000000 units, on both databases (the suite takes 400)
	@$(PY) -m tests.million --units $(UNITS)
	@$(PY) -m tests.million --units $(UNITS) --database sqlite

FOR ?= 600
fuzz: setup  ## Send every address what means harm for FOR=600 seconds, on both databases (the suite sends one round)
	@HOSTILE_SECONDS=$(FOR) $(PY) -m pytest -q tests/hostile/test_every_address.py
	@HOSTILE_SECONDS=$(FOR) $(PY) -m tests.postgres $(PY) -m pytest -q tests/hostile/test_every_address.py

# Production settings with a secret of the moment: the deployment checks must hold for what a real shop runs.
PRODUCTION := env MICROBIZ_MODE=production ALLOWED_HOSTS=shop.example MICROBIZ_HTTPS=on MICROBIZ_DEBUG=off MICROBIZ_DATA=build/check \
	MICROBIZ_STATIC=build/check/static DATABASE_URL=sqlite:///build/check/none.sqlite3 \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')

check: setup  ## Lint, format, types, deployment and migration checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --quiet
	$(PY) -m mypy .
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run

screenshots: setup  ## Photograph every page of the demo at three sizes, light and dark, into build/screenshots
	@$(PY) -m tests.screenshots $(ARGS)

fmt: setup  ## Format the Python code and sort its imports
	$(PY) -m ruff check --fix --select I,UP .
	$(PY) -m ruff format .

lock: setup  ## Resolve requirements*.in into the locked requirements*.txt
	for name in requirements requirements-dev; do \
	  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$name.in -o $$name.txt || exit 1; \
	done

audit: setup  ## Look the locked packages up in the list of known vulnerabilities (needs the network)
	@.venv/bin/uv tool run pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt || { \
	  echo "Not clean: a package above is known to be vulnerable, or could not be looked up because the service was not reached."; exit 1; }

clean:  ## Remove what was built (.venv, build, caches); the data folder stays
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
