"""HierarchicalQuake's trainings: what they see, and that they can be broken off and repeated."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from faultcast.errors import ConfigError, DataError
from faultcast.train import quake_loop
from faultcast.train.quake import run_quake
from faultcast.train.quake_loss import QuakeLoss
from faultcast.train.quake_protocol import FORMS, SWITCHES
from faultcast.train.quake_result import join_trainings


def train(case, form, *, cube=None, maps=None, variant="baseline", **changes):
    return run_quake(
        case.cube() if cube is None else cube,
        case.maps() if maps is None else maps,
        **case.settings | {"variant": variant, "form": form} | changes,
    )


def same(one, other):
    return one.history.equals(other.history) and all(
        np.array_equal(value, other.weights[name]) for name, value in one.weights.items()
    )


@pytest.mark.parametrize(
    ("form", "variant"), [("as_published_carried", "temporal"), ("leak_free", "temporal")]
)
def test_killed_twice_it_ends_with_the_same_bits(quake_case, form, variant, tmp_path, monkeypatch):
    """Once in a pass and once in a segment or a later pass, between two validations."""
    settings = {"variant": variant, "origins": [0], "pass_days": 24, "segment_days": 5,
                "block_days": 4}  # fmt: skip
    unbroken = train(quake_case, form, **settings)
    assert same(unbroken, train(quake_case, form, **settings))
    assert not same(unbroken, train(quake_case, form, **settings, seed=1))

    update, done = quake_loop.QuakeLoop._update, []

    def dying(self, step):
        if len(done) in deaths:
            done.append("death")
            raise KeyboardInterrupt
        done.append(step)
        update(self, step)

    monkeypatch.setattr(quake_loop.QuakeLoop, "_update", dying)
    generator, n = np.random.default_rng(), int(unbroken.history["iteration"].iloc[-1])
    first = int(generator.integers(1, n // 2))
    deaths = {first, int(generator.integers(first + 2, n))}
    saved = {"checkpoint_folder": tmp_path, "checkpoint_seconds": 0.0}
    for _ in deaths:
        with pytest.raises(KeyboardInterrupt):
            train(quake_case, form, **settings, **saved)
        assert len(list(tmp_path.iterdir())) == 1
    assert same(unbroken, train(quake_case, form, **settings, **saved)), deaths
    assert len(done) == n + 2 and done.count("death") == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("variant", ["baseline", "temporal"])
def test_yesterday_counts_in_training_unless_the_state_is_reset(quake_case, variant):
    """With a learning rate of nothing, losses tell what the outputs depend on."""
    small = (357, 3, 4, 3.0)  # in the last 48 train days but two; too small for a label
    maps = quake_case.maps()
    maps.loc[maps["parts"] == "lineage", "all_days"] = 0.01
    settings = {"record_every": 1, "learning_rate": 1e-30, "segments": 0, "pass_days": 3,
                "block_days": 3}  # fmt: skip
    differs = {}
    for state in ("reset", "carried"):
        form = replace(FORMS["as_published_reset"], state=state)
        plain, changed = (
            train(quake_case, form, maps=maps, cube=cube, variant=variant, **settings)
            for cube in (quake_case.cube(), quake_case.cube((351, *small[1:])))
        )
        losses = [each.history["train_loss"].to_numpy()[:3] for each in (plain, changed)]
        differs[state] = (losses[0] != losses[1]).tolist()
    assert differs == {"reset": [True, False, False], "carried": [True, True, True]}


def test_truncated_blocks_of_one_day_are_a_carried_state(quake_case):
    form = FORMS["as_published_carried"]
    short = {"variant": "temporal", "pass_days": 8, "segments": 1, "segment_days": 4}
    one = train(quake_case, form, **short)
    blocks = replace(form, state="truncated")
    assert same(one, train(quake_case, blocks, **short, block_days=1))
    assert not same(one, train(quake_case, blocks, **short, block_days=2))


def test_nothing_of_the_test_days_reaches_a_leak_free_network(quake_case):
    """Neither events from the test block on, nor the map of all days."""
    begin = 420 - 60
    plain = train(quake_case, "leak_free", origins=[1])
    quakes = [(day, 2, 3, 7.0) for day in range(begin, 420)]
    maps = quake_case.maps().drop(columns="all_days")
    assert same(
        plain, train(quake_case, "leak_free", origins=[1], cube=quake_case.cube(*quakes), maps=maps)
    )
    last_train_label = (begin - 7, 2, 3, 7.0)
    seen = train(quake_case, "leak_free", origins=[1], cube=quake_case.cube(last_train_label))
    assert not same(plain, seen)


def test_the_published_forms_read_the_map_of_all_days(quake_case):
    maps = quake_case.maps()
    settings = {"form": "as_published_reset", "pass_days": 8, "segments": 0}
    plain = train(quake_case, **settings)
    assert same(plain, train(quake_case, **settings, maps=maps.drop(columns="train")))
    maps["all_days"] *= 3.0
    assert not same(plain, train(quake_case, **settings, maps=maps))


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("end", ["as_published_reset", "leak_free"])
def test_each_switch_moves_alone(quake_case, end, switch):
    """From either end; what is reported says so, and every number is finite."""
    start = FORMS[end]
    goal = FORMS["leak_free" if start.published else "as_published_reset"]
    form = replace(start, **{switch: getattr(goal, switch)})
    trained = train(
        quake_case, form, n_origins=1, pass_days=8, passes=1, segments=1, record_every=1
    )
    (run,) = trained.record["runs"]
    assert run["protocol"] == {**vars(start), switch: getattr(goal, switch)}
    assert run["form"] not in FORMS and run["fits"][0]["parts"]["origin"] == 0
    assert np.isfinite(trained.history["train_loss"].to_numpy()[1:]).all()
    assert all(np.isfinite(value).all() for value in trained.weights.values())
    has_gain = "seed0.origin00.gain" in trained.weights
    assert has_gain == (form.loss == "logits")


def test_leak_free_keeps_the_best_point_and_starts_at_the_map(quake_case):
    trained = train(quake_case, "leak_free", passes=6, patience=2, block_learning_rate=0.05)
    for origin, fit in enumerate(trained.record["runs"][0]["fits"]):
        history = trained.history[trained.history["origin"] == origin]
        seen = history.dropna(subset="validation_loss")
        assert seen["iteration"].iloc[0] == 0 and np.isnan(seen["train_loss"].iloc[0])
        best = seen.loc[seen["validation_loss"].idxmin()]
        assert fit["best_iteration"] == best["iteration"]
        assert fit["best_validation_loss"] == best["validation_loss"]
        after = (seen["iteration"] > best["iteration"]).sum()
        assert after == 2 or seen["phase"].iloc[-1] == 6
    assert {name.split(".")[1] for name in trained.weights} == {"origin00", "origin01"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("as_published_reset", (0, 12, False)),  # the template: each day from zeros
        ("as_published_carried", (0, 12, True)),
        ("leak_free", (300 - 60 - 15, 300 - 40, True)),  # its own warm-up of 15 days
    ],
)
def test_where_validation_starts_from(quake_case, form, expected, monkeypatch):
    calls, run = [], quake_loop.run_days

    def watched(runner, days, start, stop, state, *, carried):
        calls.append((start, stop, carried))
        assert not any(part.any() for part in (state.h, state.c, state.memory))
        return run(runner, days, start, stop, state, carried=carried)

    monkeypatch.setattr(quake_loop, "run_days", watched)
    train(quake_case, form, variant="temporal", pass_days=4, segments=0, passes=1, origins=[0])
    assert set(calls) == {expected}


def test_the_first_validation_is_that_of_an_untrained_network(quake_case, monkeypatch):
    short = {"origins": [0], "pass_days": 8, "passes": 1}
    found = train(quake_case, "leak_free", **short).history["validation_loss"][0]
    monkeypatch.setattr(
        quake_loop.QuakeLoop, "_as_the_map", lambda self, days, state: self._run(days, state)
    )
    assert train(quake_case, "leak_free", **short).history["validation_loss"][0] == found


def test_published_forms_keep_the_last_point(quake_case, monkeypatch):
    loops = []
    run = quake_loop.QuakeLoop._update

    def watched(self, step):
        run(self, step)
        loops.append({k: v.clone() for k, v in self.model.state_dict().items()})

    monkeypatch.setattr(quake_loop.QuakeLoop, "_update", watched)
    trained = train(quake_case, "as_published_reset")
    assert len(loops) == 48 + 20 + 48
    assert all(
        np.array_equal(v, trained.weights[f"seed0.origin00.{k}"]) for k, v in loops[-1].items()
    )
    history = trained.history
    assert history["phase"].unique().tolist() == [1, 2, 3]
    assert history.groupby("phase")["iteration"].max().tolist() == [48, 68, 116]
    validated = history.dropna(subset="validation_loss")["iteration"].tolist()
    assert validated == [1, 21, 41, 48, 69, 89, 109, 116]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("cuda_graphs", [True, False])
@pytest.mark.parametrize("form", ["leak_free", "as_published_carried"])
def test_a_gpu_learns_what_a_cpu_does(quake_case, form, cuda_graphs):
    """Graphs or not; not to the bit, and errors grow with each update."""
    short = {"variant": "temporal", "origins": [0], "pass_days": 16, "segments": 0, "passes": 1}
    cpu = train(quake_case, form, **short)
    gpu = train(quake_case, form, **short, device="cuda", cuda_graphs=cuda_graphs)
    for loss in ("train_loss", "validation_loss"):
        assert np.allclose(cpu.history[loss], gpu.history[loss], rtol=0.01, equal_nan=True)
    assert gpu.record["cost"][0]["fits"][0]["peak_gpu_memory_mb"] > 0


def test_seeds_are_written_together(quake_case, tmp_path):
    short = {"pass_days": 8, "segments": 0}
    both = join_trainings(
        [train(quake_case, "as_published_reset", seed=seed, **short) for seed in (0, 3)]
    )
    both.write(
        {"faultcast": "test"},
        weights=str(tmp_path / "weights.safetensors"),
        history=str(tmp_path / "history.csv"),
        record=str(tmp_path / "run.json"),
    )
    assert both.history["seed"].unique().tolist() == [0, 3]
    assert [run["seed"] for run in both.record["runs"]] == [0, 3]
    assert {name.split(".")[0] for name in both.weights} == {"seed0", "seed3"}
    assert len(list(tmp_path.iterdir())) == 4


def test_what_cannot_be_trained_is_told(quake_case):
    with pytest.raises(ConfigError, match="variant is 'large'"):
        train(quake_case, "leak_free", variant="large")
    with pytest.raises(ConfigError, match=r"origins are \[2\]; .* 0 to 1"):
        train(quake_case, "leak_free", origins=[2])
    with pytest.raises(ConfigError, match="hue: not an option"):
        train(quake_case, "leak_free", hue=1)


@pytest.mark.parametrize(("form", "iteration"), [("leak_free", 0), ("as_published_reset", 1)])
def test_a_loss_that_is_not_finite_is_told(quake_case, form, iteration, monkeypatch):
    monkeypatch.setattr(
        QuakeLoss, "__call__", lambda self, output, label: output.sum((1, 2)) * np.nan
    )
    told = rf"origin 0: the loss is not finite at iteration {iteration} .*lower the learning rate"
    with pytest.raises(DataError, match=told):
        train(quake_case, form)
