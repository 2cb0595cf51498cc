#!/usr/bin/env bash
# What takes longer than the tests and proves more: bash scripts/prove.sh [KILLS] [RUNS]
# 1. every disk operation of a small run fails in every way, and a thousand failures in a row;
# 2. KILLS (500) runs are killed at any instant, and 30 with the embedded models, and resumed:
#    the bytes are those of a run that nobody disturbed;
# 3. RUNS (50) short runs of each of three sources end with exit code 0.
# About an hour on two cores. Exit code 1 if anything is wrong; all three are done in any case.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
failed=0
DATELINE_FAULTS=all .venv/bin/python -m pytest -p no:cacheprovider tests/workflow/test_faults.py || failed=1
.venv/bin/python scripts/proof/torture.py --kills "${1:-500}" || failed=1
.venv/bin/python scripts/proof/torture.py --kills 30 --engine embedded || failed=1
.venv/bin/python scripts/proof/exit_codes.py --runs "${2:-50}" || failed=1
exit "$failed"
