"""Runs a training in several processes, on one node or on those of a SLURM job.

`launch` starts PyTorch's own launcher (torch.distributed.run) once a node; that starts this module
as a program once a process, which joins the others and calls the function.
"""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from faultcast import logs
from faultcast.errors import ConfigError, DataError, FaultcastError
from faultcast.io import read_json, write_json, write_text

logger = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"


def launch(
    function: Callable[..., None],
    arguments: Mapping[str, Any],
    *,
    processes: int = 1,
    nodes: int = 1,
    log: str | Path,
) -> None:
    """Call a function in `processes` processes, spread evenly over `nodes`.

    Parameters
    ----------
    function : of this package; it trains with `train.loop.fit`, and writes where
        `train.workers.current().rank` is 0.
    arguments : of the function, in JSON's types; with one process it is simply called.
    nodes : above 1 they are those of the SLURM job in which this runs.
    log : file that process 0 adds its records to; its folder must be seen by all nodes.

    Raises
    ------
    ConfigError
        The processes do not divide by the nodes, or there is no SLURM to reach other nodes.
    FaultcastError
        What a process said before it ended.
    """
    if processes == 1:  # also where the profile gives all trainings several nodes
        function(**arguments)
        return
    if processes < 1 or nodes < 1 or processes % nodes:
        raise ConfigError(
            f"train_processes is {processes}, nodes {nodes}: each node takes equally many; choose "
            "a multiple of the nodes that the profile asks for"
        )
    folder = Path(log).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="processes-") as name:
        path = Path(name, "job.json")
        job = {
            "function": f"{function.__module__}:{function.__qualname__}",
            "arguments": arguments,
            "per_node": processes // nodes,
            "log": str(log),
        }
        write_json(job, path)
        if nodes == 1:
            command = launcher(path, processes // nodes)
        else:
            # the launchers meet on the node on which this runs
            endpoint = f"{socket.gethostname()}:{_free_port()}"
            command = _on_all_nodes(nodes) + launcher(path, processes // nodes, nodes, endpoint)
        logger.info("%d processes on %d node(s)", processes, nodes)
        if status := subprocess.run(command, check=False).returncode:
            raise _failure(Path(name), status)


def launcher(path: Path, per_node: int, nodes: int = 1, endpoint: str | None = None) -> list[str]:
    """Return the command that starts one node's processes of the job in `path`.

    `endpoint`: host and port at which the nodes meet, the same for all; None for one node.
    """
    host = (endpoint or _LOOPBACK).partition(":")[0]
    return [
        *(sys.executable, "-m", "torch.distributed.run"),
        *(f"--nnodes={nodes}", f"--nproc-per-node={per_node}"),
        *("--rdzv-backend=c10d", f"--rdzv-endpoint={endpoint or _LOOPBACK + ':0'}"),
        f"--rdzv-id={uuid.uuid5(uuid.NAMESPACE_URL, str(path)).hex}",
        # else it looks up this machine's name, which a laptop's network may not know
        *([f"--local-addr={host}"] if host == _LOOPBACK else []),
        *("-m", "faultcast.train.launch", str(path)),
    ]


def _on_all_nodes(nodes: int) -> list[str]:
    """Return how to start a command once a node of the SLURM job in which this runs."""
    if shutil.which("srun") is None:
        raise ConfigError(
            f"nodes is {nodes}, and there is no srun here to reach them: several nodes need SLURM; "
            "leave `nodes` out of the profile"
        )
    return [
        # Snakemake's own srun holds one node, and left that one in these: they would bind ours
        *("env", "-u", "SLURM_JOB_NODELIST", "-u", "SLURM_NODELIST", "srun"),
        *(f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1", "--overlap"),
        *("--cpu-bind=none", "--kill-on-bad-exit=1"),
    ]


def main(path: str) -> None:
    """Be one process of a job: join the others and call its function."""
    import torch
    import torch.distributed as dist

    job = read_json(path)
    rank = 0
    try:
        gpus = torch.cuda.device_count()
        if 0 < gpus < job["per_node"]:
            raise ConfigError(
                f"{job['per_node']} processes on a node with {gpus} GPU(s): each needs one of its "
                "own; lower train_processes, or ask for more in the profile (`gpu`)"
            )
        if gpus:
            torch.cuda.set_device(dist.get_node_local_rank())
        dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo")
        rank = dist.get_rank()
        module, _, name = job["function"].partition(":")
        if not module.startswith("faultcast."):
            raise ConfigError(f"{job['function']} is not of this package")
        with logs.to_file(job["log"], append=True) if rank == 0 else nullcontext():
            getattr(import_module(module), name)(**job["arguments"])
        dist.destroy_process_group()
    except FaultcastError as error:
        _tell(path, f"told-{rank}", str(error))
    except Exception:
        _tell(path, f"unexpected-{rank}", traceback.format_exc())


def _tell(path: str, name: str, text: str) -> None:
    """Leave word for `launch` and end; the launcher then ends the others."""
    write_text(text, Path(path).with_name(f"{name}.txt"))
    sys.exit(1)


def _failure(folder: Path, status: int) -> Exception:
    """Return what to raise after a launcher ended with `status`."""
    # a process that loses another one fails too, unexpectedly: what was told comes first
    for path in sorted(folder.glob("*-*.txt")):
        text = path.read_text(encoding="utf-8")
        return DataError(text) if path.name.startswith("told") else RuntimeError(text)
    return DataError(
        f"the processes of the training ended with status {status} and said nothing; standard "
        "error (on a cluster: SLURM's log) says why. Where one was just killed, a node's memory "
        "was used up: raise mem_mb in the profile, every process holds the data"
    )


def _free_port() -> int:
    with socket.create_server(("", 0)) as held:
        port: int = held.getsockname()[1]
    return port


if __name__ == "__main__":
    main(sys.argv[1])
