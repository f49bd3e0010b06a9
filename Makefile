# `make demo` and `make test` do all set-up: each creates what it needs from nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable
# What a user installs, then what developers need on top of it, and what the site needs.
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
SITE_READY := $(VENV)/.site-ready
BROWSER_READY := $(VENV)/.browser-ready
WORKERS ?= auto
INTEROP ?= tests/interop
# The tests start a hundred processes: without compiled modules, each of them compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check lint bless docs browser faults interop lowest bench corpus fuzz live vscode clean

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml packager/_version.py | $(BIN)/python
	@echo "installing packager into $(VENV)"
	@$(INSTALL) .
	@touch $@

$(READY): pyproject.toml packager/_version.py | $(BIN)/python
	$(INSTALL) '.[dev]'
	touch $@ $(INSTALLED)

$(SITE_READY): pyproject.toml packager/_version.py | $(BIN)/python
	$(INSTALL) '.[docs]'
	touch $@ $(INSTALLED)

$(BROWSER_READY): pyproject.toml packager/_version.py | $(BIN)/python
	$(INSTALL) '.[dev,browser]'
	touch $@ $(INSTALLED) $(READY)

# Lint, package and submit a fixture to the embedded emulator: no account, no network.
demo: $(INSTALLED)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh fixtures/demo.sh

test: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

# Update what is generated or expected: docs/rules, output in README.md and docs, schemas, fixtures/expected. Read the difference before you commit it.
bless: $(READY)
	$(BIN)/python -m pytest -q --bless

# The site of the documentation, in site/: every link is checked, and it works from files, without a server.
docs: $(SITE_READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python -I tests/check_site.py site
	@echo "open site/index.html"

# Reports and pictures in Chromium, which has to be on PATH or in the variable CHROMIUM. CORPUS=DIR also checks the pages in a folder;
# PICTURES=DIR keeps screenshots of these.
browser: export CORPUS := $(CORPUS)
browser: export PICTURES := $(PICTURES)
browser: $(BROWSER_READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) -m browser tests/browser $(ARGS)

# What other programs do with us: the AWS CLI and the MCP server of AWS, Neovim, pre-commit, the steps of the GitHub Action, validators. Needs
# the package index.
interop:
	$(PYTHON) -m venv $(VENV)-interop
	$(VENV)-interop/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,interop]'
	PATH="$(CURDIR)/$(VENV)-interop/bin:$$PATH" $(VENV)-interop/bin/python -m pytest -q -m interop $(INTEROP) $(ARGS)

# The oldest versions of what we depend on that pyproject.toml allows, and the tests of what we use of them. Needs the package index.
LOWEST := $(VENV)-lowest
lowest:
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python tests/lowest_versions.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(LOWEST)/constraints.txt --editable '.[dev]'
	$(LOWEST)/bin/python -m pytest -q -n $(WORKERS) $(or $(ARGS),$(addprefix tests/test_,$(addsuffix .py,\
		request limits cli_input same_request emulator_protocol contract cli completion cwl_check cwl_messages wdl_check wdl_messages yaml_errors \
		registry_map template inputs schemas source)))

# The rest of the long tables (tests/samples.py): throttling, lost connections, killed processes, growth, and the like.
faults: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "faults or hypothesis" $(ARGS)

# Ratios against the peers on our fixtures, and on CORPUS=DIR if given.
bench: $(READY)
	$(BIN)/python -m benchmarks.run $(if $(CORPUS),--corpus $(CORPUS))
	$(BIN)/python -m benchmarks.secrets $(if $(CORPUS),--corpus $(CORPUS))
	$(BIN)/python -m benchmarks.many $(if $(CORPUS),--corpus $(CORPUS))
	$(BIN)/python -m benchmarks.editor

# Every workflow below CORPUS, a folder of checkouts: what this code reports, compared with BASE (a revision), the languages' own parsers, and
# the counts in tests/corpus.toml, which UPDATE=1 writes.
corpus: $(READY)
	$(BIN)/python -m benchmarks.corpus $(CORPUS) --peers --expected tests/corpus.toml $(if $(BASE),--base $(BASE)) $(if $(UPDATE),--update) $(ARGS)

# Mutated inputs for every reader, for so many SECONDS, then the table of growth. What breaks a law is kept in .fuzz/.
SECONDS ?= 60
fuzz: $(READY)
	$(BIN)/python tests/fuzz --seconds $(SECONDS) $(ARGS)
	$(BIN)/python tests/fuzz --growth

# The extension for Visual Studio Code, in editors/vscode/omics-packager.vsix. Needs Node.js 20 and the npm registry.
vscode:
	cp LICENSE editors/vscode/LICENSE
	cd editors/vscode && npm ci --no-audit --no-fund && npm run package

# What the service is expected to answer, asked of the account of PROFILE in REGION. Prints its plan; ARGS=--yes starts it. ARGS="--emulator --yes"
# asks the emulator.
live: $(READY)
	$(BIN)/python tests/contract $(if $(PROFILE),--profile $(PROFILE)) $(if $(REGION),--region $(REGION)) $(ARGS)

clean:
	rm -rf editors/vscode/node_modules editors/vscode/dist .corpus .fuzz site $(VENV) $(VENV)-interop $(VENV)-lowest .mypy_cache .pytest_cache .ruff_cache .hypothesis
