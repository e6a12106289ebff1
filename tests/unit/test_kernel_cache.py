import os
import subprocess
import sys
from pathlib import Path

CODE = "import os, faultcast; print(os.environ['NUMBA_CACHE_DIR'])"


def cache_folder(**environment):
    plain = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_compiled_kernels_lie_in_a_folder_named_by_the_code(tmp_path):
    folder = cache_folder(XDG_CACHE_HOME=str(tmp_path))
    assert folder.startswith(str(tmp_path / "faultcast" / "kernels-"))
    assert Path(folder).is_dir()


def test_a_cache_that_cannot_be_made_falls_back_and_the_users_choice_stays(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "kernels-" in cache_folder(XDG_CACHE_HOME=str(blocked))
    assert cache_folder(NUMBA_CACHE_DIR="/own/place") == "/own/place"
