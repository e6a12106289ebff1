"""HTTP transfers that end: one deadline for all attempts, retries with back-off, resume.

Nothing here knows datasets. Query strings, which may carry a user's key, are kept out of all
messages, and so are the addresses that a server redirects to.
"""

from __future__ import annotations

import http.client
import logging
import queue
import threading
import time
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from faultcast.catalog.web import (
    announced_bytes,
    is_network,
    is_unknown_host,
    open_address,
    plain_reason,
    retry_after,
    shown,
    with_parameters,
)
from faultcast.errors import DownloadError

_RETRIED = {408, 429, 500, 502, 503, 504}
_CHUNK = 1 << 16
_MAX_ANSWER = 64 << 20  # bytes held in memory; an event service's window is about 3 MB
_HTML_STARTS = (b"<!doctype html", b"<html")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Reply:
    """Status and body of a small answer."""

    status: int
    body: bytes


@dataclass
class Session:
    """Transfers that share one deadline.

    Parameters
    ----------
    deadline_s : for everything done with this session, waiting included.
    attempts : for each address; a cut body is resumed, not begun anew.
    backoff_s : wait before the second attempt; doubled each time. A Retry-After is honoured.
    timeout_s : longest silence of a server.
    max_bytes : largest body accepted where no size is known.
    sleep, clock : replaced in tests.
    """

    deadline_s: float = 3600.0
    attempts: int = 4
    backoff_s: float = 1.0
    timeout_s: float = 60.0
    max_bytes: int = 4 << 30
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    log: logging.Logger = field(default_factory=lambda: logging.getLogger(__name__))

    def __post_init__(self) -> None:
        self._end = self.clock() + self.deadline_s

    def remaining_s(self) -> float:
        """Return the seconds left; none left raises DownloadError."""
        left = self._end - self.clock()
        if left <= 0:
            raise DownloadError(
                f"not finished within the deadline of {self.deadline_s:g} s; try again later, or "
                "set the config key `mirror` to a folder or address that has the files"
            )
        return left

    def get(self, url: str, *, accept: tuple[int, ...] = (200,)) -> Reply:
        """Return a small answer whole; statuses not in `accept` raise DownloadError."""

        def attempt() -> Reply:
            with self._open(url, {}, accept) as response:
                body = bytearray()
                self._read(url, response, body.extend, 0, min(self.max_bytes, _MAX_ANSWER))
                return Reply(response.status, bytes(body))

        return self._retry(url, attempt)

    def download(
        self,
        url: str,
        path: Path,
        *,
        size: int | None = None,
        parameters: Mapping[str, str] | None = None,
        allow_html: bool = False,
    ) -> None:
        """Write the body to `path`; what lies there already is taken as its beginning.

        Parameters
        ----------
        size : bytes expected, where known; any other length is refused.
        parameters : added to the query; never shown in a message.
        allow_html : by default an HTML page (a login, an error) is refused.
        """
        full = with_parameters(url, parameters or {})
        validator: dict[str, str] = {}

        def attempt() -> None:
            have = path.stat().st_size if path.exists() else 0
            headers = {"Range": f"bytes={have}-", **validator} if have else {}
            with self._open(full, headers, (200, 206, 416)) as response:
                start = _start_of_body(response, have)
                if start is None:
                    path.unlink()
                    raise _AgainError("the server cannot resume this file; beginning anew")
                if response.headers.get("ETag", "").startswith('"'):
                    validator["If-Range"] = response.headers["ETag"]
                _check_kind(response, url, allow_html)
                with path.open("r+b" if start else "wb") as stream:
                    stream.seek(start)
                    stream.truncate()
                    self._read(url, response, stream.write, start, size or self.max_bytes)
            have = path.stat().st_size
            if size is not None and have != size:
                path.unlink()
                raise DownloadError(f"{shown(url)}: {have} bytes came, {size} were expected")
            if not allow_html:
                _check_start(path, url)

        self._retry(url, attempt)

    def _retry(self, url: str, attempt: Callable[[], _T]) -> _T:
        """Run `attempt` until it succeeds, is refused for good, or attempts or time run out."""
        for number in range(1, self.attempts + 1):
            try:
                return attempt()
            except _AgainError as error:
                reason, asked = str(error), error.wait_s
            except (http.client.HTTPException, OSError) as error:
                if isinstance(error, OSError) and not is_network(error):
                    raise
                if is_unknown_host(error):
                    raise DownloadError(f"{shown(url)}: {plain_reason(error)}") from None
                reason, asked = plain_reason(error), None
            if number == self.attempts:
                break
            wait = asked if asked is not None else self.backoff_s * 2 ** (number - 1)
            if wait > self.remaining_s():
                raise DownloadError(
                    f"{shown(url)}: {reason}; the server asks to wait {wait:g} s, which is past "
                    f"the deadline of {self.deadline_s:g} s"
                )
            self.log.info("%s: %s; again in %g s", shown(url), reason, wait)
            self.sleep(wait)
        raise DownloadError(f"{shown(url)}: {reason} ({self.attempts} attempts)")

    def _open(self, url: str, headers: Mapping[str, str], accept: tuple[int, ...]) -> Any:
        try:
            response = self._open_in_time(url, headers)
        except urllib.error.HTTPError as error:
            if error.code in accept:
                return error
            with error:
                reason = f"status {error.code} {http.client.responses.get(error.code, '')}".strip()
                if error.code in _RETRIED:
                    raise _AgainError(reason, retry_after(error.headers)) from None
                raise DownloadError(f"{shown(url)}: {reason}") from None
        if response.status not in accept:
            response.close()
            raise DownloadError(f"{shown(url)}: status {response.status}, without data")
        return response

    def _open_in_time(self, url: str, headers: Mapping[str, str]) -> Any:
        """Open in a thread: name look-up and headers have no deadline of their own."""
        answers: queue.Queue[Any] = queue.Queue()
        seconds = min(self.timeout_s, self.remaining_s())

        def work() -> None:
            try:
                answers.put(open_address(url, headers, seconds))
            except BaseException as error:  # handed to the waiting thread
                answers.put(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            answer = answers.get(timeout=2 * seconds)
        except queue.Empty:
            self.remaining_s()
            raise _AgainError("the server does not answer") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _read(
        self, url: str, response: Any, put: Callable[[bytes], Any], start: int, limit: int
    ) -> None:
        """Pass the body on in pieces, within the deadline and the size cap."""
        announced = announced_bytes(response.headers)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{shown(url)}: the body came compressed, unasked")
        done = 0
        if announced is not None and start + announced > limit:
            raise DownloadError(
                f"{shown(url)}: {start + announced} bytes are announced, "
                f"{limit} at most were expected"
            )
        while piece := response.read1(_CHUNK):
            done += len(piece)
            if start + done > limit:
                raise DownloadError(f"{shown(url)}: more than the {limit} bytes expected at most")
            put(piece)
            self.remaining_s()
        if announced is not None and done < announced:
            raise _AgainError(f"the body was cut after {done} of {announced} bytes")


class _AgainError(Exception):
    """The attempt failed in a way that another one may mend."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def _start_of_body(response: Any, have: int) -> int | None:
    """Return where in the file the body begins; None if the server's range is not ours."""
    if response.status == 200:
        return 0
    content_range = response.headers.get("Content-Range", "")
    return have if response.status == 206 and content_range.startswith(f"bytes {have}-") else None


def _check_kind(response: Any, url: str, allow_html: bool) -> None:
    if not allow_html and response.headers.get_content_type() == "text/html":
        raise DownloadError(f"{shown(url)}: an HTML page came where data was expected")


def _check_start(path: Path, url: str) -> None:
    with path.open("rb") as stream:
        start = stream.read(64).lstrip().lower()
    if start.startswith(_HTML_STARTS):
        path.unlink()
        raise DownloadError(f"{shown(url)}: an HTML page came where data was expected")
