# picklebot: `make run` starts the gateway, `make test` proves it. Both set up everything they need.

PYTHON ?= python3
UV_VERSION := 0.13.8
JOBS ?= auto
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --no-sync
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help run test check soak bench lint format setup clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/.run ## set up what is needed and start the gateway
	@exec .venv/bin/picklebot run

test: .venv/.dev lint ## lint, types, import floors and the whole suite
	$(RUN) pytest -n $(JOBS) --dist worksteal

check: .venv/.dev lint ## the same without the slow tests
	$(RUN) pytest -n $(JOBS) --dist worksteal -m "not slow and not page"

soak: .venv/.dev ## the fault tests at full size, which takes hours, into bench/RESULTS.md
	PICKLEBOT_SOAK=1 PICKLEBOT_FIGURES=bench/RESULTS.md $(RUN) pytest -n $(JOBS) --dist worksteal -m "not page" --timeout 14400

bench: .venv/.dev ## what a message costs beside a bare bot, into bench/RESULTS.md
	$(RUN) python -m bench

lint: .venv/.dev
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) lint-imports
	$(RUN) pyright

format: .venv/.dev ## put the code into shape
	$(RUN) ruff check --fix
	$(RUN) ruff format

setup: .venv/.dev ## only install

clean: ## remove what `make` installed
	rm -rf .venv .uv

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(v < (3, 11) and "picklebot needs Python 3.11 or newer; %s is %d.%d. Set PYTHON=/path/to/python3.11" % (sys.executable, *v))'
	@echo "Installing uv $(UV_VERSION) into .uv"
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

ifeq ($(UV),.uv/bin/uv)
UV_READY := .uv/bin/uv
endif

.venv/.run: pyproject.toml uv.lock | $(UV_READY)
	@$(UV) sync --quiet --locked --no-dev --inexact --python $(PYTHON)
	@touch $@

.venv/.dev: pyproject.toml uv.lock | $(UV_READY)
	@$(UV) sync --quiet --locked --python $(PYTHON)
	@touch .venv/.run $@
