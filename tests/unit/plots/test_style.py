"""Saved figures: the same pixels from every process."""

import matplotlib.image
import numpy as np

from faultcast.plots import style


def test_axes_stand_on_a_grid_that_the_layout_solver_cannot_leave(tmp_path):
    """Its last bit differs between processes; both files have the same layout."""
    figure, axes = style.new_figure(style.PAGE_IN, 4.0, 2, 2)
    axes[1, 0].remove()
    for axis in figure.axes:
        axis.plot([0, 1], [0, 1], label="line")
        axis.set_ylabel("y")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center")
    style.save(figure, "tiny", tmp_path / "a.pdf", tmp_path / "a.png")
    bounds = np.array([axis.get_position(original=True).bounds for axis in figure.axes])
    np.testing.assert_array_equal(bounds, np.round(bounds, 7))
    # the legend has room below the panels, and the labels beside them
    assert bounds[:, 1].min() > 0.1 and bounds[:, 0].min() > 0.03
    assert (bounds[:, 2:] > 0.25).all()
    pixels = matplotlib.image.imread(tmp_path / "a.png")
    legend = pixels[-int(0.06 * len(pixels)) :, 400:-400, :3]
    assert (legend < 0.9).any()
