from dataclasses import replace

import numpy as np
import pandas as pd

from faultcast.grid import Cube
from faultcast.synthetic.shuffled import shuffled_cube


def made_cube(n_days=200):
    generator = np.random.default_rng(1)
    # four days out of five hold events, in bursts
    n = 3 * n_days
    frame = pd.DataFrame(
        {
            "day": np.sort(generator.integers(0, n_days, n) // 5 * 5 + generator.integers(0, 4, n)),
            "row": generator.integers(0, 4, n),
            "column": generator.integers(0, 6, n),
        }
    ).drop_duplicates()
    frame = frame.sort_values(["day", "row", "column"], ignore_index=True)
    frame["mean"] = frame["maximum"] = frame["last"] = 2.5 + generator.exponential(0.4, len(frame))
    frame["energy"] = 10 ** (1.5 * frame["mean"])
    frame["count"] = generator.integers(1, 4, len(frame))
    return Cube(
        frame[["day", "row", "column", "energy", "mean", "maximum", "last", "count"]],
        np.linspace(33, 34, 5),
        np.linspace(-118, -117, 7),
        "deg",
        pd.Timestamp("1990-01-01", tz="UTC"),
        n_days,
        incomplete_days=(3, 4),
    )


def test_each_day_keeps_its_map_and_no_day_is_lost():
    cube = made_cube()
    for value in ("mean", "count"):
        before = cube.to_dense(value=value).reshape(cube.n_days, -1)
        after = shuffled_cube(cube, 0).to_dense(value=value).reshape(cube.n_days, -1)
        # the same maps, each as often
        assert sorted(map(tuple, before)) == sorted(map(tuple, after))
        assert (before != after).any(axis=1).mean() > 0.5
        assert after.sum() == before.sum()


def test_grid_and_order_of_the_cells_stay():
    cube = made_cube()
    mixed = shuffled_cube(cube, 0)
    assert mixed.incomplete_days == ()
    assert mixed.grid() == replace(cube, incomplete_days=()).grid()
    assert mixed.cells.dtypes.equals(cube.cells.dtypes)
    ordered = mixed.cells.sort_values(["day", "row", "column"], ignore_index=True)
    pd.testing.assert_frame_equal(mixed.cells, ordered)
    assert cube.incomplete_days == (3, 4)


def test_order_follows_from_the_seed_and_forgets_the_past():
    cube = made_cube(n_days=2000)
    one, two, other = (shuffled_cube(cube, seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.cells, two.cells)
    assert not one.cells["day"].equals(other.cells["day"])

    def memory(cells):
        daily = np.bincount(cells["day"], weights=cells["count"], minlength=2000)
        return np.corrcoef(daily[:-5], daily[5:])[0, 1]

    # every fifth day is empty: a rhythm of five days, gone
    assert memory(cube.cells) > 0.1
    assert abs(memory(one.cells)) < 0.08
