import pandas as pd

from faultcast.plots.table import page


def test_numbers_are_rounded_and_text_is_escaped():
    table = pd.DataFrame({"model": ["A<b>", "AR(10)"], "gain_nats": [0.123456, None], "n": [3, 4]})
    html = page(table, "Table I", "demo")
    assert "<td>0.1235</td>" in html and "<td>3</td>" in html
    assert '<td class="text">A&lt;b&gt;</td>' in html
    assert "<td></td>" in html
    assert "<th>gain nats</th>" in html and "preset demo" in html
    assert html.count("<tr>") == 3


def test_large_numbers_are_whole():
    html = page(pd.DataFrame({"bic": [29399.87, -106_490.7, 1.5e12, 9999.6]}), "BIC", "demo")
    for cell in ("29400", "-106491", "1.5e+12", "10000"):
        assert f"<td>{cell}</td>" in html


def test_a_table_without_rows_still_has_its_head():
    html = page(pd.DataFrame({"model": []}), "Empty", "demo")
    assert "model</th>" in html
    assert html.count("<tr>") == 1
