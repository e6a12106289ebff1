"""Numbers behind the figures of HierarchicalQuake."""

import numpy as np
import pandas as pd
import pytest

from faultcast.errors import DataError
from faultcast.evaluate.hierarchicalquake import (
    diagnostics,
    fig01,
    fig_attention,
    fig_maps,
    fig_memory,
    fig_reliability,
)
from faultcast.evaluate.hierarchicalquake import maps as static_maps
from faultcast.evaluate.hierarchicalquake.attention_weights import (
    attention_table,
    query_regions,
    region_rates,
)
from faultcast.forecast.quake_network import QuakeForecast
from faultcast.grid import Cube, WindowLabels
from faultcast.train.quake import run_quake

FORMS = ["as_published_reset", "leak_free"]
PARTS = {"test_days": 200, "validation_before_test": ((200, 70),)}


def history(seed, phases=((1, 200), (2, 50), (3, 200)), origin=0):
    phase = np.repeat([name for name, _ in phases], [n for _, n in phases])
    iteration = np.arange(1, len(phase) + 1)
    return pd.DataFrame(
        {
            "seed": seed,
            "origin": origin,
            "iteration": iteration,
            "phase": phase,
            "train_loss": 1.0 / iteration + 0.01 * seed,
            "validation_loss": np.where(iteration % 50 == 0, 2.0 / iteration, np.nan),
        }
    )


class TestTraining:
    def test_curves_are_thinned_but_keep_their_mean_and_their_phases(self):
        table = fig01.numbers(n_points=45, as_published_reset=[history(0), history(1)])
        train = table[(table["kind"] == "train") & (table["seed"] == 0)]
        assert len(train) == 45
        assert train.groupby("phase").size().tolist() == [20, 5, 20]
        for phase, (low, high) in {1: (1, 200), 2: (201, 250), 3: (251, 450)}.items():
            points = train[train["phase"] == phase]
            # groups of equal size: the mean of their means is that of the phase
            exact = (1.0 / np.arange(low, high + 1)).mean()
            assert points["loss"].mean() == pytest.approx(exact)
            assert points["iteration"].between(low, high).all()
        validation = table[(table["kind"] == "validation") & (table["seed"] == 1)]
        assert validation["iteration"].tolist() == list(range(50, 451, 50))
        np.testing.assert_allclose(validation["change"], validation["loss"] - 2.0 / 50)

    def test_transitions_and_the_floor(self):
        untrained = history(0, phases=((0, 1), (1, 99), (2, 100)))
        table = fig01.numbers(as_published_reset=[history(0)], leak_free=[untrained])
        places = table[table["kind"] == "transition"].groupby("form")["iteration"].agg(list)
        assert places["as_published_reset"] == [200, 250]
        assert places["leak_free"] == [100]
        floor = table[table["kind"] == "floor"]
        assert floor["form"].tolist() == ["as_published_reset"]
        assert floor["loss"].item() == pytest.approx(np.log(1 + 1 / np.e), abs=1e-12)

    def test_the_last_origin_of_each_seed(self):
        job = pd.concat([history(s, origin=o) for s in (3, 4) for o in (0, 1)])
        table = fig01.numbers(leak_free=[job])
        curves = table[table["kind"] == "train"]
        assert curves["seed"].unique().tolist() == [3, 4]
        assert (curves["origin"] == 1).all()
        assert (curves.groupby("seed").size() <= 400).all()

    def test_whether_the_validation_loss_falls(self):
        rising = history(0).assign(validation_loss=lambda t: t["validation_loss"] + t["iteration"])
        table = fig01.numbers(as_published_reset=[rising], leak_free=[history(0)])
        key = "fig01.validation_loss_falls"
        assert fig01.published(table) == {"as_published_reset": {key: 0.0}, "leak_free": {key: 1.0}}

    def test_faulty_histories_are_refused(self):
        with pytest.raises(DataError, match="leak_free: no history"):
            fig01.numbers(leak_free=[])
        with pytest.raises(DataError, match="lacks the columns phase"):
            fig01.numbers(leak_free=[history(0).drop(columns="phase")])
        with pytest.raises(DataError, match="no training"):
            fig01.numbers()


def reliability(model, kind="network", form="leak_free", parts="rolling", seed=0, origin=0, n=1000):
    return pd.DataFrame(
        {
            "model": model,
            "kind": kind,
            "form": form,
            "parts": parts,
            "seed": seed,
            "origin": origin,
            "bin_low": [0.0, 0.1],
            "bin_high": [0.1, 1.0],
            "n": [n, 100],
            "n_positive": [n // 50, 20],
            "mean_probability": [0.02, 0.3 + 0.1 * origin],
            "observed_low": [0.01, 0.2],
            "observed_high": [0.05, 0.4],
        }
    )


class TestReliability:
    def test_origins_are_summed_and_seeds_averaged(self):
        networks = [
            reliability("baseline", seed=seed, origin=origin, n=1000 * (1 + origin))
            for seed in (0, 1)
            for origin in (0, 1)
        ]
        floors = pd.concat(
            [reliability(name, "floor", "", seed=-1) for name in ("smoothed_map", "raw_map")]
        )
        table = fig_reliability.numbers(networks, [floors], least_positives=50)
        assert table["model"].tolist() == ["baseline"] * 2 + ["smoothed_map"] * 2
        first, second = table.iloc[0], table.iloc[1]
        assert (first["n"], first["n_positive"], first["share"]) == (3000, 60, 0.02)
        assert (first["low"], first["high"]) == pytest.approx((0.01, 0.05))
        assert (first["n_seeds"], first["n_origins"]) == (2, 2)
        assert second["mean_probability"] == pytest.approx(0.35)
        # the second bin has 40 positives; no bin of the map has 50: all of its bins are shown
        assert table["is_shown"].tolist() == [True, False, True, True]

    def test_panels_follow_the_parts_of_the_days(self):
        networks = [
            reliability("temporal"),
            reliability("temporal", form="as_published_reset", parts="lineage"),
        ]
        floor = pd.concat(
            [
                reliability("logistic", "floor", "", parts, seed=-1)
                for parts in ("rolling", "lineage")
            ]
        )
        table = fig_reliability.numbers(networks, [floor])
        panels = table.groupby("panel")["model"].unique().map(list).to_dict()
        assert panels == {
            "leak_free": ["temporal", "logistic"],
            "as_published": ["temporal", "logistic"],
        }

    def test_faulty_counts_are_refused(self):
        with pytest.raises(DataError, match="lack the columns observed_low"):
            fig_reliability.numbers([reliability("a").drop(columns="observed_low")], [])
        with pytest.raises(DataError, match="have no row"):
            fig_reliability.numbers([reliability("a").iloc[:0]], [])


def test_the_median_day_is_a_rule():
    days = np.arange(100, 110)
    counts = np.array([5, 1, 3, 3, 9, 3, 0, 7, 8, 2])
    # lower median 3, on days 102, 103 and 105: the middle one
    assert diagnostics.median_day(days, counts) == 103
    assert diagnostics.median_day(days[:1], counts[:1]) == 100


class TestAttention:
    def test_regions_leave_out_what_fills_none(self):
        rate = np.arange(19 * 17, dtype=float).reshape(19, 17)
        rates = region_rates(rate)
        assert rates.shape == (2, 2)
        assert rates[1, 0] == rate[8:16, 0:8].sum()
        flat = np.array([[3.0, 1.0, 2.0], [0.5, 4.0, 0.5]])
        assert query_regions(flat) == {
            "most active": (1, 1),
            "median": (0, 2),
            "least active": (1, 0),
        }

    def test_weights_are_averaged_over_days_spread_evenly(self):
        asked = []

        class Fake:
            def attention(self, days):
                asked.extend(days.tolist())
                weights = np.zeros((len(days), 2, 4, 4), np.float32)
                # head 0 alternates between regions 0 and 1, head 1 attends to itself
                for i, day in enumerate(days):
                    weights[i, 0, :, (day // 10) % 2] = 1.0
                    weights[i, 1] = np.eye(4)
                return weights

        rate = np.kron([[4.0, 3.0], [2.0, 1.0]], np.ones((8, 8)))
        table = attention_table(Fake(), rate, np.arange(0, 31), n_days=4)
        assert asked == [0, 10, 20, 30]
        assert table.groupby(["head", "query"])["weight"].sum().tolist() == pytest.approx([1] * 6)
        shown = fig_attention.numbers(table.assign(form="leak_free"))
        alternating = shown[(shown["head"] == 0) & (shown["query"] == "most active")]
        assert alternating["weight"].tolist() == [0.5, 0.5, 0, 0]
        assert alternating["ratio"].tolist() == [2, 2, 0, 0]
        assert alternating["day_to_day"].iloc[0] == pytest.approx(0.5)
        assert alternating["effective_regions"].iloc[0] == pytest.approx(2)
        steady = shown[(shown["head"] == 1) & (shown["query"] == "least active")]
        assert steady["weight"].tolist() == [0, 0, 0, 1]
        assert steady["day_to_day"].iloc[0] == 0
        assert steady["effective_regions"].iloc[0] == pytest.approx(1)

    def test_a_network_of_another_grid_is_refused(self):
        class Fake:
            def attention(self, days):
                return np.zeros((len(days), 1, 9, 9), np.float32)

        with pytest.raises(DataError, match="9 regions"):
            attention_table(Fake(), np.ones((16, 16)), np.arange(3))
        with pytest.raises(DataError, match="no day"):
            attention_table(Fake(), np.ones((16, 16)), np.arange(0))
        with pytest.raises(DataError, match="no attention weights"):
            fig_attention.numbers(pd.DataFrame({"weight": []}))


class TestMemory:
    def test_correlation_and_share_of_days_at_the_shortest(self):
        days = pd.DataFrame(
            {
                "form": ["leak_free"] * 4 + ["as_published_reset"] * 4,
                "day": [0, 1, 2, 3] * 2,
                "date": pd.date_range("2000-01-01", periods=4).tolist() * 2,
                "entropy": [0.01, 0.02, 0.03, 0.2, 0.5, 0.5, 0.5, 0.5],
                "memory_length": [10, 10, 10, 12, 15, 15, 15, 15],
                "n_positive": [4, 3, 2, 1, 4, 3, 2, 1],
            }
        )
        table = fig_memory.numbers(days).drop_duplicates("form").set_index("form")
        assert table.index.tolist() == ["leak_free", "as_published_reset"]
        assert table.loc["leak_free", "correlation"] == pytest.approx(-1)
        assert table.loc["leak_free", "share_at_base"] == 0.75
        assert np.isnan(table.loc["as_published_reset", "correlation"])
        with pytest.raises(DataError, match="no test day"):
            fig_memory.numbers(days.iloc[:0])


@pytest.fixture(scope="module")
def cube():
    rng = np.random.default_rng(4)
    rate = 0.004 * np.exp(rng.normal(0, 1.0, (18, 17)))
    day, row, column = np.nonzero(rng.random((800, 18, 17)) < rate)
    cells = pd.DataFrame({"day": day, "row": row, "column": column, "maximum": 5.0})
    edges = 33.0 + 0.1 * np.arange(19), -118.0 + 0.1 * np.arange(18)
    return Cube(cells, *edges, "deg", pd.Timestamp("2000-01-01", tz="UTC"), 800)


@pytest.fixture(scope="module")
def trained(cube, tmp_path_factory):
    maps = static_maps.numbers(
        cube=cube, magnitude_min=5.0, map_magnitudes=[5.0], n_origins=2, bandwidths_km=[10.0],
        warmup_days=60, **PARTS,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("networks")
    weights, records = [], []
    for form in FORMS:
        result = run_quake(
            cube, maps, variant="temporal", form=form, magnitude_min=5.0, n_origins=2,
            origins=[1] if form == "leak_free" else None, seed=0, pass_days=20, segments=1,
            segment_days=10, passes=1, block_days=10, validation_days=20, warmup_days=60, **PARTS,
        )  # fmt: skip
        weights.append(folder / f"{form}.safetensors")
        records.append(folder / f"{form}.json")
        result.write({}, weights=weights[-1], history=folder / "h.csv", record=records[-1])
    return maps, weights, records


@pytest.fixture(scope="module")
def found(cube, trained):
    maps, weights, records = trained
    return diagnostics.numbers(
        cube, maps, weights, records, forms=FORMS, n_origins=2, attention_days=3
    )


class TestDiagnostics:
    def test_days_are_the_test_days_of_each_form(self, found, cube):
        assert list(found.days) == diagnostics.DAYS
        ranges = found.days.groupby("form")["day"].agg(["min", "max", "size"])
        # the lineage drops its first ten outputs
        assert ranges.loc["as_published_reset"].tolist() == [610, 749, 140]
        assert ranges.loc["leak_free"].tolist() == [600, 749, 150]
        labels = WindowLabels(cube, 5.0)
        own = found.days[found.days["form"] == "leak_free"]
        np.testing.assert_array_equal(own["n_positive"], labels.at(own["day"]).sum(axis=1))
        assert (own["date"] == cube.dates[own["day"]]).all()
        assert found.days["memory_length"].between(10, 20).all()
        # equation 4 with alpha 10
        np.testing.assert_array_equal(own["memory_length"], 10 + own["entropy"] // 0.1)

    def test_the_example_is_what_the_network_says_of_that_day(self, found, cube, trained):
        maps, weights, records = trained
        (day,) = found.example["day"].unique()
        shared = found.days[(found.days["form"] == "as_published_reset")]
        assert day == diagnostics.median_day(
            shared["day"].to_numpy(), shared["n_positive"].to_numpy()
        )
        for form, weight, record in zip(FORMS, weights, records, strict=True):
            forecast = QuakeForecast.load(
                weight, record, cube, maps,
                variant="temporal", form=form, seed=0, origin=int(form == "leak_free"),
            )  # fmt: skip
            cells = found.example[found.example["form"] == form]
            np.testing.assert_array_equal(cells["model"], forecast.scores([day])[0])
        past = cube.cells[cube.cells["day"].between(day - 364, day)]
        counts = past.groupby(["row", "column"]).size()
        one = cells.set_index(["row", "column"])
        assert one["recent"].sum() == len(past)
        assert (one.loc[counts.index, "recent"] == counts).all()
        place = one.loc[(3, 5)]
        assert (place["x"], place["y"]) == pytest.approx((-117.45, 33.35))
        honest = maps[(maps["parts"] == "rolling") & (maps["origin"] == 1)].set_index("cell")
        rate = honest["train"].loc[3 * 17 + 5]
        assert place["honest"] == pytest.approx(1 - (1 - rate) ** 40)

    def test_the_figures_take_what_it_makes(self, found):
        table = fig_maps.numbers(found.example)
        cells = table[table["kind"] == "cell"]
        assert len(cells) == 18 * 17
        assert cells["label"].sum() == found.example["label"].sum() / 2
        texts = table.set_index("kind")["text"]
        assert texts["unit"] == "deg"
        assert texts["day"] == f"{found.example['date'].iloc[0]:%Y-%m-%d}"
        model = found.example[found.example["form"] == "leak_free"]["model"]
        np.testing.assert_allclose(cells["leak_free"], model, rtol=1e-3)
        attention = fig_attention.numbers(found.attention)
        # 2 x 2 regions, 3 queries, 2 heads, 2 forms
        assert len(attention) == 4 * 3 * 2 * 2
        sums = attention.groupby(["form", "head", "query"])["weight"].sum()
        np.testing.assert_allclose(sums, 1.0, rtol=1e-5)
        assert set(fig_memory.numbers(found.days)["form"]) == set(FORMS)

    def test_what_does_not_go_together_is_refused(self, cube, trained):
        maps, weights, records = trained
        with pytest.raises(DataError, match="2 forms, 1 files of weights"):
            diagnostics.numbers(cube, maps, weights[:1], records, forms=FORMS, n_origins=2)
        with pytest.raises(DataError, match="maps hold 0 cells of rolling origin 1"):
            diagnostics.numbers(
                cube, maps[maps["parts"] == "lineage"], weights[:1], records[:1],
                forms=FORMS[:1], n_origins=2,
            )  # fmt: skip
        two = pd.DataFrame({"day": [1, 2]})
        with pytest.raises(DataError, match="holds 2 days"):
            fig_maps.numbers(two)
