"""Speed and memory of the default engine against what one would write with transformers instead.

    python scripts/benchmark.py [--articles 64]

The same articles (of about 350 words, put together from the bundled sample), the same weights, the
same prompts, 64 forced new tokens, one run: the ratios are what counts, for machines differ.
Takes about six minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from pipeline.engines.base import GenerationSettings, Prompt
from pipeline.engines.models import Weights, find_weights
from pipeline.engines.openvino import OpenVinoEngine
from pipeline.engines.transformers import TransformersEngine
from pipeline.resources import resource

WORDS = 350
NEW_TOKENS = 64
BATCH_ROWS = 32  # as annotate.batch_rows
STATIC_BATCH = 16
SETTINGS = GenerationSettings(max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS)
CONFIG = yaml.safe_load((resource("configs") / "summarizer" / "smollm2_135m.yaml").read_text())


def articles(count: int) -> list[str]:
    """Texts of `WORDS` words, each beginning at another article of the sample."""
    path = resource("sources", "sample", "articles.jsonl")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    words = " ".join(text for text in texts if text).split()
    starts = [n * len(words) // count for n in range(count)]
    return [" ".join((words + words)[start : start + WORDS]) for start in starts]


def rate(work: Callable[[], None], count: int) -> float:
    """Articles a second."""
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def engine_rate(engine: OpenVinoEngine | TransformersEngine, prompts: Sequence[Prompt]) -> float:
    """The engine as the annotate step calls it."""

    def work() -> None:
        for start in range(0, len(prompts), BATCH_ROWS):
            for generation in engine.generate(prompts[start : start + BATCH_ROWS], SETTINGS):
                assert generation.new_tokens == NEW_TOKENS

    engine.generate(prompts[:1], SETTINGS)  # the first call compiles kernels
    return rate(work, len(prompts))


def plain_model(weights: Weights) -> tuple[Any, Any]:
    """Tokenizer and bf16 model of the same GGUF, as the transformers documentation loads it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder, file = str(weights.path.parent), weights.path.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=file,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    return tokenizer, model.eval()


def plain_rate(loaded: tuple[Any, Any], prompts: Sequence[Prompt], batch: int) -> float:
    """`generate` on static batches in the order given."""
    import torch

    tokenizer, model = loaded
    rendered = [
        tokenizer.apply_chat_template(
            [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            add_generation_prompt=True,
            tokenize=False,
        )
        for prompt in prompts
    ]

    def generate(texts: Sequence[str]) -> None:
        inputs = tokenizer(list(texts), return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            model.generate(
                **inputs, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False
            )

    def work() -> None:
        for start in range(0, len(rendered), batch):
            generate(rendered[start : start + batch])

    generate(rendered[:1])
    return rate(work, len(rendered))


def whole_run(texts: Sequence[str]) -> tuple[float, float]:
    """Seconds from process start to the first summary on disk, and peak GB of a run of all."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        command = [sys.executable, "-m", "pipeline.cli", "run", "source=jsonl"]
        command += [f"source.path={path}", f"paths.runs={folder}"]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, "run.name=first", "ingest.limit=1"], stdout=subprocess.DEVNULL
        )
        receipt = Path(folder) / "first" / "annotations" / "00000.receipt.json"
        while not receipt.exists() and process.poll() is None:
            time.sleep(0.01)
        first = time.perf_counter() - begun
        assert process.wait() == 0
        subprocess.run([*command, "run.name=all"], stdout=subprocess.DEVNULL, check=True)
        manifest = json.loads((Path(folder) / "all" / "manifest.json").read_text())
    return first, manifest["peak_memory_bytes"] / 1e9


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=64)
    count = parser.parse_args().articles
    texts = articles(count)
    prompts = [Prompt(CONFIG["prompt"].replace("{text}", t), CONFIG["system"]) for t in texts]
    first, peak = whole_run(texts)
    weights = find_weights(CONFIG["model"])
    default = OpenVinoEngine()
    default.open(weights)
    portable = TransformersEngine(device="cpu")
    portable.open(weights)
    plain = plain_model(weights)
    rates = {
        "engine=openvino (default)": engine_rate(default, prompts),
        "engine=transformers": engine_rate(portable, prompts),
        f"generate, static batches of {STATIC_BATCH}, bf16": plain_rate(
            plain, prompts, STATIC_BATCH
        ),
        "generate, one by one, bf16": plain_rate(plain, prompts, 1),
    }
    fastest = rates["engine=openvino (default)"]
    table = Table("same prompts, same weights", "summaries/s", "default is faster by")
    for name, value in rates.items():
        table.add_row(name, f"{value:.2f}", f"{fastest / value:.1f}")
    console = Console()
    console.print(f"{count} articles of {WORDS} words, {NEW_TOKENS} new tokens each")
    console.print(table)
    console.print(f"process start to first summary on disk: {first:.1f} s")
    console.print(f"peak memory of a default run over all of them: {peak:.2f} GB")


if __name__ == "__main__":
    main()
