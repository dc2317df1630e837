# `make serve` and `make test` set up everything they need; `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: help serve test check openapi lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.venv/serve: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test: requirements-dev.lock .venv/serve
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

serve: .venv/serve  ## load seed_data into the store and serve it on port 8000
	$(BIN)/endoatlas load seed_data
	$(BIN)/endoatlas serve

test: .venv/test  ## lint, types, the data rules and the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/endoatlas check seed_data
	$(BIN)/python -m pytest

openapi: .venv/serve  ## write openapi.json anew, with examples from seed_data
	ENDOATLAS_DATABASE_URL=sqlite:///var/openapi.db $(BIN)/endoatlas load seed_data
	ENDOATLAS_DATABASE_URL=sqlite:///var/openapi.db $(BIN)/endoatlas openapi > openapi.json

lock:  ## resolve the lock files anew (needs uv)
	uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --quiet pyproject.toml --group dev --output-file requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --quiet pyproject.toml --group build --constraints requirements-dev.lock \
		--output-file requirements.lock

clean:  ## remove the environment and the local store
	rm -rf .venv var
