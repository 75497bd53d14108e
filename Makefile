PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# The programmes of an environment name their folder in their first line, where a blank
# or a quote ends it.
ifneq (,$(findstring ',$(CURDIR))$(findstring ",$(CURDIR))$(word 2,$(CURDIR)))
$(error The path "$(CURDIR)" has a blank or a quote in it; move the folder to a path without)
endif

.PHONY: reproduce push pull style check test verify docs dist lock clean

reproduce: $(BIN)/installed
	snakemake --cores all
	@echo "The results are in $(CURDIR)/results/index.html"

# What is missing is run first; then all results are sealed with DVC and sent.
push: $(BIN)/installed
	python scripts/share.py push

pull: $(BIN)/installed
	python scripts/share.py pull

style: $(BIN)/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow

# Tests share the cores, so none of them takes more than one at a time. Most of their
# processes load the same modules, so what Python compiles is kept.
check test: export OMP_NUM_THREADS = 1
check test: export PYTHONDONTWRITEBYTECODE =
PYTEST := pytest --numprocesses logical --dist worksteal

# All that takes no run of the workflow; among it, that all shipped studies are valid.
check: style
	$(PYTEST) -m "not slow"

test: style
	snakemake --lint
	$(PYTEST)

# Compares the results here with those on record, of STUDY or of all studies; with CELLS
# makes so many runs of STUDY anew, chosen by SEED, and compares with those.
verify: $(BIN)/installed
	python scripts/verify.py $(STUDY) $(if $(CELLS),--cells $(CELLS)) $(if $(SEED),--seed $(SEED))

# The documentation as a site; every link in it is checked.
docs: $(BIN)/installed
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build --quiet
	@echo "The documentation is $(CURDIR)/site/index.html"
	@echo "Browsers search it only where it is served: python -m http.server --directory site"

$(BIN)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('fedorbit needs Python 3.11 or newer; set PYTHON, as in: make PYTHON=python3.11')"
	@echo "Installing the pinned environment into .venv; this takes some minutes"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# A wheel and an archive of the sources of the version that HEAD is tagged with.
dist: $(BIN)/installed
	python scripts/release.py

# Writes the lock anew with the newest versions that pyproject.toml allows.
lock:
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet torch==2.13.0 torchvision==0.28.0 setuptools
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[workflow,cluster,docs,dev]"
	$(BIN)/python -m pip freeze --exclude-editable --all | sed -e '/^pip==/d' -e 's/+cpu$$//' > requirements.lock

# Keeps results, and Snakemake's records of what they were made from.
clean:
	rm -rf .venv logs benchmarks checkpoints site
	find .snakemake -mindepth 1 -maxdepth 1 ! -name metadata -exec rm -rf {} + 2>/dev/null || true
