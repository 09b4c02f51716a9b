# Every target creates the virtual environment by itself, from plain python3 (3.11+) and pip, or with uv if it is there.
# Nothing is installed outside this checkout.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PROJECTS := $(sort $(wildcard shared/*/pyproject.toml services/*/pyproject.toml))
PACKAGES := $(PROJECTS:/pyproject.toml=)
EDITABLE := $(addprefix -e ./,$(PACKAGES))
READY := $(VENV)/.ready
WORKERS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Where there is no uv, the one of the lock is installed first: it is four times as fast as pip, which remains if that fails.
own_uv = { sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.txt && $(PIP) --require-hashes -r $(VENV)/uv.txt; } \
  && $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help demo up test soak check format bench schemas docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

$(READY): requirements.lock pyproject.toml $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; say which with make PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/python || $(or $(UV:%=% venv --quiet --seed --python "$(PYTHON)"),$(PYTHON) -m venv) $(VENV)
	@$(or $(UV),$(call own_uv)) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock \
	  && $(or $(UV),$(BIN)/uv) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLE) \
	  || { $(PIP) --require-hashes -r requirements.lock && $(PIP) --no-deps --no-build-isolation $(EDITABLE); }
	@$(BIN)/python -m compileall -q $(addsuffix /src,$(PACKAGES))
	@touch $@

demo: $(READY) ## collect real history, find the people, search it: the main job (DEMO_ARGS="--exit --json")
	@$(BIN)/bdc demo $(DEMO_ARGS)

up: $(READY) ## everything on the embedded stack; Ctrl-C stops it (UP_ARGS="--port 8080")
	@$(BIN)/bdc up $(UP_ARGS)

test: $(READY) ## the whole suite against real servers
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not soak" $(TEST_ARGS)

soak: $(READY) ## the long runs that `make test` leaves out
	@$(BIN)/pytest -m soak --timeout 3600 $(TEST_ARGS)

check: $(READY) ## lint, types, import directions, contracts, generated documents
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/bdc contracts check
	@$(BIN)/python -m bdc_devkit.reference --check

format: $(READY) ## format and mend what can be mended
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: $(READY) ## the benchmarks of docs/benchmarks.md (BENCH="bus up", BENCH_ARGS="--json")
	@for name in $(or $(BENCH),bus up search); do $(BIN)/bdc bench $$name $(BENCH_ARGS) || exit 1; done

schemas: $(READY) ## write the JSON Schemas of all events
	@$(BIN)/bdc contracts export

docs: $(READY) ## write the generated pages of docs/reference
	@$(BIN)/python -m bdc_devkit.reference

lock: ## compile requirements.lock (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
	  --group dev $(PROJECTS) $(foreach name,$(notdir $(PACKAGES)),--no-emit-package bdc-$(name)) \
	  --custom-compile-command "make lock" --output-file requirements.lock

clean: ## remove the environment, the stack's data and every cache
	@test ! -x $(BIN)/bdc || $(BIN)/bdc down >/dev/null 2>&1 || true
	@rm -rf $(VENV) .bdc .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find shared services tests -name __pycache__ -type d -prune -exec rm -rf {} +
