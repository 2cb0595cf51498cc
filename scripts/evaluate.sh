#!/usr/bin/env bash
# Labels and summarises the labelled articles, then scores that against what they should have got:
#     bash scripts/evaluate.sh [KEY=VALUE ...]       keys of `dateline evaluate` and `dateline run`
# The bundled sample and the default models unless the keys say otherwise; for a run that is there:
#     bash scripts/evaluate.sh gold=mine.jsonl predictions=runs/monday gate=mine.yaml
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$here"
[[ " $* " == *" gold="* ]] || set -- gold=sample "$@"
exec "$root/.venv/bin/dateline" evaluate "$@"
