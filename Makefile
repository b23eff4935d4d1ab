# From a bare checkout with Python 3.11+ and make: `make test`, `make demo`.  uv is used where it is on PATH.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV ?= $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
PACKAGES := stream producers consumers
# benchmarks and validity are checked like the rest; they are run by targets of their own
CODE := $(PACKAGES) tests $(patsubst %/__main__.py,%,$(wildcard benchmarks/__main__.py validity/__main__.py))
CHECKS := lint types contracts pytest

ifneq ($(UV),)
MAKE_VENV = $(UV) venv --quiet --allow-existing $(if $(PYTHON),--python $(PYTHON),--python '>=3.11') $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --constraint $(LOCK)
else
MAKE_VENV = $(or $(PYTHON),$(error Bellbuoy needs Python 3.11 or later on PATH: set PYTHON=/path/to/python3.11)) -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint $(LOCK)
endif

.DEFAULT_GOAL := help
.PHONY: help test $(CHECKS) demo bench validity lock clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "make %-10s %s\n", $$1, $$2}'

test: $(VENV)/.stamp-dev  ## everything: lint, types, contracts between packages, tests, doctests, real Kafka
	@failed=; for check in $(CHECKS); do $(MAKE) --no-print-directory $$check || failed="$$failed $$check"; done; \
	if [ -n "$$failed" ]; then echo "FAILED:$$failed" >&2; exit 1; fi

lint: $(VENV)/.stamp-dev  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.stamp-dev  ## mypy, strict, tests too
	$(BIN)/mypy $(CODE)

contracts: $(VENV)/.stamp-dev  ## who may import whom
	$(BIN)/lint-imports

pytest: $(VENV)/.stamp-dev  ## tests and doctests alone; ARGS="-k name" to choose
	$(BIN)/pytest $(ARGS)

demo: $(VENV)/.stamp-demo  ## the story of the README, on the embedded runtime
	$(BIN)/bellbuoy demo $(ARGS)

bench: $(VENV)/.stamp-dev  ## speed, side by side with the usual tools
	$(BIN)/python -m benchmarks $(ARGS)

validity: $(VENV)/.stamp-dev  ## quality of detection: false alarms, delays, misses
	$(BIN)/python -m validity $(ARGS)

# Versions for every supported Python and system in one file.  Raise them all: make lock ARGS=--upgrade
lock: $(VENV)/.stamp-dev  ## write requirements.lock anew from pyproject.toml (needs uv)
	$(UV) pip compile --quiet --universal --python-version 3.11 --extra dev --no-emit-index-url --no-header \
		--output-file $(LOCK) $(ARGS) pyproject.toml

clean:  ## remove the environment, caches and what was built
	rm -rf $(VENV) build dist out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(MAKE_VENV)

# Everything for development holds what the demo needs; the other way round does not.
$(VENV)/.stamp-dev: pyproject.toml $(LOCK) | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/.stamp-dev $(VENV)/.stamp-demo

$(VENV)/.stamp-demo: pyproject.toml $(LOCK) | $(BIN)/python
	$(INSTALL) --editable '.[demo]'
	@touch $@
