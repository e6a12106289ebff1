import numpy as np
import pytest
from condense_oracle import made_kernels, matrices_of, slow_winner

from faultcast.condense.tree import (
    FANOUT,
    PACKET,
    best_kernels,
    build_tree,
    empty_packet,
    fill_packet,
)
from faultcast.location.table import kernel_arrays

ANY = np.full(3, np.inf)


def tree_of(kernels):
    arrays = kernel_arrays(kernels)
    groups = kernels["event_id"].factorize()[0].astype(np.int64)
    return build_tree(arrays.means, arrays.covariances, arrays.weights, groups)


def ask(tree, point, **changes):
    asked = {
        "floor": -np.inf, "guess": -1, "below": len(tree.row), "barred": -1, "low": -ANY,
        "high": ANY,
    } | changes  # fmt: skip
    points = np.atleast_2d(point)
    packet = empty_packet()
    floor = np.full(len(points), asked["floor"])
    fill_packet(packet, points, floor, np.arange(len(points)))
    best_kernels(
        tree, packet, asked["guess"], asked["below"], asked["barred"], asked["low"], asked["high"]
    )
    rows, values = packet.rows[: len(points)], packet.best[: len(points)]
    assert (rows == np.where(packet.places >= 0, tree.row[packet.places], -1)[: len(points)]).all()
    return (rows, values) if point.ndim == 2 else (int(rows[0]), float(values[0]))


@pytest.mark.parametrize("n_events", [1, 3, 60, 700])
def test_finds_the_same_kernel_as_a_full_search(n_events):
    kernels = made_kernels(n_events, seed=n_events)
    tree = tree_of(kernels)
    for point in 4 * np.random.default_rng(1).standard_normal((20, 3)):
        assert ask(tree, point)[0] == slow_winner(point, kernels, weighted=True)


@pytest.mark.parametrize("spread_km", [0.0, 0.3, 5.0])
def test_points_searched_together_find_the_same(spread_km):
    kernels = made_kernels(150, seed=2)
    tree = tree_of(kernels)
    points = 1.0 + spread_km * np.random.default_rng(3).standard_normal((PACKET - 5, 3))
    together, values = ask(tree, points, guess=5)
    alone = [ask(tree, point) for point in points]
    assert together.tolist() == [row for row, _ in alone]
    np.testing.assert_allclose(values, [value for _, value in alone], rtol=1e-14)


@pytest.mark.parametrize("n", [1, FANOUT, FANOUT + 1, 40 * FANOUT + 7, FANOUT**2 + 1])
def test_blocks_bound_what_is_below_them(n):
    kernels = made_kernels(n, 6, most_components=1)
    tree = tree_of(kernels)
    assert sorted(tree.row) == list(range(n))
    assert (tree.row[tree.place] == np.arange(n)).all()
    kernels_of = tree.bounds[: -(-n // FANOUT)].transpose(0, 2, 1).reshape(-1, 10)[:n]
    np.testing.assert_array_equal(
        kernels_of[:, :3], kernels[["x_km", "y_km", "z_km"]].to_numpy()[tree.row]
    )
    size = 1
    for level, start in enumerate(tree.level):
        stop = [*tree.level, len(tree.bounds)][level + 1]
        entries = tree.bounds[start:stop].transpose(0, 2, 1).reshape(-1, 10)
        first = tree.first[start:stop].ravel()
        for j in range(-(-n // size)):
            inside = slice(j * size, (j + 1) * size)
            assert (entries[j, :3] == kernels_of[inside, :3].min(axis=0)).all()
            assert (entries[j, 3:6] == kernels_of[inside, 3:6].max(axis=0)).all()
            assert (entries[j, 6:9] == kernels_of[inside, 6:9].min(axis=0)).all()
            assert entries[j, 9] == kernels_of[inside, 9].max()
            assert first[j] == tree.row[inside].min()
        size *= FANOUT
    assert stop - start == 1


def test_bars_rank_event_and_box():
    kernels = made_kernels(30, seed=3)
    tree = tree_of(kernels)
    point = kernels[["x_km", "y_km", "z_km"]].to_numpy()[10]
    best, _ = ask(tree, point)
    assert ask(tree, point, below=best)[0] < best
    event = kernels["event_id"].factorize()[0][best]
    other, _ = ask(tree, point, barred=event)
    assert kernels["event_id"].iloc[other] != kernels["event_id"].iloc[best]
    mean = kernels[["x_km", "y_km", "z_km"]].to_numpy()[best]
    elsewhere, _ = ask(tree, point, low=mean + 1e-6, high=ANY)
    assert elsewhere != best
    assert ask(tree, point, floor=1e9)[0] == -1


def test_equal_kernels_give_the_smaller_row():
    kernels = made_kernels(1, most_components=1)
    twins = kernels.loc[[0] * 40].assign(event_id=[f"t{i}" for i in range(40)])
    tree = tree_of(twins.reset_index(drop=True))
    assert ask(tree, np.zeros(3))[0] == 0


def test_value_is_weight_times_density():
    kernels = made_kernels(5, seed=5)
    tree = tree_of(kernels)
    point = np.array([0.3, -0.2, 0.5])
    matrix = matrices_of(kernels)[2]
    mean = kernels[["x_km", "y_km", "z_km"]].to_numpy()[2]
    step = point - mean
    density = np.exp(-0.5 * step @ np.linalg.solve(matrix, step)) / np.sqrt(np.linalg.det(matrix))
    expected = np.log(kernels["weight"].iloc[2] * density)
    _, value = ask(tree, point, below=3, low=mean, high=mean)
    assert value == pytest.approx(expected, rel=1e-10)
