# Each target does its own set-up, in a .venv inside the checkout. `make help` lists them.

PYTHON ?= python3
PYTEST_ARGS ?=
TEST_WORKERS ?= auto
LARGE_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
# The core for WebAssembly: one thread, no exceptions, no files, no network. -s leaves out debug information; up
# to 2 GiB, addresses are positive numbers.
WASM := build/wasm/deltarule.wasm
WASM_SOURCES := $(filter-out \
	$(addprefix native/core/,thread_pool.cpp out_of_memory.cpp block_source.cpp row_window.cpp plain_text.cpp), \
	$(wildcard native/core/*.cpp)) \
	native/core/levels/baseline.cpp $(wildcard native/wasm/*.cpp)
WASM_FLAGS := -target wasm32-wasi -std=c++20 -O3 -s -fno-exceptions -fno-rtti -msimd128 -mexec-model=reactor \
	-ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -Werror -Wl,-z,stack-size=1048576,--max-memory=2147483648

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
STATIC := src/deltarule/playground/static
# Only these files are collected for the tests that run alone: collecting all takes longer than many of them.
ALONE = $(shell grep -rl --include='test_*.py' 'mark.alone' tests)

# Two jobs at once where cmake would otherwise choose one.
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# Ninja compiles the tests while the largest file of the core is compiled; make would wait for the library.
ifneq ($(shell command -v ninja 2>/dev/null),)
test-native test-arm: export CMAKE_GENERATOR ?= Ninja
endif

# The playground's page: built where Node.js is, left out where it is not.
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' \
	-not -path 'web/dist-site/*' -not -path 'web/site/*' -not -path 'web/tests/*' -not -name '*.md' 2>/dev/null)
PAGE := $(if $(shell command -v npm 2>/dev/null),$(VENV)/.page)

# What marks answers and makes slides in the course's pages; without Node.js they show solutions instead.
COURSE_SCRIPT := web/dist-site/course.js

SOURCES := pyproject.toml CMakeLists.txt $(shell find src native packaging -type f \
	-not -name '*.pyc' -not -path 'native/tests/*' -not -path '$(STATIC)/*' 2>/dev/null)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo play web wasm site generate bench bench-large bench-tables bench-unseen docs test test-browser test-web test-wasm test-peers test-reading test-drills drills test-native test-arm test-wheel test-wheels lint types imports format clean
.DELETE_ON_ERROR:
.NOTPARALLEL: # two pips in one environment get into each other's way

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## train on the 150 flowers of examples/iris.csv and show the result
	@$(BIN)/deltarule train examples/iris.csv --target species --out out/iris

play: $(VENV)/.installed $(VENV)/.play ## open the playground in the browser
	@$(BIN)/deltarule play

web: ## build the playground's page with Node.js; it becomes part of the package
	@command -v npm > /dev/null || { echo "make web needs Node.js 20 or newer with npm" \
		"(on Debian: apt-get install nodejs npm)." >&2; exit 2; }
	@node -e 'process.exit(+(parseInt(process.versions.node) < 20))' || { echo "make web needs" \
		"Node.js 20 or newer, and node is $$(node --version)." >&2; exit 2; }
	@$(MAKE) --silent $(STATIC)/widget.js

wasm: $(WASM) ## build the WebAssembly engine into build/wasm

site: web wasm $(VENV)/.installed $(VENV)/.play $(VENV)/.docs ## build the playground and the course as a website, with Python in the page, into build/site
	@cd web && npm run --silent build-site > /dev/null
	@rm -rf build/docs-of-site # with pages that are no longer there
	@$(BIN)/python -m sphinx -W --keep-going --quiet -j auto -b html -d build/doctrees \
		-D course_engine=../ -D course_site=../index.html docs build/docs-of-site
	@$(BIN)/python web/site/build.py

generate: $(VENV)/.installed $(VENV)/.play ## rewrite the TypeScript that mirrors Python: messages and colors of the playground
	@PYTHONPATH=src $(BIN)/python web/tools/generate_typescript.py

test: $(VENV)/.installed $(VENV)/.test ## run the tests on the installed package
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal \
		-m "not peers and not browser and not reading and not drills and not alone" $(PYTEST_ARGS)
	@$(BIN)/python -m pytest -m alone --no-header -q $(or $(PYTEST_ARGS),$(ALONE))

test-reading: $(VENV)/.installed $(VENV)/.test ## read the example tables, and 2,000 random ones from every source
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m reading tests/reading $(PYTEST_ARGS)

test-drills: $(VENV)/.installed $(VENV)/.test ## try what is promised under hard conditions: a short form of `make drills`
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m drills tests/drills $(PYTEST_ARGS)

drills: $(VENV)/.installed $(VENV)/.test ## the full form of every drill, some hours
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m drills tests/drills --full $(PYTEST_ARGS)

test-peers: $(VENV)/.installed $(VENV)/.test $(VENV)/.peers $(VENV)/.onnxruntime-web ## hold it beside PyTorch, Optax, Keras, MLflow, skops and onnxruntime-web (downloads them)
	@$(BIN)/python -c 'import optax, torch' && KERAS_BACKEND=jax $(BIN)/python -c 'import keras'
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m peers tests/peers $(PYTEST_ARGS)

test-web: web/node_modules/.ready ## check the types of the page's sources and run their tests
	@cd web && npm run --silent check && npm run --silent test

test-wasm: $(WASM) $(VENV)/.installed $(VENV)/.test $(VENV)/.browser tests/wasm/node_modules/.ready ## run the tests of engines on the WebAssembly engine in Node.js, compare its bits in Chromium
	@$(BIN)/python tests/wasm/run_contract.py
	@$(BIN)/python -m pytest -m wasm tests/wasm $(PYTEST_ARGS)

test-browser: web site $(VENV)/.installed $(VENV)/.browser ## use the playground in a real Chromium and a real JupyterLab
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m browser tests/browser $(PYTEST_ARGS)

test-native: $(VENV)/.build ## run the C++ tests under AddressSanitizer and UBSan, those with threads under ThreadSanitizer
	@for sanitizers in address,undefined thread; do \
		PATH="$(CURDIR)/$(BIN):$$PATH"; folder=build/sanitized-$$sanitizers; \
		cmake -S . -B $$folder -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDELTARULE_PYTHON=OFF \
			-DDELTARULE_TESTS=ON -DDELTARULE_SANITIZE=$$sanitizers > /dev/null && \
		cmake --build $$folder && (cd $$folder && ctest --output-on-failure --no-tests=error) || exit; \
	done

test-arm: $(VENV)/.build ## compile the core for 64-bit ARM (NEON), run the C++ tests in an emulator, where both are there
	@if ! { command -v aarch64-linux-gnu-g++ && command -v qemu-aarch64-static; } > /dev/null; then \
		echo "Left out: on Debian, apt-get install g++-aarch64-linux-gnu qemu-user-static"; exit 0; fi; \
	PATH="$(CURDIR)/$(BIN):$$PATH"; cmake -S . -B build/arm -DCMAKE_SYSTEM_NAME=Linux \
		-DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
		-DCMAKE_CROSSCOMPILING_EMULATOR="qemu-aarch64-static;-L;/usr/aarch64-linux-gnu" \
		-DDELTARULE_PYTHON=OFF -DDELTARULE_TESTS=ON > /dev/null && \
	cmake --build build/arm && cd build/arm && ctest --output-on-failure --no-tests=error

test-wheel: web $(VENV)/.build ## build the wheel, install it into an empty environment, use it from elsewhere
	@rm -rf build/wheel && $(PIP) wheel --no-deps --wheel-dir build/wheel \
		--build-constraint constraints.txt --config-settings build-dir=build/isolated .
	@$(BIN)/python tests/wheel/check_content.py build/wheel/*.whl
	@$(BIN)/python tests/wheel/check_wheel.py build/wheel/*.whl

test-wheels: web $(VENV)/.wheels ## build what a release consists of, as far as this machine can; compile the core for other platforms
	@PATH="$(CURDIR)/$(BIN):$$PATH"; printf '%s\n' "check_release.py build/release" \
		"cross_compile.py windows-x86_64" | sed 's|^|tests/wheel/|' | xargs -P 2 -L 1 $(BIN)/python
	@if [ -d tests/wasm/node_modules ] && [ -f $(WASM) ]; then node tests/wasm/python_in_node.mjs \
		build/release/pure/*.whl "$$(cat tests/wheel/use_in_pyodide.py)" "$$(cat examples/iris.csv)" \
		| grep "in Pyodide" || exit; else echo "Left out: the pure wheel in Pyodide (make test-wasm first)"; fi

bench: $(VENV)/.installed $(VENV)/.bench ## measure speed beside the peers, write docs/benchmarks/speed.md (half an hour)
	@$(BIN)/python benchmarks/speed.py --write
	@$(BIN)/python benchmarks/scaling.py --write

bench-tables: $(VENV)/.installed $(VENV)/.bench-tables ## compare accuracy on the tables of DATA=folder, write docs/benchmarks/development-tables.md (hours)
	@test -n "$(DATA)" || { echo "Say where the tables are: make bench-tables DATA=folder" >&2; exit 2; }
	@$(BIN)/python benchmarks/tables.py --data "$(DATA)" --seeds 0-2 --max-rows 4000 --threads 1 \
		--out benchmarks/results/tables.csv --write

bench-unseen: $(VENV)/.installed $(VENV)/.bench-unseen ## compare accuracy on unseen tables, write docs/benchmarks/unseen-tables.md (two hours)
	@$(BIN)/python benchmarks/unseen_tables.py out/unseen-tables
	@$(BIN)/python benchmarks/tables.py --data out/unseen-tables/test --seeds 0-2 --max-rows 6000 --threads 1 \
		--out benchmarks/results/tables-unseen.csv --write unseen

bench-large: $(VENV)/.installed ## measure training on a block file (LARGE_ARGS="--rows 1e8") and on a streamed CSV file (STREAMED_ARGS="--rows 4e7")
	@$(BIN)/python benchmarks/block_files.py $(LARGE_ARGS)
	@$(BIN)/python benchmarks/streamed_tables.py $(STREAMED_ARGS)

docs: $(VENV)/.installed $(VENV)/.docs $(VENV)/.play $(if $(shell command -v npm 2>/dev/null),$(COURSE_SCRIPT)) ## build the documentation with the course and the gallery into build/docs
	@rm -rf build/docs # with pages that are no longer there
	@$(BIN)/python -m sphinx -W --keep-going --quiet -j auto -b html -d build/doctrees docs build/docs
	@echo "Open build/docs/index.html"

lint: $(VENV)/.lint ## check style and formatting (ruff), spelling (codespell), and the workflows (zizmor)
	@$(BIN)/codespell *.md docs/*.md docs/[!gin]*/ docs/images/*.py examples src/deltarule
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/zizmor --offline --no-progress --quiet .github

types: $(VENV)/.installed $(VENV)/.lint ## check types (mypy, strict)
	@$(BIN)/mypy

imports: $(VENV)/.installed $(VENV)/.lint ## check which row imports which (import-linter)
	@PYTHONPATH=src $(BIN)/lint-imports

format: $(VENV)/.lint ## rewrite the sources as `make lint` wants them
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean: ## remove what make made
	rm -rf $(VENV) build out docs/gallery docs/notebooks docs/reference/api docs/reference/generated tests/peers/onnxruntime_web/node_modules tests/wasm/node_modules \
		web/node_modules web/dist web/dist-site $(STATIC)

web/node_modules/.ready: web/package.json web/package-lock.json
	@echo "Installing what builds the page into web/node_modules ..."
	@cd web && npm ci --no-audit --no-fund --silent
	@touch $@

tests/wasm/node_modules/.ready: tests/wasm/package.json tests/wasm/package-lock.json
	@echo "Installing Pyodide into tests/wasm/node_modules ..."
	@cd tests/wasm && npm ci --no-audit --no-fund --silent
	@touch $@

$(STATIC)/widget.js: $(WEB_SOURCES) packaging/build_page.py web/node_modules/.ready | $(BIN)/python
	@echo "Building the playground's page ..."
	@$(BIN)/python packaging/build_page.py

$(COURSE_SCRIPT): $(WEB_SOURCES) web/node_modules/.ready
	@cd web && npm run --silent build-course > /dev/null

# Without a way to npm's registry everything but the playground's page works.
$(VENV)/.page: $(WEB_SOURCES) | $(BIN)/python
	@$(MAKE) --silent $(STATIC)/widget.js || echo "The playground's page was not built (make web says why):" \
		"deltarule play will not work."
	@touch $@

# Exported models are tried in Node.js too, where it is.
$(VENV)/.onnxruntime-web: tests/peers/onnxruntime_web/package-lock.json | $(BIN)/python
	@cd tests/peers/onnxruntime_web && npm ci --no-audit --no-fund --silent || echo "onnxruntime-web was not" \
		"installed (it needs Node.js with npm): its test is skipped."
	@touch $@

# Zig compiles its C++ library once, a minute or two, and keeps it in build/zig.
$(WASM): $(WASM_SOURCES) $(wildcard native/core/*.hpp native/core/levels/*.inc native/wasm/*) $(VENV)/.wasm
	@echo "Building the WebAssembly engine ..."
	@mkdir -p $(@D) && ZIG_GLOBAL_CACHE_DIR=build/zig ZIG_LOCAL_CACHE_DIR=build/zig $(BIN)/python -m ziglang c++ \
		$(WASM_FLAGS) -Inative $(WASM_SOURCES) -o $@
	@cp native/wasm/loader.mjs $(@D)

$(BIN)/python:
	@chosen=; for python in $(PYTHON) python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			chosen=$$python; break; fi; done; \
	if [ -z "$$chosen" ]; then \
		echo "deltarule needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1):" \
			"install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; fi; \
	$$chosen -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "$$chosen cannot make a virtual environment (on Debian: apt-get install python3-venv)." >&2; exit 2; }

# What builds is installed into the environment, so that a second build takes seconds. The pip that
# comes with Python 3.11 knows no dependency groups.
$(VENV)/.build: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Setting up .venv (the first time takes a minute) ..."
	@$(PIP) install --constraint constraints.txt --upgrade pip
	@$(PIP) install --constraint constraints.txt --group build
	@command -v cmake > /dev/null || $(PIP) install --constraint constraints.txt cmake
	@touch $@

$(VENV)/.installed: $(SOURCES) $(PAGE) constraints.txt $(VENV)/.build
	@echo "Installing deltarule into .venv ..."
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) install --constraint constraints.txt \
		--no-build-isolation .
	@$(BIN)/python -c 'import deltarule.engines._native' 2> /dev/null || echo "Installed without the" \
		"native engine, for want of a C++20 compiler or Python's headers: training will be slow." \
		"On Debian: apt-get install g++ python3-dev, then: make clean."
	@touch $@

$(VENV)/.play: $(VENV)/.build
	@$(PIP) install --constraint constraints.txt anywidget msgspec starlette uvicorn websockets
	@touch $@

$(VENV)/.test $(VENV)/.lint $(VENV)/.browser $(VENV)/.peers $(VENV)/.docs $(VENV)/.wasm $(VENV)/.bench $(VENV)/.bench-tables $(VENV)/.bench-unseen $(VENV)/.wheels: $(VENV)/.build
	@echo "Installing the tools of 'make $(subst .,,$(notdir $@))' into .venv ..."
	@$(PIP) install --constraint constraints.txt --group $(subst .,,$(notdir $@))
	@touch $@
