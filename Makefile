# Every target needs the system's Python 3.11+ and make, nothing else. Paths stay relative, so that
# the repository may lie in a folder with spaces. `make PYTHON=/path/to/python3.12 setup` chooses.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?=
DEMO_HOME ?= .demo
STORE ?=
ARGS ?=
SERVICES ?=
BIN := .venv/bin

.PHONY: help setup demo demo-clean lint format test test-all bench services docs site

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup:  ## make .venv from the lock (the others call it; a second call is instant)
	@PYTHON="$(PYTHON)" bash tools/setup.sh

demo: setup  ## run the platform on generated and real data; Ctrl-C stops it; STORE=mariadb or an address
	@$(BIN)/aethermart demo --home "$(DEMO_HOME)" $(if $(STORE),--store "$(STORE)") $(ARGS)

demo-clean: setup  ## remove all that the demo made
	@$(BIN)/aethermart demo --clean --home "$(DEMO_HOME)"

lint: setup  ## style, types, floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: setup  ## all tests that this machine can run in minutes
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "not nightly" $(ARGS)

test-all: setup  ## and those that take longer, with new random examples
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest $(ARGS)

bench: setup  ## measure, against peers where they can be had; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks $(ARGS)

services:  ## provision what tests need beyond Python; SERVICES="trino spark" for nightly ones
	@bash tools/services.sh $(SERVICES)

docs: setup  ## write the generated pages again
	$(BIN)/python -m tools.promises
	$(BIN)/python -m tools.cli_docs
	$(BIN)/python -m tools.settings_docs
	$(BIN)/python -m tools.ops_docs
	$(BIN)/python -m tools.api_docs
	$(BIN)/python -m tools.metric_sql
	$(BIN)/python -m tools.model_docs
	$(BIN)/python -m tools.roles_docs
	$(BIN)/python -m tools.common_passwords
	$(BIN)/python -m tools.comparison
	$(BIN)/python -m tools.erd
	$(BIN)/python -m tools.grants_docs

site: setup  ## the docs as pages, with the models and their lineage; writes build/site
	$(BIN)/python -m tools.site
