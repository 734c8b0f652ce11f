.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python
STAMP := .venv/.stamp-dev
export PYTHONUNBUFFERED := 1

.PHONY: help setup run test check screenshots fmt lock audit clean

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
