"""The page's text: a template, a script, a style and the data, such that names are only text."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from typing import Any

from robodiff.io.files import plain

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(content: dict[str, Any]) -> str:
    """The whole page; nothing in `content` can end its element or run."""
    script = _part("viewer.js")
    parts = {
        "title": html.escape(content.get("title") or f"{content['name']}: robodiff report"),
        "policy": html.escape(_policy(script, served="live" in content)),
        "style": _part("page.css"),
        "data": data_text(content),
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _part("page.html"))


def data_text(content: dict[str, Any]) -> str:
    """Content as JSON that holds no character that HTML gives a meaning."""
    text = json.dumps(plain(content), allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: _UNSAFE[match[0]], text)


def _policy(script: str, served: bool) -> str:
    """The page may run its own script and load nothing; where it is served, ask for news."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    news = "connect-src 'self'; " if served else ""
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        f"img-src data: blob:; {news}base-uri 'none'; form-action 'none'"
    )


def _part(name: str) -> str:
    return (resources.files("robodiff.viz.report") / name).read_text(encoding="utf-8").strip()
