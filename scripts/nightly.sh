#!/usr/bin/env bash
# One night of a run that grows, for cron or a systemd timer:
#     bash scripts/nightly.sh RUN INBOX [KEY=VALUE ...]       keys of `dateline run`, such as source=html
# Reads what is new in the folder INBOX into runs/RUN, below the folder it is called in, and publishes
# all of it. What goes wrong is printed, and kept in logs/RUN/ by date. From the environment:
#     DAYS=30         publish only articles of the last 30 days
#     LOGS=DIR        where logs go (logs)
#     DATELINE=PATH   the command, if not that of this clone or the installed one
# The exit code is that of `dateline run`, or 75 while the night before is still at work.
set -euo pipefail
if [ $# -lt 2 ]; then
    echo "bash scripts/nightly.sh RUN INBOX [KEY=VALUE ...]" >&2
    exit 2
fi
run=$1
inbox=$2
shift 2

dateline=${DATELINE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.venv/bin/dateline}
[ -n "${DATELINE:-}" ] || [ -x "$dateline" ] || dateline=dateline

logs=${LOGS:-logs}/$run
mkdir -p "$logs"
log=$logs/$(date +%F).log
tell() { echo "$(date +%FT%T%z) $run: $*" >>"$log"; }

# The lock is held until dateline ends, also where this script is killed before it. Without flock,
# as on macOS, dateline itself refuses to be two on one run, with code 2.
if command -v flock >/dev/null; then
    exec 9>"$logs/lock"
    if ! flock -n 9; then
        tell "the night before is still at work"
        echo "$run: the night before is still at work; see $log" >&2
        exit 75
    fi
fi

if [ -n "${DAYS:-}" ]; then
    # GNU's date, or that of BSD and macOS.
    since=$(date -d "$DAYS days ago" +%F 2>/dev/null || date -v-"$DAYS"d +%F)
    set -- "published.since=$since" "$@"
fi

# In the place of this script, so that signals reach it. They pass by the copy for the log, which
# ends when there is nothing more to be written.
tell "begins"
exec "$dateline" run --quiet run.grow=true "run.name=$run" "source.path=$inbox" "$@" \
    2> >(trap '' INT TERM HUP && exec tee -a "$log" >&2)
