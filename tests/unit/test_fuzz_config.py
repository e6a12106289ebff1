"""Overlays of the configuration with odd values, lost and strange keys: ConfigError or none."""

import random
from copy import deepcopy
from datetime import date
from pathlib import Path

import fuzzing
import pytest
import yaml
from hypothesis import given

from faultcast.catalog.registry import load_registry
from faultcast.config import check_config, plain_dates, read_schema
from faultcast.errors import FaultcastError
from faultcast.models.registry import ROWS

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("error::RuntimeWarning")]

ROOT = Path(__file__).resolve().parents[2]
_ODD = (
    None, True, 0, -1, 1, 3.5, 1e308, -1e308, float("inf"), float("-inf"), float("nan"), 10**30,
    "", " ", "a", "nan", "1990-01-01", "1990-02-30", "0000-01-01", "99999-01-01", date(1990, 1, 1),
    date(9999, 12, 31), "../..", "/dev/null/x", "a\0b", "\ud800", "x" * 5000, [], [1], [2, 1],
    ["1990-01-01", "1990-01-01"], [[1, 2], [3]], [None, None], [float("nan"), 1.0], {}, {"a": 1},
    {1: 2}, {"latitude_deg": [1, 2], "longitude_deg": [3, 4]},
)  # fmt: skip


def _places(node, path=()):
    """Yield the path of every mapping's key and list's item."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in items:
        yield (*path, key)
        if isinstance(child, (dict, list)):
            yield from _places(child, (*path, key))


def _edit(config, number):
    """Replace, remove, add, rename or move one entry; 0 changes nothing."""
    places = list(_places(config))
    if number == 0 or not places:
        return
    draw = random.Random(number)
    *path, key = draw.choice(places)
    node = config
    for step in path:
        node = node[step]
    kind = draw.randrange(6)
    if kind <= 2:
        node[key] = deepcopy(draw.choice(_ODD))
    elif kind == 3:
        del node[key]
    elif kind == 4 and isinstance(node, dict):
        node[draw.choice(("x", "", 5, None, True, f"{key}s"))] = node.pop(key)
    else:
        *other, last = draw.choice(places)
        source = config
        for step in (*other, last):
            source = source[step]
        node[key] = deepcopy(source)


def test_odd_configuration(monkeypatch):
    monkeypatch.chdir(ROOT)
    schema = read_schema("workflow/schemas/config.schema.yaml")
    plain = plain_dates(yaml.safe_load(Path("config.yaml").read_text()))
    datasets = load_registry("resources/datasets.yaml").paths()
    check_config(deepcopy(plain), schema, datasets=datasets, models=tuple(ROWS))

    @fuzzing.fuzzed(fuzzing.N_DOCUMENTS)
    @given(numbers=fuzzing.edits)
    def check(numbers):
        config = deepcopy(plain)
        for number in numbers:
            _edit(config, number)
        fuzzing.done["configuration", "edited documents"] += 1
        try:
            with fuzzing.bounded():
                check_config(config, schema, datasets=datasets, models=tuple(ROWS))
        except FaultcastError:
            fuzzing.done["configuration", "refused"] += 1

    check()
