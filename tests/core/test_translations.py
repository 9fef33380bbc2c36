"""Every word that a page shows exists in English: found without gettext's own tools, so it runs on a bare machine."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "calendar_app", "channels", "config", "core", "inbox", "monitoring", "responsematrix")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "gettext_noop"}


def messages_of_code(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS and node.args:
            match node.args[0]:
                case ast.Constant(value=str(message)):
                    yield message


def messages_of_template(source: str) -> Iterator[str]:
    for found in re.finditer(r"""\b_?gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", templatize(source)):
        yield ast.literal_eval(found.group(1))
    for found in re.finditer(r"""\b_\(('[^']+'|"[^"]+")\)""", source):
        yield ast.literal_eval(found.group(1))


def messages() -> dict[str, str]:
    found = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            found |= {message: str(path.relative_to(ROOT)) for message in messages_of_code(path.read_text())}
    for path in (ROOT / "templates").rglob("*.html"):
        found |= {message: str(path.relative_to(ROOT)) for message in messages_of_template(path.read_text())}
    return found


def test_english_is_complete() -> None:
    english = gettext.translation("django", str(ROOT / "locale"), ["en"])
    known = {key[0] if isinstance(key, tuple) else key for key in english._catalog}  # type: ignore[attr-defined]
    found = messages()
    assert len(found) > 200, "the extraction itself must work"
    missing = {message: path for message, path in found.items() if message not in known}
    assert not missing


def test_the_compiled_english_is_that_of_the_source() -> None:
    source = (ROOT / "locale/en/LC_MESSAGES/django.po").read_text()
    english = gettext.translation("django", str(ROOT / "locale"), ["en"])
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.M)
    assert len(pairs) > 200
    for dutch, translated in pairs:
        assert english.gettext(ast.literal_eval(f'"{dutch}"')) == ast.literal_eval(f'"{translated}"')


@pytest.mark.parametrize("name", ["templates", "static/css", "static/js"])
def test_no_page_names_a_colour_or_a_style(name: str) -> None:
    """Colours live in tokens.css alone, and the content policy allows no inline style or script."""
    for path in (ROOT / name).rglob("*"):
        if path.suffix not in {".html", ".css", ".js"} or path.name == "tokens.css":
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        if path.suffix == ".css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])|\brgba?\(|\bhsla?\(", text), path
        if path.suffix == ".html":
            assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=", text), path
