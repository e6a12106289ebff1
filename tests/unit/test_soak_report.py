from collections import Counter

import pytest
from soak_report import update_report

PAGE = """# Page
<!-- kills -->
old kills
<!-- end -->
between
<!-- twice -->
old digests
<!-- end -->
<!-- damaged input -->
old damage
<!-- end -->
after
"""


def test_only_the_parts_that_ran_are_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    update_report(
        page, Counter({("hyp", "edited"): 9, ("hyp", "refused"): 4, ("x", "edited"): 2}), 7
    )
    text = page.read_text()
    assert "old kills" in text and "old digests" in text and "old damage" not in text
    assert (
        "| | edited | refused |\n|---|---:|---:|\n| hyp | 9 | 4 |\n| x | 2 |  |\n<!-- end -->"
        in text
    )
    assert ", seed 7; Python" in text and text.endswith("<!-- end -->\nafter\n")
    update_report(page, Counter({("kill -9 of a job", "while a job ran"): 3}), 7)
    text = page.read_text()
    assert (
        "old kills" not in text and "| kill -9 of a job | 3 |" in text and "| hyp | 9 | 4 |" in text
    )
    update_report(page, Counter({("made twice: .csv", "same"): 5}), 7)
    text = page.read_text()
    assert "old digests" not in text and "| made twice: .csv | 5 |" in text
    assert "| hyp | 9 | 4 |" in text


def test_a_page_without_its_marks_is_told(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n")
    with pytest.raises(AssertionError, match="holds no place for the counts of kills"):
        update_report(page, Counter({("kill -9 of a job", "while a job ran"): 3}), 0)
