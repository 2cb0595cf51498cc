"""On what a model runs and with which numbers; what the CPU can do is asked without a framework."""

from __future__ import annotations

import platform
from pathlib import Path

_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 matrices natively (x86 AVX512-BF16 or AMX, Arm BF16).

    Known on Linux only; elsewhere false, which costs speed and never correctness.
    """
    cpuinfo = Path("/proc/cpuinfo")
    if platform.system() != "Linux" or not cpuinfo.exists():
        return False
    for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.lower().startswith(("flags", "features")):
            return bool(_BF16_FLAGS & set(line.partition(":")[2].split()))
    return False


def cpu_precision(asked: str) -> str:
    """`bf16` or `f32`: as asked, or for `auto` what the CPU does natively."""
    if asked == "auto":
        return "bf16" if cpu_has_bf16() else "f32"
    return asked


def torch_device(asked: str) -> str:
    """A torch device as asked, or for `auto` CUDA, else MPS, else the CPU."""
    if asked != "auto":
        return asked
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def torch_precision(asked: str, device: str) -> str:
    """`bf16` or `f32`: as asked, or for `auto` bf16 on CUDA and on CPUs that have it."""
    if asked == "auto" and device.startswith("cuda"):
        return "bf16"
    return cpu_precision(asked)
