import numpy as np
import pytest
from sklearn import metrics

from faultcast.errors import DataError
from faultcast.evaluate import scores


@pytest.fixture
def days():
    generator = np.random.default_rng(0)
    event = generator.random(300) < 0.2
    score = np.round(generator.random(300) + 0.3 * event, 1)  # many ties
    return event, score, score > 0.7


def test_unweighted_scores_are_scikit_learns(days):
    event, score, found = days
    probability = 0.01 + 0.5 * score / 1.3
    for ours, theirs in (
        (scores.roc_auc(event, score), metrics.roc_auc_score(event, score)),
        (scores.average_precision(event, score), metrics.average_precision_score(event, score)),
        (scores.brier(event, probability), metrics.brier_score_loss(event, probability)),
        (scores.log_score(event, probability), -metrics.log_loss(event, probability)),
        (scores.precision(event, found), metrics.precision_score(event, found)),
        (scores.recall(event, found), metrics.recall_score(event, found)),
        (scores.f_score(event, found), metrics.f1_score(event, found)),
        (scores.f_score(event, found, 0.2), metrics.fbeta_score(event, found, beta=0.2)),
        (scores.nash_sutcliffe(score, probability), metrics.r2_score(score, probability)),
    ):
        assert float(ours) == pytest.approx(theirs, abs=1e-12)


def test_weights_are_repeated_days(days):
    event, score, found = days
    weights = scores.block_weights(300, 17, 5, seed=1)
    probability = 0.01 + 0.5 * score / 1.3
    cases = {
        scores.roc_auc: (event, score),
        scores.average_precision: (event, score),
        scores.brier: (event, probability),
        scores.information_gain: (event, probability, np.full(300, 0.2)),
        scores.nash_sutcliffe: (score, probability),
        scores.precision: (event, found),
        scores.recall: (event, found),
    }
    for function, arrays in cases.items():
        all_at_once = function(*arrays, weights=weights)
        for one, counts in zip(all_at_once, weights, strict=True):
            drawn = np.repeat(np.arange(300), counts.astype(int))
            slow = function(*(array[drawn] for array in arrays))
            assert float(one) == pytest.approx(float(slow), abs=1e-10)


def test_block_weights_count_the_days_of_drawn_blocks():
    n, block, seed = 11, 4, 3
    starts = np.random.default_rng(seed).integers(n, size=(50, 3))
    for row, weights in zip(starts, scores.block_weights(n, block, 50, seed), strict=True):
        # wrapping around the end, the last block cut so that n days are drawn
        days = [(s + i) % n for s in row for i in range(block)][:n]
        assert weights.tolist() == [days.count(day) for day in range(n)]


def interval(series, block, n_resamples, seed):
    weights = scores.block_weights(len(series), block, n_resamples, seed)
    return np.percentile(scores.weighted_mean(series, weights), [2.5, 97.5])


def test_blocks_of_one_give_the_width_of_independent_values():
    values = np.random.default_rng(1).normal(size=900)
    low, high = interval(values, 1, 2000, 0)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 30, rel=0.08)


def test_blocks_cover_a_correlated_mean_where_single_days_do_not():
    generator = np.random.default_rng(4)
    inside = {1: 0, 40: 0}
    for trial in range(100):
        series = np.zeros(1000)
        noise = generator.normal(size=1000)
        for day in range(1, 1000):
            series[day] = 0.8 * series[day - 1] + noise[day]
        for block in inside:
            low, high = interval(series, block, 300, trial)
            inside[block] += low <= 0 <= high
    assert inside[40] >= 85
    assert inside[1] <= 65


def test_information_gain_by_hand():
    event = np.array([True, False, False, True])
    p, q = np.array([0.5, 0.2, 0.1, 0.8]), np.full(4, 0.25)
    by_hand = np.log(0.5 / 0.25) + np.log(0.8 / 0.75) + np.log(0.9 / 0.75) + np.log(0.8 / 0.25)
    assert float(scores.information_gain(event, p, q)) == pytest.approx(by_hand / 2)
    assert float(scores.information_gain(event, q, q)) == 0.0


def test_undefined_scores_are_nan_not_zero():
    none = np.zeros(5, dtype=bool)
    for value in (
        scores.precision(none, none),
        scores.recall(none, none),
        scores.roc_auc(none, np.arange(5.0)),
        scores.average_precision(none, np.arange(5.0)),
        scores.nash_sutcliffe(np.ones(5), np.ones(5)),
    ):
        assert np.isnan(value)


def test_bad_input():
    with pytest.raises(DataError, match="strictly"):
        scores.brier(np.array([True]), np.array([1.0]))
    with pytest.raises(DataError, match="not finite"):
        scores.roc_auc(np.array([True, False]), np.array([np.nan, 1.0]))
    with pytest.raises(DataError, match=r"1\.\.5"):
        scores.block_weights(5, 6, 1, 0)
    with pytest.raises(DataError, match="one weight a day"):
        scores.weighted_mean(np.ones(3), np.ones(4))
