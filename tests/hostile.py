"""What strangers try, and a reader of pages that tells whether it worked."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "</textarea></title><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<a href="javascript:alert(1)">klik</a>',
    "<style>@import url(//evil.example)</style>",
    "{{7*7}} {% load static %} ${7*7} %(x)s {0.__class__}",
    "--><!--><script>alert(1)</script>",
]
# For every key of a query string: operators, quotes, other types, and what no database takes.
QUERIES = [
    "'; DROP TABLE inbox_conversation; --",
    "1) OR 1=1 --",
    "pg_sleep(9)",
    "channel__encrypted_credentials",
    "__proto__",
    "-last_message_at",
    "' & !:* | (",
    "\x00",
    "\ufffe\ud7ff",
    "९९",
    "9" * 400,
    "-1",
    "1e400",
    "NaN",
    "null",
    "[]",
    "2026-01-01T00:00:00+23:00_1",
    "2026-01-01T00:00:00+00:00:00.000001_1",
    "0001-01-01T00:00:00+14:00_1",
    "9999-12-31T23:59:59-14:00_-1",
    "2026-01-01T00:00:00+00:00_" + "9" * 30,
    "%27%00",
    "a" * 5000,
]
NUMBERS_TOO_LARGE = 10**30


class Page(HTMLParser):
    """The elements of a page, and its text as a reader sees it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def dangers(self) -> list[str]:
        """Whatever could run: none of it is ever ours."""
        found = []
        for tag, attributes in self.elements:
            if tag in {"iframe", "object", "embed", "math", "style", "base"}:
                found.append(tag)
            if tag == "script" and not (attributes.get("src") or "").startswith("/static/"):
                found.append("script")
            for name, value in attributes.items():
                if name.startswith("on") or name in {"style", "srcdoc"}:
                    found.append(f"{tag} {name}")
                if name in {"href", "src", "action"} and urlsplit(value or "").scheme not in {"", "http", "https"}:
                    found.append(f"{tag} {name}={value}")
        return found

    def links(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == "a"]
