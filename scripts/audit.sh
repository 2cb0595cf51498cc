#!/usr/bin/env bash
# Checks the locked packages for known vulnerabilities and writes sbom.cdx.json: bash scripts/audit.sh
# Its tools, the extra `audit` of pyproject.toml, go into .venv-audit. Exit code 1 when something is
# known against a package, 2 when a package could not be looked up.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
audit=.venv-audit/bin/python
if [ ! -x "$audit" ]; then
    "$(find_python)" -m venv .venv-audit
fi
"$audit" - >.venv-audit/requirements.txt <<'PYTHON'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["audit"], sep="\n")
PYTHON
"$audit" -m pip install --quiet --disable-pip-version-check -r .venv-audit/requirements.txt

# Every package of .venv with its licence, the embedded models among them: they are packages too.
.venv-audit/bin/cyclonedx-py environment --pyproject pyproject.toml --spec-version 1.6 \
    --output-file sbom.cdx.json .venv/bin/python

# The locks have exact versions of everything: nothing is resolved or downloaded. A version of its
# own, such as 2.9.0+cpu, is looked up as the release that it was built from.
sed -E 's/ --hash=[^ ]+//; s/^([^#]*)\+[a-z0-9.]+$/\1/' requirements.lock models.lock \
    >.venv-audit/locked.txt
rm -f .venv-audit/found.json
.venv-audit/bin/pip-audit --no-deps --disable-pip --progress-spinner off \
    -r .venv-audit/locked.txt -f json -o .venv-audit/found.json 2>.venv-audit/pip-audit.log || true
# pip-audit calls a package that the service did not know "skipped", and ends with code 0.
"$audit" - <<'PYTHON'
import json
import sys

try:
    with open(".venv-audit/found.json", encoding="utf-8") as file:
        packages = json.load(file)["dependencies"]
except (OSError, ValueError):
    packages = []
known = [package for package in packages if "vulns" in package]
if not known:
    print("Not audited: the vulnerability service cannot be reached from here.", file=sys.stderr)
    sys.exit(2)
unknown = [package["name"] for package in packages if "vulns" not in package]
if unknown:
    print(f"Not audited, unknown to the service: {', '.join(unknown)}", file=sys.stderr)
found = [(package, entry) for package in known for entry in package["vulns"]]
for package, entry in found:
    fixed = ", ".join(entry["fix_versions"]) or "no release yet"
    print(f"{package['name']} {package['version']}: {entry['id']}, fixed in {fixed}")
print(f"{len(known)} packages audited, {len(found)} known vulnerabilities")
sys.exit(1 if found else 2 if unknown else 0)
PYTHON
