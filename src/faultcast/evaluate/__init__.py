"""Scores, comparison with the published numbers, and the numbers behind each figure and table.

`evaluate/<paper>/<figure>.py` has `numbers(...) -> DataFrame`, the table that is drawn.
Nothing is imported here, so that each target is tracked alone.
"""
