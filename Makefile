# The two commands of the README do all the set-up they need: make demo, make test.
.PHONY: demo test test-fast setup check bench wheel clean

STACK ?=

demo: ; @scripts/setup run && .venv/bin/python scripts/demo.py $(STACK)

setup: ; @scripts/setup dev && echo ".venv/bin/shore is ready"

test: ; @scripts/setup dev && scripts/test-packages && scripts/check && scripts/test-real

test-fast: ; @scripts/setup dev && .venv/bin/pytest -q -n auto --maxprocesses 4 --dist loadfile -m "not e2e and not pages"

bench: ; @scripts/setup dev && .venv/bin/python bench/docker_compose.py && .venv/bin/python bench/results.py

check: ; @scripts/setup dev && scripts/check

wheel: ; @scripts/setup dev && .venv/bin/python -m build --wheel --no-isolation

clean: ; rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache
