# make run | demo | test | faults | fuzz | lint | strings | lock | clean. Each sets up what it needs; nothing but Python >= 3.11 and make is assumed.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p && break; done)
BIN := .venv/bin
SETTINGS ?= settings.toml

.PHONY: run demo test faults fuzz lint style types strings manifests lock clean

run: .venv/ready            ## the service, with settings.toml
	@exec $(BIN)/tocsin run --settings $(SETTINGS)

demo: .venv/ready           ## the service on sample outlets, with local mail and webhook receivers
	@exec $(BIN)/tocsin demo

PROCESSES ?= 4
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/ready           ## the tests of every day; with ALL=1 those marked thorough too. Compiled once, not by each process that they start
	@$(BIN)/python -m compileall -q -j 0 storage crawler alerts service tests
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) $(if $(ALL),,-m "not thorough")

TIMES ?= 3
faults: .venv/ready         ## every fault several times, on both databases; the books are done after each (half an hour)
	$(BIN)/python -m tests.faults --times $(TIMES)

TARGET ?= feeds
MINUTES ?= 60
fuzz: .venv/ready           ## one parser, fed what it was not made for: make fuzz TARGET=extraction MINUTES=60
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	$(BIN)/python -m tests.fuzz $(TARGET) --minutes $(MINUTES)

lint: style types           ## style, whether the catalogues have every string, and types

style: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m tests.catalogues --check

types: .venv/ready
	$(BIN)/mypy

strings: .venv/ready        ## the catalogues of service/locale brought to the strings of the program
	$(BIN)/python -m tests.catalogues

manifests: .venv/ready      ## what is deployed on Kubernetes, by Kubernetes' own schemas
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group manifests
	$(BIN)/kubernetes-validate --strict --quiet $(filter-out %/kustomization.yaml %/database.yaml,$(wildcard deploy/kubernetes/*.yaml))

# The lock file holds versions and hashes of everything, the tools of the tests included.
.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Tocsin needs Python 3.11 or newer on the PATH (or: make PYTHON=/path/to/python)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer; %s is %s (make PYTHON=/path/to/python chooses another)" % (sys.executable, sys.version.split()[0]))'
	@echo "Setting up .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lock: .venv/ready           ## choose newest versions again, within pyproject.toml's bounds
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate --no-emit-index-url --group dev -o requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
