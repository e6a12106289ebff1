"""Where a result comes from: digests of its inputs, its settings and the code behind it."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from faultcast import __version__
from faultcast.errors import DataError
from faultcast.io import content_digest

_PACKAGE = "faultcast"
_ROOT = Path(__file__).parent
_IGNORED = {"faultcast", "faultcast.errors", "faultcast.logs"}


def record(
    inputs: Mapping[str, str | Path | Sequence[str | Path]] | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    datasets: Iterable[str] = (),
    crs: str | None = None,
) -> dict[str, Any]:
    """Return the provenance of a result: no time, no host, no path.

    Parameters
    ----------
    inputs : name -> file or files; only the content digests are kept.
    settings : the parameters that the result depends on.
    datasets : ids of the registry's datasets behind the result.
    crs : PROJ string of the km coordinates, if there are any.
    """
    provenance: dict[str, Any] = {
        "faultcast": __version__,
        "inputs": {name: _digests(path) for name, path in sorted((inputs or {}).items())},
        "settings_digest": settings_digest(settings or {}),
    }
    if datasets:
        provenance["datasets"] = sorted(datasets)
    if crs:
        provenance["crs"] = crs
    return provenance


def _digests(paths: str | Path | Sequence[str | Path]) -> str | list[str]:
    if isinstance(paths, (str, Path)):
        return content_digest(paths)
    return [content_digest(path) for path in paths]


def settings_digest(settings: Mapping[str, Any]) -> str:
    """Return the sha256 of settings, blind to the order of keys."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def code_digest(*sources: str | Path) -> str:
    """Return the sha256 of code, blind to comments, docstrings and layout.

    Parameters
    ----------
    sources : script files, or names of modules of this package. What they import from
        the package, at any depth, is part of the digest (`errors` and `logs` left out).
    """
    digests: dict[str, str] = {}
    waiting = list(sources)
    while waiting:
        source = waiting.pop()
        key = str(source) if _is_module(source) else Path(source).name
        if key in digests:
            continue
        path = _module_path(str(source)) if _is_module(source) else Path(source)
        if path is None:
            if source in sources:
                raise DataError(f"there is no module {source}: mend the rule that names it")
            continue
        digests[key], imported = _parse(path, str(source) if _is_module(source) else "")
        waiting.extend(name for name in imported if name not in digests)
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:16]


def _is_module(source: str | Path) -> bool:
    return isinstance(source, str) and source.split(".")[0] == _PACKAGE


@cache
def _module_path(name: str) -> Path | None:
    """Return a module's file, without importing the packages above it as importlib would."""
    if name in _IGNORED:
        return None
    place = _ROOT.joinpath(*name.split(".")[1:])
    files = (place / "__init__.py", place.with_name(f"{place.name}.py"))
    return next((file for file in files if file.is_file()), None)


def _parse(path: Path, module: str) -> tuple[str, tuple[str, ...]]:
    stat = path.stat()
    return _parse_cached(path, module, stat.st_mtime_ns, stat.st_size)


@cache
def _parse_cached(
    path: Path, module: str, _mtime_ns: int, _size: int
) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = _package_imports(tree)
    # importing a.b.c runs the __init__ of a.b too
    parents = {name.rpartition(".")[0] for name in (*imported, module)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            _drop_docstring(node)
    text = ast.unparse(tree)
    names = sorted(name for name in {*imported, *parents} if name and name not in _IGNORED)
    return hashlib.sha256(text.encode()).hexdigest(), tuple(names)


def _drop_docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    first = node.body[0] if node.body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        node.body = node.body[1:] or [ast.Pass()]


def _package_imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(_PACKAGE + ".")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == _PACKAGE:
            # `from faultcast.x import y`: y is a module of its own or a name in x
            found.add(str(node.module))
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found
