"""A loopback web server that misbehaves as told, for the tests of downloads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from faultcast.catalog.transfer import Session

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """`answers[path]`: one answer for good, or a list for one request after another."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.requests: list[tuple[str, dict[str, list[str]], str | None]] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.requests.append((parts.path, parse_qs(parts.query), handler.headers.get("Range")))
        chosen = self.answers.get(parts.path, body(b"no such page", status=404))
        if isinstance(chosen, list):
            chosen = chosen.pop(0) if len(chosen) > 1 else chosen[0]
        chosen(handler)

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]


@contextmanager
def hostile_server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                server.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        server = Server(http.server_port)
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        http.shutdown()


def body(data: bytes, *, status: int = 200, length: int | None = None, **headers: str) -> Answer:
    """Send `data`; a `length` above its own stands for a connection that is cut."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return send


def ranged(data: bytes, *, cut: int | None = None) -> Answer:
    """Send what the Range header asks for, at most `cut` bytes of it."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = data[start:]
        span = {"Content_Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if asked else {}
        status = 206 if asked else 200
        body(rest[:cut], status=status, length=len(rest), **span)(handler)

    return send


class Waits:
    """A clock that only moves when somebody sleeps, and a record of the waits."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def clock(self) -> float:
        return sum(self.waits)

    def session(self, **options: float) -> Session:
        return Session(sleep=self.sleep, clock=self.clock, **options)
