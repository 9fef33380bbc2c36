"""What the code itself may never do, read from its syntax: no input becomes SQL, markup or code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = [
    name
    for name in ("accounts", "calendar_app", "channels", "core", "inbox", "monitoring", "responsematrix")
    if (ROOT / name).is_dir()
]
FILES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_METHODS = {"extra", "raw"}
FORBIDDEN_NAMES = {"RawSQL", "pickle", "marshal", "shelve"}
# Signed by the platform; or it changes nothing, and says so in JSON to whoever tries.
MAY_TAKE_NO_TOKEN = {"inbox/webhooks.py", "monitoring/service_views.py"}
# Marked safe on purpose: each escapes what is not its own (test_shell.py, test_strangers.py).
MAY_MARK_SAFE = {"core/templatetags/ui.py"}


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text()))


def name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_fixed(node: ast.expr, constants: set[str]) -> bool:
    """A text that was written by us: a literal, or the name of a constant or of a parameter that callers pass literally."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Name) and (node.id in constants or node.id == "statement")
    )


def faults(path: Path) -> list[str]:
    constants = {
        target.id
        for node in nodes(path)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    found = []
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom | ast.Import):
            found += [alias.name for alias in node.names if alias.name in FORBIDDEN_NAMES]
        if not isinstance(node, ast.Call):
            continue
        called = name_of(node.func)
        if isinstance(node.func, ast.Name) and called in FORBIDDEN_CALLS:
            found.append(called)
        if isinstance(node.func, ast.Attribute) and called in FORBIDDEN_METHODS:
            found.append(f".{called}()")
        if called in {"execute", "bulk"} and node.args and not is_fixed(node.args[0], constants):
            found.append(f"{called}() of something that was put together, line {node.lineno}")
        if called in {"mark_safe", "SafeString"} and str(path.relative_to(ROOT)) not in MAY_MARK_SAFE:
            found.append(called)
        if called == "csrf_exempt" and str(path.relative_to(ROOT)) not in MAY_TAKE_NO_TOKEN:
            found.append(called)

    return found


def test_no_input_becomes_sql_markup_or_code() -> None:
    assert len(FILES) > 80
    assert {str(path): found for path in FILES if (found := faults(path))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "M.objects.raw(x)",
        "q.extra(where=[x])",
        "c.execute('a' + x)",
        "c.execute(f'{x}')",
        "mark_safe(x)",
        "eval(x)",
        "import pickle",
    ],
)
def test_what_is_forbidden_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "views.py"
    file.write_text(line)

    assert faults(file)


def test_no_template_switches_escaping_off() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        for words in ("|safe", "autoescape off", "|escapejs"):
            assert words not in path.read_text(), path


def test_no_lock_is_for_the_key():
    """A row that refers to another looks at its key when it is committed. FOR UPDATE makes it wait there, with everything
    it holds: a deadlock with whoever wants that. Keys never change here: FOR NO KEY UPDATE is enough."""
    locks = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and name_of(node.func) == "select_for_update"
        and "no_key" not in {keyword.arg for keyword in node.keywords}
    ]

    assert locks == []
