import numpy as np
import pandas as pd
import pytest
from condense_oracle import made_kernels, slow_condense
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from faultcast.condense import condense, transfer
from faultcast.condense.points import draw_normals, stream_keys
from faultcast.errors import DataError
from faultcast.location.table import make_kernels

METHODS = ["deterministic", "monte_carlo"]


def single(sigmas, x_km, ids=None, weights=None):
    """Return isotropic kernels on a line, one an event unless ids repeat."""
    n = len(sigmas)
    ids = [f"e{i}" for i in range(n)] if ids is None else ids
    component = pd.Series(ids).groupby(ids).cumcount().to_numpy()
    means = np.column_stack([x_km, np.zeros(n), np.zeros(n)])
    matrices = np.array([np.eye(3) * s**2 for s in sigmas])
    weights = np.ones(n) if weights is None else weights
    return make_kernels(np.array(ids), component, weights, means, matrices)


def by_name(table):
    return table.set_index(["event_id", "component"])["weight"].sort_index()


@pytest.mark.parametrize("seed", range(6))
def test_equals_the_slow_version(seed):
    kernels = made_kernels(40, seed, spread_km=[1.0, 3.0, 8.0][seed % 3])
    condensed = condense(kernels, n_samples=32)
    slow = slow_condense(kernels, 32)
    assert len(condensed) == (slow > 0).sum()
    assert np.abs(slow - kernels["weight"]).max() > 0.05
    np.testing.assert_allclose(condensed["weight"], slow[slow > 0], rtol=1e-12)


def test_monte_carlo_equals_the_slow_version():
    kernels = made_kernels(40, 3)
    names = kernels["event_id"] + "/" + kernels["component"].astype(str)
    drawn = np.empty((len(kernels), 32, 3))
    for key, points in zip(stream_keys(names.to_numpy(), 8), drawn, strict=True):
        draw_normals(key, points)
    slow = slow_condense(kernels, 32, drawn=drawn)
    condensed = condense(kernels, "monte_carlo", 32, seed=8)
    assert len(condensed) == (slow > 0).sum()
    np.testing.assert_allclose(condensed["weight"], slow[slow > 0], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_blocks_of_sources_do_not_matter(method, monkeypatch):
    kernels = made_kernels(60, 5)
    expected = condense(kernels, method)
    monkeypatch.setattr(transfer, "_BLOCK", 7)
    pd.testing.assert_frame_equal(condense(kernels, method), expected)


@pytest.mark.parametrize("method", METHODS)
@given(
    seed=st.integers(0, 10_000), n_events=st.integers(1, 60), n_samples=st.sampled_from([1, 7, 50])
)
@settings(max_examples=15, deadline=None)
def test_weight_is_conserved(method, seed, n_events, n_samples):
    kernels = made_kernels(n_events, seed, spread_km=2.0)
    condensed = condense(kernels, method, n_samples, seed)
    assert condensed["weight"].sum() == pytest.approx(n_events, rel=1e-9)
    assert (condensed["weight"] > 0).all()
    # places and shapes stay
    kept = kernels.merge(condensed, on=list(kernels.columns.drop("weight")), how="inner")
    assert len(kept) == len(condensed)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_and_threads_do_not_matter(method):
    kernels = made_kernels(60, 1)
    mixed = kernels.sample(frac=1.0, random_state=2)
    expected = by_name(condense(kernels, method, threads=1))
    pd.testing.assert_series_equal(by_name(condense(mixed, method)), expected, check_exact=True)


@pytest.mark.parametrize("method", METHODS)
def test_translation_does_not_matter(method):
    kernels = made_kernels(50, 4)
    moved = kernels.assign(x_km=kernels["x_km"] + 512.0, z_km=kernels["z_km"] - 64.0)
    pd.testing.assert_series_equal(
        by_name(condense(moved, method)), by_name(condense(kernels, method)), rtol=1e-6
    )


def test_equal_sizes_never_exchange():
    kernels = single([1.0, 1.0, 1.0 + 1e-13], [0.0, 0.0, 0.1])
    assert condense(kernels)["weight"].tolist() == [1.0, 1.0, 1.0]


def test_a_kernel_on_a_much_better_one_is_taken_up_in_part():
    weights = condense(single([1.0, 0.5], [0.0, 0.0]))["weight"].to_numpy()
    # in units of the wide one, 8 exp(-2 r^2) > exp(-r^2 / 2) where r^2 < 2 ln 8 / 3
    r2 = 2 * np.log(8) / 3
    assert weights[1] - 1 == pytest.approx(chi2.cdf(r2, 3), abs=0.05)


def test_kernels_of_one_event_do_not_exchange():
    kernels = single([1.0, 0.5], [0.0, 0.0], ids=["e", "e"], weights=[0.5, 0.5])
    assert condense(kernels)["weight"].tolist() == [0.5, 0.5]


def test_only_direct_transfers_inside_an_event_are_barred():
    # a's wide kernel gives to b, b gives to a's narrow one, though a's own may not do so directly
    kernels = single([2.0, 1.0, 0.3], [0.0, 0.0, 0.0], ids=["a", "b", "a"], weights=[0.5, 1, 0.5])
    wide_absent = condense(kernels.iloc[1:].reset_index(drop=True)).set_index(["event_id"])
    condensed = condense(kernels)
    narrow = condensed.set_index(["event_id", "component"])["weight"].loc[("a", 1)]
    assert narrow > wide_absent["weight"].loc["a"]


def test_the_source_defends_itself_with_the_weight_it_has_by_then():
    # the wide kernel feeds the middle one, which then keeps points it would lose with weight 1
    kernels = single([1.2, 1.0, 0.5], [0.0, 0.0, 0.5])
    weights = condense(kernels)["weight"]
    np.testing.assert_allclose(weights, slow_condense(kernels, 100))
    assert weights.iloc[1] > slow_condense(kernels, 100, grown=False)[1] + 0.03


def test_targets_outside_the_cube_get_nothing():
    near, far = 4 * np.sqrt(3) - 0.01, 4 * np.sqrt(3) + 0.01
    for distance, reached in ((near, True), (far, False)):
        kernels = single([1.0, 0.99], [0.0, distance], weights=[1e-12, 1.0])
        weights = condense(kernels, n_samples=512)["weight"]
        assert (weights.iloc[-1] > 1.0) == reached


def test_methods_agree_for_many_points():
    kernels = made_kernels(150, 7, most_components=1)
    fixed = by_name(condense(kernels, n_samples=100))
    drawn = by_name(condense(kernels, "monte_carlo", n_samples=8000, seed=5))
    both = pd.concat([fixed, drawn], axis=1).fillna(0.0).to_numpy()
    other = by_name(condense(kernels, "monte_carlo", n_samples=100, seed=6))
    noise = pd.concat([other, drawn], axis=1).fillna(0.0).to_numpy()
    error = np.sqrt(np.mean((both[:, 0] - both[:, 1]) ** 2))
    assert error < np.sqrt(np.mean((noise[:, 0] - noise[:, 1]) ** 2))
    assert np.corrcoef(both.T)[0, 1] > 0.98


def test_the_seed_matters_only_to_monte_carlo():
    kernels = made_kernels(40, 8)
    pd.testing.assert_frame_equal(condense(kernels, seed=1), condense(kernels, seed=2))
    assert not condense(kernels, "monte_carlo", seed=1).equals(
        condense(kernels, "monte_carlo", seed=2)
    )


def test_one_kernel_no_kernel_and_weightless_kernels():
    one = single([1.0], [0.0])
    pd.testing.assert_frame_equal(condense(one), one)
    assert condense(one.iloc[:0]).empty
    weightless = single([1.0, 0.1], [0.0, 0.0], weights=[1.0, 0.0])
    assert condense(weightless)["event_id"].tolist() == ["e0"]


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("cxx", np.nan, "not finite"),
        ("x_km", np.inf, "not finite"),
        ("czz", 0.0, "not positive definite"),
        ("cxy", 30.0, "not positive definite"),
        ("weight", -1.0, "negative weight"),
    ],
)
def test_bad_rows_are_named(column, value, text):
    kernels = made_kernels(5, 9)
    kernels.loc[3, column] = value
    with pytest.raises(DataError, match=f"{text}.*row 3 \\(event"):
        condense(kernels)


def test_bad_options_and_tables():
    kernels = made_kernels(5, 9)
    for options in ({"method": "guess"}, {"n_samples": 0}, {"threads": 0}):
        with pytest.raises(DataError, match="expected"):
            condense(kernels, **options)
    with pytest.raises(DataError, match="lacks the columns cxy"):
        condense(kernels.drop(columns="cxy"))
    with pytest.raises(DataError, match="came before"):
        condense(pd.concat([kernels, kernels]))
