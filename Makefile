# Debian or Ubuntu with Python 3.11 or newer is all this needs. `make help` lists what there is.

PYTHON ?= python3
export PYTHON
# The product's web address: make run PORT=9000
export PORT
# More options for pytest: make test ARGS="tests/audit -x"
ARGS ?=

VENV := .venv/bin/python
LOCK := $(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-find-links --no-emit-index-url
# What the checks of the deployment settings need to see; nothing listens there.
PRODUCTION := TIDEGATE_ENVIRONMENT=production BASE_URL=https://tidegate.example EMAIL_URL=smtp://localhost \
	STRIPE_API_HOST=

.DEFAULT_GOAL := help
.PHONY: help run codes test check bench bench-peers mutate-isolation lock clean environment development

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

run: environment ## Start Tidegate with demonstration data; Ctrl-C stops it (PORT=8000)
	@exec $(VENV) -m config.local run

codes: environment ## List the demonstration's people, keys and present one-time codes
	@$(VENV) -m config.local.codes

test: ## Run the whole test suite on a PostgreSQL of its own (ARGS="-k quota")
	@bash .ci/run $(ARGS)

check: development ## Check style, types, import contracts, templates, deployment settings and migrations
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m config.local test-env $(VENV) -m mypy .
	$(VENV) -m config.local test-env .venv/bin/lint-imports
	$(VENV) -m djlint --check --lint --quiet templates
	$(VENV) -m config.local test-env env $(PRODUCTION) $(VENV) manage.py check --deploy --fail-level WARNING
	$(VENV) -m config.local test-env $(VENV) manage.py makemigrations --check --dry-run

bench: development ## Measure the promises of the benchmarks directory, each beside its baseline
	$(VENV) -m config.local test-env --durable $(VENV) -m benchmarks $(ARGS)

bench-peers: development ## Measure LiteLLM, Presidio, LLM Guard, detect-secrets, casbin and guardian beside Tidegate
	@$(PYTHON) -I config/local/install.py requirements-peers.txt
	@$(PYTHON) -I config/local/install.py requirements-llm-guard.txt
	$(VENV) -m config.local test-env --durable $(VENV) -m benchmarks.peers $(ARGS)

mutate-isolation: development ## Break each wall between tenants in turn; the tests must notice
	$(VENV) -m tests.isolation.mutate

lock: development ## Pin requirements*.in, with hashes, into requirements*.txt
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-train.in -o requirements-train.txt
	$(LOCK) requirements-peers.in -o requirements-peers.txt
	$(LOCK) --override requirements-llm-guard.overrides requirements-llm-guard.in -o requirements-llm-guard.txt

clean: ## Remove the environments and the demonstration data
	@test ! -e var/run.lock || flock --nonblock var/run.lock true || { echo "Stop Tidegate first."; exit 1; }
	rm -rf .venv .venv-peers .venv-llm-guard var

environment:
	@$(PYTHON) -I config/local/install.py requirements.txt

development:
	@$(PYTHON) -I config/local/install.py requirements-dev.txt
