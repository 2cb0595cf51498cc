"""The portable engine on tiny random-weight models, loaded as a user's folder would be."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import ModelError
from pipeline.engines.base import GenerationEngine, GenerationSettings, Prompt
from pipeline.engines.generation.transformers import TransformersEngine

WORDS = [
    "<pad>",
    "<s>",
    "</s>",
    "<unk>",
    *["the", "a", "mayor", "of", "cork", "said", "that", "it", "was", "so", ".", ","],
]
PROMPTS = [
    Prompt("the mayor said that it was so ."),
    Prompt("a mayor of cork said that the mayor of cork said that it was so , so it was ."),
    Prompt("cork ."),
]


def save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=core,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=96,
    ).save_pretrained(folder)


def tiny_llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def tiny_bart() -> Any:
    from transformers import BartConfig, BartForConditionalGeneration

    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(WORDS),
            d_model=32,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=32,
            decoder_ffn_dim=32,
            max_position_embeddings=64,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
            decoder_start_token_id=2,
            forced_eos_token_id=2,
        )
    )


def tiny_t5() -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(WORDS), d_model=32, d_kv=16, d_ff=32, num_layers=1, num_heads=2,
            pad_token_id=0, eos_token_id=2, decoder_start_token_id=0,
        )
    )  # fmt: skip


def tiny_pegasus() -> Any:
    from transformers import PegasusConfig, PegasusForConditionalGeneration

    return PegasusForConditionalGeneration(
        PegasusConfig(
            vocab_size=len(WORDS), d_model=32, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, max_position_embeddings=64, pad_token_id=0, eos_token_id=2,
            decoder_start_token_id=0,
        )
    )  # fmt: skip


def tiny_led() -> Any:
    from transformers import LEDConfig, LEDForConditionalGeneration

    return LEDForConditionalGeneration(
        LEDConfig(
            vocab_size=len(WORDS), d_model=32, encoder_layers=1, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, max_encoder_position_embeddings=64,
            max_decoder_position_embeddings=32, attention_window=[8], pad_token_id=0,
            bos_token_id=1, eos_token_id=2, decoder_start_token_id=2,
        )
    )  # fmt: skip


def tiny_gemma3() -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=len(WORDS), hidden_size=32, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=64,
            sliding_window=16, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        )
    )  # fmt: skip


MODELS = [tiny_llama, tiny_bart, tiny_t5, tiny_pegasus, tiny_led, tiny_gemma3]
LIMITS = {"t5": 96}
"""Tokens; T5 has no positions that end, so the tokenizer's limit counts. The others have 64."""


@pytest.fixture(scope="module", params=MODELS, ids=lambda make: make.__name__.removeprefix("tiny_"))
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    torch.manual_seed(7)
    path = tmp_path_factory.mktemp(request.param.__name__)
    request.param().save_pretrained(path)
    save_tokenizer(path)
    return path


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    opened = TransformersEngine(device="cpu", precision="f32", batch_tokens=80)
    opened.open(str(folder))
    return opened


def test_it_is_an_engine_with_the_limit_of_its_model(
    engine: TransformersEngine, folder: Path
) -> None:
    assert isinstance(engine, GenerationEngine)
    assert engine.context_tokens == LIMITS.get(engine._model.config.model_type, 64)
    assert engine.count_tokens("the mayor of cork") == 4
    identity = engine.identity(str(folder))
    assert (identity["engine"], identity["precision"]) == ("transformers", "f32")
    assert engine.label(str(folder)).endswith("@" + identity["weights"][:12])


def test_texts_come_back_in_order_whatever_the_batches(engine: TransformersEngine) -> None:
    settings = GenerationSettings(max_new_tokens=8)
    together = engine.generate(PROMPTS, settings)
    alone = [engine.generate([prompt], settings)[0] for prompt in PROMPTS]
    assert together == alone
    lengths = [engine.count_prompt_tokens(prompt) for prompt in PROMPTS]
    assert len(list(engine._batches(lengths, settings))) > 1, (
        "80 tokens must not hold all three prompts"
    )


def test_lengths_are_kept(engine: TransformersEngine) -> None:
    forced = engine.generate(PROMPTS, GenerationSettings(max_new_tokens=6, min_new_tokens=6))
    assert all(4 <= one.new_tokens <= 6 for [one] in forced)
    assert engine.generate([], GenerationSettings(max_new_tokens=6)) == []


def test_nothing_is_inherited_from_a_checkpoint(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(folder, own)
    settings = json.loads((own / "generation_config.json").read_text())
    settings |= {"repetition_penalty": 9.0, "no_repeat_ngram_size": 1, "max_length": 5}
    (own / "generation_config.json").write_text(json.dumps(settings))
    outputs = []
    for place in (folder, own):
        engine = TransformersEngine(device="cpu", precision="f32")
        engine.open(str(place))
        outputs.append(engine.generate(PROMPTS, GenerationSettings(12, 12)))
    assert outputs[0] == outputs[1]


def test_long_batches_are_cut_by_padded_tokens() -> None:
    engine = TransformersEngine(batch_tokens=100)
    batches = list(engine._batches([10, 40, 10, 30, 200], GenerationSettings(10)))
    assert batches == [[4], [1, 3], [0, 2]]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    engine = TransformersEngine(device="cpu", precision="f32")
    with pytest.raises(ModelError, match="transformers cannot load it"):
        engine.open(str(tmp_path))


def test_beams_are_searched_and_ngrams_kept_apart(engine: TransformersEngine) -> None:
    greedy = engine.generate(PROMPTS, GenerationSettings(12, 12))
    settings = GenerationSettings(12, 12, beams=3, length_penalty=2.0, no_repeat_ngram=2)
    searched = engine.generate(PROMPTS, settings)
    assert [one.prompt_tokens for [one] in searched] == [one.prompt_tokens for [one] in greedy]
    assert searched != greedy
    if not engine._model.config.is_encoder_decoder:
        return  # of a causal model the prompt's own pairs count too
    for text in (one.text.split() for [one] in searched):
        pairs = list(pairwise(text))
        assert len(pairs) == len(set(pairs))


def test_samples_are_drawn_alike_each_time_and_leave_no_trace(engine: TransformersEngine) -> None:
    import torch

    settings = GenerationSettings(10, 10, samples=3, temperature=1.5, top_p=0.9, seed=5)
    state = torch.random.get_rng_state()
    first = engine.generate(PROMPTS, settings)
    assert torch.equal(state, torch.random.get_rng_state())
    assert [len({one.text for one in samples}) for samples in first] == [3, 3, 3]
    assert [samples[0].prompt_tokens for samples in first] == [
        engine.count_prompt_tokens(prompt) for prompt in PROMPTS
    ]
    torch.manual_seed(99)
    assert engine.generate(PROMPTS, settings) == first
    assert engine.generate(PROMPTS, replace(settings, seed=6)) != first


def test_samples_share_the_reading_of_their_prompt(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = GenerationSettings(10, 10, samples=3, temperature=1.5, top_p=0.9, seed=5)
    model = engine._model
    module = model.get_encoder() if model.config.is_encoder_decoder else model
    prompts = PROMPTS[:2]  # the third is so short that reading it looks like writing
    shapes: list[tuple[int, ...]] = []

    def note(module: object, args: object, kwargs: dict[str, Any]) -> None:
        shapes.append(tuple(kwargs["input_ids"].shape))

    with module.register_forward_pre_hook(note, with_kwargs=True):
        shared = engine.generate(prompts, settings)
    assert sum(rows for rows, length in shapes if length > 1) == len(prompts)

    def read_anew(given: dict[str, Any], samples: int) -> dict[str, Any]:
        return {name: part.repeat_interleave(samples, dim=0) for name, part in given.items()}

    monkeypatch.setattr(engine, "_read_once", lambda given, samples: read_anew(given, samples))
    assert engine.generate(prompts, settings) == shared


def test_beams_can_give_several_texts(engine: TransformersEngine) -> None:
    settings = GenerationSettings(10, 10, beams=3)
    [best] = engine.generate(PROMPTS[:1], settings)
    [three] = engine.generate(PROMPTS[:1], replace(settings, samples=3))
    assert three[0] == best[0] and len(three) == 3
    said = [one.text for one in three if one.text]  # a random T5 may have nothing but marks to say
    assert len(set(said)) == len(said)


def test_all_that_the_model_was_given_is_told(engine: TransformersEngine) -> None:
    settings = engine.effective(GenerationSettings(8, samples=2, temperature=0.5, top_p=0.9))
    assert (settings["device"], settings["dtype"], settings["eos_token_id"]) == (
        "cpu", "float32", 2,
    )  # fmt: skip
    assert (settings["top_k"], settings["top_p"], settings["temperature"]) == (0, 0.9, 0.5)
    assert "temperature" not in engine.effective(GenerationSettings(8))
    json.dumps(settings)


def test_a_batch_that_does_not_fit_the_memory_is_halved(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    settings = GenerationSettings(6)
    whole = engine.generate(PROMPTS, settings)
    generate, sizes = engine._model.generate, []

    def small_memory(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(**inputs)

    monkeypatch.setattr(engine._model, "generate", small_memory)
    monkeypatch.setattr(engine, "batch_tokens", 10_000)
    assert [one.new_tokens for [one] in engine.generate(PROMPTS, settings)] == [
        one.new_tokens for [one] in whole
    ]
    assert sizes == [3, 1, 2, 1, 1]
    monkeypatch.setattr(
        engine._model, "generate", lambda **inputs: (_ for _ in ()).throw(torch.OutOfMemoryError())
    )
    with pytest.raises(torch.OutOfMemoryError):
        engine.generate(PROMPTS[:1], settings)
