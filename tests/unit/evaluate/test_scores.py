import numpy as np
import pytest
from sklearn import metrics

from faultcast.errors import DataError
from faultcast.evaluate import scores
from faultcast.evaluate.intervals import moving_block_bootstrap


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


def test_block_weights_are_the_moving_block_bootstrap():
    values = np.random.default_rng(2).normal(size=100).cumsum()
    draws = scores.weighted_mean(values, scores.block_weights(100, 9, 500, seed=3))
    reference = moving_block_bootstrap(values, 9, 500, 3)
    assert np.percentile(draws, [2.5, 97.5]) == pytest.approx([reference.low, reference.high])


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
