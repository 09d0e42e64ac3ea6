"""A page of this machine that shows a figure as it is now, and what is wrong with its spec."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Final, final

from archspec.diagnostics import failure
from archspec.escaping import clean

HOST: Final = "127.0.0.1"
NAMES: Final = (HOST, "localhost")
"""Hosts that a request may name: with another one, a page of the internet asks."""
KEEP_ALIVE: Final = 15.0
"""Seconds without news after which a page is sent a sign of life."""

STYLE: Final = """
:root { color-scheme: light dark; --back: #fff1f0; --edge: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #33191a; --edge: #ff8f86; } }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; }
pre {
  margin: 0; padding: 12px 16px; max-height: 45vh; overflow: auto; flex: none;
  font: 13px/1.45 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace;
  background: var(--back); border-bottom: 2px solid var(--edge);
}
pre[hidden] { display: none; }
iframe { flex: 1; border: 0; width: 100%; min-height: 0; }
"""
SCRIPT: Final = """
const figure = document.getElementById("figure");
const errors = document.getElementById("errors");
let shown = document.body.dataset.version;
new EventSource("/events").onmessage = (event) => {
  const now = JSON.parse(event.data);
  errors.textContent = now.errors;
  errors.hidden = !now.errors;
  if (now.version === shown) return;
  shown = now.version;
  figure.contentWindow.location.reload();
};
"""
NOTHING: Final = b'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Nothing</title>\n'


@final
class Board:
    """What is to be shown, for those who wait for news of it."""

    def __init__(self, name: str) -> None:
        self.name = clean(name)
        self._changed = Condition()
        self._figure = NOTHING
        self._errors = ""

    def show_figure(self, figure: bytes) -> None:
        """A new figure, of a spec without errors."""
        self._set(figure, "")

    def show_errors(self, errors: str) -> None:
        """What is wrong now; the figure stays."""
        self._set(self._figure, errors)

    def _set(self, figure: bytes, errors: str) -> None:
        with self._changed:
            self._figure, self._errors = figure, errors
            self._changed.notify_all()

    @property
    def now(self) -> tuple[bytes, str]:
        """The figure, and what is wrong."""
        with self._changed:
            return self._figure, self._errors

    def after(self, seen: tuple[bytes, str] | None) -> tuple[bytes, str]:
        """What is other than what was seen, or the same if there is no news for a while."""
        with self._changed:
            self._changed.wait_for(lambda: (self._figure, self._errors) != seen, KEEP_ALIVE)
            return self._figure, self._errors


@contextmanager
def serve(board: Board, port: int) -> Iterator[str]:
    """The address of the page while it is served; port 0 takes a free one. Raises SpecError."""

    @final
    class Request(_Request):
        shown = board

    try:
        server = ThreadingHTTPServer((HOST, port), Request)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        message = f"nothing can be served at port {port}: {problem}"
        raise failure("bad-option", message, help="without --port a free one is taken") from None
    Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Request(BaseHTTPRequestHandler):
    """Answers for the page, the figure in it, and its news, and for nothing else."""

    shown: Board
    timeout = 60

    def do_GET(self) -> None:
        """Called by name."""
        if self.headers.get("Host", "").partition(":")[0].lower() not in NAMES:
            self.send_error(403, "This page is for this machine only")
        elif self.path == "/":
            self._answer(_page(self.shown).encode("utf-8", "replace"), _policy())
        elif self.path == "/figure":
            self._answer(self.shown.now[0], "frame-ancestors 'self'")
        elif self.path == "/events":
            self._send_news()
        else:
            self.send_error(404)

    def _answer(self, page: bytes, policy: str) -> None:
        self._begin("text/html; charset=utf-8", policy)
        self.wfile.write(page)

    def _begin(self, content_type: str, policy: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()

    def _send_news(self) -> None:
        """Server-sent events, until the reader is gone."""
        self._begin("text/event-stream", "default-src 'none'")
        seen = None
        while True:
            now = self.shown.after(seen)
            self.wfile.write(_event(*now) if now != seen else b":\n\n")
            self.wfile.flush()
            seen = now

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the reader is gone
            self.close_connection = True

    def version_string(self) -> str:
        return "archspec"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal says what was drawn."""


def _page(board: Board) -> str:
    figure, errors = board.now
    hidden = "" if errors else " hidden"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{escape(board.name)}</title>\n<link rel="icon" href="data:,">\n'
        f'<style>{STYLE}</style>\n</head>\n<body data-version="{_version(figure)}">\n'
        f'<pre id="errors" role="alert"{hidden}>{escape(errors)}</pre>\n'
        f'<iframe id="figure" src="/figure" title="{escape(board.name)}"></iframe>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _policy() -> str:
    return (
        f"default-src 'none'; script-src '{_digest(SCRIPT)}'; style-src '{_digest(STYLE)}'; "
        "frame-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _event(figure: bytes, errors: str) -> bytes:
    news = json.dumps({"version": _version(figure), "errors": errors})
    return f"data: {news}\n\n".encode()


def _version(figure: bytes) -> str:
    """The same for the same figure, also if it is served anew."""
    return hashlib.sha256(figure).hexdigest()[:16]
