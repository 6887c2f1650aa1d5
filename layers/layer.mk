# Included by the Makefile of each layer, which `sam build` calls. Every file is held against the hashes of
# requirements.txt. SAM's own builder does not: what it downloads for another processor it asks for by name and version.
.PHONY: install

# Lambda's; another one only where a build is run on the machine that made it.
PROCESSOR ?= aarch64

install:
	python3.13 -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: --no-compile \
		--implementation cp --python-version 3.13 \
		$(foreach policy,_2_28 _2_17 2014,--platform manylinux$(policy)_$(PROCESSOR)) \
		--requirement requirements.txt --target "$(ARTIFACTS_DIR)/python"
	rm -rf "$(ARTIFACTS_DIR)/python/bin"  # programs, with the path of this machine's Python in them
