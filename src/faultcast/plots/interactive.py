"""An interactive figure as one HTML page that needs nothing from outside.

plotly.js is 4.8 MB of text. It goes in compressed, and the browser unpacks it (DecompressionStream,
in all browsers since 2023): the page, and the report that holds it, stay small.
"""

from __future__ import annotations

import base64
import gzip
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 13px/1.45 sans-serif; margin: 0; color: #1a1a1a; }}
p {{ margin: 0.4rem 1rem; }} #view {{ height: calc(100vh - 3.5rem); min-height: 420px; }}</style>
</head><body><p id="note">{note}</p><div id="view"></div>
<script type="application/json" id="figure">{figure}</script>
<script type="application/octet-stream" id="code">{code}</script>
<script>
(async () => {{
  try {{
    const packed = Uint8Array.from(atob(document.getElementById("code").textContent),
      letter => letter.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.text = await new Response(unpacked).text();
    document.head.append(script);
    const figure = JSON.parse(document.getElementById("figure").textContent);
    await Plotly.newPlot("view", figure.data, figure.layout,
      {{responsive: true, displaylogo: false, showSendToCloud: false}});
    document.body.dataset.drawn = "yes";
  }} catch (fault) {{
    document.getElementById("note").textContent =
      "This view needs a browser of 2023 or later with WebGL: " + fault;
  }}
}})();
</script></body></html>
"""


def page(figure: Figure, title: str, preset: str) -> str:
    """Return the page of a plotly figure.

    Parameters
    ----------
    figure : what to show.
    title : of the page.
    preset : name of the preset.
    """
    from plotly.offline import get_plotlyjs

    # no time in the header of the archive: the same figure gives the same page
    code = base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()
    return _PAGE.format(
        title=escape(title),
        note=f"{escape(title)}. faultcast, preset {escape(preset)}; turn with the mouse, zoom with "
        "the wheel; the CSV beside this page has the numbers",
        # a closing tag inside of the data would end the script
        figure=figure.to_json().replace("</", "<\\/"),
        code=code,
    )
