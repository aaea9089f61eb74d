# Nuqta. `make demo` runs the main job, `make test` passes the tests; both set up what they need.
PORT ?= 8000
PYTHON := .venv/bin/python

SEED ?=
SECONDS ?=
COUNT ?= 100000
DATABASE ?= sqlite
SCALE ?=
OTHERS ?=

RUNS ?=
MILLIONS ?=
DATABASES ?=

SEEDS ?= 500
START ?= 0
MUTANT ?=

MODE ?= debug
ABIS ?= $(shell sed -n 's/,//g; s/^android.archs = //p' packaging/buildozer.spec)

NAME ?=
PATHS ?=
DRAFTED := sqlite:///build/migration/server.db

# Else each of the many processes compiles all that it imports, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: $(shell sed -n "s/^\([a-z-]*\):.*/\1/p" $(firstword $(MAKEFILE_LIST)))
help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup-demo:
	@packaging/setup.sh demo
setup-test:
	@packaging/setup.sh test

setup-android:
	@packaging/setup.sh android

demo: setup-demo ## the server with the pilot's data, and a visit; PORT=8000
	@$(PYTHON) packaging/demo.py --port $(PORT)
demo-reset: ## forget the demo's data
	@rm -rf var/demo && echo "The demo starts afresh next time."

test: setup-test lint ## everything, as CI runs it
	@$(PYTHON) packaging/run_tests.py

lint:
	@$(PYTHON) -m ruff format --check -q .
	@$(PYTHON) -m ruff check -q .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-cache

check: setup-test lint ## the fast loop: format, lint, types, contracts, unit tests; PATHS="tests/sync", all that is there
	@$(if $(PATHS),$(PYTHON) -m pytest -m "not replay" $(PATHS),$(PYTHON) packaging/run_tests.py check)
stories: setup-test ## what people do from end to end, in every language, width and script
	@$(PYTHON) packaging/run_tests.py stories
soak: setup-test ## writers and readers at full tilt on PostgreSQL; SECONDS=30 SEED=1
	@$(PYTHON) -m tests.server.soak --seconds $(or $(SECONDS),30) --seed $(or $(SEED),$(shell date +%s))
interleavings: setup-test ## two writers and a reader in every order, none left out: takes hours
	@NUQTA_ALL_SCHEDULES=1 $(PYTHON) -m pytest -m postgres tests/server/test_interleavings.py
fuzz: setup-test ## hostile bytes for every decoder, requests for every route; SECONDS=60 COUNT=100000 SEED=1 DATABASE=sqlite
	@$(PYTHON) -m tests.fuzz.fuzz --seconds $(or $(SECONDS),60) --seed $(or $(SEED),$(shell date +%s))
	@$(PYTHON) -W ignore -m tests.fuzz.requests --count $(COUNT) --database $(DATABASE) --seed $(or $(SEED),$(shell date +%s))
sim: setup-test ## tablets and server from seeds, with faults; SEEDS=500 START=0, SEED=7 one by one, MUTANT=name
	@$(PYTHON) -m tests.simulator --seeds $(SEEDS) --start $(START) $(if $(SEED),--seed $(SEED)) $(if $(MUTANT),--mutant "$(MUTANT)")
mutants: setup-test ## each known fault put back into the engine: all must be found
	@$(PYTHON) -m tests.simulator --mutants
fix: setup-test ## format, sort, safe fixes
	@$(PYTHON) -m ruff format -q . && $(PYTHON) -m ruff check -q --fix .
migration: setup-test ## the draft of a revision for what the tables lack; NAME=visit_road
	@$(if $(NAME),,$(error Say what it brings in one word: NAME=visit_road))rm -rf build/migration && mkdir -p build/migration
	@NUQTA_DATABASE_URL=$(DRAFTED) $(PYTHON) -m server migrate >/dev/null
	@NUQTA_DATABASE_URL=$(DRAFTED) .venv/bin/alembic -c migrations/alembic.ini \
		revision --autogenerate --rev-id $(NAME) -m "$(subst _, ,$(NAME))"
words: setup-test ## the words of a code into the catalogues; CODE=visit.field.road FR="Route" AR="الطريق" EN="Road"
	@$(PYTHON) packaging/add_words.py $(CODE) --fr "$(FR)" --ar "$(AR)" --en "$(EN)"
docs: setup-test ## write the generated pages, and the schema of a version that is open
	@$(PYTHON) packaging/build_docs.py
	@$(PYTHON) -m tests.schemas.frozen
bench-sync: setup-test ## bytes, round trips and time of a sync beside the peers'; SEED= SCALE= OTHERS=
	@$(PYTHON) -m benchmarks.sync --seed $(or $(SEED),20260101) --scale $(or $(SCALE),1) --others $(or $(OTHERS),10)
bench-edge: setup-test ## a day's visits and photos, and a first exchange, over a bad line, as root; RUNS=3 SEED=1
	@$(PYTHON) -m benchmarks.edge --runs $(or $(RUNS),3) --seed $(or $(SEED),1)
bench-feed: setup-test ## the server's cost as the feed grows; MILLIONS="0.2 1 5" DATABASES="sqlite postgres"
	@$(PYTHON) -m benchmarks.feed --millions $(or $(MILLIONS),0.2 1 5) --database $(or $(DATABASES),sqlite postgres)
bench-desk: setup-test ## what the desk's pages cost on bulk data, for 16 coordinators at once; SCALE=1 SEED=
	@$(PYTHON) -m benchmarks.desk --scale $(or $(SCALE),1) --seed $(or $(SEED),20260101)
bench-portal: setup-test ## bytes of each page of the portal and for everybody, and how soon they come; REQUESTS=50000 SEED=
	@$(PYTHON) -m benchmarks.portal --requests $(or $(REQUESTS),50000) --seed $(or $(SEED),20260101)
bench-sms: setup-test ## messages by a centre with reports, 110 a second for a minute, then as many as go; kills; 10,000 messages to us; SECONDS=60
	@$(PYTHON) -m benchmarks.sms --seconds $(or $(SECONDS),60)
bench-client: setup-test ## what a first sync and a day's cost the tablet; SEED=
	@$(PYTHON) -m benchmarks.client --seed $(or $(SEED),20260101)
bench-tablet: setup-test ## start, search, records, saving, scrolling, memory and rest of the tablet; SEED=
	@$(PYTHON) -m benchmarks.tablet --seed $(or $(SEED),20260101)
bench-duplicates: setup-test ## doubles found by kind, and what comparing a country costs; SEED=1
	@$(PYTHON) -m benchmarks.duplicates_shown --seed $(or $(SEED),1)
	@$(PYTHON) -m benchmarks.duplicates --seed $(or $(SEED),1)
bench-identifiers: setup-test ## our rules of identifiers beside python-stdnum's, installed by name; COUNT=100000 SEED=1
	@$(PYTHON) -m benchmarks.identifiers --count $(COUNT) --seed $(or $(SEED),1)
bench-peers: setup-test ## PouchDB and Morango measured again, installed by name
	@cd benchmarks/peers && ../../$(PYTHON) run_pouchdb.py && ../../$(PYTHON) run_morango.py && ../../$(PYTHON) summarize.py
screens: setup-test ## every screen of the tablet, language and size: checked, and on sheets in docs/screens
	@$(PYTHON) packaging/build_screens.py
guides: setup-test ## the pictures of docs/guides, Arabic and French, of desk, portal and tablet
	@$(PYTHON) packaging/build_guides.py
release: setup-test ## gather changes/, set the version, check, commit and tag, here alone; VERSION=0.1.0
	@$(if $(VERSION),,$(error Say which: make release VERSION=0.2.0))$(PYTHON) packaging/release.py "$(VERSION)"
android-check: setup-android arm-check ## would the tablet app run on Arm, resolve and build for Android; needs no SDK
	@PYTHONPATH=packaging .venv-android/bin/python -m android_check
arm-check: setup-test setup-android ## the same bytes on 32-bit and 64-bit Arm, emulated: minutes; the first time some more
	@$(PYTHON) packaging/arm_check.py
android-mutants: setup-test ## each cure of what Android refuses taken out: the bench must fail; MUTANT=word
	@$(PYTHON) -m tests.android.mutants $(MUTANT)
apk: setup-android ## build an APK an ABI, where there is an SDK; MODE=release signs it; docs/how-to/build-the-apk.md
	@.venv-android/bin/python packaging/stage_apk.py $(MODE)
	@cd packaging && for abi in $(ABIS); do \
		PATH="$(CURDIR)/.venv-android/bin:$$PATH" PIP_CONSTRAINT="$(CURDIR)/build/apk/constraints.txt" \
		APP_ANDROID_ARCHS=$$abi buildozer android $(MODE) || exit 1; done
	@.venv-android/bin/python packaging/apk_check.py build/apk/bin/*-$(MODE).apk
sizes: ## the longest modules and functions, and which do not say why
	@python3 packaging/sizes.py
