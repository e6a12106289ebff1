"""Logging of one workflow job: into the rule's log file, faults told in plain words."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faultcast.errors import FaultcastError

_FORMAT = "%(levelname)s %(name)s: %(message)s"


class _LogFile(logging.FileHandler):
    """A log whose own failure, on a full disk, does not hide the error of the job."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Pass: errors also go to standard error."""

    def close(self) -> None:
        """Close, and give up what cannot be written."""
        with suppress(OSError):
            super().close()


@contextmanager
def to_file(path: str | Path, *, append: bool = False) -> Iterator[logging.Logger]:
    """Send log records and warnings of the block to a file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = _LogFile(path, mode="a" if append else "w", encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("faultcast")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logging.captureWarnings(True)
    warnings_logger = logging.getLogger("py.warnings")
    warnings_logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        warnings_logger.removeHandler(handler)
        handler.close()


@contextmanager
def job(log_path: str | Path) -> Iterator[logging.Logger]:
    """Send log records of the block to `log_path`; end the process with 1 on an error.

    A `FaultcastError` is told as its message alone, on standard error and in the log;
    anything else comes with its traceback, which a bug report needs.
    """
    with to_file(log_path) as logger:
        try:
            yield logger
        except FaultcastError as error:
            logger.error("%s", error)
            print(f"faultcast: {error}", file=sys.stderr)
            sys.exit(1)
        except Exception:
            logger.exception("unexpected error; please report it with this log")
            raise
