"""Figures 1, 5, 7 and 8 of Kamer et al. (2020)."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from faultcast.condense import condense
from faultcast.errors import DataError
from faultcast.evaluate.kamer2020 import fig01, fig05, fig07, fig08
from faultcast.evaluate.kamer2020.sensitivity import sensitivity_runs
from faultcast.faults import FaultNetwork
from faultcast.plots import style
from faultcast.plots.kamer2020 import fig01 as draw01
from faultcast.plots.kamer2020 import fig05 as draw05
from faultcast.plots.kamer2020 import fig07 as draw07
from faultcast.plots.kamer2020 import fig08 as draw08
from faultcast.synthetic.paper_generator import paper_network


def drawn(table, module, folder):
    """Save the figure of a table that went through a CSV."""
    table.to_csv(folder / "numbers.csv", index=False)
    figure = module.draw(pd.read_csv(folder / "numbers.csv"), "demo")
    style.save(figure, "demo", folder / "figure.pdf", folder / "figure.png")
    return (folder / "figure.png").stat().st_size


def value_of(ours, name):
    return ours.set_index("id").loc[name, "value"]


def test_fig01_shows_three_stages_and_the_next_split(tmp_path):
    planted = paper_network(n_faults=5, seed=5, spread=1.0, points_per_km2=0.2, noise=0.1)
    points = pd.DataFrame(planted.xyz_km, columns=["x_km", "y_km", "z_km"])
    net = FaultNetwork().fit(planted.xyz_km)
    net.save(tmp_path / "network", xyz_km=planted.xyz_km)
    table = fig01.numbers(points, tmp_path / "network", n_repeats=2)
    for panel, n in (("a", 2), ("b", 3), ("c", 4)):
        rows = table[table["panel"] == panel]
        planes = rows[rows["kind"] == "plane"]
        shown = rows[rows["kind"] == "point"]["series"].value_counts()
        assert planes.set_index("series")["n_events"].to_dict() == shown.to_dict()
        assert len(planes) == n
        assert (rows["kind"] == "next").sum() == 2
        gentle = planes.loc[planes["dip_deg"] < 30.0, "n_events"].sum() / len(points)
        assert rows.loc[rows["kind"] == "stage", "gentle_share"].iloc[0] == pytest.approx(gentle)
    assert (table["kind"] == "repeat").sum() <= 6
    missed = table[(table["kind"] == "missed") & (table["panel"] == "c")]
    assert len(missed) <= (net.planes()["dip_deg"] >= 60.0).sum()
    judged = fig01.ours(table).set_index("id")
    last = table[table["kind"].isin(["stage", "repeat"]) & (table["panel"] == "c")]
    flat = last["flat_part"].astype(float).mean()
    assert judged.loc["fig01.flat_plane_introduced", "value"] == float(flat > 0.5)
    off = last["missed_share"].mean()
    assert f"{100 * off:.0f} %" in judged.loc["fig01.branches_missed", "note"]
    assert table.loc[table["kind"] == "bottom_up", "n_planes"].item() == len(net.planes())
    assert drawn(table, draw01, tmp_path) > 10_000


def test_fig01_points_at_walls_that_flat_planes_cut(tmp_path):
    rng = np.random.default_rng(0)
    walls = [rng.normal([x, 0.0, 8.0], [0.2, 6.0, 1.5], (150, 3)) for x in (0.0, 4.0, 8.0, 12.0)]
    xyz_km = np.concatenate(walls)
    FaultNetwork().fit(xyz_km).save(tmp_path / "network")
    points = pd.DataFrame(xyz_km, columns=["x_km", "y_km", "z_km"])
    table = fig01.numbers(points, tmp_path / "network", n_repeats=0)
    stage = table[(table["kind"] == "stage") & (table["panel"] == "a")].iloc[0]
    missed = table[(table["kind"] == "missed") & (table["panel"] == "a")]
    # two planes cannot follow four walls: those that lie in a flat one are missed, whole
    assert stage["missed_share"] == pytest.approx(stage["gentle_share"], abs=0.05)
    assert len(missed) == round(4 * stage["missed_share"])
    assert missed["n_events"].between(100, 200).all()


def test_fig01_asks_for_the_network_of_its_own_points(tmp_path):
    planted = paper_network(n_faults=2, seed=1, points_per_km2=0.2)
    FaultNetwork().fit(planted.xyz_km[1:]).save(tmp_path / "network")
    points = pd.DataFrame(planted.xyz_km, columns=["x_km", "y_km", "z_km"])
    with pytest.raises(DataError, match="same events"):
        fig01.numbers(points, tmp_path / "network")


def test_fig01_says_when_points_do_not_split(tmp_path):
    planted = paper_network(n_faults=1, seed=1, points_per_km2=0.2)
    FaultNetwork().fit(planted.xyz_km).save(tmp_path / "network")
    points = pd.DataFrame(planted.xyz_km, columns=["x_km", "y_km", "z_km"])
    with pytest.raises(DataError, match="needs 2"):
        fig01.numbers(points, tmp_path / "network", location_error_km=100.0)


def test_fig01_leaves_out_stages_that_are_not_reached(tmp_path):
    planted = paper_network(n_faults=2, seed=1, points_per_km2=0.2, noise=0.0)
    FaultNetwork().fit(planted.xyz_km).save(tmp_path / "network")
    points = pd.DataFrame(planted.xyz_km, columns=["x_km", "y_km", "z_km"])
    table = fig01.numbers(points, tmp_path / "network", location_error_km=6.0, n_repeats=1)
    panels = table.loc[table["kind"] == "stage", "panel"].tolist()
    assert panels == ["a"]
    assert not (table["kind"] == "next").any()
    assert drawn(table, draw01, tmp_path) > 5_000


def slow_rand(first, second):
    """Eq. 4 as it stands, pair by pair."""
    agree = [
        (first[i] == first[j]) == (second[i] == second[j])
        for i in range(len(first))
        for j in range(i)
    ]
    return np.mean(agree)


def test_sensitivity_scores_the_networks_it_names():
    options = dict(shape="rectangle", noise=0.1, n_faults=4, seed=2)
    runs = sensitivity_runs(densities_per_km2=[0.1, 0.3], **options)
    assert runs["criterion"].tolist() == ["global", "local", "planted"] * 2
    planted = paper_network(n_faults=4, seed=2, points_per_km2=0.1, noise=0.1)
    net = FaultNetwork("local").fit(planted.xyz_km)
    row = runs[(runs["criterion"] == "local") & (runs["density_per_km2"] == 0.1)].iloc[0]
    assert row["rand"] == pytest.approx(slow_rand(planted.labels, net.labels_), abs=1e-12)
    assert row["n_kernels"] == len(net.weights_)
    assert row["bic"] == net.bic_
    assert row["n_points"] == len(planted.labels)
    bound = runs[runs["criterion"] == "planted"]
    assert (bound["n_kernels"] == 5).all()
    assert (bound["adjusted_rand"] > 0.8).all()


def test_sensitivity_without_noise_has_no_background():
    runs = sensitivity_runs(shape="ellipse", noise=0.0, densities_per_km2=[0.3], n_faults=3)
    assert runs.loc[runs["criterion"] == "planted", "n_kernels"].item() == 3


def made_up_parts():
    """Runs whose curves do what section 3.2 says."""
    density = np.array([0.1, 0.5, 1.0, 1.2, 1.6, 2.0])
    curves = {
        ("rectangle", "global"): [0.7, 0.94, 0.95, 0.96, 0.9, 0.8],
        ("rectangle", "local"): [0.6, 0.9, 0.85, 0.8, 0.75, 0.7],
        ("ellipse", "global"): [0.7, 0.95, 0.95, 0.95, 0.95, 0.945],
        ("ellipse", "local"): [0.6, 0.9, 0.9, 0.9, 0.9, 0.9],
    }
    parts = []
    for (shape, criterion), index in curves.items():
        for noise in (0.05, 0.2):
            part = pd.DataFrame({"density_per_km2": density, "adjusted_rand": index})
            part = part.assign(rand=0.99, shape=shape, criterion=criterion, noise=noise)
            part = part.assign(n_points=(6000 * density).astype(int), n_faults=20, n_kernels=21)
            side = 200.0 if shape == "rectangle" else 210.0
            parts.append(part.assign(extent_x_km=side, extent_y_km=150.0, extent_z_km=30.0))
    return parts


def test_fig05_judges_the_claims_of_section_3_2(tmp_path):
    table = fig05.numbers(made_up_parts())
    ours = fig05.ours(table)
    for name in ("global_above_local", "local_declines", "no_decline_ellipses"):
        assert value_of(ours, f"fig05.{name}") == 1.0
    assert value_of(ours, "fig05.rand_global_level") == pytest.approx(0.95)
    assert value_of(ours, "fig05.density_of_decline") == 1.2
    assert value_of(ours, "fig05.density_of_saturation") == 0.5
    assert value_of(ours, "fig05.n_sets") == 12
    assert value_of(ours, "fig05.extent_x") == 200.0
    assert value_of(ours, "fig05.n_points_smallest") == 600
    swapped = table.assign(
        criterion=table["criterion"].replace({"global": "local", "local": "global"})
    )
    assert value_of(fig05.ours(swapped), "fig05.global_above_local") == 0.0
    # equal numbers of kernels: nothing was added
    assert value_of(ours, "fig05.robust_to_noise") == 1.0
    assert value_of(ours, "fig05.local_adds_kernels") == 0.0
    assert value_of(ours, "fig05.corners_add_kernels") == 0.0
    crowded = (table["shape"] == "rectangle") & (table["density_per_km2"] == 2.0)
    noisy = (table["noise"] == 0.2) & (table["density_per_km2"] >= 0.5)
    changed = fig05.ours(
        table.assign(
            n_kernels=table["n_kernels"] + 9 * crowded,
            adjusted_rand=table["adjusted_rand"] - 0.06 * noisy,
        )
    )
    assert value_of(changed, "fig05.local_adds_kernels") == 1.0
    assert value_of(changed, "fig05.corners_add_kernels") == 1.0
    assert value_of(changed, "fig05.robust_to_noise") == 0.0
    sparse = fig05.ours(table[table["density_per_km2"] < 0.5])
    assert np.isnan(value_of(sparse, "fig05.robust_to_noise"))
    assert np.isnan(value_of(sparse, "fig05.local_adds_kernels"))
    # six densities are not the paper's sets
    assert not ours["comparable"].any()
    assert drawn(table, draw05, tmp_path) > 10_000


def test_fig07_tails_are_integrals_of_the_curves(tmp_path):
    table = fig07.numbers(width_km=2.0, distances_km=(2.0, 3.5))
    for _, tail in table[table["kind"] == "tail"].iterrows():
        half, edge = tail["distance_km"] / 2, tail["edge_km"]
        # moments of the two boxcars, integrated
        variance = quad(lambda x: x**2 / 2.0, half - 1.0, half + 1.0)[0]
        wide = norm(0.0, np.sqrt(variance)).pdf
        left, right = (norm(side * half, 2 / 12**0.5).pdf for side in (-1, 1))

        def parts(x, left=left, right=right):
            return 0.5 * (left(x) + right(x))

        assert tail["merged_mass"] == pytest.approx(2 * quad(wide, edge, 50.0)[0], rel=1e-6)
        assert tail["parts_mass"] == pytest.approx(2 * quad(parts, edge, 50.0)[0], rel=1e-6)
        crossing = tail["crossing_km"]
        assert wide(crossing) == pytest.approx(parts(crossing), rel=1e-6)
        for x in np.linspace(1.001 * crossing, 4 * crossing, 20):
            assert wide(x) > parts(x)
    curves = table[table["kind"].isin(["merged", "parts", "boxcar"])]
    for (_, kind), curve in curves.groupby(["panel", "kind"]):
        step = curve["x_km"].iloc[1] - curve["x_km"].iloc[0]
        assert curve["density_per_km"].sum() * step == pytest.approx(1.0, abs=0.02), kind
    assert fig07.ours(table)["value"].tolist() == [1.0, 1.0]
    assert drawn(table, draw07, tmp_path) > 10_000


def test_fig08_transfers_add_up_to_the_condensed_catalog(tmp_path):
    kernels = fig08.example_kernels()
    moves = fig08.transfers(kernels)
    event = kernels["event_id"].to_numpy()
    assert (event[moves["kernel"]] != event[moves["to_kernel"]]).all()
    final = kernels["weight"].to_numpy().copy()
    np.subtract.at(final, moves["kernel"], moves["weight"])
    np.add.at(final, moves["to_kernel"], moves["weight"])
    condensed = condense(kernels)
    whole = kernels[["event_id", "component"]].merge(condensed, how="left")["weight"].fillna(0.0)
    np.testing.assert_allclose(final, whole, atol=1e-12)
    table = fig08.numbers()
    assert fig08.ours(table)["value"].tolist() == [3.0, 6.0, 1.0, 2.0, 1.0, 1.0]
    within = table.copy()
    move = within.index[within["kind"] == "transfer"][0]
    within.loc[move, ["kernel", "to_kernel"]] = [2, 1]
    assert value_of(fig08.ours(within), "fig08.no_transfer_within_event") == 0.0
    assert table.loc[table["panel"] == "b", "weight"].sum() == pytest.approx(3.0)
    assert drawn(table, draw08, tmp_path) > 10_000


def test_fig08_assignment_holds_for_other_points():
    for seed in (1, 2, 3):
        table = fig08.numbers(seed=seed)
        rows = table[table["kind"] == "assignment"]
        assert rows["to_kernel"].tolist() == [0.0, 1.0, 1.0]
