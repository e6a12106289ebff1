"""The example of docs/how-to.md, "Add a model", is all that a new row of the tables needs."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from faultcast.models import registry
from faultcast.models.registry import Network, Row
from faultcast.provenance import code_digest
from faultcast.train.eqpred import run_autoencoder, run_row

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def example(monkeypatch):
    """Add the example's file and entries to the package; return the network's class."""
    text = (ROOT / "docs/how-to.md").read_text(encoding="utf-8")
    section = text.split("## Add a model\n")[1].split("\n## ")[0]
    code, entries = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    module = ModuleType("faultcast.models.weighted_mean")
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    network, row = entries.splitlines()
    names = {"Network": Network, "Row": Row}
    for key, value in eval(f"{{{network}}}", names).items():
        monkeypatch.setitem(registry.SERIES_PREDICTORS, key, value)
    (added,) = eval(f"({row})", names)
    monkeypatch.setitem(registry.ROWS, added.key, added)
    return module.WeightedMean


@pytest.mark.parametrize("protocol", ["as_published", "leak_free"])
def test_the_example_is_trained(example, cube, small, protocol):
    arguments = {"protocol": protocol, "seed": 0, "device": "cpu", **small}
    novelty = run_autoencoder(cube, kind="skip", **arguments).table
    result = run_row(cube, "skip_mean", novelty, **arguments)
    test = result.table[result.table["part"] == "test"]
    assert (test["model"] == "skip_mean").all() and test["prediction"].std() > 0
    assert {name.split(".", 2)[2] for name in result.weights} == {"mean.weight", "mean.bias"}


def test_the_example_looks_back_as_far_as_it_says(example):
    model = registry.make_predictor("weighted_mean", (1,), 10)
    series = torch.randn(1, 30, 1, requires_grad=True)
    model(series)[0, 20].backward()
    seen = series.grad[0, :, 0].nonzero().flatten().tolist()
    assert seen == list(range(21 - model.context, 21))


def test_a_change_of_any_network_reruns_the_trainings(monkeypatch, tmp_path):
    """The registry imports by name, which a digest of the code cannot see."""
    from faultcast import provenance

    before = code_digest("faultcast.train.eqpred")
    networks = registry.AUTOENCODERS | registry.SERIES_PREDICTORS | registry.MAP_PREDICTORS
    real = provenance._module_path
    for home in {network.module for network in networks.values()}:
        changed = tmp_path / f"{home}.py"
        source = real(f"faultcast.models.{home}").read_text(encoding="utf-8")
        changed.write_text(source + "\nCHANGED = 1\n", encoding="utf-8")
        monkeypatch.setattr(
            provenance,
            "_module_path",
            lambda name, home=home, changed=changed: (
                changed if name == f"faultcast.models.{home}" else real(name)
            ),
        )
        assert code_digest("faultcast.train.eqpred") != before, home
