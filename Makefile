# tuoben. Each target does its whole set-up alone: it needs python3 (3.11 or newer, with venv), make and git, nothing else.
.DEFAULT_GOAL := help
.PHONY: help demo serve compiled test check e2e bench bench-extract bench-search bench-replay train-extract docs lock slow gates browser python clean
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
PYWB := .venv-pywb
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
PYTEST := $(BIN)/pytest -n 2 --dist loadfile
# Every bench is run, whatever the others missed; it fails at the end when one did.
each = @missed=; for bench in $(1); do echo "$(BIN)/python -m $$bench"; $(BIN)/python -m $$bench || missed="$$missed $${bench%% *}"; \
	done; test -z "$$missed" || { echo "A goal was missed, or it failed:$$missed" >&2; exit 1; }
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

help:
	@echo "make demo    fictional publishers, collected live, then read at http://127.0.0.1:8000"
	@echo "make serve   collect your sources and show them (first: $(BIN)/tuoben source add URL)"
	@echo "make test    the tests          make check   style, types, walls between the rooms, migrations"
	@echo "make e2e     the pages in a real browser (installs Chromium and npm packages)"
	@echo "make bench   how fast it is     make docs    what the documents say, tried"
	@echo "make compiled   half the processor time for reading pages (needs a C compiler and Python's headers; a minute)"

# Every demo is a new day in a directory of its own.
demo: $(VENV)/.runtime
	$(BIN)/tuoben demo

serve: $(VENV)/.runtime $(VENV)/.compiled
	$(BIN)/tuoben serve

# The modules that reading pages takes its time in, translated by mypyc; they are used until a source changes
# (tuoben.compiled). Without a C compiler (exit code 3) all works as plain Python.
compiled: $(VENV)/.compiled

# Compiled once; after an edit the sources are run, until `make compiled`.
test: $(VENV)/.dev | $(VENV)/.compiled
	$(PYTEST) -m "not e2e and not slow" --ignore tests/gates

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	folder=$$(mktemp -d) && trap 'rm -r "$$folder"' EXIT && TUOBEN_DATA="$$folder" DJANGO_SETTINGS_MODULE=tuoben.settings \
	  $(BIN)/python -m django makemigrations --check --dry-run

e2e: $(VENV)/.dev $(VENV)/.compiled browser tests/e2e/node_modules/.stamp
	$(PYTEST) -m e2e --timeout 600 tests/e2e

bench: $(VENV)/.bench $(VENV)/.compiled
	$(call each,benches benches.collecting benches.feeds "benches.search 100000")

# Extraction on the development pages in ../shared (or TUOBEN_SHARED), beside its peers; and the table of its last word.
bench-extract: $(VENV)/.bench $(VENV)/.compiled $(PEERS)/.peers
	$(BIN)/python -m benches.extract

# Search beside SQLite FTS5 on a million generated documents (an hour), and reprints with a million signatures held.
bench-search: $(VENV)/.bench $(VENV)/.compiled
	$(call each,"benches.search 1000000" benches.reprints)

# The original look beside pywb's.
bench-replay: $(VENV)/.bench $(VENV)/.compiled $(PYWB)/.stamp
	$(BIN)/python -m benches.replay

train-extract: $(VENV)/.bench
	$(BIN)/python -m benches.train

docs: $(VENV)/.dev
	$(BIN)/pytest tests/docs

# --- for CI and for those who work on tuoben -------------------------------------------------------------------------

# Crash points and scale: what takes too long for every day; what is compiled once more as plain Python; and what stands
# on the rows once more with PostgreSQL. 5 is pytest's word for "there was nothing to run".
slow: $(VENV)/.dev $(VENV)/.compiled $(PYWB)/.stamp
	$(BIN)/pytest -m "slow and not e2e" --timeout 1200 --ignore tests/gates || [ $$? -eq 5 ]
	TUOBEN_PURE=1 $(PYTEST) -m "not slow and not e2e" tests/extract tests/index tests/test_markup.py tests/test_query.py tests/test_text.py tests/test_charsets.py
	TUOBEN_TEST_ROWS=postgresql PYTHONPATH=tests $(PYTEST) -p postgresql -m "not slow" tests/store tests/web \
	  tests/test_collect.py tests/test_postgresql.py

# Figures that may not fall below their floors; they need the evaluation data in ../shared (or TUOBEN_SHARED).
gates: $(VENV)/.dev $(VENV)/.compiled
	$(BIN)/pytest --timeout 1800 tests/gates || [ $$? -eq 5 ]

lock: $(VENV)/.dev
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group bench -o requirements-bench.lock
	$(BIN)/uv pip compile $(LOCK) --group compile -o requirements-compile.lock

browser:
	sh tests/e2e/browser.sh

clean:
	rm -rf $(VENV) src/tuoben/compiled $(PEERS) $(PYWB) tests/e2e/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- the set-up: done once, and again when a lock changed ------------------------------------------------------------

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "tuoben needs Python 3.11 or newer: install it, or name it (make PYTHON=/path/to/python3.12 …)." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv is missing: install it (on Debian and Ubuntu: apt install python3-venv), then try again." >&2; exit 1; }

# The packages come from the lock, by hash; tuoben itself is not built but run from src/.
$(BIN)/python: | python
	$(PYTHON) -m venv $(VENV)

$(BIN)/tuoben: | $(BIN)/python
	@echo "$(CURDIR)/src" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tuoben-src.pth"
	@printf '#!%s\nimport sys\n\nfrom tuoben.cli import main\n\nsys.exit(main())\n' "$(CURDIR)/$(BIN)/python" > $@
	@chmod +x $@

$(VENV)/.runtime: requirements.lock | $(BIN)/tuoben
	$(PIP) --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/tuoben
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

$(VENV)/.bench: requirements-bench.lock | $(BIN)/tuoben
	$(PIP) --require-hashes -r requirements-bench.lock
	@touch $@ $(VENV)/.runtime

$(VENV)/.compiled: $(VENV)/.runtime requirements-compile.lock tools/compile.py $(wildcard src/tuoben/extract/*.py) \
  $(wildcard src/tuoben/*.py) $(wildcard src/tuoben/archive/*.py)
	$(PIP) --require-hashes -r requirements-compile.lock
	$(BIN)/python tools/compile.py || [ $$? -eq 3 ]
	@touch $@

# Each peer for itself: one that cannot be had is named, and the bench goes on without it.
$(PEERS)/.peers: benches/peers.txt | python
	$(PYTHON) -m venv $(PEERS)
	@grep -v '^#' benches/peers.txt | while read -r peer; do \
	  $(PEERS)/bin/python -m pip --disable-pip-version-check --no-input install --quiet $$peer </dev/null 2>/dev/null || \
	  echo "not to be had, left out: $$peer"; done
	@touch $@

# pywb is GPL-3: a program of its own beside tuoben, which reads it over HTTP; never imported.
$(PYWB)/.stamp: | python
	$(PYTHON) -m venv $(PYWB)
	$(PYWB)/bin/python -m pip --disable-pip-version-check --no-input install --quiet pywb==2.10.0
	@touch $@

tests/e2e/node_modules/.stamp: tests/e2e/package-lock.json | browser
	cd tests/e2e && npm ci --no-audit --no-fund --loglevel error
	@touch $@
