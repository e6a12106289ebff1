"""Where a training runs and what it costs there."""

from __future__ import annotations

import logging
import os
import resource
import time
from typing import Any

import torch

from faultcast.errors import ConfigError

logger = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda")
# what a user of the workflow can do where a GPU does not suffice; its configuration has no device
ON_THE_CPU = (
    "train on the CPU (`CUDA_VISIBLE_DEVICES=` before the command; on a cluster `gpu: 0` and a "
    "partition of CPU nodes in the profile)"
)


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of a training, and log it: "auto" takes CUDA where there is one.

    Raises
    ------
    ConfigError
        The name is not known, or CUDA is asked for and absent.
    """
    if name not in DEVICES:
        raise ConfigError(f"device is {name!r}; allowed are {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "device is 'cuda', but torch sees no CUDA device here: pass 'auto' or 'cpu', or "
            "install the CUDA build of torch"
        )
    if name == "cuda" or (name == "auto" and torch.cuda.is_available()):
        logger.info("device: %s", torch.cuda.get_device_name())
        return torch.device("cuda")
    logger.info("device: CPU, %d thread(s)", torch.get_num_threads())
    if name == "auto" and (given := _given_gpu()):
        logger.warning(
            "%s: this job was given a GPU, but torch %s sees none, so it runs on the CPU and takes "
            "longer. Install a CUDA build of torch that fits the driver, or leave the GPU to "
            "others: `gpu: 0` and a partition of CPU nodes in the profile",
            given,
            torch.__version__,
        )
    return torch.device("cpu")


def _given_gpu() -> str:
    """Return the setting by which this process was given a GPU; empty if it was given none."""
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_GPUS", "SLURM_GPUS"):
        if name in os.environ:
            # the first that is set decides: who empties CUDA_VISIBLE_DEVICES wants the CPU
            value = os.environ[name].strip()
            return "" if value in ("", "-1", "NoDevFiles") else f"{name}={value}"
    return ""


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
