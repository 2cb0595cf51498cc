"""The bill of materials: complete, with what CycloneDX asks for, and the digests of the cards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from email.message import Message
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from command import ROOT
from pipeline.engines.weights.models import cards

PURL = re.compile(r"pkg:pypi/[a-z0-9-]+@[0-9][\w.%-]*")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    script = [sys.executable, str(ROOT / "scripts" / "sbom.py"), "--output", str(path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(rf": \d+ packages and {len(cards())} models$", done.stdout.strip())
    return path


@pytest.fixture
def bill(written: Path) -> dict[str, Any]:
    document = json.loads(written.read_text())
    assert isinstance(document, dict)
    return document


def test_the_head_is_that_of_cyclonedx_1_6(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["metadata"]["timestamp"])
    own = bill["metadata"]["component"]
    assert (own["type"], own["name"], own["version"]) == (
        "application",
        "dateline",
        version("dateline"),
    )


def test_every_package_that_is_needed_is_there_as_installed(bill: dict[str, Any]) -> None:
    libraries = {p["name"]: p for p in bill["components"] if p["type"] == "library"}
    for name, part in libraries.items():
        assert part["version"] == version(name)
        assert PURL.fullmatch(part["purl"]) and "+" not in part["purl"]
        assert part["licenses"], f"{name} says nothing of its licence"
    lock = (ROOT / "requirements.lock").read_text()
    locked = {canonicalize_name(n) for n in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    assert {"torch", "transformers", "hydra-core", "safetensors"} <= set(libraries)
    assert set(libraries) <= locked | {"setuptools", "triton"} | {
        name for name in libraries if name.startswith(("nvidia-", "cuda-"))
    }, "something is needed that is not locked"
    assert not {"pytest", "ruff", "mypy"} & set(libraries), "the tools are no part of it"


def test_references_are_unique_and_lead_somewhere(bill: dict[str, Any]) -> None:
    parts = [bill["metadata"]["component"], *bill["components"]]
    refs = [part["bom-ref"] for part in parts]
    assert len(refs) == len(set(refs))
    depends = {entry["ref"]: entry["dependsOn"] for entry in bill["dependencies"]}
    assert set(depends) <= set(refs)
    assert {other for below in depends.values() for other in below} <= set(refs)
    own = depends[parts[0]["bom-ref"]]
    assert {"model:all-minilm-l6-v2", "model:smollm2-135m-instruct"} <= set(own)


def test_models_have_the_digests_of_their_cards(bill: dict[str, Any]) -> None:
    models = {p["name"]: p for p in bill["components"] if p["type"] == "machine-learning-model"}
    assert set(models) == set(cards())
    for name, card in cards().items():
        files = {part["name"]: part["hashes"] for part in models[name]["components"]}
        assert files == {
            file: [{"alg": "SHA-256", "content": digest}] for file, digest in card.files.items()
        }
        assert models[name]["licenses"] == [{"license": {"id": card.licence}}]
        sources = models[name]["externalReferences"]
        wheels = [r["hashes"][0]["content"] for r in sources if r["type"] == "distribution"]
        assert wheels == ([card.wheel.sha256] if card.wheel else [])
        if card.base is not None:
            assert {"ref": f"model:{name}", "dependsOn": [f"model:{card.base}"]} in bill[
                "dependencies"
            ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("License-Expression", "MIT OR Apache-2.0")], [{"expression": "MIT OR Apache-2.0"}]),
        ([("License", "BSD")], [{"license": {"name": "BSD"}}]),
        (
            [("License", "whole text " * 99), ("Classifier", "License :: OSI Approved :: MIT")],
            [{"license": {"name": "MIT"}}],
        ),
        ([("Classifier", "Topic :: Text")], []),
    ],
)
def test_licences_as_packages_state_them(
    fields: list[tuple[str, str]], expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from sbom import package_licences

    metadata = Message()
    for name, value in fields:
        metadata[name] = value
    assert package_licences(type("Package", (), {"metadata": metadata})()) == expected
