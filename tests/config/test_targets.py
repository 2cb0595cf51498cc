"""Which code a configuration may name: Dateline's plug-ins, and nothing by a way around."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from command import Outcome
from pipeline.config.compose import CONFIGS
from pipeline.config.schema import build
from pipeline.config.targets import check_targets
from pipeline.core.errors import ConfigError

OURS = "pipeline.sources.json.JsonSource"
HOSTILE = [
    "os.system",
    "builtins.eval",
    "subprocess.run",
    "pipelines.cli.main",
    "pipeline_of_mine.Source",
    "pipeline.engines.weights.models.subprocess.run",
    "pipeline.engines.weights.models.shutil.rmtree",
    "pipeline.cli.configured.os.system",
    "pipeline.cli.configured.os",
    "pipeline.config.schema.inspect.importlib.import_module",
    "pipeline.core.digest.Path",
    "pipeline.sources.json.JsonSource.__init__.__globals__",
    "pipeline.sources.json.JsonSource.__class__",
    "pipeline.cli.command.__loader__.exec_module",
    "pipeline.sources.json.__builtins__",
    "pipeline",
    "pipeline.cli.command",
    "pipeline.",
    "pipeline..cli",
    ".pipeline.cli",
    "pipeline.sources.json.JsonSource()",
    "pipeline .cli",
    " ",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_code_from_elsewhere_is_refused(target: str) -> None:
    with pytest.raises(ConfigError, match=r"source\._target_.*run\.allow_external_code=true"):
        check_targets({"source": {"_target_": target}}, allow_external=False)
    check_targets({"source": {"_target_": target}}, allow_external=True)


@pytest.mark.parametrize(
    "target",
    [
        "pipeline.cli.command.run_command",  # a command line of its own could allow external code
        "pipeline.cli.command.main",
        "pipeline.config.schema.build",
        "pipeline.config.schema.construct",
        "pipeline.engines.weights.models.pull",
        "pipeline.engines.weights.cards.load_card",
        "pipeline.engines.weights.cards.ModelCard",
        "pipeline.core.files.write_text",
        "pipeline.core.errors.ConfigError",
    ],
)
def test_code_of_ours_that_is_no_plugin_is_refused(target: str) -> None:
    with pytest.raises(ConfigError, match="not a plug-in"):
        check_targets({"source": {"_target_": target}}, allow_external=False)


@pytest.mark.parametrize("target", ["", None, 7, ["os.system"], {"name": "os.system"}])
def test_what_is_no_name_is_refused(target: object) -> None:
    with pytest.raises(ConfigError, match=r"source\._target_=.*name a class"):
        check_targets({"source": {"_target_": target}}, allow_external=False)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"_target_": "os.system"}, "_target_"),
        ({"a": {"_target_": OURS, "b": {"_target_": "os.system"}}}, "a.b._target_"),
        ({"a": {"b": {"c": {"_target_": "os.system"}}}}, "a.b.c._target_"),
        ({"a": [{"_target_": OURS}, {"_target_": "os.system"}]}, r"a\[1\]._target_"),
        ({"a": [[{"b": [{"_target_": "os.system"}]}]]}, r"a\[0\]\[0\].b\[0\]._target_"),
        ({"a": ({"_target_": "os.system"},)}, r"a\[0\]._target_"),
    ],
)
def test_every_depth_is_looked_into_and_named(config: dict[str, object], key: str) -> None:
    with pytest.raises(ConfigError, match=f"^{key}=os.system: "):
        check_targets(config, allow_external=False)


def test_a_misspelt_name_of_ours_is_said_to_be_that() -> None:
    for target in ("pipeline.sources.jsno.JsonSource", "pipeline.sources.json.JsnoSource"):
        with pytest.raises(ConfigError, match=r"source\._target_=.*cannot be imported"):
            check_targets({"source": {"_target_": target}}, allow_external=False)


def test_plugins_and_functions_that_make_them_pass() -> None:
    sample = {"_target_": "pipeline.sources.sample.sample_source"}
    check_targets({"source": {"_target_": OURS, "path": "x"}, "more": [sample]}, False)


@pytest.mark.parametrize(
    "path", sorted(CONFIGS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_the_shipped_configurations_need_no_permission(path: Path) -> None:
    check_targets({"group": yaml.safe_load(path.read_text())}, allow_external=False)


def test_nothing_outside_is_imported_to_find_out() -> None:
    code = """
import sys
from pipeline.core.errors import ConfigError
from pipeline.config.targets import check_targets
torch = "pipeline.engines.generation.transformers.torch"
for target in ("antigravity.fly", f"{torch}.load", "turtle.Turtle"):
    try:
        check_targets({"a": {"_target_": target}}, False)
    except ConfigError:
        continue
    sys.exit(target)
for name in ("antigravity", "turtle", "torch", "transformers"):
    assert name not in sys.modules, name
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("key", ["callbacks", "job_logging", "hydra_logging", "launcher"])
def test_hydra_builds_nothing(
    dateline: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """What its own section names is never built, whatever is allowed."""
    marker = tmp_path / "code-ran"
    (tmp_path / "hostile.py").write_text(
        f"from pathlib import Path\nimport logging\nclass Callback(logging.NullHandler):\n"
        f"    def __init__(self):\n        super().__init__()\n"
        f"        Path({str(marker)!r}).touch()\n"
        f"    def __getattr__(self, name):\n        return lambda **options: None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "hostile", raising=False)
    logging = {"handlers": {"mine": {"()": "hostile.Callback"}}, "root": {"handlers": ["mine"]}}
    node: object = logging if "logging" in key else {"_target_": "hostile.Callback"}
    node = {"mine": node} if key == "callbacks" else node
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    experiment = "# @package _global_\n" + yaml.safe_dump({"hydra": {key: node}})
    (tmp_path / "conf" / "experiment" / "hostile.yaml").write_text(experiment)
    words = ("run", "--config-dir", "conf", "experiment=hostile", "ingest.limit=1", "topic=none",
             "summarizer=lead", "run.allow_external_code=true")  # fmt: skip
    for more in ((), ("--multirun",), ("--cfg", "job")):
        done = dateline(*words, *more)
        assert done.code == (2 if key == "callbacks" else 0), done.message
        assert ("hydra.callbacks" in done.err) == (key == "callbacks")
    assert not marker.exists()


@pytest.mark.parametrize("key", ["_partial_", "_args_", "_convert_", "_recursive_"])
@pytest.mark.parametrize("target", [OURS, "pipeline.sources.sample.sample_source", "builtins.dict"])
def test_the_keys_of_hydra_are_not_obeyed(target: str, key: str) -> None:
    with pytest.raises(ConfigError, match=f"source.{key}"):
        build({"_target_": target, key: True}, "source", object)


def test_what_is_built_is_a_class_or_a_function() -> None:
    for target in ("pipeline.cli.command", "pipeline.workflow.steps.VERBS"):
        with pytest.raises(ConfigError, match=rf"source\._target_={target}: is a (module|dict);"):
            build({"_target_": target}, "source", object)


def test_a_secret_with_a_wrong_value_is_not_repeated() -> None:
    from pydantic.dataclasses import dataclass

    from pipeline.config.schema import PLUGIN, construct

    @dataclass(config=PLUGIN)
    class Server:
        api_key: str

    with pytest.raises(ConfigError, match=r"engine\.api_key='\*\*\*'") as raised:
        construct(Server, {"api_key": ["canary"]}, "engine")
    assert "canary" not in str(raised.value)
