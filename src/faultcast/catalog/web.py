"""Addresses on the web: opened over http and https only, told without their secrets."""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from faultcast import __version__
from faultcast.errors import DownloadError

_ASKED = "asked_first"


def shown(url: str) -> str:
    """Return an address as it may stand in a message: without query, user and password."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters added to its query."""
    if not parameters:
        return url
    glue = "&" if urllib.parse.urlsplit(url).query else "?"
    return url + glue + urllib.parse.urlencode(parameters)


def open_address(url: str, headers: Mapping[str, str], timeout_s: float) -> Any:
    """Return the response to a GET; urllib's errors pass through."""
    if "@" in urllib.parse.urlsplit(url).netloc:
        raise DownloadError(
            f"{shown(url)}: the address holds a user name or password, which would be told to "
            "whoever reads the configuration; give an address without"
        )
    agent = {"User-Agent": f"faultcast/{__version__}", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers={**agent, **headers})
    return _OPENER.open(request, timeout=timeout_s)


def retry_after(headers: Any) -> float | None:
    """Return the seconds of a Retry-After header, which may be a number or a date."""
    text = headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def announced_bytes(headers: Any) -> int | None:
    """Return the Content-Length, where it is one."""
    text = (headers.get("Content-Length") or "").strip()
    return int(text) if text.isdigit() else None


def is_network(error: OSError) -> bool:
    """Return whether an OSError comes from the network and not from the disk."""
    return isinstance(error, (urllib.error.URLError, TimeoutError, ConnectionError, ssl.SSLError))


def is_unknown_host(error: Exception) -> bool:
    """Return whether the name of the server does not exist, as seen from here."""
    reason = getattr(error, "reason", None)
    return isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME


def plain_reason(error: Exception) -> str:
    """Return what went wrong on the network, in few words, none of them the server's.

    A server may repeat the address in its answer, and with it a user's key.
    """
    reason = getattr(error, "reason", None) or error
    if isinstance(error, TimeoutError) or isinstance(reason, TimeoutError):
        return "the server fell silent"
    if isinstance(error, http.client.IncompleteRead):
        return "the body was cut"
    if isinstance(error, http.client.HTTPException):
        return f"the answer is no proper HTTP ({type(error).__name__})"
    return f"no connection ({reason})"


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, from https to https only.

    Messages name the address that was asked first: a server may put a user's key into the path of
    the next one.
    """

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, to: str
    ) -> Any:
        """Let the new request remember the first; refuse one that is not encrypted any more."""
        schemes = [urllib.parse.urlsplit(address).scheme for address in (req.full_url, to)]
        if schemes == ["https", "http"]:
            raise DownloadError(
                f"{shown(_asked(req))}: redirects from https to http, where anyone on the way can "
                "read and change what is sent; expected https to the end: give another address"
            )
        following = super().redirect_request(req, fp, code, msg, headers, to)
        if following is not None:
            following.__dict__[_ASKED] = _asked(req)
            fp.read = bytes  # urllib reads the body through, which may have no end
        return following

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        """Refuse any other kind of address before it is looked at."""
        scheme = urllib.parse.urlsplit(headers.get("location", "")).scheme
        if scheme not in ("", "http", "https"):
            raise DownloadError(
                f"{shown(_asked(req))}: redirects to a {scheme}: address; only http and https "
                "are followed"
            )
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _asked(request: Any) -> str:
    return str(getattr(request, _ASKED, request.full_url))


def _web_opener() -> urllib.request.OpenerDirector:
    """Return an opener that has no handler for file:, ftp: and data:."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _WebOnly(),
    ):
        opener.add_handler(handler)
    return opener


_OPENER = _web_opener()
