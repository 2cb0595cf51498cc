"""Training on a tiny model: what the loss is of, stopping and going on, the adapter's files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import ModelError, RunError
from pipeline.core.stopping import never
from pipeline.engines.weights.adapters import read_adapter
from pipeline.engines.weights.models import find_weights
from pipeline.train.summarizer.adapter import AdapterTrainer
from pipeline.train.summarizer.batches import Example, padded, shuffled
from pipeline.train.summarizer.checkpoint import State
from pipeline.train.summarizer.settings import AdapterSettings
from tiny_words import save_tokenizer

EXAMPLES = [
    Example((4, *range(6, 6 + n % 5 + 1), *([9] * n * 3), 4), (6 + n, 7, 8 + n, 5))
    for n in range(8)
]
SETTINGS = AdapterSettings(
    rank=4, alpha=8, dropout=0.1, learning_rate=2e-2, epochs=3, batch=2, patience=3,
    checkpoint_steps=3,
)  # fmt: skip
SMALL = replace(SETTINGS, epochs=1)
STEPS = 12
DATA = {"pairs": "digest", "prompt": "{text}"}

Train = Callable[..., State]


def trainer(llama: Path, folder: Path, settings: AdapterSettings = SETTINGS) -> AdapterTrainer:
    return AdapterTrainer(find_weights(str(llama)), settings, folder, DATA)


def train(
    of: AdapterTrainer, stops: Sequence[int] = (), losses: list[float] | None = None
) -> State:
    """Train, until after one of the steps `stops`; each step's loss goes to `losses`."""
    done: list[float] = [] if losses is None else losses
    return of.train(
        EXAMPLES, EXAMPLES[:3], lambda state, loss: done.append(loss), dict,
        lambda: of.state.step in stops,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(llama: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, State]:
    folder = tmp_path_factory.mktemp("training")
    return folder, train(trainer(llama, folder))


def adapter_of(folder: Path) -> bytes:
    return (folder / "adapter" / "adapter_model.safetensors").read_bytes()


def test_it_learns_a_few_pairs_by_heart(llama: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, dropout=0.0, epochs=15, patience=20)
    losses: list[float] = []
    state = train(trainer(llama, tmp_path, settings), (), losses)
    assert len(losses) == state.step == 60 and len(state.losses) == 15
    assert sum(losses[-4:]) < sum(losses[:4]) / 2
    assert state.losses[-1] < state.losses[0] / 2


def test_the_loss_is_of_the_answers_tokens_alone(llama: Path, tmp_path: Path) -> None:
    import torch

    one = trainer(llama, tmp_path, replace(SETTINGS, batch=8))
    for example in (EXAMPLES[0], EXAMPLES[7]):
        ids = torch.tensor([[*example.prompt, *example.answer]])
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            logits = one.model(input_ids=ids).logits[0].float()
        answer = len(example.answer)
        plain = torch.nn.functional.cross_entropy(logits[-answer - 1 : -1], ids[0, -answer:])
        assert one.loss([example]) == pytest.approx(float(plain), rel=5e-3)


def test_every_answer_token_weighs_the_same_and_padding_nothing(
    llama: Path, tmp_path: Path
) -> None:
    one = trainer(llama, tmp_path, replace(SETTINGS, batch=8))
    short, long = Example((4, 9), (7, 5)), Example((4, *[9] * 70), (7, 8, 10, 11, 12, 5))
    apart = [one.loss([short]), one.loss([long])]
    assert apart[0] != pytest.approx(apart[1], rel=1e-2)
    weighted = (2 * apart[0] + 6 * apart[1]) / 8
    assert one.loss([short, long]) == pytest.approx(weighted, rel=5e-3)
    one_by_one = trainer(llama, tmp_path / "b", replace(SETTINGS, batch=1))
    assert one_by_one.loss([short, long]) == pytest.approx(weighted, rel=5e-3)


def test_batches_hold_every_example_once_in_another_order_each_epoch() -> None:
    first, again, second = (shuffled(EXAMPLES, 3, 1, epoch) for epoch in (0, 0, 1))
    assert first == again != second
    for batches in (first, second):
        assert len(batches) == 3
        assert sorted(e.prompt for b in batches for e in b) == sorted(e.prompt for e in EXAMPLES)


def test_padding_is_on_the_left_and_masked() -> None:
    ids, mask = padded([Example((3,), (5,)), Example((3,) * 30, (6,) * 5)])
    assert ids.shape == mask.shape == (2, 64)
    assert ids[0].tolist() == [0] * 62 + [3, 5] and mask.sum(1).tolist() == [2, 35]
    assert mask[0, -2:].all()


# The epoch's last step (4, 8) is one after which neither is lost: its validation, nor the next.
@pytest.mark.parametrize("stops", [(4,), (5,), (8, 10), (12,), (1, 2, 3)])
def test_stopped_and_resumed_it_makes_the_same_adapter(
    llama: Path, tmp_path: Path, finished: tuple[Path, State], stops: tuple[int, ...]
) -> None:
    for number in range(len(stops)):
        state = train(trainer(llama, tmp_path), stops[number:])
        assert state.step == stops[number]
    state = train(trainer(llama, tmp_path))
    folder, whole = finished
    assert state.step == STEPS and state.losses == whole.losses
    assert adapter_of(tmp_path) == adapter_of(folder)


def test_a_finished_training_is_not_trained_on(llama: Path, finished: tuple[Path, State]) -> None:
    folder, whole = finished
    before, losses = adapter_of(folder), []
    assert train(trainer(llama, folder), (), losses) == whole
    assert not losses and adapter_of(folder) == before


@pytest.mark.parametrize("name", ["checkpoint.part", "adapter.part"])
def test_killed_between_two_renames_it_goes_on(
    llama: Path,
    tmp_path: Path,
    finished: tuple[Path, State],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    rename, left = Path.rename, [3]

    def killed(self: Path, target: Path) -> Path:
        left[0] -= self.name == name
        if not left[0]:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            train(trainer(llama, tmp_path))
    assert (tmp_path / name.replace("part", "old")).is_dir()
    assert trainer(llama, tmp_path).state_on_disk().step > 0
    train(trainer(llama, tmp_path))
    assert adapter_of(tmp_path) == adapter_of(finished[0])
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint", "adapter"}


def test_patience_ends_it_and_the_best_epoch_is_kept(
    llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([3.0, 2.0, 2.5, 2.6, 1.0])
    kept: list[bytes] = []

    def loss(self: AdapterTrainer, examples: Sequence[Example]) -> float:
        kept.append(adapter_of(tmp_path) if kept else b"")
        return next(given)

    monkeypatch.setattr(AdapterTrainer, "loss", loss)
    settings = replace(SETTINGS, epochs=5, patience=1)
    state = train(trainer(llama, tmp_path, settings))
    assert state.losses == [3.0, 2.0, 2.5, 2.6][: len(state.losses)] and len(state.losses) == 4
    assert state.best == 2
    assert adapter_of(tmp_path) == kept[2] == kept[3] != kept[1]
    assert train(trainer(llama, tmp_path, settings)).step == state.step, "the end is the end"


@pytest.mark.parametrize(
    ("settings", "data", "said"),
    [
        (replace(SETTINGS, rank=2, seed=5), DATA, "other rank, seed;"),
        (SETTINGS, {**DATA, "prompt": "x {text}"}, "other prompt;"),
        (SETTINGS, {**DATA, "pairs": "other"}, "other pairs;"),
    ],
)
def test_another_training_in_the_folder_is_refused(
    llama: Path,
    finished: tuple[Path, State],
    settings: AdapterSettings,
    data: dict[str, object],
    said: str,
) -> None:
    with pytest.raises(RunError, match=said) as refused:
        AdapterTrainer(find_weights(str(llama)), settings, finished[0], data)
    assert "to=" in str(refused.value)


def test_another_model_is_refused(llama: Path, finished: tuple[Path, State]) -> None:
    other = replace(find_weights(str(llama)), digest="0")
    with pytest.raises(RunError, match="other model;"):
        AdapterTrainer(other, SETTINGS, finished[0], DATA)


def test_folders_of_somebody_else_are_left_alone(llama: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "precious").touch()
    with pytest.raises(RunError, match="adapter: is of no training"):
        train(trainer(llama, tmp_path))
    assert (tmp_path / "adapter" / "precious").exists()


@pytest.mark.parametrize("file", ["state.json", "tensors.safetensors"])
def test_a_damaged_checkpoint_is_named(llama: Path, tmp_path: Path, file: str) -> None:
    train(trainer(llama, tmp_path), [2])
    path = tmp_path / "checkpoint" / file
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(RunError, match=rf"{file}: damaged"):
        train(trainer(llama, tmp_path))


def test_the_adapter_is_peft_s_and_makes_the_same_model(llama: Path, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    one = trainer(llama, tmp_path, replace(SETTINGS, dropout=0.0, epochs=1))
    one.train(EXAMPLES, EXAMPLES, lambda state, loss: None, dict, never)
    config = json.loads((one.adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(llama)
    assert (config["r"], config["lora_alpha"]) == (4, 8)
    adapter = read_adapter(one.adapter)
    assert adapter.base == str(llama) and len(adapter.matrices()) == 2 * 7
    base = AutoModelForCausalLM.from_pretrained(llama, attn_implementation="eager")
    loaded = PeftModel.from_pretrained(base, one.adapter).eval()
    ids = torch.tensor([EXAMPLES[6].prompt])
    with torch.no_grad():
        bare = AutoModelForCausalLM.from_pretrained(llama)(input_ids=ids).logits
        given, own = loaded(input_ids=ids).logits, one.model.eval()(input_ids=ids).logits
    assert torch.allclose(given, own, atol=1e-4)
    assert not torch.allclose(given, bare, atol=1e-2)


def test_generation_is_of_the_trained_model_and_ends_with_a_turn(
    llama: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, dropout=0.0, epochs=30, patience=30)
    one = trainer(llama, tmp_path, settings)
    same = [Example(example.prompt, (10, 11, 12, 5)) for example in EXAMPLES]
    one.train(same, same[:1], lambda state, loss: None, dict, never)
    written = one.generate([example.prompt for example in same[:3]], 8, 5)
    assert written == ["cork said that"] * 3


def test_it_begins_from_another_training(
    llama: Path, tmp_path: Path, finished: tuple[Path, State]
) -> None:
    start = read_adapter(finished[0] / "adapter")
    weights, more = find_weights(str(llama)), replace(SETTINGS, epochs=1)
    one = AdapterTrainer(weights, more, tmp_path, DATA, start)
    assert one.loss(EXAMPLES[:3]) == pytest.approx(min(finished[1].losses), rel=1e-5)
    train(one)
    assert adapter_of(tmp_path) != adapter_of(finished[0])
    with pytest.raises(RunError, match="other start;"):
        trainer(llama, tmp_path, more)


@pytest.mark.parametrize(
    ("settings", "change", "said"),
    [
        (replace(SETTINGS, rank=2), {}, "has rank 4 and alpha 8; set training.rank"),
        (replace(SETTINGS, alpha=9), {}, "has rank 4 and alpha 8; set training.rank"),
        (SETTINGS, {"base_sha256": "0" * 64, "base": "other"}, "made for other, not for"),
    ],
)
def test_it_does_not_begin_from_what_does_not_fit(
    llama: Path,
    tmp_path: Path,
    finished: tuple[Path, State],
    settings: AdapterSettings,
    change: dict[str, str],
    said: str,
) -> None:
    start = replace(read_adapter(finished[0] / "adapter"), **change)
    with pytest.raises(ModelError, match=said):
        AdapterTrainer(find_weights(str(llama)), settings, tmp_path, DATA, start)


def test_it_does_not_begin_from_an_adapter_of_another_model(llama: Path, tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    made = {}
    for name, layers, width in (("same", 2, 32), ("deeper", 3, 32), ("wider", 2, 48)):
        config = LlamaConfig.from_pretrained(llama, num_hidden_layers=layers, hidden_size=width)
        LlamaForCausalLM(config).save_pretrained(tmp_path / name)
        save_tokenizer(tmp_path / name)
        made[name] = trainer(tmp_path / name, tmp_path / f"of-{name}", SMALL)
    train(made["deeper"])
    train(made["wider"])
    for name, said in (("deeper", "has no place for its"), ("wider", "has shape")):
        start = read_adapter(made[name].adapter)
        weights = find_weights(str(tmp_path / "same"))
        with pytest.raises(ModelError, match=f"is not of this model: .*{said}"):
            AdapterTrainer(weights, SMALL, tmp_path / "new", DATA, start)
