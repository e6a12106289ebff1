"""Sets whose network is known beforehand: planes, nothing but background, flat and tight groups."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from faultcast.faults import FaultNetwork
from faultcast.faults.boxes import minimum_box

# a kernel may be no thinner than this part of the extent of all points
THINNEST = 1e-6


def plane(rng, n, centre, strike_deg=0.0, dip_deg=90.0, sides=(20.0, 10.0), scatter=0.2):
    strike, dip = np.radians([strike_deg, dip_deg])
    along = np.array([np.sin(strike), np.cos(strike), 0.0])
    down = np.array([np.cos(strike) * np.cos(dip), -np.sin(strike) * np.cos(dip), np.sin(dip)])
    u, v = (side * (rng.random((n, 1)) - 0.5) for side in sides)
    return centre + u * along + v * down + scatter * rng.standard_normal((n, 3))


def noise(rng, n):
    return rng.uniform((-30.0, -30.0, 0.0), (30.0, 30.0, 20.0), (n, 3))


def assert_sound(net, points):
    """No density is infinite or zero, no point is without a label."""
    assert np.isfinite(net.score_samples(points)).all()
    assert np.isfinite(net.bic_)
    assert net.weights_.sum() == pytest.approx(1.0, abs=1e-12)
    assert net.labels_.min() >= 0 and net.labels_.max() < len(net.weights_)
    thinnest = THINNEST * np.ptp(points, axis=0).max()
    sigmas = np.sqrt(np.linalg.eigvalsh(net.covariances_[~net.is_background_]).min(initial=np.inf))
    assert sigmas > thinnest


DIRECTIONS = pytest.mark.parametrize(("strike", "dip"), [(40, 60), (110, 85), (200, 30), (320, 75)])


@pytest.mark.parametrize("refine", [None, "em"])
@DIRECTIONS
def test_a_plane_in_noise_is_one_kernel(strike, dip, refine):
    rng = np.random.default_rng(strike)
    centre = np.array([2.0, -3.0, 10.0])
    points = np.concatenate([plane(rng, 300, centre, strike, dip), noise(rng, 60)])
    net = FaultNetwork(refine=refine).fit(points)
    assert_sound(net, points)
    found = net.planes()
    assert len(found) == 1
    assert found["dip_deg"].item() == pytest.approx(dip, abs=2.0)
    assert found["strike_deg"].item() == pytest.approx(strike, abs=2.0)
    np.testing.assert_allclose(found[["x_km", "y_km", "z_km"]].iloc[0], centre, atol=1.0)
    assert found["weight"].item() == pytest.approx(300 / 360, abs=0.03)
    assert net.weights_[net.is_background_].sum() == pytest.approx(60 / 360, abs=0.03)


@DIRECTIONS
def test_the_local_criterion_lays_few_parallel_kernels_on_a_plane(strike, dip):
    """On a uniform plane two Gaussians may gain more than the few points' penalty takes."""
    rng = np.random.default_rng(strike)
    points = np.concatenate([plane(rng, 300, (2.0, -3.0, 10.0), strike, dip), noise(rng, 60)])
    net = FaultNetwork("local").fit(points)
    assert_sound(net, points)
    found = net.planes()
    assert found["weight"].sum() == pytest.approx(300 / 360, abs=0.05)
    # a tight handful of points may stay a kernel of its own
    large = found[found["weight"] > 0.1]
    assert len(large) <= 3 and len(found) <= 5
    np.testing.assert_allclose(large["dip_deg"], dip, atol=8.0)
    np.testing.assert_allclose(large["strike_deg"], strike, atol=8.0)


@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize(
    ("second", "least"),
    [
        # where planes cross nobody can tell whose a point is
        ({"centre": (0, 0, 10), "strike_deg": 90.0}, 0.9),
        ({"centre": (2, 0, 10)}, 0.95),
    ],
    ids=["crossing", "parallel"],
)
def test_two_planes_stay_two(second, least, refine):
    truth = np.repeat([0, 1, 2], [250, 250, 50])
    scores, n_planes = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        parts = [plane(rng, 250, (0, 0, 10)), plane(rng, 250, **second), noise(rng, 50)]
        net = FaultNetwork(refine=refine).fit(np.concatenate(parts))
        scores.append(adjusted_rand_score(truth, net.labels_))
        n_planes.append(len(net.planes()))
    assert np.mean(scores) > least
    # a uniform plane is now and then better described by two Gaussians
    assert min(n_planes) == 2 and np.median(n_planes) <= 2.5


def test_em_finds_the_moments_of_normal_faults():
    rng = np.random.default_rng(3)
    spread = np.array([[25.0, 4.0, 0.0], [4.0, 2.0, 0.5], [0.0, 0.5, 9.0]])
    own = rng.multivariate_normal((0.0, 0.0, 10.0), spread, 1500)
    points = np.concatenate([own, noise(rng, 100)])
    net = FaultNetwork(refine="em").fit(points)
    assert len(net.planes()) == 1
    largest = np.argmax(np.where(net.is_background_, 0.0, net.weights_))
    np.testing.assert_allclose(net.means_[largest], own.mean(axis=0), atol=0.1)
    np.testing.assert_allclose(net.covariances_[largest], spread, atol=1.0, rtol=0.1)


@pytest.mark.parametrize("criterion", ["global", "local"])
@pytest.mark.parametrize("seed", range(3))
def test_uniform_points_have_the_box_s_own_bic(criterion, seed):
    rng = np.random.default_rng(seed)
    n = 400
    points = rng.uniform(0.0, (50.0, 20.0, 10.0), (n, 3))
    net = FaultNetwork(criterion).fit(points)
    volume = minimum_box(points).volume
    assert net.is_background_.tolist() == [True]
    assert net.bic_ == pytest.approx(n * np.log(volume) + 4.5 * np.log(n), rel=1e-9)
    np.testing.assert_allclose(net.score_samples(points), -np.log(volume))
    assert net.score_samples([[500.0, 0.0, 0.0]]) == -np.inf


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_three_points_make_no_kernel(criterion):
    rng = np.random.default_rng(4)
    three = np.array([[50.0, 50.0, 5.0], [50.0, 50.1, 5.0], [50.1, 50.0, 5.1]])
    points = np.concatenate([plane(rng, 200, (0, 0, 10)), noise(rng, 20), three])
    net = FaultNetwork(criterion).fit(points)
    assert_sound(net, points)
    assert net.is_background_[net.labels_[-3:]].all()
    means = net.means_[~net.is_background_]
    assert np.linalg.norm(means - three[0], axis=1).min() > 30.0


@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize("criterion", ["global", "local"])
def test_a_coincident_group_is_background(criterion, refine):
    """Without any extent it makes no kernel: its density would be infinite."""
    rng = np.random.default_rng(5)
    group = np.tile([[25.0, 25.0, 8.0]], (50, 1))
    points = np.concatenate([plane(rng, 200, (0, 0, 10)), noise(rng, 30), group])
    net = FaultNetwork(criterion, refine=refine).fit(points)
    assert_sound(net, points)
    assert len(np.unique(net.labels_[-50:])) == 1
    assert net.is_background_[net.labels_[-1]]
    assert net.weights_[net.is_background_].sum() == pytest.approx(80 / 280, abs=0.02)


@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize("criterion", ["global", "local"])
def test_a_coincident_group_on_a_plane_leaves_the_plane(criterion, refine):
    rng = np.random.default_rng(6)
    group = np.tile([[0.0, 3.0, 8.0]], (50, 1))
    points = np.concatenate([plane(rng, 200, (0, 0, 10)), noise(rng, 30), group])
    net = FaultNetwork(criterion, refine=refine).fit(points)
    assert_sound(net, points)
    assert len(np.unique(net.labels_[-50:])) == 1
    own, counts = np.unique(net.labels_[:200], return_counts=True)
    assert counts.max() > (140 if criterion == "global" else 100)
    assert not net.is_background_[own[np.argmax(counts)]]
    assert net.is_background_[net.labels_[:200]].mean() < 0.1


@pytest.mark.parametrize("criterion", ["global", "local"])
def test_collinear_points_become_a_kernel_along_their_line(criterion):
    rng = np.random.default_rng(7)
    direction = np.array([1.0, 2.0, 0.5])
    line = np.linspace(0.0, 10.0, 80)[:, None] * direction + (-8.0, -10.0, 4.0)
    points = np.concatenate([line, noise(rng, 100)])
    net = FaultNetwork(criterion, refine="em").fit(points)
    assert_sound(net, points)
    largest = np.argmax(np.where(net.is_background_, 0.0, net.weights_))
    along = np.linalg.eigh(net.covariances_[largest])[1][:, 2]
    cosine = abs(along @ direction) / np.linalg.norm(direction)
    assert np.degrees(np.arccos(min(cosine, 1.0))) < 5.0
    assert not net.is_background_[net.labels_[:80]].any()


@pytest.mark.parametrize("refine", [None, "em"])
@pytest.mark.parametrize("criterion", ["global", "local"])
def test_a_fixed_depth_among_others_gives_no_kernel_without_thickness(criterion, refine):
    rng = np.random.default_rng(8)
    fixed = rng.uniform((-20.0, -20.0, 5.0), (20.0, 20.0, 5.0), (150, 3))
    points = np.concatenate([plane(rng, 150, (0, 0, 10)), noise(rng, 50), fixed])
    net = FaultNetwork(criterion, refine=refine).fit(points)
    assert_sound(net, points)
    # the flat group does not take the plane's events with it
    own, counts = np.unique(net.labels_[:150], return_counts=True)
    assert counts.max() > 100
    assert abs(90.0 - net.planes().set_index("kernel")["dip_deg"][own[counts.argmax()]]) < 5.0
