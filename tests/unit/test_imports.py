"""A module imports only from its left in the chain of the data."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "faultcast"
CHAIN = """
    catalog location condense faults grid deformation etas synthetic models train forecast
    evaluate plots
""".split()  # noqa: SIM905 (in the order of the data)
SERVANTS = """
    errors logs io config config_papers config_table config_tiles provenance costs real_run threads
""".split()  # noqa: SIM905


def stage(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_stages(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "faultcast":
                names = [f"faultcast.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (n.split(".")[1] for n in names if n.startswith("faultcast.") and "." in n)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.name))
def test_imports_come_from_the_left(path):
    own = stage(path)
    for other in imported_stages(path):
        if other in SERVANTS or other == "__version__" or other == own:
            continue
        assert other in CHAIN, f"{path}: unknown stage {other}"
        assert own not in SERVANTS, f"{path}: {own} serves all and imports the stage {other}"
        assert CHAIN.index(other) < CHAIN.index(own), f"{path}: {own} imports {other}"
