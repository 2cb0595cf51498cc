#!/usr/bin/env bash
# Runs several summarizers on the same labelled articles and ranks them:
#     bash scripts/compare_models.sh "lead textrank smollm2_135m_news" [KEY=VALUE ...]
# Each option of the first argument is a run `compare-OPTION`; a run that was made is not made again.
# GROUP (summarizer) is another group of `dateline run`, such as topic; GOLD (sample) other labels:
#     GROUP=topic GOLD=mine.jsonl bash scripts/compare_models.sh "trained descriptions" \
#         source=jsonl source.path=mine.jsonl summarizer=none
here=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$here"
read -ra options <<<"${1:-lead extractive smollm2_135m_news}"
shift || true
runs=()
for option in "${options[@]}"; do
    name="compare-$option"
    "$root/.venv/bin/dateline" run "${GROUP:-summarizer}=$option" run.name="$name" "$@" >/dev/null
    runs+=("$name")
done
exec "$root/.venv/bin/dateline" compare "${runs[@]}" gold="${GOLD:-sample}"
