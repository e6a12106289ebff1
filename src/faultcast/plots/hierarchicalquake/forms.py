"""How the forms of HierarchicalQuake are called on its figures."""

from __future__ import annotations

from faultcast.plots import style

_TITLES = {
    "as_published_reset": "as published, state reset",
    "as_published_carried": "as published, state carried",
    "leak_free": "leak-free",
}
COLOURS = {
    "as_published_reset": style.VERMILION,
    "as_published_carried": style.ORANGE,
    "leak_free": style.BLUE,
}


def title_of(form: str) -> str:
    """Return a form's name for a reader; one that is not known keeps its key."""
    return _TITLES.get(form, form.replace("_", " "))


def wrapped(form: str) -> str:
    """Return `title_of` on two lines where it has a comma: for narrow panels."""
    return title_of(form).replace(", ", ",\n")
