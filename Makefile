# Two commands do all set-up: `make demo` and `make test`. Each creates what it needs from nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto
INTEROP ?= tests/interop
# The tests start a hundred processes: without compiled modules, each of them compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint bless faults interop bench clean

$(READY): pyproject.toml packager/_version.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

# Lint, package and submit a fixture to the embedded emulator: no account, no network.
demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh fixtures/demo.sh

test: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

# Update what is generated or expected: docs/rules.md, README output, schemas, fixtures/expected. Read the difference before you commit it.
bless: $(READY)
	$(BIN)/python -m pytest -q --bless

# What other programs do with us: the AWS CLI and the MCP server of AWS, pre-commit, the steps of the GitHub Action, validators. Needs the
# package index.
interop:
	$(PYTHON) -m venv $(VENV)-interop
	$(VENV)-interop/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,interop]'
	PATH="$(CURDIR)/$(VENV)-interop/bin:$$PATH" $(VENV)-interop/bin/python -m pytest -q -m interop $(INTEROP) $(ARGS)

# Every scenario of throttling, lost connections, killed processes and the like; `make test` plays a sample.
faults: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "faults or not interop" tests/test_faults.py $(ARGS)
	$(BIN)/python -m pytest -q -n $(WORKERS) -m faults tests/test_upsert.py tests/test_submit_sources.py $(ARGS)

# Ratios against the peers on our fixtures, and on CORPUS=DIR if given.
bench: $(READY)
	$(BIN)/python -m benchmarks.run $(if $(CORPUS),--corpus $(CORPUS))
	$(BIN)/python -m benchmarks.secrets $(if $(CORPUS),--corpus $(CORPUS))

clean:
	rm -rf $(VENV) $(VENV)-interop .mypy_cache .pytest_cache .ruff_cache .hypothesis
