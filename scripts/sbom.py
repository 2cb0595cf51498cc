"""Writes the software bill of materials: the packages that Dateline needs, and its models.

    python scripts/sbom.py [--output sbom.cdx.json]

CycloneDX 1.6 in JSON (ECMA-424), of the environment this runs in: packages by following the
requirements of `dateline` without its extras, models by their cards. Written without a library, so
that nothing has to be installed into the environment that is described; `scripts/audit.sh` has the
result checked against the standard's own schema.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import uuid
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.engines.weights.models import ModelCard, cards

Json: TypeAlias = "dict[str, object]"

_LONGEST_NAME = 80
"""Characters; in the field for a licence's name some packages have its whole text."""


def closure(root: str) -> dict[str, tuple[Distribution, list[str]]]:
    """Canonical name to package and the names of what it needs, for `root` and all below it.

    Raises:
        SystemExit: a package that is needed here is not installed.
    """
    found: dict[str, tuple[Distribution, list[str]]] = {}
    needed: dict[str, set[str]] = {}
    waiting = [(root, frozenset[str]())]
    while waiting:
        name, extras = waiting.pop()
        if name in found and extras <= needed[name]:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError as error:
            raise SystemExit(f"{name} is not installed: run this with .venv/bin/python") from error
        needed[name] = needed.get(name, set()) | extras
        below = list(_requirements(package, needed[name]))
        found[name] = package, sorted({canonicalize_name(r.name) for r in below})
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in below]
    return dict(sorted(found.items()))


def _requirements(package: Distribution, extras: Iterable[str]) -> Iterable[Requirement]:
    for line in package.requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def package_component(package: Distribution) -> Json:
    """A package by name, version, package URL and licence."""
    name, version = canonicalize_name(package.metadata["Name"]), package.version
    purl = f"pkg:pypi/{name}@{quote(version)}"
    component: Json = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }
    licences = package_licences(package)
    return {**component, "licenses": licences} if licences else component


def package_licences(package: Distribution) -> list[Json]:
    """As CycloneDX wants it: an SPDX expression, or the name that the package gives."""
    metadata = package.metadata
    for expression in metadata.get_all("License-Expression") or ():
        return [{"expression": expression}]
    for text in metadata.get_all("License") or ():
        said = " ".join(text.split())
        if said and len(said) <= _LONGEST_NAME:
            return [{"license": {"name": said}}]
    classifiers = metadata.get_all("Classifier") or ()
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    return [{"license": {"name": name}} for name in names]


def model_component(card: ModelCard) -> Json:
    """A model by its card, each file with its sha256; adapters come with Dateline itself."""
    sources: list[Json] = []
    version = distribution("dateline").version
    if card.wheel is not None:
        package, _, version = card.wheel.wheel.partition("==")
        url = f"https://pypi.org/project/{package}/{version}/"
        hashes = [_sha256(card.wheel.sha256)]
        sources.append({"type": "distribution", "url": url, "hashes": hashes})
    if card.hub is not None:
        url = f"https://huggingface.co/{card.hub.repo}/tree/{card.hub.revision}"
        sources.append({"type": "source-distribution", "url": url})
    ref = f"model:{card.name}"
    return {
        "type": "machine-learning-model",
        "bom-ref": ref,
        "name": card.name,
        "version": version,
        "hashes": [_sha256(card.files[card.main_file])],
        "licenses": [{"license": {"id": card.licence}}],
        "externalReferences": sources,
        "modelCard": {"modelParameters": {"task": card.task}},
        "components": [
            {"type": "file", "bom-ref": f"{ref}/{name}", "name": name, "hashes": [_sha256(digest)]}
            for name, digest in card.files.items()
        ],
    }


def _sha256(digest: str) -> Json:
    return {"alg": "SHA-256", "content": digest}


def bill() -> Json:
    """The whole document; `SOURCE_DATE_EPOCH` sets its time, and with that every byte."""
    packages = closure("dateline")
    components = {name: package_component(package) for name, (package, _) in packages.items()}
    refs = {name: component["bom-ref"] for name, component in components.items()}
    models = {name: model_component(card) for name, card in cards().items()}
    depends = {
        refs[name]: [refs[other] for other in below] for name, (_, below) in packages.items()
    }
    own = components.pop("dateline")
    depends[own["bom-ref"]] += [model["bom-ref"] for model in models.values()]
    for name, card in cards().items():
        if card.base is not None:
            depends[models[name]["bom-ref"]] = [models[card.base]["bom-ref"]]
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    document: Json = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)),
            "component": {**own, "type": "application"},
        },
        "components": [*components.values(), *models.values()],
        "dependencies": [{"ref": ref, "dependsOn": below} for ref, below in depends.items()],
    }
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {**document, "serialNumber": f"urn:uuid:{number}"}


def main() -> None:
    """Writes the file and says what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("sbom.cdx.json"))
    output: Path = parser.parse_args().output
    document = bill()
    output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    components = document["components"]
    assert isinstance(components, list)
    models = sum(part["type"] == "machine-learning-model" for part in components)
    print(f"{output}: {len(components) - models} packages and {models} models")


if __name__ == "__main__":
    main()
