"""Many rows in one statement."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def bulk(statement: str, rows: Sequence[Sequence[Any]], *params: Any) -> list[tuple[Any, ...]]:
    """Run `statement` once for all `rows`, which it reads as `rows` (c0 …): `FROM json_to_recordset(%s) AS t(a text, b bigint)`.

    The rows travel as one JSON text with the column's place as its name, which is several times faster than one array
    parameter per column (measured). `params` come first in the statement. Returns what it returns."""
    if not rows:
        return []
    names = [f"c{place}" for place in range(len(rows[0]))]
    text = json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False, default=_plain)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, text])
        return cursor.fetchall() if cursor.description else []
