import numpy as np
import pandas as pd
import pytest
from condense_oracle import made_kernels, matrices_of, slow_winner

from faultcast.condense import assign_events, condensation_summary, condense, count_events
from faultcast.condense.points import draw_normals, draw_uniforms, stream_keys
from faultcast.condense.summary import kernels_holding, share_of_lightest, weight_of_lightest
from faultcast.errors import DataError


def sample_points(kernels, event, n_samples, seed):
    """Return an event's sample points, drawn as the package draws them."""
    rows = kernels[kernels["event_id"] == event].sort_values("component")
    key = stream_keys(np.array([event]), seed)[0]
    normals, uniforms = np.empty((n_samples, 3)), np.empty(n_samples)
    draw_normals(key, normals)
    draw_uniforms(key ^ np.uint64(0x5851F42D4C957F2D), uniforms)
    share = np.cumsum(rows["weight"])
    chosen = np.searchsorted(share, uniforms * share.iloc[-1], side="right")
    means, matrices = rows[["x_km", "y_km", "z_km"]].to_numpy(), matrices_of(rows)
    return np.array(
        [
            means[c] + np.linalg.cholesky(matrices[c]) @ z
            for c, z in zip(chosen, normals, strict=True)
        ]
    )


@pytest.mark.parametrize("rule", ["weight_density", "density"])
def test_equals_the_slow_version(rule):
    kernels = made_kernels(25, 11)
    condensed = condense(kernels)
    assigned = assign_events(kernels, condensed, 60, seed=4, rule=rule).set_index("event_id")
    for event in kernels["event_id"].unique():
        votes = [
            slow_winner(point, condensed, weighted=rule == "weight_density")
            for point in sample_points(kernels, event, 60, 4)
        ]
        counts = np.bincount(votes)
        assert assigned.loc[event, "kernel"] == counts.argmax()
        assert assigned.loc[event, "n_samples_won"] == counts.max()


def test_order_of_rows_and_threads_do_not_matter():
    kernels = made_kernels(40, 12)
    condensed = condense(kernels)
    expected = assign_events(kernels, condensed, 100).set_index("event_id").sort_index()
    mixed = kernels.sample(frac=1.0, random_state=1)
    found = assign_events(mixed, condensed, 100, threads=1).set_index("event_id").sort_index()
    pd.testing.assert_frame_equal(found, expected)


def test_each_event_once_and_counted():
    kernels = made_kernels(40, 13)
    condensed = condense(kernels)
    assigned = assign_events(kernels, condensed, 100)
    assert sorted(assigned["event_id"]) == sorted(kernels["event_id"].unique())
    counted = count_events(condensed, assigned)
    assert counted["n_events"].sum() == 40
    assert counted["n_events"].iloc[assigned["kernel"].iloc[0]] >= 1
    with pytest.raises(DataError, match="the condensed table has"):
        count_events(condensed.iloc[:1], assigned)


def test_a_far_event_goes_to_the_likeliest_kernel_without_underflow():
    kernels = made_kernels(10, 14)
    far = kernels.iloc[:1].assign(event_id="far", x_km=1e4, weight=1.0)
    condensed = condense(kernels)
    assigned = assign_events(far, condensed, 20)
    place = far[["x_km", "y_km", "z_km"]].to_numpy()[0]
    assert assigned["kernel"].iloc[0] == slow_winner(place, condensed, weighted=True)
    assert assigned["n_samples_won"].iloc[0] == 20


def test_empty_and_bad_input():
    kernels = made_kernels(5, 15)
    condensed = condense(kernels)
    assert assign_events(kernels.iloc[:0], condensed).empty
    with pytest.raises(DataError, match="no kernel with weight"):
        assign_events(kernels, condensed.iloc[:0])
    with pytest.raises(DataError, match="rule"):
        assign_events(kernels, condensed, rule="nearest")
    with pytest.raises(DataError, match="n_samples"):
        assign_events(kernels, condensed, n_samples=0)


def test_summary_counts():
    kernels = made_kernels(40, 16)
    condensed = condense(kernels)
    by_weight = assign_events(kernels, condensed, 50)
    by_density = assign_events(kernels, condensed, 50, rule="density")
    summary = condensation_summary(kernels, condensed, by_weight, by_density)
    assert summary["n_events"] == 40
    assert summary["n_kernels"] == len(kernels)
    sizes = kernels.groupby("event_id").size()
    assert summary["components_per_mixture"] == sizes[sizes > 1].mean()
    assert summary["share_several_components"] == (sizes > 1).mean()
    assert summary["n_condensed"] == len(condensed)
    assert summary["n_assigned_weight_density"] == by_weight["kernel"].nunique()
    assert summary["n_assigned_density"] == by_density["kernel"].nunique()
    assert abs(summary["weight_error"]) < 1e-9 * 40


def test_shares_of_weight():
    weight = np.array([1.0, 1.0, 8.0, 10.0])
    assert kernels_holding(weight, 0.5) == 1
    assert kernels_holding(weight, 0.9) == 2
    assert kernels_holding(weight, 1.0) == 4
    assert share_of_lightest(weight, 0.10) == 0.5
    assert weight_of_lightest(weight, 0.5) == 0.1
    assert weight_of_lightest(np.empty(0), 0.5) == 0.0
    assert kernels_holding(np.empty(0), 0.9) == 0
    assert share_of_lightest(np.empty(0), 0.1) == 0.0
