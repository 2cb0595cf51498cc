"""A random Llama of a few thousand weights as a GGUF file, and random adapters for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

LAYERS, WIDTH, INNER, HEADS, KEY_HEADS = 2, 64, 96, 4, 2
BYTES = [*"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`", *"abcdefghijklmnop"]
LETTERS = [*BYTES, *"qrstuvwxyz{|}~", "Ġ", "Ċ"]
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *LETTERS, "Ġt"]
VOCABULARY = len(TOKENS) + -len(TOKENS) % 32
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>{% endfor %}"
)

SHAPES = {
    "self_attn.q_proj": ("attn_q", WIDTH, WIDTH),
    "self_attn.k_proj": ("attn_k", WIDTH * KEY_HEADS // HEADS, WIDTH),
    "self_attn.v_proj": ("attn_v", WIDTH * KEY_HEADS // HEADS, WIDTH),
    "self_attn.o_proj": ("attn_output", WIDTH, WIDTH),
    "mlp.gate_proj": ("ffn_gate", INNER, WIDTH),
    "mlp.up_proj": ("ffn_up", INNER, WIDTH),
    "mlp.down_proj": ("ffn_down", WIDTH, INNER),
}
"""Name in transformers to name in GGUF, rows, columns."""

MODULES = [f"model.layers.{n}.{name}" for n in range(LAYERS) for name in SHAPES]


def shape_of(module: str) -> tuple[int, int]:
    return SHAPES[".".join(module.split(".")[3:])][1:]


def write_gguf(path: Path, seed: int = 1, architecture: str = "llama") -> Path:
    """Matrices are Q4_1, the embedding, which is also the output, Q8_0."""
    from gguf import GGMLQuantizationType as Kind
    from gguf import GGUFWriter, LlamaFileType, TokenType, quants

    chance = np.random.default_rng(seed)
    writer = GGUFWriter(path, architecture)
    writer.add_name("Tiny")
    writer.add_organization("Somebody")
    writer.add_license("apache-2.0")
    writer.add_languages(["en"])
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_file_type(LlamaFileType.MOSTLY_Q4_1)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    padding = [f"[PAD{n}]" for n in range(VOCABULARY - len(TOKENS))]
    writer.add_token_list([*TOKENS, *padding])
    kinds = [TokenType.CONTROL] * 3 + [TokenType.NORMAL] * (len(TOKENS) - 3)
    writer.add_token_types([*kinds, *[TokenType.UNUSED] * len(padding)])
    writer.add_token_merges(["Ġ t"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)

    def matrix(name: str, rows: int, columns: int, kind: Any) -> None:
        values = chance.normal(0, 0.2, (rows, columns)).astype(np.float32)
        writer.add_tensor(f"{name}.weight", quants.quantize(values, kind), raw_dtype=kind)

    matrix("token_embd", VOCABULARY, WIDTH, Kind.Q8_0)
    for layer in range(LAYERS):
        for name, rows, columns in SHAPES.values():
            matrix(f"blk.{layer}.{name}", rows, columns, Kind.Q4_1)
        for norm in ("attn_norm", "ffn_norm"):
            values = chance.uniform(0.5, 1.5, WIDTH).astype(np.float32)
            writer.add_tensor(f"blk.{layer}.{norm}.weight", values)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def lora_tensors(rank: int = 4, seed: int = 2, modules: list[str] | None = None) -> dict[str, Any]:
    """Random matrices for all linear layers, of the size of the base's own."""
    import torch

    torch.manual_seed(seed)
    tensors = {}
    for module in MODULES if modules is None else modules:
        rows, columns = shape_of(module)
        name = f"base_model.model.{module}"
        tensors[f"{name}.lora_A.weight"] = torch.randn(rank, columns) * 0.2
        tensors[f"{name}.lora_B.weight"] = torch.randn(rows, rank) * 0.2
    return tensors


def write_lora(
    folder: Path, base: str, tensors: dict[str, Any] | None = None, **settings: object
) -> Path:
    """A folder as PEFT writes it; `settings` are of its configuration."""
    from safetensors.torch import save_file

    folder.mkdir(exist_ok=True)
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base, "r": 4,
        "lora_alpha": 8, "bias": "none", "use_rslora": False, "use_dora": False,
        "target_modules": sorted(name.rpartition(".")[2] for name in SHAPES), **settings,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(lora_tensors() if tensors is None else tensors, folder / "adapter_model.safetensors")
    return folder


def product(tensors: dict[str, Any], module: str, scale: float) -> Any:
    name = f"base_model.model.{module}"
    return scale * tensors[f"{name}.lora_B.weight"] @ tensors[f"{name}.lora_A.weight"]
