# make setup | demo | test | lint | soak | benchmark | clean-venv
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# a CPU-only or another CUDA build of torch: TORCH_INDEX=<address from pytorch.org> make setup
TORCH_INDEX ?=
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONHASHSEED := 0

.PHONY: setup demo test lint soak benchmark clean-venv

setup: $(VENV)/.ready

$(VENV)/.ready: envs/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "faultcast needs Python >= 3.11; found $$($(PYTHON) --version). On Debian/Ubuntu: sudo apt-get install python3 python3-venv, or set PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "the system package for virtual environments is missing. Run: sudo apt-get install -y python3-venv"; exit 1; }
	@command -v git >/dev/null || { echo "git is missing. Run: sudo apt-get install -y git"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --quiet --index-url $(TORCH_INDEX) $(shell grep '^torch==' envs/lock.txt))
	$(BIN)/python -m pip install --quiet --requirement envs/lock.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

demo: setup
	snakemake --cores all --profile profiles/demo
	snakemake --profile profiles/demo --report results/demo/report.html
	@python -m faultcast.costs results/demo

test: setup
	python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint --profile profiles/demo --cores 1

# damaged input, kills, and the demo made twice, in full counts, told in docs/reliability.md; fewer,
# others, or one part: make soak FUZZ_LINES=<lines> SOAK_KILLS=<kills> FUZZ_SEED=<series> SOAK=fuzz
SOAK ?= fuzz or kills or twice
# a tenth more than 100,000, since some edits change nothing
soak: export FUZZ_LINES ?= 110000
soak: export SOAK_KILLS ?= 50
soak: export SOAK_TWICE ?= demo
soak: export SOAK_REPORT ?= docs/reliability.md
soak: setup
	python -m pytest -m "$(SOAK)" -p no:cacheprovider

benchmark: setup
	for script in benchmarks/*.py; do echo "== $$script"; python $$script || exit 1; done

# before a setup with another TORCH_INDEX or PYTHON; results and data stay
clean-venv:
	rm -rf $(VENV)
