"""Logging of one workflow job: into the rule's log file, faults told in plain words."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faultcast.errors import FaultcastError

_FORMAT = "%(levelname)s %(name)s: %(message)s"


@contextmanager
def to_file(path: str | Path, *, append: bool = False) -> Iterator[logging.Logger]:
    """Send log records and warnings of the block to a file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="a" if append else "w", encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    logger = logging.getLogger("faultcast")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logging.captureWarnings(True)
    warnings_logger = logging.getLogger("py.warnings")
    warnings_logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
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
