"""Model folders that were made to run code or to be something else: nothing runs, all is named."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import ROOT
from pipeline.config.schema import build
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import GenerationSettings, Prompt
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.generation.transformers import TransformersEngine
from pipeline.engines.weights import models
from pipeline.engines.weights.cards import WheelSource, cards
from pipeline.engines.weights.models import find_weights

WORDS = ["<pad>", "<s>", "</s>", "<unk>", "the", "mayor", "of", "cork", "said", "so", "."]
TEXT = "the mayor of cork said so ."

Load = Callable[[Path], object]


class Bomb:
    """What unpickling it does is to make the file `marker`."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def tokenizer() -> Any:
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=32,
    )


def tiny_llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    config = LlamaConfig(vocab_size=len(WORDS), eos_token_id=2, pad_token_id=0, **sizes, **heads)
    return LlamaForCausalLM(config)


def tiny_bert() -> Any:
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    return BertModel(BertConfig(vocab_size=len(WORDS), num_attention_heads=2, **sizes))


def generated(folder: Path) -> object:
    engine = TransformersEngine(device="cpu", precision="f32")
    engine.open(str(folder))
    return engine.generate([Prompt(TEXT)], GenerationSettings(8, 8))


def encoded(folder: Path) -> object:
    encoder = SentenceEncoder(str(folder), max_tokens=8, precision="f32")
    encoder.open()
    vectors = encoder.encode([TEXT])
    assert np.isfinite(vectors).all()
    return vectors.tolist()


@pytest.fixture(
    scope="module",
    params=[(tiny_llama, generated), (tiny_bert, encoded)],
    ids=["engine", "encoder"],
)
def clean(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Load, object]:
    """A good folder, how it is used, and what comes out."""
    import torch

    make, load = request.param
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("clean")
    make().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder, load, load(folder)


@pytest.fixture
def folder(clean: tuple[Path, Load, object], tmp_path: Path) -> Path:
    """A copy of the good folder, to be spoilt."""
    return Path(shutil.copytree(clean[0], tmp_path / "model"))


@pytest.fixture
def use(clean: tuple[Path, Load, object]) -> Load:
    return clean[1]


@pytest.fixture
def output(clean: tuple[Path, Load, object]) -> object:
    return clean[2]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What hostile code makes when it runs."""
    return tmp_path / "code-ran"


@pytest.fixture
def bomb(marker: Path) -> bytes:
    """A pickle that makes `marker`: tried out here, so that a test with a dud would fail."""
    packed = pickle.dumps(Bomb(marker))
    pickle.loads(packed)
    assert marker.exists()
    marker.unlink()
    return packed


def edit(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "model.pt", "model.pth", "model.ckpt", "model.pkl", "model.h5", "x.npy"],
)
def test_a_folder_without_safetensors_is_refused(folder: Path, name: str, bomb: bytes) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(bomb)
    with pytest.raises(ModelError, match=r"no \.safetensors, \.gguf or"):
        find_weights(str(folder))
    with pytest.raises(ModelError, match="pickles are not loaded"):
        find_weights(str(folder / name))


def test_safetensors_are_taken_and_pickles_beside_them_not(
    folder: Path, use: Load, output: object, bomb: bytes, marker: Path
) -> None:
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "model.ckpt", "m.pkl"):
        (folder / name).write_bytes(bomb)
    assert use(folder) == output
    assert not marker.exists()


def test_a_pickle_is_not_taken_for_want_of_safetensors(
    folder: Path, use: Load, bomb: bytes, marker: Path
) -> None:
    (folder / "model.safetensors").rename(folder / "another-name.safetensors")
    (folder / "pytorch_model.bin").write_bytes(bomb)
    with pytest.raises(ModelError, match="cannot load it"):
        use(folder)
    assert not marker.exists()


@pytest.mark.parametrize("shard", ["pytorch_model.bin", "../outside.safetensors", "/a.safetensors"])
def test_an_index_that_leads_to_a_pickle_or_out_of_the_folder_is_refused(
    folder: Path, use: Load, shard: str, bomb: bytes, marker: Path
) -> None:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "np") as file:
        weights = dict.fromkeys(file.keys(), shard)
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    (folder / "other.safetensors").touch()
    (folder / "pytorch_model.bin").write_bytes(bomb)
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(
        ModelError, match=r"index\.json: .* not a \.safetensors file of this folder"
    ):
        use(folder)
    assert not marker.exists()


def test_a_pickle_named_by_the_configuration_is_not_taken(
    folder: Path, use: Load, output: object, bomb: bytes, marker: Path
) -> None:
    (folder / "adapter_model.bin").write_bytes(bomb)
    edit(folder / "config.json", transformers_weights="adapter_model.bin")
    assert use(folder) == output
    assert not marker.exists()


def test_shards_of_the_folder_are_loaded(folder: Path, use: Load, output: object) -> None:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "np") as file:
        weights = dict.fromkeys(file.keys(), "model-00001-of-00001.safetensors")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert use(folder) == output


HOSTILE_CODE = """\
from pathlib import Path
Path({marker!r}).touch()
from transformers import {base}, PreTrainedTokenizerFast
class Model({base}): pass
class Config({base}.config_class): pass
class Tokenizer(PreTrainedTokenizerFast): pass
def generate(model, *args, **kwargs): return None
"""


@pytest.fixture
def with_code(folder: Path, marker: Path, use: Load) -> Path:
    """The folder with a Python file that makes `marker`, wherever transformers looks for one."""
    base = "LlamaForCausalLM" if use is generated else "BertModel"
    code = HOSTILE_CODE.format(marker=str(marker), base=base)
    compile(code, "hostile.py", "exec")
    for name in ("hostile.py", "__init__.py", "custom_generate/generate.py", "modeling_llama.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code)
    return folder


AUTO_MAP = {
    "AutoConfig": "hostile.Config",
    "AutoModel": "hostile.Model",
    "AutoModelForCausalLM": "hostile.Model",
    "AutoModelForSeq2SeqLM": "hostile.Model",
    "AutoTokenizer": ["hostile.Tokenizer", "hostile.Tokenizer"],
}


def test_code_in_the_folder_of_a_known_model_does_not_run(
    with_code: Path, use: Load, output: object, marker: Path
) -> None:
    edit(with_code / "config.json", auto_map=AUTO_MAP)
    assert use(with_code) == output
    assert not marker.exists()


def test_a_model_that_is_only_code_is_refused(with_code: Path, use: Load, marker: Path) -> None:
    edit(with_code / "config.json", auto_map=AUTO_MAP, model_type="hostile")
    with pytest.raises(ModelError, match="cannot load it"):
        use(with_code)
    assert not marker.exists()


@pytest.mark.parametrize("name", ["PreTrainedTokenizerFast", "Tokenizer", "HostileTokenizer"])
def test_code_of_a_tokenizer_does_not_run(
    with_code: Path, use: Load, marker: Path, name: str
) -> None:
    edit(with_code / "tokenizer_config.json", auto_map=AUTO_MAP, tokenizer_class=name)
    try:
        use(with_code)
    except ModelError as error:
        assert "cannot load it" in str(error)  # noqa: PT017  either is right, code that runs is not
    assert not marker.exists()


def test_a_tokenizer_with_auto_map_in_its_own_configuration_only(
    with_code: Path, use: Load, output: object, marker: Path
) -> None:
    edit(with_code / "tokenizer_config.json", auto_map={"AutoTokenizer": AUTO_MAP["AutoTokenizer"]})
    assert use(with_code) == output
    assert not marker.exists()


def test_a_kernel_named_by_the_folder_is_not_asked_for(
    folder: Path, use: Load, output: object
) -> None:
    for key in ("attn_implementation", "_attn_implementation"):
        edit(folder / "config.json", **{key: "somebody/hostile-kernel"})
    assert use(folder) == output


def test_garbage_is_a_model_error(folder: Path, use: Load) -> None:
    content = (folder / "model.safetensors").read_bytes()
    for damaged in (b"", b"\xff" * 64, content[:-5], b"\x80\x04pickle"):
        (folder / "model.safetensors").write_bytes(damaged)
        with pytest.raises(ModelError, match="cannot load it"):
            use(folder)
    (folder / "model.safetensors").write_bytes(content)
    for damaged in (b"", b"[]", b"{", b'{"model_type": 7}'):
        (folder / "config.json").write_bytes(damaged)
        with pytest.raises(ModelError, match="cannot load it"):
            use(folder)


def test_a_chat_template_gets_at_nothing(folder: Path, use: Load, output: object) -> None:
    reach = "''.__class__.__mro__[1].__subclasses__()"
    for body in (f"{{{{ {reach} }}}}", "{% include '/etc/passwd' %}", "{{ open('/etc/passwd') }}"):
        (folder / "chat_template.jinja").write_text(body)
        if use is encoded:  # has no use for one
            assert use(folder) == output
            continue
        with pytest.raises(ModelError, match=r"chat template.*summarizer\.chat_template=false"):
            use(folder)


def test_nothing_of_the_configuration_lets_code_in() -> None:
    for target in (
        "generation.transformers.TransformersEngine",
        "encoders.embedding.SentenceEncoder",
    ):
        for key in ("trust_remote_code", "use_safetensors", "local_files_only"):
            node = {"_target_": f"pipeline.engines.{target}", "model": "x", key: True}
            if "Transformers" in target:
                del node["model"]
            with pytest.raises(ConfigError, match=f"unknown key 'engine.{key}'"):
                build(node, "engine", object)


def test_models_are_loaded_in_one_place_and_nothing_is_unpickled() -> None:
    package = ROOT / "pipeline"
    sources = {str(p.relative_to(package)): p.read_text() for p in package.rglob("*.py")}
    for word, places in {
        r"\.from_pretrained\(": ["engines/weights/pretrained.py"],
        r"trust_remote_code\W+True": [],
        # Between a process and those that it starts, and of no file.
        r"\bimport (pickle|dill|joblib|shelve|marshal)\b|torch\.load\(|allow_pickle=True": [
            "core/worker_process.py",
            "core/workers.py",
        ],
        r"yaml\.(load|unsafe_load|full_load)\(": [],
        r"(?<![\w.])(eval|exec)\(|shell=True|os\.system\(": [],
    }.items():
        found = [name for name, code in sources.items() if re.search(word, code)]
        assert sorted(found) == places, word


@pytest.mark.parametrize(
    ("name", "file"),
    [(card.name, file) for card in cards().values() if card.wheel for file in card.files],
)
def test_one_flipped_bit_in_any_file_of_a_card_is_refused(
    name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped cards, with small files in the place of the real ones."""
    shipped = cards()[name]
    contents = {other: f"content of {other}".encode() for other in shipped.files}
    card = replace(
        shipped,
        files={other: hashlib.sha256(content).hexdigest() for other, content in contents.items()},
        wheel=WheelSource("none==1", "a_wheel_that_is_not_installed", "0" * 64),
        hub=None,
    )
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path))
    monkeypatch.setattr(models, "cards", lambda: {name: card})
    (tmp_path / name).mkdir()
    for other, content in contents.items():
        (tmp_path / name / other).write_bytes(content)
    assert find_weights(name).path.exists()
    damaged = bytearray(contents[file])
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / name / file).write_bytes(damaged)
    with pytest.raises(
        ModelError, match=rf"{re.escape(file)}: sha256 .*dateline models pull {name}"
    ):
        find_weights(name)
