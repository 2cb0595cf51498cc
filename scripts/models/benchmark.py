"""Speed and memory of the default engine against what one would write with transformers instead.

    python scripts/models/benchmark.py [--articles 64]

The same articles (of about 350 words, put together from the bundled sample), the same weights, the
same prompts, 64 forced new tokens, one run: the ratios are what counts, for machines differ. With
`pip install 'dateline[benchmark]'` llama.cpp is measured as well. Then the whole summarizer, as it
is called in a run, with and without candidates and support checking.
Takes about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.article import Article
from pipeline.config.compose import CONFIGS, composed
from pipeline.core.resources import resource
from pipeline.engines.base import Failure, GenerationSettings, Prompt
from pipeline.engines.generation.openvino import OpenVinoEngine
from pipeline.engines.generation.transformers import TransformersEngine
from pipeline.engines.hardware import cpu_precision
from pipeline.engines.weights.models import Weights, find_weights

WORDS = 350
NEW_TOKENS = 64
BATCH_ROWS = 32  # as annotate.batch_rows
STATIC_BATCH = 16
SETTINGS = GenerationSettings(max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS)
CONFIG = yaml.safe_load((CONFIGS / "summarizer" / "smollm2_135m_news.yaml").read_text())
LLAMA_SLOTS = 8
PRECISION = cpu_precision("auto")
"""bf16 is what one would choose where the CPU multiplies it natively; elsewhere it is emulated."""


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
            for written in engine.generate(prompts[start : start + BATCH_ROWS], SETTINGS):
                assert not isinstance(written, Failure) and written[0].new_tokens == NEW_TOKENS

    engine.generate(prompts[:1], SETTINGS)  # the first call compiles kernels
    return rate(work, len(prompts))


def plain_model(weights: Weights) -> tuple[Any, Any]:
    """Tokenizer and model of the same GGUF, as the transformers documentation loads it, in the
    precision that the CPU has."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder, file = str(weights.path.parent), weights.path.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=file,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16 if PRECISION == "bf16" else torch.float32,
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


def llama_cpp_rate(weights: Weights, prompts: Sequence[Prompt]) -> float:
    """llama.cpp's own server, in this process, with as many requests at once as it has slots."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights.path)
    params.n_parallel = LLAMA_SLOTS
    params.n_ctx = LLAMA_SLOTS * 1024
    params.n_predict = NEW_TOKENS
    params.warmup = True
    server = xllamacpp.Server(params)

    def one(prompt: Prompt) -> None:
        asked = {
            "messages": [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ],
            "max_tokens": NEW_TOKENS,
            "temperature": 0,
            "ignore_eos": True,
            "cache_prompt": False,
        }
        answer = server.handle_chat_completions(asked)
        assert answer["usage"]["completion_tokens"] == NEW_TOKENS

    def work() -> None:
        with ThreadPoolExecutor(LLAMA_SLOTS) as pool:
            list(pool.map(one, prompts))

    one(prompts[0])
    return rate(work, len(prompts))


def stage_rate(texts: Sequence[str], overrides: Sequence[str]) -> float:
    """The summarizer as the annotate step calls it, texts as long as the model makes them."""

    more = ["run.name=benchmark", "region=none", "topic=none", *overrides]
    stage = plan_stages(annotate_config(composed("annotate", more).values()))["summarizer"].stage
    stage.open()
    given = [Article(id=str(n), text=text, language="en") for n, text in enumerate(texts)]

    def work() -> None:
        for start in range(0, len(given), BATCH_ROWS):
            stage(given[start : start + BATCH_ROWS])

    stage(given[:1])
    return rate(work, len(given))


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
    asked = CONFIG["instructions"][CONFIG["form"]]
    prompts = [Prompt(CONFIG["prompt"].replace("{text}", text), asked) for text in texts]
    first, peak = whole_run(texts)
    weights = find_weights(CONFIG["model"])
    default = OpenVinoEngine()
    default.open(CONFIG["model"])
    portable = TransformersEngine(device="cpu")
    portable.open(CONFIG["model"])
    plain = plain_model(weights)
    rates = {
        "engine=openvino (default)": engine_rate(default, prompts),
        "engine=transformers": engine_rate(portable, prompts),
        f"generate, static batches of {STATIC_BATCH}, {PRECISION}": plain_rate(
            plain, prompts, STATIC_BATCH
        ),
        f"generate, one by one, {PRECISION}": plain_rate(plain, prompts, 1),
    }
    if importlib.util.find_spec("xllamacpp"):
        rates[f"llama.cpp, {LLAMA_SLOTS} slots"] = llama_cpp_rate(weights, prompts)
    fastest = rates["engine=openvino (default)"]
    table = Table("same prompts, same weights", "summaries/s", "default is faster by")
    for name, value in rates.items():
        table.add_row(name, f"{value:.2f}", f"{fastest / value:.1f}")
    console = Console(width=100)
    console.print(f"{count} articles of {WORDS} words, {NEW_TOKENS} new tokens each")
    console.print(table)
    greedy, checked = stage_rate(texts, ["selection=flag"]), stage_rate(texts, [])
    console.print(f"summarizer, greedy, support flagged: {greedy:.2f} summaries/s")
    console.print(
        f"the default, candidates and policy: {checked:.2f} summaries/s, "
        f"{greedy / checked:.2f} times the time"
    )
    console.print(f"process start to first summary on disk: {first:.1f} s")
    console.print(f"peak memory of a default run over all of them: {peak:.2f} GB")


if __name__ == "__main__":
    main()
