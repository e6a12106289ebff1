import sys

import pytest

from faultcast import provenance
from faultcast.io import write_csv


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        return path

    return write


CODE = '''"""Doc."""
from faultcast.io import write_csv


def f(x):
    """Doc."""
    return x + 1
'''


def test_code_digest_is_blind_to_comments_docstrings_and_layout(script):
    first = provenance.code_digest(script(CODE))
    other = CODE.replace('"""Doc."""', '"""Other words."""').replace("x + 1", "(x  +  1)  # why")
    assert provenance.code_digest(script(other)) == first


def test_code_digest_sees_code(script):
    first = provenance.code_digest(script(CODE))
    assert provenance.code_digest(script(CODE.replace("x + 1", "x + 2"))) != first


def test_code_digest_follows_imports_at_any_depth(tmp_path, monkeypatch):
    package = tmp_path / "faultcast"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("from faultcast import b, logs\n")
    (package / "b.py").write_text("X = 1\n")
    (package / "logs.py").write_text("Y = 1\n")
    places = {f"faultcast.{name}": package / f"{name}.py" for name in "ab"}
    monkeypatch.setattr(provenance, "_module_path", places.get)
    first = provenance.code_digest("faultcast.a")
    (package / "logs.py").write_text("Y = 22\n")
    assert provenance.code_digest("faultcast.a") == first
    (package / "b.py").write_text("X = 22\n")
    assert provenance.code_digest("faultcast.a") != first


def test_record_names_no_place_and_no_time(tmp_path):
    import pandas as pd

    path = tmp_path / "table.csv"
    write_csv(pd.DataFrame({"x": [1]}), path)
    record = provenance.record({"table": path}, {"seed": 1}, datasets=["b", "a"], crs="+proj=aeqd")
    assert record["datasets"] == ["a", "b"]
    assert record["crs"] == "+proj=aeqd"
    assert str(tmp_path) not in str(record)
    assert set(record["inputs"]) == {"table"}


def test_the_package_imports_no_snakemake():
    import subprocess

    code = (
        "import pkgutil, importlib, sys, faultcast\n"
        "names = [m.name for m in pkgutil.walk_packages(faultcast.__path__, 'faultcast.')]\n"
        "[importlib.import_module(n) for n in names]\n"
        "assert 'snakemake' not in sys.modules\n"
        "print(len(names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
