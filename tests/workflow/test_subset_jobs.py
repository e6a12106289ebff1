"""A network whose subsets are jobs of their own is the network of one job."""

import shutil

import pytest

from faultcast.io import content_digest, read_table

pytestmark = pytest.mark.workflow

NETWORK = "results/tiny/faults/simulated/condensed/global_exact_2"


def test_subsets_as_jobs_end_with_the_same_network(chain, finished):
    shutil.rmtree(finished / NETWORK)
    by_jobs = finished.overlay({"papers": {"kamer2020": {"subset_jobs": True}}})
    jobs = {"divide_points": 1, "reconstruct_subset": 2, "join_subsets": 1}
    assert by_jobs.planned(NETWORK) == jobs
    by_jobs.snakemake(NETWORK)
    assert content_digest(finished / NETWORK) == content_digest(chain / NETWORK)
    parts = [read_table(finished / f"{NETWORK}_parts/{s}/labels.parquet") for s in range(2)]
    assert sum(len(part) for part in parts) == len(
        read_table(finished / f"{NETWORK}/events.parquet")
    )
    assert by_jobs.planned(NETWORK) == {}
