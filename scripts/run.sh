#!/usr/bin/env bash
# Labels and summarises the bundled sample, or what the overrides say: bash scripts/run.sh [KEY=VALUE ...]
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$here"
exec "$root/.venv/bin/dateline" run "$@"
