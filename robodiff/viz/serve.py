"""A page served on this computer alone, which loads itself again when there is news."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from robodiff.viz.report.page import render

HEARTBEAT = 5.0
"""Seconds between signs of life on an open stream."""


WAITING = """\
<!doctype html>
<meta charset="utf-8"><meta http-equiv="refresh" content="1"><link rel="icon" href="data:,">
<title>robodiff</title>
<p style="font: 16px sans-serif; color: #888; margin: 3em">robodiff is getting ready.</p>
"""
"""Until the first page is published; looks again every second."""


class PageServer:
    """One page at `url`, on 127.0.0.1 and a free port. A context manager."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._version = 0
        self._text = WAITING.encode()
        self._seen = 0
        self._closed = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def publish(self, content: dict[str, Any], last: bool = False) -> None:
        """Show new content (as `render` takes it); `last`: no more will follow."""
        with self._news:
            version = self._version + 1
        live = {"version": version, "last": last}
        text = render({**content, "live": live}).encode()
        with self._news:
            self._version, self._text = version, text
            self._news.notify_all()

    def wait_until_seen(self, seconds: float) -> None:
        """Give open pages time to fetch what was published last."""
        with self._news:
            if self._seen:
                self._news.wait_for(lambda: self._seen == self._version, seconds)

    def __enter__(self) -> PageServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.headers.get("Host") not in page._hosts:  # another name led here
                    self.send_error(403)
                elif self.path == "/":
                    page._send(self)
                elif self.path == "/events":
                    page._stream(self)
                else:
                    self.send_error(404)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the terminal is the command's."""

        return Handler

    @property
    def _hosts(self) -> tuple[str, str]:
        port = self._server.server_port
        return f"127.0.0.1:{port}", f"localhost:{port}"

    def _send(self, request: BaseHTTPRequestHandler) -> None:
        with self._news:
            version, text = self._version, self._text
        _head(request, "text/html; charset=utf-8", len(text))
        try:
            request.wfile.write(text)
        except OSError:  # the reader has gone
            return
        with self._news:
            self._seen = max(self._seen, version)
            self._news.notify_all()

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        """Server-sent events: the version now, and each one that follows."""
        _head(request, "text/event-stream")
        told = 0
        try:
            while not self._closed:
                with self._news:
                    self._news.wait_for(lambda: self._closed or self._version != told, HEARTBEAT)  # noqa: B023
                    version, closed = self._version, self._closed
                if closed:
                    return
                line = ":\n\n" if version == told else f"retry: 1000\ndata: {version}\n\n"
                request.wfile.write(line.encode())
                request.wfile.flush()
                told = version
        except OSError:
            return


def _head(request: BaseHTTPRequestHandler, kind: str, length: int | None = None) -> None:
    request.send_response(200)
    request.send_header("Content-Type", kind)
    request.send_header("Cache-Control", "no-store")
    request.send_header("X-Content-Type-Options", "nosniff")
    if length is not None:
        request.send_header("Content-Length", str(length))
    request.end_headers()
