"""The lock file of the data folder: checksums of files that the registry does not know.

Several jobs may fetch at once, so each change is made under a file lock and written whole.
"""

from __future__ import annotations

import errno
import fcntl
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from faultcast.errors import DownloadError
from faultcast.io import write_json

# some cluster file systems are mounted without locks; then jobs must not share a download
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


def read_lock(path: str | Path) -> dict[str, dict[str, Any]]:
    """Return the recorded files: `<dataset>/<path>` -> {"bytes": ..., "sha256": ...}.

    Raises
    ------
    DownloadError
        The file is no JSON object of that kind.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        for entry in record.values():
            int(entry["bytes"]), str(entry["sha256"])
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise DownloadError(
            f"the lock file {path} is damaged ({error}); restore it, or delete it to record the "
            "checksums of the files anew"
        ) from error
    return dict(record)


def record_file(path: str | Path, name: str, entry: Mapping[str, Any]) -> None:
    """Add one file to the lock file; what other jobs add at the same time is kept."""
    target = Path(path)
    with exclusive(target.with_name(f".{target.name}.guard")):
        recorded = read_lock(target)
        recorded[name] = dict(entry)
        write_json(recorded, target)


@contextmanager
def exclusive(
    path: Path, *, wait_s: float = 60.0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold a lock on `path` (made if absent) for the block.

    Raises
    ------
    DownloadError
        Another job held it longer than `wait_s`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        give_up = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise DownloadError(
                        f"another job has held {path} for {wait_s:g} s; wait for it to end"
                    ) from None
                sleep(0.05)
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
                break
        yield
