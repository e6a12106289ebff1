"""What runs again after which change: no less than needed, and no more."""

import os

import pytest

pytestmark = pytest.mark.workflow

CHECKS = {"check_published": 1, "scoreboard": 1, "all": 1}


def test_second_run_comments_docstrings_and_touches_plan_nothing(finished):
    """Also after the checkout was moved, which making the copy did."""
    finished.edit("src/faultcast/plots/kamer2020/fig09.py", "\n\n\n", "\n\n\n# a comment\n")
    finished.edit("src/faultcast/condense/transfer.py", '"""', '"""Another docstring. ')
    finished.edit("workflow/scripts/draw_figure.py", "\n\n", "\n\n# a comment\n")
    os.utime(finished / "workflow/scripts/numbers.py")
    os.utime(finished / "src/faultcast/faults/merge.py")
    assert finished.planned() == {}


def test_changed_drawing_redraws_its_figure_alone(finished):
    finished.edit("src/faultcast/plots/kamer2020/fig09.py", "\n\n\n", "\n\n\nCHANGED = 1\n\n\n")
    assert finished.planned() == {"kamer2020_fig09_figure": 1, "all": 1}
    finished.snakemake("--quiet", "all")
    assert finished.planned() == {}


def test_changed_numbers_are_made_and_drawn_again(finished):
    finished.edit("src/faultcast/evaluate/kamer2020/fig09.py", "\n\n\n", "\n\n\nCHANGED = 1\n\n\n")
    numbers = {"kamer2020_fig09_numbers": 1, "kamer2020_fig09_figure": 1, "all": 1}
    assert finished.planned() == numbers


def test_changed_style_redraws_all_figures_and_nothing_else(finished):
    finished.edit("src/faultcast/plots/style.py", "\n\n\n", "\n\n\nCHANGED = 1\n\n\n")
    drawn = (finished / "results/tiny").glob("*/figures/*.png")
    figures = {f"{path.parts[-3]}_{path.stem}_figure" for path in drawn}
    assert len(figures) >= 12
    assert finished.planned() == dict.fromkeys([*figures, "draw_network3d", "all"], 1)


def test_changed_value_plans_what_depends_on_it(finished):
    changed = finished.overlay({"papers": {"kamer2020": {"bandwidths_km": [1.0, 3.0]}}})
    assert changed.planned() == {
        "kamer2020_fig12_numbers": 1,
        "kamer2020_fig12_figure": 1,
        **{
            f"kamer2020_{table}_{job}": 1
            for table in (
                *("forecast_test", "forecast_gap"),
                *("catalog_variants", "relocated", "student_t"),
            )
            for job in ("numbers", "page")
        },
        "kamer2020_ours_numbers": 1,
        **CHECKS,
    }


def test_one_figure_by_path_plans_only_what_it_needs(fresh):
    planned = fresh.planned("results/tiny/kamer2020/figures/fig09.pdf")
    assert planned == dict.fromkeys(
        [
            *("simulate_region", "read_catalog", "select_events", "locate_events"),
            *("condense_kernels", "assign_events"),
            *("kamer2020_fig09_numbers", "kamer2020_fig09_figure"),
        ],
        1,
    )


def test_presets_of_one_checkout_share_no_results(finished):
    """The finished tiny run is nothing that the demo could take for its own."""
    finished.overlays = finished.overlays[:2]
    planned = finished.planned("kamer2020")
    assert planned["simulate_region"] == 1 and planned["kamer2020_fig02_figure"] == 1
