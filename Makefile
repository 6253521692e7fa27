# Every target sets up .venv by itself when it is missing or older than what it is made from.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test lint format bench docs picture faultbench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: setup       # renders a small collection, trains, reports, tags new tracks: in ./demo
	$(BIN)/unisono demo demo

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup      # real collections are found through the environment variable UNISONO_DATA; hours, most of them on these
	@failed=""; for script in bench/*.py; do case $$script in bench/_*) continue ;; esac; \
		echo "== $$script"; $(BIN)/python $$script || failed="$$failed $$script"; done; \
		test -z "$$failed" || { echo "did not run through:$$failed" >&2; exit 1; }

docs: demo        # the pages that come from running the program: docs/one-track.md
	$(BIN)/python docs/one_track.py

picture: demo     # the README's picture of the demo's report; needs chromium
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir=$$(mktemp -d) \
		--window-size=1200,1500 --screenshot=docs/images/report.png "file://$(CURDIR)/demo/run/report.html"

faultbench: setup # kills, torn writes, full disks and damaged tags against `tag --write`; counts in faultbench/faultbench.json
	$(BIN)/python -m faultbench

clean:
	rm -rf .venv demo run
