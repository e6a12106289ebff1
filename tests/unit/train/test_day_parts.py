import itertools

import numpy as np
import pytest

from faultcast.errors import DataError
from faultcast.train.day_parts import lineage_parts, rolling_parts

FAR = 50


def test_the_lineage_scores_940_days():
    parts = lineage_parts(9591)
    assert len(parts.days("train")) == 8541
    assert parts.days("validation").tolist() == list(range(200))
    assert parts.days("test")[[0, -1]].tolist() == [8601, 9540]
    assert len(parts.days("test")) == 940


def test_no_label_reaches_into_another_part():
    for parts in rolling_parts(9591, 4):
        owner = np.full(9591 + FAR, "", dtype="U10")
        for name in ("train", "validation", "test"):
            owner[parts.days(name)] = name
        for name in ("train", "validation", "test"):
            for t in parts.days(name):
                reached = set(owner[t + 10 : t + FAR]) - {"", name}
                assert not reached, (parts.origin, name, t)


def test_blocks_of_the_lineage_s_window():
    parts = rolling_parts(9591, 4)
    start = np.datetime64("1990-01-01")
    blocks = [(str(start + a), str(start + b - 1)) for a, b in parts[-1].validation]
    assert blocks == [("2009-01-01", "2010-12-31"), ("2012-07-01", "2013-04-30")]
    assert [each.test for each in parts] == [(b, b + 950) for b in (5591, 6591, 7591, 8591)]
    assert all(each.warmup == (each.test[0] - 365, each.test[0]) for each in parts)
    tohoku = int((np.datetime64("2011-03-11") - start).astype(int))
    assert all(tohoku not in each.days("validation") for each in parts)
    for earlier, later in itertools.pairwise(parts):
        assert set(earlier.days("train")[:1000]) <= set(later.days("train"))


def test_too_short_a_catalog_is_refused():
    with pytest.raises(DataError, match="empty or begins before day 0"):
        rolling_parts(3000, 2)
    with pytest.raises(DataError, match="move the blocks apart"):
        rolling_parts(9591, 1, validation_before_test=((500, 400), (380, 60)))
    with pytest.raises(DataError, match="begin before day"):
        rolling_parts(9591, 1, validation_before_test=((500, 20),))
