import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from faultcast.errors import DataError
from faultcast.evaluate.pooled_ranks import pooled_ranks
from faultcast.evaluate.region_blocks import (
    Draws,
    drawn_scores,
    region_of_cells,
    two_way_draws,
    unit_counts,
)


def in_blocks(scores, labels, size):
    def blocks():
        for first in range(0, len(scores), size):
            yield scores[first : first + size], labels[first : first + size]

    return blocks


def made_up(seed, n_days=60, n_cells=80, n_values=40):
    rng = np.random.default_rng(seed)
    truth = rng.random((n_days, n_cells)) < rng.beta(0.3, 8.0, n_cells)
    scores = (rng.normal(size=truth.shape) + 1.5 * truth).astype(np.float32)
    # rounding makes ties within and between the classes
    return np.round(scores * n_values) / np.float32(n_values), truth


def static(seed=0):
    _, truth = made_up(seed)
    row = np.random.default_rng(seed).integers(0, 9, truth.shape[1]).astype(np.float32)
    return np.broadcast_to(row, truth.shape), truth


@pytest.mark.parametrize("size", [1, 7, 60])
@pytest.mark.parametrize("n_values", [1, 5, 10_000])
def test_streamed_scores_are_scikit_learns(size, n_values):
    scores, truth = made_up(4, n_values=n_values)
    ranks = pooled_ranks(in_blocks(scores, truth, size))
    assert abs(ranks.auc - roc_auc_score(truth.ravel(), scores.ravel())) < 1e-12
    expected = average_precision_score(truth.ravel(), scores.ravel())
    assert abs(ranks.average_precision - expected) < 1e-12
    assert ranks.n_positive + ranks.n_negative == truth.size


def test_one_row_for_all_days_is_the_same_as_its_copies():
    scores, truth = static()
    quick = pooled_ranks(in_blocks(scores, truth, 7))
    slow = pooled_ranks(in_blocks(scores.copy(), truth, 7))
    assert quick.auc == slow.auc
    assert quick.average_precision == slow.average_precision
    assert abs(quick.auc - roc_auc_score(truth.ravel(), scores.ravel())) < 1e-12


def test_a_static_map_does_not_see_the_order_of_the_days():
    scores, truth = static()
    permuted = np.random.default_rng(1).permutation(truth, axis=0)
    assert (permuted != truth).any()
    as_is, mixed = (pooled_ranks(in_blocks(scores, y, 7)) for y in (truth, permuted))
    assert abs(as_is.auc - mixed.auc) < 1e-12
    assert abs(as_is.average_precision - mixed.average_precision) < 1e-12
    # and scores that change from day to day do
    moving, _ = made_up(0)
    a, b = (pooled_ranks(in_blocks(moving, y, 7)).auc for y in (truth, permuted))
    assert abs(a - b) > 0.1


def test_without_one_of_the_classes_there_is_no_score():
    scores, truth = made_up(2)
    none = pooled_ranks(in_blocks(scores, np.zeros_like(truth), 7))
    assert np.isnan(none.auc) and np.isnan(none.average_precision)
    every = pooled_ranks(in_blocks(scores, np.ones_like(truth), 7))
    assert np.isnan(every.auc) and every.average_precision == 1.0


def test_bad_blocks_are_refused():
    scores, truth = made_up(2)
    with pytest.raises(DataError, match="a bool a day and cell"):
        pooled_ranks(in_blocks(scores, truth.astype(float), 7))
    with pytest.raises(DataError, match="not finite"):
        pooled_ranks(in_blocks(np.where(truth, scores, np.float32(np.nan)), truth, 7))
    passes = iter([truth, np.zeros_like(truth)])
    with pytest.raises(DataError, match="same blocks"):
        pooled_ranks(lambda: [(scores, next(passes))])


def weighted(scores, truth, region, draws, size):
    block = np.arange(len(truth)) // size
    for regions, blocks in zip(draws.regions, draws.blocks, strict=True):
        weight = (blocks[block][:, None] * regions[region][None, :]).ravel()
        known = weight > 0
        arguments = truth.ravel()[known], scores.ravel()[known]
        yield (
            roc_auc_score(*arguments, sample_weight=weight[known]),
            average_precision_score(*arguments, sample_weight=weight[known]),
        )


@pytest.mark.parametrize("make", [lambda: made_up(5, n_values=20), static])
def test_a_resample_weighs_regions_times_blocks(make):
    scores, truth = make()
    region = region_of_cells(8, 10, 3)
    assert region.reshape(8, 10)[[0, 2, 3, 7], [2, 3, 0, 9]].tolist() == [0, 1, 4, 11]
    blocks = in_blocks(scores, truth, 25)
    ranks = pooled_ranks(blocks)
    (draws,) = two_way_draws(12, [3], 20, seed=0)
    # more quantiles than distinct scores: nothing is lost
    drawn = drawn_scores(unit_counts(blocks, ranks, region, n_quantiles=5000), ranks, draws)
    expected = np.array(list(weighted(scores, truth, region, draws, 25)))
    np.testing.assert_allclose(drawn.auc, expected[:, 0], atol=1e-12)
    np.testing.assert_allclose(drawn.average_precision, expected[:, 1], atol=1e-12)


def test_bins_lose_little_and_the_whole_sample_nothing():
    scores, truth = made_up(6, n_days=300, n_values=10_000)
    region = region_of_cells(8, 10, 2)
    blocks = in_blocks(scores, truth, 100)
    ranks = pooled_ranks(blocks)
    fine, coarse = (unit_counts(blocks, ranks, region, n_quantiles=n) for n in (10_000, 256))
    assert coarse.shape[2:] == (3, 20) and coarse.shape[1] <= 513
    np.testing.assert_array_equal(coarse.sum(axis=1), fine.sum(axis=1))
    (draws,) = two_way_draws(20, [3], 50, seed=1)
    exact, binned = (drawn_scores(counts, ranks, draws) for counts in (fine, coarse))
    np.testing.assert_allclose(binned.auc, exact.auc, atol=1e-3)
    np.testing.assert_allclose(binned.average_precision, exact.average_precision, atol=1e-2)
    whole = drawn_scores(coarse, ranks, Draws(np.ones((1, 20)), np.ones((1, 3))))
    assert abs(whole.auc[0] - ranks.auc) < 1e-12
    with pytest.raises(DataError, match="draw for the same units"):
        drawn_scores(coarse, ranks, two_way_draws(19, [3], 5, seed=1)[0])
