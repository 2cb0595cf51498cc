#!/usr/bin/env bash
# Lint, types and tests: bash scripts/test.sh [pytest arguments]
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

# The report of an evaluation is tested in a browser; without one those tests say that they did not run.
if ! command -v chromedriver >/dev/null && command -v apt-get >/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    echo "Installing Chromium for the tests (once) ..." >&2
    {
        "${as_root[@]}" apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
                chromium chromium-driver fonts-dejavu-core
    } >/dev/null 2>&1 </dev/null || echo "Chromium could not be installed." >&2
fi

.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
[ $# = 0 ] || exec .venv/bin/python -m pytest "$@"

# Two halves beside each other: most tests use one core.
half=(tests/engines tests/ingest tests/publish tests/summarize tests/taxonomy tests/train tests/tune
    tests/workflow tests/test_end_to_end.py tests/cli/test_models.py tests/test_wheel.py)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
.venv/bin/python -m pytest -p no:cacheprovider "${half[@]}" >"$log" 2>&1 &
other=$!
failed=0
.venv/bin/python -m pytest "${half[@]/#/--ignore=}" || failed=$?
wait "$other" || failed=$?
cat "$log"
exit "$failed"
