"""Scores of streams of probabilities against slow, obvious versions of them."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score, matthews_corrcoef

from faultcast.errors import DataError
from faultcast.evaluate.calibration_bins import EDGES, calibration_bins
from faultcast.evaluate.cell_scores import SCORES, Ground, score_cells
from faultcast.evaluate.coarse_cells import coarse_blocks, coarse_labels, coarse_rows
from faultcast.evaluate.information_gain import information_gain
from faultcast.evaluate.mcc_f1 import mcc_f1
from faultcast.evaluate.point_sums import P_LEAST, point_sums
from faultcast.evaluate.pooled_ranks import pooled_ranks
from faultcast.evaluate.rate_weighted import area_skill
from faultcast.evaluate.region_blocks import Draws, by_block, region_of_cells, two_way_draws

ROWS, COLUMNS, DAYS, BLOCK, WINDOW = 7, 9, 95, 20, 8
REGION = region_of_cells(ROWS, COLUMNS, 4)
N_REGIONS = 6
(DRAWS,) = two_way_draws(N_REGIONS, [5], 30, seed=3)


def in_blocks(p, labels, size=BLOCK):
    def blocks():
        for first in range(0, len(labels), size):
            yield p[first : first + size], labels[first : first + size]

    return blocks


@pytest.fixture(scope="module")
def made_up():
    """A map, a forecast that moves about it, and labels drawn from the forecast."""
    rng = np.random.default_rng(5)
    row = (0.4 * rng.beta(0.4, 3.0, ROWS * COLUMNS) + 0.001).astype(np.float32)
    p = np.clip(row * np.exp(rng.normal(0, 1, (DAYS, len(row)))), 0.0, 1.0).astype(np.float32)
    return row, p, rng.random(p.shape) < p


def weights(draws=DRAWS, region=REGION):
    block = np.arange(DAYS) // BLOCK
    for regions, blocks in zip(draws.regions, draws.blocks, strict=True):
        yield blocks[block][:, None] * regions[region][None, :]


def log_likelihood(p, labels):
    clipped = np.clip(p.astype(np.float64), P_LEAST, 1 - P_LEAST)
    return np.where(labels, np.log(clipped), np.log1p(-clipped))


def test_sums_by_day_and_region_are_those_of_all_cells(made_up):
    _, p, labels = made_up
    p = p.copy()
    p[3, 4], p[5, 6] = 0.0, 1.0
    found = point_sums(in_blocks(p, labels), REGION)
    log = log_likelihood(p, labels)
    error = (p.astype(np.float64) - labels) ** 2
    for region in range(N_REGIONS):
        inside = region == REGION
        np.testing.assert_allclose(
            found.log_score[:, region], log[:, inside].sum(axis=1), rtol=2e-6, atol=1e-7
        )
        np.testing.assert_allclose(
            found.squared_error[:, region], error[:, inside].sum(axis=1), rtol=2e-6, atol=1e-7
        )
        np.testing.assert_array_equal(found.positive[:, region], labels[:, inside].sum(axis=1))
    assert found.n_cells.sum() == labels.shape[1]


def test_a_static_row_and_its_copies_have_the_same_sums(made_up):
    row, p, labels = made_up
    static = point_sums(in_blocks(np.broadcast_to(row, p.shape), labels), REGION)
    copies = point_sums(in_blocks(np.tile(row, (DAYS, 1)), labels), REGION)
    given = point_sums(in_blocks(p, labels), REGION, forecast=row)
    for name in ("log_score", "squared_error", "positive"):
        np.testing.assert_array_equal(getattr(static, name), getattr(copies, name))
        np.testing.assert_array_equal(getattr(static, name), getattr(given, name))


def test_only_probabilities_have_sums(made_up):
    _, p, labels = made_up
    for wrong in (p + 1.0, p - 1.0, np.full_like(p, np.nan)):
        with pytest.raises(DataError, match="probabilities in"):
            point_sums(in_blocks(wrong, labels), REGION)


def slow_gain(p, row, labels, weight):
    log = weight * (log_likelihood(p, labels) - log_likelihood(row[None], labels))
    gains = []
    for offset in range(WINDOW):
        n = (weight * labels)[offset::WINDOW].sum()
        if n > 0:
            gains.append(log[offset::WINDOW].sum() / n)
    return np.mean(gains)


def test_information_gain_is_the_mean_over_sets_of_windows_apart(made_up):
    row, p, labels = made_up
    blocks = in_blocks(p, labels)
    one, other = point_sums(blocks, REGION), point_sums(blocks, REGION, forecast=row)
    found = information_gain(one, other, window_days=WINDOW, block_days=BLOCK, draws=DRAWS)
    assert found.value == pytest.approx(slow_gain(p, row, labels, np.ones(p.shape)), rel=1e-6)
    expected = [slow_gain(p, row, labels, weight) for weight in weights()]
    np.testing.assert_allclose(found.draws, expected, rtol=1e-5)
    assert found.value > 0.1


def test_a_map_gains_nothing_over_itself(made_up):
    row, p, labels = made_up
    blocks = in_blocks(np.broadcast_to(row, p.shape), labels)
    one, other = point_sums(blocks, REGION), point_sums(blocks, REGION, forecast=row)
    found = information_gain(one, other, window_days=WINDOW, block_days=BLOCK, draws=DRAWS)
    assert found.value == 0.0
    assert (found.draws == 0.0).all()


def test_forecasts_of_other_labels_are_not_compared(made_up):
    _, p, labels = made_up
    one, other = (point_sums(in_blocks(p, truth), REGION) for truth in (labels, ~labels))
    with pytest.raises(DataError, match="labels"):
        information_gain(one, other, window_days=WINDOW, block_days=BLOCK, draws=DRAWS)


def slow_mcc_f1(p, truth):
    """Cao, Chicco and Hoffman's metric from scikit-learn's values, one threshold at a time."""
    points = []
    for threshold in np.unique(p[truth])[::-1]:
        said = p >= threshold
        if said.all() or not said.any():
            continue
        points.append(((matthews_corrcoef(truth, said) + 1) / 2, f1_score(truth, said)))
    mcc, f1 = np.array(points).T
    width = (mcc.max() - mcc.min()) / 100
    means = []
    best = int(mcc.argmax())
    for side in (slice(0, best + 1), slice(best + 1, None)):
        part = np.minimum((mcc[side] - mcc.min()) // width, 99)
        distance = np.sqrt((1 - mcc[side]) ** 2 + (1 - f1[side]) ** 2)
        means += [distance[part == each].mean() for each in np.unique(part)]
    return 1 - np.mean(means) / np.sqrt(2)


def test_streamed_mcc_f1_is_that_of_scikit_learns_values(made_up):
    _, p, labels = made_up
    p = np.round(p, 2)
    found = pooled_ranks(in_blocks(p, labels)).mcc_f1
    assert abs(found - slow_mcc_f1(p.ravel(), labels.ravel())) < 1e-12


def test_mcc_f1_of_the_perfect_and_of_the_useless():
    assert mcc_f1([5.0], [0.0], 5.0, 100.0) == 1.0
    assert np.isnan(mcc_f1([5.0], [100.0], 5.0, 100.0))
    assert 0.0 < mcc_f1([1.0, 3.0], [20.0, 60.0], 5.0, 100.0) < 0.5


def test_area_skill_is_a_weighted_rank(made_up):
    row, p, labels = made_up
    found = area_skill(in_blocks(p, labels), row, REGION, DRAWS)
    ratio = p / row
    every = np.broadcast_to(row.astype(np.float64), p.shape)

    def slow(weight):
        mass = every * weight
        value, where = np.unique(ratio, return_inverse=True)
        at = np.bincount(where.ravel(), mass.ravel())
        below = np.cumsum(at) - 0.5 * at
        hits = np.bincount(where.ravel(), (weight * labels).ravel(), len(value))
        return (hits * below).sum() / (hits.sum() * mass.sum())

    assert abs(found.value - slow(np.ones(p.shape))) < 1e-3
    np.testing.assert_allclose(found.draws, [slow(weight) for weight in weights()], atol=3e-3)
    assert found.value > 0.6


def test_the_map_itself_has_an_area_skill_of_one_half(made_up):
    row, p, labels = made_up
    found = area_skill(in_blocks(np.broadcast_to(row, p.shape), labels), row, REGION, DRAWS)
    assert found.value == 0.5
    np.testing.assert_allclose(found.draws, 0.5, atol=1e-14)
    with pytest.raises(DataError, match="no chance at all"):
        area_skill(in_blocks(p, labels), 0 * row, REGION, DRAWS)


def test_cells_put_together(made_up):
    _, p, labels = made_up
    rows = coarse_rows(p, ROWS, COLUMNS, 4).reshape(DAYS, 2, 3)
    truth = coarse_labels(labels, ROWS, COLUMNS, 4).reshape(DAYS, 2, 3)
    grid, cells = p.reshape(DAYS, ROWS, COLUMNS), labels.reshape(DAYS, ROWS, COLUMNS)
    for i, j in np.ndindex(2, 3):
        at = np.s_[:, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        expected = 1 - (1 - grid[at].astype(np.float64)).prod(axis=(1, 2))
        np.testing.assert_allclose(rows[:, i, j], expected, rtol=1e-6)
        np.testing.assert_array_equal(truth[:, i, j], cells[at].any(axis=(1, 2)))
    (one, _), *_ = coarse_blocks(
        in_blocks(np.broadcast_to(p[0], p.shape), labels), ROWS, COLUMNS, 4
    )()
    assert one.strides[0] == 0 and one.shape == (BLOCK, 6)


def test_bins_hold_all_and_their_mean(made_up):
    _, p, labels = made_up
    bins = calibration_bins(in_blocks(p, labels), REGION, DRAWS)
    assert bins["n"].sum() == p.size and bins["n_positive"].sum() == labels.sum()
    assert (bins["n"] * bins["mean_probability"]).sum() == pytest.approx(p.sum(), rel=1e-5)
    for row in bins.itertuples():
        inside = (p >= np.float32(row.bin_low)) & (p < np.float32(row.bin_high))
        if row.bin_high == 1.0:
            inside |= p == 1.0
        assert (row.n, row.n_positive) == (inside.sum(), labels[inside].sum())
        assert row.observed_low <= row.observed_high
    assert len(EDGES) == 26
    # the share of positives in a bin, resample by resample
    bin_of = np.searchsorted(EDGES[1:-1].astype(np.float32), p, side="right")
    third = bins.iloc[-3]
    inside = bin_of == np.searchsorted(EDGES, third["bin_low"])
    shares = [(w * (labels & inside)).sum() / (w * inside).sum() for w in weights()]
    low, high = np.quantile(shares, [0.025, 0.975])
    assert third["observed_low"] == pytest.approx(low)
    assert third["observed_high"] == pytest.approx(high)
    # the labels were drawn from p
    large = bins[bins["n_positive"] >= 10]
    covered = large["mean_probability"].between(large["observed_low"], large["observed_high"])
    assert covered.mean() > 0.6


def ground(row, labels, active):
    share = np.full(len(row), labels.mean(), np.float32)
    return Ground(row, share, active, REGION, DRAWS, WINDOW, BLOCK)


def test_all_scores_of_one_forecast(made_up):
    row, p, labels = made_up
    active = np.arange(len(row)) % 3 > 0
    found = score_cells(in_blocks(p, labels), ground(row, labels, active))
    assert tuple(found.scores) == SCORES
    values = {name: score.value for name, score in found.scores.items()}
    truth = labels.ravel()
    brier = brier_score_loss(truth, p.ravel().astype(np.float64))
    assert abs(values["brier"] - brier) < 1e-7
    usual = brier_score_loss(truth, np.tile(row, DAYS).astype(np.float64))
    assert abs(values["brier_skill"] - (1 - brier / usual)) < 1e-6
    expected = pooled_ranks(in_blocks(p[:, active], labels[:, active])).auc
    assert values["active_auc"] == expected
    assert (found.n_positive, found.n_cell_days) == (labels.sum(), labels.size)
    weight = list(weights())
    slow = [(w * (p - labels) ** 2).sum() / w.sum() for w in weight]
    np.testing.assert_allclose(found.scores["brier"].draws, slow, rtol=1e-5)
    assert all(score.draws.shape == (30,) for score in found.scores.values())


def test_the_streamed_brier_score_is_scikit_learns_to_rounding():
    """Of probabilities that float32 squares exactly, to 1e-12."""
    rng = np.random.default_rng(1)
    p = (rng.integers(0, 65, (DAYS, ROWS * COLUMNS)) / 64).astype(np.float32)
    labels = rng.random(p.shape) < p
    row = np.full(p.shape[1], 0.5, np.float32)
    found = score_cells(in_blocks(p, labels), ground(row, labels, np.ones(len(row), bool)))
    expected = brier_score_loss(labels.ravel(), p.ravel().astype(np.float64))
    assert abs(found.scores["brier"].value - expected) < 1e-12
    assert abs(found.scores["brier_skill"].value - (1 - 4 * expected)) < 1e-12


def test_equal_forecasts_differ_by_nothing_in_every_resample(made_up):
    row, p, labels = made_up
    basis = ground(row, labels, np.ones(len(row), bool))
    one = score_cells(in_blocks(p, labels), basis).scores
    other = score_cells(in_blocks(p.copy(), labels), basis).scores
    for name in SCORES:
        assert one[name].value == other[name].value
        np.testing.assert_array_equal(one[name].draws - other[name].draws, 0.0)


def test_coarse_cells_lie_in_the_same_regions(made_up):
    row, _, labels = made_up
    fine = ground(row, labels, row > 0.01)
    coarse = fine.coarse(ROWS, COLUMNS, 2, 2)
    assert coarse.region.max() == REGION.max()
    np.testing.assert_array_equal(
        coarse.region.reshape(4, 5), REGION.reshape(ROWS, COLUMNS)[::2, ::2]
    )
    assert coarse.draws is fine.draws
    assert coarse.reference[0] == pytest.approx(
        1 - np.prod([1 - row[i] for i in (0, 1, COLUMNS, COLUMNS + 1)])
    )


def test_parts_share_their_regions_but_not_their_blocks():
    first, second = two_way_draws(4, [3, 5], 20, seed=0)
    np.testing.assert_array_equal(first.regions, second.regions)
    assert (first.blocks.shape, second.blocks.shape) == ((20, 3), (20, 5))
    (alone,) = two_way_draws(4, [3], 20, seed=0)
    np.testing.assert_array_equal(first.blocks, alone.blocks)
    assert isinstance(alone, Draws)


def test_blocks_of_days():
    np.testing.assert_array_equal(by_block(np.arange(5.0)[:, None], 2)[:, 0], [1.0, 5.0, 4.0])
