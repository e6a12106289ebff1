"""An interactive figure as one HTML page that needs nothing from outside.

plotly.js is 4.8 MB of text. A report holds the page as an address (data URI) in base64, and
Chromium opens none longer than 2 MB: the page must stay below 1.57 MB. What browsers can unpack
by themselves (gzip) is not enough, so plotly.js and the figure go in as LZMA, written in 13 bits
to two characters, and the page unpacks them.
"""

from __future__ import annotations

import lzma
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PAGE = Path(__file__).parent / "data" / "view.html"
# 91 characters from "#" on, no backslash; without "!" no comment can begin
_DIGITS = np.array([c for c in range(35, 127) if c != 92], dtype=np.uint8)


def page(figure: Figure, title: str, preset: str) -> str:
    """Return the page of a plotly figure; the same figure gives the same page.

    Parameters
    ----------
    figure : what to show.
    title : of the page.
    preset : name of the preset.
    """
    from plotly.offline import get_plotlyjs

    shown = figure.to_json().encode()
    content = shown + get_plotlyjs().encode()
    model = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 23}
    packed = lzma.compress(content, format=lzma.FORMAT_ALONE, filters=[model])
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        note=f"{escape(title)}. faultcast, preset {escape(preset)}; turn with the mouse, zoom with "
        "the wheel; the CSV beside this page has the numbers",
        n_bytes=len(content),
        n_figure=len(shown),
        packed=write_text(packed),
    )


def write_text(content: bytes) -> str:
    """Return bytes as text, 13 bits in two of 91 characters."""
    bits = np.unpackbits(np.frombuffer(content, dtype=np.uint8))
    padded = np.append(bits, np.zeros(-len(bits) % 13, dtype=np.uint8)).reshape(-1, 13)
    values = padded @ (1 << np.arange(12, -1, -1))
    digits = np.column_stack((values // 91, values % 91)).ravel()
    return _DIGITS[digits].tobytes().decode("ascii")
