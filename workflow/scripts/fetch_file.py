"""Fetch one file of the registry."""

from pathlib import Path

from faultcast import logs
from faultcast.catalog.download import fetch_dataset
from faultcast.catalog.registry import load_registry

with logs.job(snakemake.log[0]):
    registry = load_registry(snakemake.params.registry)
    path = snakemake.wildcards.path
    fetch_dataset(
        next(d for d in registry.values() if any(file.path == path for file in d.files)),
        snakemake.config["data_dir"],
        mirror=snakemake.config["mirror"],
        lock_path=Path(snakemake.config["data_dir"], "lock.json"),
        only=[path],
    )
