PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: reproduce push pull test verify lock clean

reproduce: $(BIN)/installed
	snakemake --cores all
	@echo "The report is $(CURDIR)/results/report.html"

# Seals all results with DVC, and Snakemake's records of how they were made beside them.
push: $(BIN)/installed
	snakemake --cores all
	tar -cf results/records.tar -C .snakemake metadata
	dvc add data/datasets results/report.html results/records.tar
	dvc commit --force
	dvc push

# Results are dated back, so that Snakemake holds all that they were made from, being
# newer, against the checksums in its records. Lastly DVC, with its memory of checksums
# set aside, names the files that are not those that were sealed.
pull: $(BIN)/installed
	dvc pull
	mkdir -p .snakemake/incomplete
	tar -xf results/records.tar -C .snakemake
	find data/datasets results -type f -exec touch -t 200001010000 {} +
	DVC_SITE_CACHE_DIR=$$(mktemp -d) dvc data status --granular

test: $(BIN)/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint
	pytest

# Makes CELLS runs of STUDY anew, chosen by SEED, and compares their bytes.
verify: STUDY ?= fedmeld
verify: CELLS ?= 3
verify: $(BIN)/installed
	python scripts/verify.py $(STUDY) --cells $(CELLS) $(if $(SEED),--seed $(SEED))

$(BIN)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.version_info >= (3, 11) or sys.exit('fedorbit needs Python 3.11 or newer; set PYTHON, as in: make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# Writes the lock anew with the newest versions that pyproject.toml allows.
lock:
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet torch==2.13.0 torchvision==0.28.0 setuptools
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[workflow,dev]"
	$(BIN)/python -m pip freeze --exclude-editable --all | sed -e '/^pip==/d' -e 's/+cpu$$//' > requirements.lock

clean:
	rm -rf .venv .snakemake logs benchmarks checkpoints
