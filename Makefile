# Two commands do everything: `make run` and `make test`. Both make the environment first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK_VENV := .venv-lock
UV_VERSION := 0.13.9
LAYERS := $(patsubst layers/%/requirements.in,%,$(wildcard layers/*/requirements.in))
SAM_VENV := .venv-sam
SAM_VERSION := 1.170.0
CHECKOV_VENV := .venv-checkov
CHECKOV_VERSION := 3.3.30
RUN_ARGS ?=

.PHONY: run test setup lint types template tests build lock security benchmark clean

run: setup  ## run the example benchmark on this machine and print the comparison
	$(BIN)/skill-benchmark run $(RUN_ARGS)

test: setup lint types template tests  ## everything that must hold before a change lands

setup: $(VENV)/.installed  ## the environment, with all versions pinned

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

template:  ## the template, and the state machine as a raw resource, which `sam validate` does not read
	$(BIN)/cfn-lint template.yaml
	$(BIN)/python scripts/render_state_machine.py | $(BIN)/cfn-lint

tests:
	$(BIN)/pytest

build: setup $(SAM_VENV)/.installed  ## cross-build for arm64 and python3.13, without Docker; needs python3.13 on the PATH
	SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam validate --lint
	SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam build
	python3.13 -m compileall -q -j 0 -x /tests/ --invalidation-mode unchecked-hash .aws-sam/build
	$(BIN)/python scripts/check_build.py .aws-sam/build

lock: $(LOCK_VENV)/.installed  ## what the layers ship: all that constraints.txt pins for them, with the hash of every file
	for layer in $(LAYERS); do \
		$(LOCK_VENV)/bin/uv pip compile --quiet --no-header --generate-hashes --upgrade --constraint constraints.txt \
			--python-version 3.13 --python-platform aarch64-manylinux_2_28 \
			--output-file layers/$$layer/requirements.txt layers/$$layer/requirements.in || exit; \
	done

$(LOCK_VENV)/.installed:
	$(PYTHON) -m venv $(LOCK_VENV)
	$(LOCK_VENV)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

$(SAM_VENV)/.installed:
	$(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==$(SAM_VERSION)
	touch $@

security: $(CHECKOV_VENV)/.installed  ## checkov over the template, with all that its conditions would leave out
	mkdir -p $(CHECKOV_VENV)/template
	sed '/^    Condition: /d' template.yaml > $(CHECKOV_VENV)/template/template.yaml
	$(CHECKOV_VENV)/bin/checkov --config-file .checkov.yaml --file $(CHECKOV_VENV)/template/template.yaml

$(CHECKOV_VENV)/.installed:
	$(PYTHON) -m venv $(CHECKOV_VENV)
	$(CHECKOV_VENV)/bin/pip install --quiet --disable-pip-version-check checkov==$(CHECKOV_VERSION)
	touch $@

benchmark: setup  ## speed and size, as ratios; asserts nothing
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) $(SAM_VENV) $(LOCK_VENV) $(CHECKOV_VENV) .aws-sam .skill-benchmark
