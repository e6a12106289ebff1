"""A trained HierarchicalQuake as a stream of forecasts."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from faultcast.errors import DataError
from faultcast.forecast import quake_network
from faultcast.forecast.quake_network import KNEE, QuakeForecast
from faultcast.grid import WindowLabels
from faultcast.models.hierarchical_quake import VARIANTS, HierarchicalQuake
from faultcast.train.quake import run_quake
from faultcast.train.quake_loss import prior_map
from faultcast.train.quake_protocol import FORMS

TEST = {"leak_free": (360, 414), "as_published_carried": (363, 414)}
START = {"leak_free": 345, "as_published_carried": 360}


@pytest.fixture(scope="module")
def trained(quake_case, tmp_path_factory):
    """One network a form, in the files of its training."""
    files = {}
    for form in TEST:
        folder = tmp_path_factory.mktemp(form)
        paths = {"weights": folder / "weights.safetensors", "record": folder / "run.json"}
        run_quake(
            quake_case.cube(),
            quake_case.maps(),
            **quake_case.settings | {"pass_days": 16, "segments": 0, "block_learning_rate": 0.01},
            variant="temporal",
            form=form,
            origins=None if "published" in form else [1],
        ).write({}, **{k: str(v) for k, v in paths.items()}, history=str(folder / "history.csv"))
        files[form] = tuple(paths.values())
    return files


def load(case, trained, form, *extra, **changes):
    which = {"variant": "temporal", "form": form, "seed": 0, "device": "cpu"}
    which |= {"origin": 1 if form == "leak_free" else 0} | changes
    return QuakeForecast.load(*trained[form], case.cube(*extra), case.maps(), **which)


@pytest.mark.parametrize("form", TEST)
def test_scores_are_those_of_a_walk_through_the_days(quake_case, trained, form):
    """Day by day from zeros on the first warm-up day, or on the first dropped one."""
    forecast, cube = load(quake_case, trained, form), quake_case.cube()
    first, stop = TEST[form]
    assert (forecast.parts.test, forecast.start) == ((first, stop), START[form])
    labels = WindowLabels(cube, 4.0, 2, 6)
    origin = forecast.parts.origin
    prior = torch.from_numpy(prior_map(quake_case.maps(), FORMS[form], origin, labels))
    model = HierarchicalQuake(prior, VARIANTS["temporal"], head=FORMS[form].head)
    prefix = f"seed0.origin{origin:02d}."
    weights = load_file(trained[form][0])
    model.load_state_dict({name.removeprefix(prefix): value for name, value in weights.items()})
    model.eval()
    state, expected, lengths = model.initial_state(), [], []
    with torch.no_grad():
        for day in range(START[form], stop):
            output, state = model(torch.from_numpy(cube.to_dense(day, 1, value="maximum")), state)
            expected.append(output[0].numpy().ravel())
            lengths.append(int(state.length))
    expected = np.array(expected)[first - START[form] :]
    if form == "leak_free":
        expected = 1.0 / (1.0 + np.exp(-expected.astype(float)))
        assert np.allclose(forecast.scores(range(first, stop)), expected, atol=1e-6)
    else:
        found = forecast.scores(range(first, stop))
        small = expected < KNEE - 1e-4
        assert np.allclose(found[small], expected[small], atol=1e-6)
    days = forecast.days_record()
    assert days["day"].tolist() == list(range(START[form], stop))
    assert days["memory_length"].tolist() == lengths and max(lengths) > 9
    assert days["entropy"].between(0, 1).all()


@pytest.mark.parametrize("form", TEST)
def test_a_future_day_changes_no_earlier_score(quake_case, trained, form):
    day = 390
    plain, changed = (
        load(quake_case, trained, form, *extra).scores(range(*TEST[form]))
        for extra in ((), ((day, 2, 3, 7.0), (day + 5, 7, 7, 6.0)))
    )
    before = day - TEST[form][0]
    assert np.array_equal(plain[:before], changed[:before])
    assert not np.array_equal(plain[before], changed[before])


@pytest.mark.parametrize("form", TEST)
def test_the_state_is_built_up_before_the_test(quake_case, trained, form):
    first, start = TEST[form][0], START[form]
    plain, within, earlier = (
        load(quake_case, trained, form, *extra).scores([first])
        for extra in ((), ((first - 1, 2, 3, 7.0),), ((start - 1, 2, 3, 7.0),))
    )
    assert not np.array_equal(plain, within)
    assert np.array_equal(plain, earlier)


def test_it_runs_through_the_days_once(quake_case, trained, monkeypatch):
    runs = []
    whole = quake_network.run_days
    monkeypatch.setattr(quake_network, "run_days", lambda *a, **k: runs.append(1) or whole(*a, **k))
    forecast = load(quake_case, trained, "leak_free")
    assert not runs
    pieces = [forecast.scores(range(a, b)) for a, b in pairwise((360, 365, 400, 414))]
    every = forecast.scores(range(360, 414))
    assert np.array_equal(np.concatenate(pieces), every) and runs == [1]
    assert np.array_equal(forecast.scores([361, 399]), every[[1, 39]])
    assert every.dtype == np.float32 and every.shape == (54, 120)
    assert every.min() > 0 and every.max() < 1


def test_outputs_above_one_keep_their_order(quake_case, trained):
    forecast = load(quake_case, trained, "as_published_carried")
    top = 1.0 + float(forecast.model.offset.max())
    output = torch.cat((torch.linspace(0, 0.98, 50), torch.linspace(0.98, top, 200)))
    found = forecast._ranked(output).float().numpy()
    assert (np.diff(found[49:]) >= 0).all() and len(np.unique(found)) == 249
    assert np.array_equal(found[:50], output[:50].numpy())
    assert found.max() == 1.0 and (found[output > 1.0] > KNEE).all()


def test_what_was_not_trained_is_told(quake_case, trained, tmp_path):
    for changes in ({"variant": "baseline"}, {"seed": 1}):
        with pytest.raises(DataError, match="but temporal, leak_free, seed 0"):
            load(quake_case, trained, "leak_free", **changes)
    with pytest.raises(DataError, match="no network of origin 0"):
        load(quake_case, trained, "leak_free", origin=0)
    with pytest.raises(DataError, match=r"days 350 to 360 .* on days 360 to 413 only"):
        load(quake_case, trained, "leak_free").scores([350, 360])
    damaged = tmp_path / "weights.safetensors"
    damaged.write_bytes(trained["leak_free"][0].read_bytes()[:5000])
    with pytest.raises(DataError, match=r"weights\.safetensors is damaged"):
        load(quake_case, {"leak_free": (damaged, trained["leak_free"][1])}, "leak_free")
