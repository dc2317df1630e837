# `make serve` and `make test` set up everything they need; `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: help serve test openapi quality bench bench-latency bench-scale soak lock clean

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

var/bench/peers/made: bench/requirements.lock
	$(PYTHON) -m venv var/bench/peers
	var/bench/peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.lock
	@touch $@

quality: .venv/test  ## score search, annotation and reasoning on the quality sets
	$(BIN)/python -m tests.quality.score

bench: .venv/test var/bench/peers/made  ## compare with peers (needs wrk); writes bench/results
	$(BIN)/python -m bench.compare

bench-latency: .venv/test  ## measure how late computed answers come (needs wrk); writes bench/results
	$(BIN)/python -m bench.latency

bench-scale: .venv/test  ## measure growth to a million records (needs wrk, 10 GB and an hour); writes bench/results
	$(BIN)/python -m bench.scale

soak: .venv/test  ## ten minutes of requests with a new release each minute; writes bench/results
	$(BIN)/python -m bench.soak

lock:  ## resolve the lock files anew (needs uv)
	uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --quiet pyproject.toml --group dev --output-file requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --quiet pyproject.toml --group build --constraints requirements-dev.lock \
		--output-file requirements.lock
	uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --quiet bench/requirements.txt --output-file bench/requirements.lock

clean:  ## remove the environment and the local store
	rm -rf .venv var
