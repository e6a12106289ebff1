"""Where a training runs and what it costs there."""

from __future__ import annotations

import resource
import time
from typing import Any

import torch

from faultcast.errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of a training: "auto" takes CUDA where there is one.

    Raises
    ------
    ConfigError
        The name is not known, or CUDA is asked for and absent.
    """
    if name not in DEVICES:
        raise ConfigError(f"device is {name!r}; allowed are {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "device is 'cuda', but torch sees no CUDA device here: set device to 'auto' or 'cpu', "
            "or install the CUDA build of torch"
        )
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def set_threads(threads: int) -> None:
    """Set torch's thread count; results are promised equal for the same count only."""
    if threads < 1:
        raise ConfigError(f"train_threads is {threads}; it must be at least 1")
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


class CostMeter:
    """Wall time and peak memory since it was made."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._start = time.perf_counter()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def read(self) -> dict[str, Any]:
        """Return `wall_s`, `peak_memory_mb` of the process, `device`, and the GPU's peak."""
        cost: dict[str, Any] = {
            "wall_s": time.perf_counter() - self._start,
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "device": self.device.type,
        }
        if self.device.type == "cuda":
            cost["device"] = torch.cuda.get_device_name(self.device)
            cost["peak_gpu_memory_mb"] = torch.cuda.max_memory_allocated(self.device) / 2**20
        return cost
