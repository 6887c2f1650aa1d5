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
PARLIAMENT_VENV := .venv-parliament
PARLIAMENT_VERSION := 1.6.4
PROOF_PACKAGES := tests/proofs/node_modules/.package-lock.json
RECORDED_CALLS := .proofs/recorded_calls.jsonl
EMULATOR_VENV := .venv-emulator
EMULATOR_VERSIONS := ministack==1.5.33 boto3==1.43.106 aws-sam-translator==1.115.0 cryptography==50.0.2
RUN_ARGS ?=
PREFLIGHT_ARGS ?=

.PHONY: run test setup lint types template tests build lock preflight deploy-emulated deploy-emulated-mutations security proofs
.PHONY: benchmark clean

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
	$(BIN)/pytest --record-calls $(RECORDED_CALLS)

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

preflight: setup  ## what would keep a deployment to AWS from working, without creating anything; see docs/deploying.md
	$(BIN)/python -m scripts.preflight $(PREFLIGHT_ARGS)

deploy-emulated: setup $(SAM_VENV)/.installed $(EMULATOR_VENV)/.installed  ## sam build and sam deploy into an emulator, and the whole service used there
	$(BIN)/python -m tests.emulated

deploy-emulated-mutations: setup $(SAM_VENV)/.installed $(EMULATOR_VENV)/.installed  ## the same without each statement of our roles in turn
	$(BIN)/python -m tests.emulated --mutate

# What a function sees beside its layers is boto3, as in Lambda: this environment is the emulator's and no other's.
$(EMULATOR_VENV)/.installed:
	python3.13 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13) and "python3.13 on the PATH is no Python 3.13")'
	python3.13 -m venv $(EMULATOR_VENV)
	$(EMULATOR_VENV)/bin/pip install --quiet --disable-pip-version-check $(EMULATOR_VERSIONS)
	touch $@

security: $(CHECKOV_VENV)/.installed  ## checkov over the template, with all that its conditions would leave out
	mkdir -p $(CHECKOV_VENV)/template
	sed '/^    Condition: /d' template.yaml > $(CHECKOV_VENV)/template/template.yaml
	$(CHECKOV_VENV)/bin/checkov --config-file .checkov.yaml --file $(CHECKOV_VENV)/template/template.yaml

$(CHECKOV_VENV)/.installed:
	$(PYTHON) -m venv $(CHECKOV_VENV)
	$(CHECKOV_VENV)/bin/pip install --quiet --disable-pip-version-check checkov==$(CHECKOV_VERSION)
	touch $@

proofs: setup $(SAM_VENV)/.installed $(PARLIAMENT_VENV)/.installed $(PROOF_PACKAGES) $(RECORDED_CALLS)  ## by other people's tools
	$(BIN)/pytest tests/proofs

$(PARLIAMENT_VENV)/.installed:
	$(PYTHON) -m venv $(PARLIAMENT_VENV)
	$(PARLIAMENT_VENV)/bin/pip install --quiet --disable-pip-version-check parliament==$(PARLIAMENT_VERSION) setuptools==80.9.0
	touch $@

$(PROOF_PACKAGES): tests/proofs/package.json tests/proofs/package-lock.json
	if command -v npm > /dev/null; then npm ci --prefix tests/proofs --no-audit --no-fund && touch $@; fi

# Every run of `make tests` records; this is for a copy of the project in which they did not run, or not since a change.
$(RECORDED_CALLS): $(shell find functions layers/core local migrations workflow template.yaml tests/integration -name '*.py' -o -name '*.sql' -o -name '*.yaml')
	$(BIN)/pytest tests/integration --record-calls $@

benchmark: setup  ## speed and size, as ratios; asserts nothing
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) $(SAM_VENV) $(LOCK_VENV) $(EMULATOR_VENV) $(CHECKOV_VENV) $(PARLIAMENT_VENV) tests/proofs/node_modules .proofs .aws-sam
	rm -rf .skill-benchmark
