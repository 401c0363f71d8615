# Everything sets itself up: `make demo`, `make test`, `make check`, `make bench` need make, Python >= 3.11 and pip, and
# no network once they have been set up. PYTHON chooses the interpreter, JOBS how many tests run at a time.

PYTHON ?= python3
JOBS   ?= 2
SHELL  := /bin/bash

ENV    := .venv
BIN    := $(ENV)/bin
WHEEL  := build/wheel-env
CODE   := src tests benchmarks demo hatch_build.py
BUILT  := $(shell find src native -name bin -prune -o -type f ! -name '*.pyc' -print 2>/dev/null) pyproject.toml hatch_build.py README.md
PIP    := -m pip --disable-pip-version-check --quiet --no-input
LOCK   := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
          --no-emit-trusted-host --no-emit-find-links --no-emit-options

.DELETE_ON_ERROR:
.PHONY: help demo test check bench fuzz lint fmt types imports wheel-tests clients docs lock dist clean

help:
	@echo "make demo    replay of the 2026 database wipe, against a guarded throw-away project"
	@echo "make check   lint, types, imports and the fast tests, on the source tree"
	@echo "make test    the same and everything else, against the built wheel (what CI runs)"
	@echo "make bench   all benchmarks, with the peers that can be installed"
	@echo "make fuzz    every reader of hostile bytes, SECONDS=60 each; TARGET=shell for one"
	@echo "make fmt | lint | docs | lock | dist | clean"

# ---------------------------------------------------------------------------------------------------- environments
$(ENV)/.created:
	@echo "setting up $(ENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jackline needs Python 3.11 or later; set PYTHON=")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(ENV)
	@touch $@

# What a user has: the locked dependencies, and this tree in place, its hook programs compiled where a compiler is.
$(ENV)/.run: $(ENV)/.created requirements/run.lock requirements/build.lock pyproject.toml hatch_build.py $(wildcard native/* native/launch/*)
	@echo "installing Jackline and its dependencies"
	@$(BIN)/python $(PIP) install --require-hashes -r requirements/run.lock -r requirements/build.lock
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(ENV)/.dev: $(ENV)/.run requirements/dev.lock
	@echo "installing the tools of development"
	@$(BIN)/python $(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# CI's: the tools, and Jackline from the built wheel alone.
$(WHEEL)/.tools: requirements/dev.lock
	@echo "setting up $(WHEEL) with $$($(PYTHON) --version)"
	@rm -rf $(WHEEL) && $(PYTHON) -m venv $(WHEEL)
	@$(WHEEL)/bin/python $(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(WHEEL)/.installed: $(WHEEL)/.tools $(BUILT)
	@echo "building sdist and wheel, installing the wheel"
	@rm -rf dist && $(WHEEL)/bin/python -m build --no-isolation --outdir dist . >build/dist.txt 2>&1 || { cat build/dist.txt; exit 1; }
	@$(WHEEL)/bin/python $(PIP) install --no-deps --force-reinstall dist/*.whl
	@touch $@

# --------------------------------------------------------------------------------------------------------- targets
demo: $(ENV)/.run
	@$(BIN)/python -m demo

check: $(ENV)/.dev
	@$(MAKE) --no-print-directory TOOLS=$(BIN) lint types imports
	@echo "tests (fast ones, on the source tree)"
	@$(BIN)/python -m pytest -q -n $(JOBS) -m "not slow and not e2e"

test: $(WHEEL)/.installed
	@$(MAKE) --no-print-directory TOOLS=$(WHEEL)/bin lint types imports clients wheel-tests

bench: $(ENV)/.dev
	@$(BIN)/python -m benchmarks

# Guided by coverage where atheris has a wheel for this Python, else by mutation alone. Findings go to build/fuzz/.
SECONDS ?= 60
fuzz: $(ENV)/.dev | build
	@$(BIN)/python $(PIP) install --no-build-isolation --editable '.[fuzz]' 2>/dev/null || echo "atheris cannot be installed here"
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(TARGET)

TOOLS ?= $(BIN)
ifeq ($(TOOLS),$(BIN))
lint types imports: $(ENV)/.dev
endif

lint:
	@echo "lint"
	@$(TOOLS)/ruff check --quiet $(CODE)
	@$(TOOLS)/ruff format --quiet --check --diff $(CODE)

types:
	@echo "types"
	@$(TOOLS)/mypy --no-error-summary

imports:
	@echo "imports"
	@PYTHONPATH=src $(TOOLS)/lint-imports --no-logo >build/imports.txt 2>&1 || { cat build/imports.txt; exit 1; }

fmt: $(ENV)/.dev
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format --quiet $(CODE)

# The pages that are made from the code; tests fail where they differ.
docs: $(ENV)/.dev
	@$(BIN)/python tests/core/write_schema.py
	@$(BIN)/python -m tests.docs.reference
	@$(BIN)/python -m tests.docs.explained

# The real agent clients, for tests/e2e; those tests skip, and say why, without them.
clients: | build
	@if command -v npm >/dev/null && ! test -e .clients/.installed; then echo "installing the agent clients"; \
	  sh tests/e2e/install.sh .clients --more >build/clients.txt 2>&1 && touch .clients/.installed \
	  || { tail -3 build/clients.txt; echo "the clients could not be installed: their tests will be skipped"; }; fi

wheel-tests:
	@echo "tests (all, against the wheel)"
	@JACKLINE_TESTED=wheel $(WHEEL)/bin/python -m pytest -q -n $(JOBS)

lock: $(ENV)/.dev
	@$(LOCK) --output-file requirements/run.lock pyproject.toml
	@$(LOCK) --output-file requirements/build.lock requirements/build.in
	@$(LOCK) --output-file requirements/dev.lock --extra dev --constraint requirements/run.lock \
	  --constraint requirements/build.lock pyproject.toml

dist: $(WHEEL)/.installed
	@ls dist

clean:
	@rm -rf build dist src/jackline/hook_client/bin src/jackline/contain/bin .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks demo -name __pycache__ -type d -prune -exec rm -rf {} +

$(WHEEL)/.tools $(ENV)/.dev: | build
build:
	@mkdir -p build
