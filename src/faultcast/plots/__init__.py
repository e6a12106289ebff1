"""Figures, one file each: drawn from the numbers that lie beside them, computing nothing.

Every figure module has `draw(numbers, preset) -> matplotlib.figure.Figure`. Nothing is
imported here, so that a change of one figure's code redraws that figure alone.
"""
