"""Reference forecasts do not depend on how many days come after."""

import numpy as np
import pytest
from made_up_eqpred import made_up

from faultcast.evaluate.eqpred import reference

FORECASTS = [*reference.REFERENCES.values(), reference.recalibrated]


@pytest.mark.parametrize("forecast", FORECASTS, ids=lambda forecast: forecast.__name__)
def test_a_longer_test_part_changes_no_bit(forecast):
    days = made_up(noise=0.02, origins=((1200, 1600),))
    whole = forecast(days)
    for end in range(1560, 1592):
        short = forecast(days.iloc[:end])
        np.testing.assert_array_equal(short.prediction, whole.prediction[:end])
        np.testing.assert_array_equal(short.probability, whole.probability[:end])
