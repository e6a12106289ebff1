"""Nothing that is read can run: no pickle, eval or unsafe loader; the environment stays inside."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PYTHON = sorted(
    path for folder in ("src", "workflow", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
_SNAKEMAKE = [ROOT / "Snakefile", *sorted((ROOT / "workflow").rglob("*.smk"))]

_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
_BUILTINS = {"eval", "exec", "compile", "__import__"}
_ATTRIBUTES = {
    "read_pickle", "to_pickle", "unsafe_load", "full_load", "unsafe_load_all", "full_load_all",
    "load_all", "loads_pickle", "mktemp", "popen",
}  # fmt: skip
_CALLS = {"torch.load", "torch.jit.load", "torch.hub.load", "os.system", "pd.eval", "pandas.eval"}
# who may look at the environment, where a user's keys are
_ENVIRONMENT = {
    "src/faultcast/__init__.py", "src/faultcast/catalog/download.py",
    "src/faultcast/train/device.py",
    # where the real data lie
    "benchmarks/catalog_read.py", "benchmarks/condense.py", "benchmarks/faults.py",
}  # fmt: skip


def _dotted(node: ast.expr) -> str:
    """Return `a.b.c` of a name or attribute, "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _faults(tree: ast.Module) -> list[str]:
    """Return what a module does that could run what it reads."""
    safe = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and "yaml.SafeLoader" in map(_dotted, node.bases)
    } | {"yaml.SafeLoader"}
    faults = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        faults += [f"import {name}" for name in names if name.split(".")[0] in _MODULES]
        if isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
            faults.append(node.attr)
        if not isinstance(node, ast.Call):
            continue
        called = _dotted(node.func)
        options = {word.arg: word.value for word in node.keywords}
        if called in _BUILTINS | _CALLS:
            faults.append(called)
        if called == "yaml.load" and _dotted(options.get("Loader", node.func)) not in safe:
            faults.append("yaml.load without a safe loader")
        for option in ("allow_pickle", "shell"):
            value = options.get(option)
            if value is not None and not (isinstance(value, ast.Constant) and not value.value):
                faults.append(f"{option} is on")
    return faults


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from joblib import load", "eval('1')", "exec(text)",
        "torch.load(p, weights_only=True)", "torch.jit.load(p)", "pd.eval(text)",
        "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=flag)", "yaml.load(text)", "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)", "pd.read_pickle(p)", "subprocess.run(c, shell=True)",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_is_for(code):
    assert len(_faults(ast.parse(code))) == 1


def test_what_is_allowed_is_not_found():
    code = (
        "class L(yaml.SafeLoader): pass\nyaml.load(t, Loader=L)\nyaml.safe_load(t)\n"
        "model.eval()\nnp.load(p)\nnp.load(p, allow_pickle=False)\nre.compile('a')\n"
        "safe_open(p, framework='pt')\n"
    )
    assert _faults(ast.parse(code)) == []


def test_python_code_runs_nothing_that_it_reads():
    assert len(_PYTHON) > 200
    found = {
        str(path.relative_to(ROOT)): faults
        for path in _PYTHON
        if (faults := _faults(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_rules_run_nothing_that_they_read():
    words = r"\b(?:eval|exec|compile|__import__)\(|\bpickle\b|\bread_pickle\b|\btorch\.load\b"
    unsafe = re.compile(rf"{words}|\byaml\.(?!safe_load\b)\w*load|allow_pickle|\bos\.system\b")
    assert len(_SNAKEMAKE) > 10
    for path in _SNAKEMAKE:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            code = line.split("#")[0]
            assert not unsafe.search(code), f"{path.name}:{number}: {line}"


def test_only_the_download_looks_for_keys():
    """What nobody reads from the environment can stand in no log, record or configuration."""
    looks = re.compile(r"\benviron\b|\bgetenv\b|\benvvars\b")
    found = {
        str(path.relative_to(ROOT))
        for path in (*_PYTHON, *_SNAKEMAKE)
        if looks.search(path.read_text(encoding="utf-8"))
    }
    # sources and the registry speak of the environment that the download hands them
    assert found - _ENVIRONMENT <= {"src/faultcast/catalog/sources.py"}
