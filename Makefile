# Two commands do all the set-up: `make run` and `make test`. They need Python 3.11 or newer and nothing else.
PORT ?= 8000
PAGE_PORT ?= 8100
SEED ?= 1
MINUTES ?= 10
PYTHON ?=
RASA_PYTHON ?=
RASA_EPOCHS ?=
RASA_LIKE_LENGTHS ?=
RASA_OPTIONS = $(if $(RASA_PYTHON),--python "$(RASA_PYTHON)") $(if $(RASA_EPOCHS),--epochs $(RASA_EPOCHS)) \
	$(if $(RASA_LIKE_LENGTHS),--like-lengths)
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run demo setup setup-run test test-long bench bench-nlu faults faults-long steady rasa rasa-data check lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

run: setup-run ## set up what is missing, then serve chat and console (PORT=8000)
	@exec $(VENV)/ntd serve --port $(PORT)

demo: setup-run ## the product with Zalo and Telegram emulated, and a page with a phone for each (PORT=8000, PAGE_PORT=8100)
	@exec $(VENV)/python scripts/demo.py --port $(PORT) --page-port $(PAGE_PORT)

setup: ## set up everything that running, testing and checking need
	@python=$$(scripts/find-python.sh $(PYTHON)) && exec "$$python" scripts/setup.py

setup-run:
	@python=$$(scripts/find-python.sh $(PYTHON)) && exec "$$python" scripts/setup.py --run-only

test: setup ## the default tests, under 10 minutes
	@exec $(VENV)/python -m pytest -n 2 --dist loadgroup

test-long: setup ## what takes longer: whole topologies, big volumes
	@exec $(VENV)/python -m pytest -m long

bench: setup ## print the tables of docs/benchmarks.md for this machine
	@exec $(VENV)/python scripts/bench.py

bench-nlu: setup ## print the comparison with Rasa of docs/benchmarks.md (FILE=labelled.jsonl, RASA_EPOCHS=100, RASA_LIKE_LENGTHS=1)
	@exec $(VENV)/python -m scripts.rasa.bench $(RASA_OPTIONS) $(FILE)

faults: setup ## people write, processes and databases are killed, a judge looks: 20,000 events, 50 kills (SEED=1)
	@exec $(VENV)/python -m scripts.faults --events 20000 --kills 50 --seed $(SEED) --out var/faults

faults-long: setup ## the same towards 1,000,000 events and 1,000 kills; goes on where it was interrupted (SEED=1)
	@exec $(VENV)/python -m scripts.faults --events 1000000 --kills 1000 --seed $(SEED) --out var/faults-long --resume

steady: setup ## 50 events a second for MINUTES=10, nothing falls: how long an answer takes, what memory does
	@exec $(VENV)/python -m scripts.faults --steady 50 --minutes $(MINUTES) --seed $(SEED) --out var/steady

rasa: setup ## set up Rasa 3.6 in var/rasa and train it from nlu/data (RASA_PYTHON=python3.10, RASA_EPOCHS=100)
	@exec $(VENV)/python -m scripts.rasa.training $(RASA_OPTIONS)

rasa-data: setup ## write the Rasa project alone, to var/rasa/project
	@exec $(VENV)/python -m scripts.rasa.export

check: setup ## style, types, the rules between the floors, every content file
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/mypy scripts/*.py
	@$(VENV)/mypy -p scripts.rasa
	@$(VENV)/mypy -p scripts.faults
	@$(VENV)/lint-imports
	@$(VENV)/ntd content check

lock: setup ## renew the lock files after an edit of pyproject.toml or package.json
	@exec $(VENV)/python scripts/lock.py
