# `make demo` shows what archdsl does; `make test` proves that it works. Both set up .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-peers

.PHONY: help setup demo test test-slow fuzz lint bench peers clean

help:
	@echo "make demo       check, profile, draw and compile two networks, and train a third"
	@echo "make test       format, lint, types, all tests, documentation examples, the wheel"
	@echo "make test-slow  the long runs that \`make test\` leaves out"
	@echo "make fuzz       100,000 mutilated specs and new examples of properties, for the nightly run"
	@echo "make bench      the benchmarks, with the bounds they must keep"
	@echo "make peers      the same mistakes in archdsl and in four other systems"

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all]'
	$(BIN)/python -m compileall -q archdsl
	touch $(READY)

demo: $(READY)
	$(BIN)/python -m examples.demo

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(READY) lint
	$(BIN)/python -m pytest -n auto -m "not slow"

test-slow: $(READY)
	$(BIN)/python -m pytest -n auto -m slow

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz.run --inputs 100000
	$(BIN)/python -m tests.fuzz.atheris_run -runs=100000 -rss_limit_mb=1536 -timeout=600
	$(BIN)/python -m pytest -n auto -m hypothesis --hypothesis-profile chance

bench: $(READY)
	$(BIN)/python -m benchmarks.check
	$(BIN)/python -m benchmarks.lsp

peers: $(READY) $(PEERS)/.ready
	$(BIN)/python -m benchmarks.peers --python $(PEERS)/bin/python --write

$(PEERS)/.ready: benchmarks/peers/requirements.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

clean:
	rm -rf $(VENV) $(PEERS) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
