"""faultcast: fault networks, forecasts and honest baselines from earthquake catalogs."""

import hashlib
import os
import tempfile
from pathlib import Path

__version__ = "0.1.0"


def _one_kernel_cache_a_state_of_the_code() -> None:
    """Point numba at a cache of compiled kernels that belongs to this very code.

    numba looks at the file of a compiled function alone: after a change in a kernel that it calls
    from another file it would go on with the old one.
    """
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        content = source.read_bytes()
        if b"njit" in content:
            digest.update(content)
    name = f"faultcast/kernels-{digest.hexdigest()[:16]}"
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", name)
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        # no home that can be written: compile anew, into a folder that is nobody else's
        folder = Path(tempfile.mkdtemp(prefix="faultcast-kernels-"))
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


_one_kernel_cache_a_state_of_the_code()
