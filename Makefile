# make run        the provider, the demo and three applications on this machine
# make test       everything a change must pass;  make test-full also the long matrix
# make lint       the fast half of it
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
  INSTALL = uv pip install --quiet --python $(BIN)/python
else
  INSTALL = $(BIN)/pip install --quiet --disable-pip-version-check
endif
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
DEBIAN := chromium postgresql redis-server
KERN := idp/static/kern/kern.min.css
WORKERS ?= $(shell nproc)

.PHONY: help run test test-full lint static fast-argon2 translations clean debian

help:
	@sed -n 's/^# //p' Makefile

$(BIN)/python:
	@python3 -m venv $(VENV)

$(VENV)/.run: requirements.txt setup.cfg pyproject.toml | $(BIN)/python
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	@$(INSTALL) --require-hashes -r requirements-test.txt
	@touch $@

# KERN's style sheet and fonts come from the npm registry, unchanged, and are served by us.
# Without an npm on the machine, Node.js comes as a Python package: no root needed.
$(KERN): package-lock.json .npmrc requirements-node.txt | $(BIN)/python
	@if ! command -v npm >/dev/null; then \
	  [ -x .venv-node/bin/npm ] || { python3 -m venv .venv-node && \
	  .venv-node/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt; }; fi
	@PATH="$$PATH:$(CURDIR)/.venv-node/bin" npm ci --silent --ignore-scripts
	@rm -rf idp/static/kern && mkdir -p idp/static/kern/fonts/fira-sans
	@cp node_modules/@kern-ux/native/dist/kern.min.css node_modules/@kern-ux/native/LICENSE.md idp/static/kern/
	@cp node_modules/@kern-ux/native/dist/fonts/fira-sans.css idp/static/kern/fonts/
	@cp -r node_modules/@kern-ux/native/dist/fonts/fira-sans/. idp/static/kern/fonts/fira-sans/

translations: $(VENV)/.run
	@for po in idp/translations/*/LC_MESSAGES/messages.po; do \
	  mo=$${po%.po}.mo; [ $$mo -nt $$po ] || $(BIN)/pybabel -q compile -i $$po -o $$mo || exit 1; done

static: $(KERN) translations

run: $(VENV)/.run static
	@exec $(BIN)/idp demo $(if $(FRESH),--fresh) $(if $(PROFILE),--profile $(PROFILE))

debian:
	@missing=$$(dpkg-query -W -f='$${Status} $${Package}\n' $(DEBIAN) 2>/dev/null | grep -c '^install ok'); \
	if [ "$$missing" != "$(words $(DEBIAN))" ]; then \
	  $(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq $(DEBIAN); fi

lint: $(VENV)/.test
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: $(VENV)/.test static debian lint
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage report --fail-under=100 --include='idp/policy/*,idp/pin/*,idp/oauth/*'

test-full: $(VENV)/.test static debian
	@$(MAKE) test ARGS="--full"

# Rebuilds the one library that decides how many people can sign in at once, for processors with
# AVX2 (every server processor since about 2015): twice the hashes a second. `idp check --hash` tells.
fast-argon2: $(VENV)/.run
	@grep -qw avx2 /proc/cpuinfo || { echo "This processor has no AVX2: nothing to gain."; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is needed: apt-get install gcc libc6-dev python3-dev"; exit 1; }
	@python3 -m venv $(VENV)-argon2
	@$(VENV)-argon2/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-argon2.txt
	@sed -n '/^argon2-cffi-bindings==/,/^[a-z].*==/p' requirements.txt | sed '2,$${/^[a-z]/d}' > $(VENV)-argon2/pin.txt
	@CFLAGS="-O3 -march=x86-64-v3" $(VENV)-argon2/bin/pip wheel --quiet --disable-pip-version-check --no-cache-dir \
	  --no-deps --no-build-isolation --no-binary argon2-cffi-bindings --require-hashes \
	  -r $(VENV)-argon2/pin.txt -w $(VENV)-argon2/dist
	@$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/pip install --quiet) --no-deps --force-reinstall $(VENV)-argon2/dist/*.whl
	@rm -rf $(VENV)-argon2
	@$(BIN)/idp check --hash | grep argon2

clean:
	@rm -rf $(VENV) $(VENV)-argon2 .venv-node node_modules idp/static/kern build dist *.egg-info
