# Everything a newcomer needs: `make demo` and `make test`. Both install into .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test histories reference check lint format clean

install: .venv/.installed

.venv/.installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,postgresql]'
	touch $@

demo: install
	$(BIN)/dro demo

# Static checks, then every test: those without a server side by side, those against one in turn, since they watch clocks.
test: check
	$(BIN)/pytest -n 2 --ignore tests/server
	$(BIN)/pytest tests/server

# Records the histories that every later test run replays; orders of each kind run on a real server for that.
histories: install
	$(BIN)/pytest --record-histories tests/server/test_histories.py tests/server/test_long_orders.py

# Writes the page of every key anew, from the models.
reference: install
	$(BIN)/python -m service.reference

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
