# Everything starts from here: `make book` builds the site, `make test` runs every test that needs no GPU.
PYTHON ?= python3
UV ?= uv
BOOK_PYTHON := .venv-book/bin/python
FULL_PYTHON := .venv/bin/python
SPHINX := -n -W --keep-going
NBVAL := --nbval
export PYTHONPATH := src

.PHONY: help book test lab train reproduce bench test-gpu notebooks kernels lint lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

# An environment is made anew only when its lock changed.
.venv-book/.ready: requirements-book.txt
	$(PYTHON) -m venv --clear .venv-book
	$(BOOK_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-book.txt
	touch $@

.venv/.ready: requirements.txt
	$(PYTHON) -m venv --clear .venv
	$(FULL_PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	touch $@

# The compiler of the engine's kernels is large, and nothing but their test and `make kernels` needs it.
.venv-engine/.ready: requirements-engine.txt
	$(PYTHON) -m venv --clear .venv-engine
	.venv-engine/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-engine.txt
	touch $@

book: .venv-book/.ready  ## build the site in _build/html (no torch)
	.venv-book/bin/jupyter-book build . $(SPHINX) -q
	@echo "The book is in _build/html/index.html"

# A thread for each of the two processes: with more, they wait for each other.
test: .venv/.ready .venv-engine/.ready  ## set up, a browser included, and run every test that needs no GPU
	$(FULL_PYTHON) tests/browser_setup.py
	.venv/bin/jupyter-book build . $(SPHINX) -q
	OMP_NUM_THREADS=1 $(FULL_PYTHON) -m pytest -m "not gpu" $(NBVAL) -n 2 --dist loadfile tests book

lab: .venv/.ready  ## open the notebooks in JupyterLab
	.venv/bin/jupyter lab book

train: .venv/.ready  ## train by RECIPE (book), SEED (0) and BUDGET (full), and record the run
	$(FULL_PYTHON) -m resnet_book.train --recipe $(or $(RECIPE),book) --seed $(or $(SEED),0) --budget $(or $(BUDGET),full) $(if $(OUT),--out $(OUT))

reproduce: .venv/.ready  ## train all that the book has recorded and this folder has not; ONLY=cifar, DRY=1 prints the list with times
	$(FULL_PYTHON) -m resnet_book.train.reproduce $(if $(ONLY),--only $(ONLY)) $(if $(DRY),--dry) $(if $(OUT),--root $(OUT))

bench: .venv/.ready book  ## measure tracing, widgets and pages
	$(FULL_PYTHON) tests/browser_setup.py
	$(FULL_PYTHON) tests/bench.py

test-gpu: .venv/.ready  ## the tests that need a GPU; they fail without one
	$(FULL_PYTHON) -m pytest -m gpu tests/gpu
	$(FULL_PYTHON) -m pytest $(NBVAL) book

notebooks: .venv/.ready  ## execute all notebooks and store them
	$(FULL_PYTHON) -m resnet_book.notebooks execute

kernels: .venv/.ready .venv-engine/.ready  ## compile the kernels of the engine that runs in the page
	$(FULL_PYTHON) -m resnet_book.widgets.engine

lint: .venv/.ready  ## check style, and what the notebooks store
	$(FULL_PYTHON) -m ruff check .
	$(FULL_PYTHON) -m ruff format --check .
	$(FULL_PYTHON) -m resnet_book.notebooks check

# $(call resolve,NAME,options): NAME.txt from NAME.in, each file with its checksums.
define resolve
	{ echo "# Made by \`make lock\` from $(1).in and overrides.txt; for Python 3.10 to 3.13 on any system."; \
	  echo "# Install with: pip install --no-deps --require-hashes -r $(1).txt"; \
	  $(UV) pip compile --quiet --universal --python-version 3.10 --override overrides.txt --generate-hashes $(2) \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(1).in; \
	} > $(1).txt.new && mv $(1).txt.new $(1).txt
endef

lock:  ## resolve requirements*.in anew (needs uv); the smaller locks of the book keep to the large one
	@$(call resolve,requirements)
	@$(call resolve,requirements-book,--constraint requirements.txt)
	@$(call resolve,requirements-notebooks,--constraint requirements.txt)
	@$(call resolve,requirements-engine)

clean:  ## remove what was built; environments and fetched fonts stay
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./.venv*" -prune -exec rm -rf {} +
