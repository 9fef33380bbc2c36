"""Everything the sandbox knows, in one SQLite file that survives kill -9 (write-ahead log, one commit per act).

All times are milliseconds since 1970. `items` holds whatever was said by residents (resident > 0) and by the
municipality (resident 0), on all platforms; `events` is the log from which webhooks and notifications are made.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.ids import now_ms

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS residents (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, handle TEXT NOT NULL UNIQUE COLLATE NOCASE,
    x_id TEXT NOT NULL UNIQUE, fb_id TEXT NOT NULL UNIQUE, psid TEXT NOT NULL UNIQUE, li_id TEXT NOT NULL UNIQUE,
    bio TEXT NOT NULL DEFAULT '', language TEXT NOT NULL DEFAULT 'nl', gone INTEGER NOT NULL DEFAULT 0,
    no_dms INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    resident INTEGER NOT NULL, text TEXT NOT NULL, parent TEXT NOT NULL DEFAULT '', root TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT '', created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
    hidden INTEGER NOT NULL DEFAULT 0, attachment TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL, metadata TEXT NOT NULL DEFAULT '',
    history TEXT NOT NULL DEFAULT '[]', contact INTEGER NOT NULL DEFAULT 0, mentions INTEGER NOT NULL DEFAULT 0,
    UNIQUE (platform, id)
);
CREATE INDEX IF NOT EXISTS items_by_root ON items (platform, root, created);
CREATE INDEX IF NOT EXISTS items_by_parent ON items (platform, parent, created);
CREATE INDEX IF NOT EXISTS items_by_thread ON items (platform, thread, created) WHERE thread <> '';
CREATE INDEX IF NOT EXISTS items_by_kind ON items (platform, kind, created);
CREATE INDEX IF NOT EXISTS items_by_resident ON items (platform, resident, created);
CREATE INDEX IF NOT EXISTS items_by_contact ON items (platform, contact, created);
CREATE INDEX IF NOT EXISTS items_newest ON items (platform, CAST(id AS INTEGER));
CREATE TABLE IF NOT EXISTS aliases (platform TEXT NOT NULL, id TEXT NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (platform, id));
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, kind TEXT NOT NULL, item INTEGER NOT NULL, at INTEGER NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS events_by_time ON events (platform, at);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
    next_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (next_at) WHERE done = 0;
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, expires INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, platform TEXT NOT NULL, endpoint TEXT NOT NULL, method TEXT NOT NULL, fault TEXT NOT NULL,
    times INTEGER, probability REAL NOT NULL DEFAULT 1, seconds REAL, hits INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, platform TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    query TEXT NOT NULL, status INTEGER NOT NULL, took REAL NOT NULL, fault TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS rates (key TEXT PRIMARY KEY, begun INTEGER NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (id TEXT PRIMARY KEY, platform TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (
    platform TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, content BLOB NOT NULL, alt TEXT NOT NULL DEFAULT '',
    item INTEGER NOT NULL DEFAULT 0, place INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL, PRIMARY KEY (platform, id)
);
CREATE INDEX IF NOT EXISTS uploads_by_item ON uploads (item, place) WHERE item > 0;
CREATE TABLE IF NOT EXISTS plans (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, data TEXT NOT NULL);
"""
TABLES = [
    "settings",
    "residents",
    "items",
    "aliases",
    "events",
    "deliveries",
    "tokens",
    "faults",
    "calls",
    "rates",
    "subscriptions",
    "plans",
    "uploads",
]
CALLS_KEPT = 5_000

Row = sqlite3.Row


class State:
    """The file. One connection, used from the event loop only; every statement outside `writing` commits by itself."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        if self.path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        self.connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000", "temp_store=MEMORY"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.executescript(SCHEMA)
        self._last: dict[str, int] = {}
        self._residents: dict[int, Row | None] = {}
        self._handles: dict[str, str] = {}

    def close(self) -> None:
        self.connection.close()

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self.connection.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        found: Row | None = self.connection.execute(sql, values).fetchone()
        return found

    def value(self, sql: str, *values: Any) -> Any:
        found = self.row(sql, *values)
        return found[0] if found is not None else None

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row; column names are our own. Returns its rowid."""
        names = ", ".join(values)
        marks = ", ".join("?" for _ in values)
        cursor = self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())  # noqa: S608
        return int(cursor.lastrowid or 0)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing; may be nested (the outermost commits)."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def empty(self) -> None:
        """Forget everything."""
        with self.writing():
            for table in TABLES:
                self.run(f"DELETE FROM {table}")  # noqa: S608
            self.run("DELETE FROM sqlite_sequence")
        self._last.clear()
        self.forget_residents()

    # -- settings ------------------------------------------------------------------------------------------------------

    def setting(self, key: str, default: Any = None) -> Any:
        found = self.value("SELECT value FROM settings WHERE key = ?", key)
        return default if found is None else json.loads(found)

    def set(self, key: str, value: Any) -> None:
        self.run("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", key, json.dumps(value))

    # -- ids -----------------------------------------------------------------------------------------------------------

    def next_number(self, name: str, at_least: int) -> int:
        """A number above all given out before under this name, `at_least` if that is free."""
        last = self._last.get(name)
        if last is None:
            last = int(self.setting(f"last {name}", 0))
        found = max(at_least, last + 1)
        self._last[name] = found
        self.set(f"last {name}", found)
        return found

    # -- items ---------------------------------------------------------------------------------------------------------

    def item(self, platform: str, item_id: str) -> Row | None:
        """By its id, also by one that an edit replaced (X)."""
        found = self.row("SELECT * FROM items WHERE platform = ? AND id = ?", platform, item_id)
        if found is None:
            seq = self.value("SELECT item FROM aliases WHERE platform = ? AND id = ?", platform, item_id)
            found = self.item_at(seq) if seq is not None else None
        return found

    def item_at(self, seq: int) -> Row | None:
        return self.row("SELECT * FROM items WHERE seq = ?", seq)

    def resident(self, resident_id: int) -> Row | None:
        """Remembered, because every answer names many; see `forget_residents`."""
        if resident_id not in self._residents:
            self._residents[resident_id] = self.row("SELECT * FROM residents WHERE id = ?", resident_id)
        return self._residents[resident_id]

    def x_id_of(self, handle: str) -> str | None:
        """The X id behind a handle, in any case."""
        if not self._handles:
            rows = self.rows("SELECT handle, x_id FROM residents")
            self._handles = {row["handle"].lower(): row["x_id"] for row in rows}
        return self._handles.get(handle.lower())

    def forget_residents(self) -> None:
        """To be called by whoever writes to the table."""
        self._residents.clear()
        self._handles.clear()

    def log_call(self, **values: Any) -> None:
        seq = self.insert("calls", at=now_ms(), **values)
        if seq % 500 == 0:
            self.run("DELETE FROM calls WHERE seq < ?", seq - CALLS_KEPT)
