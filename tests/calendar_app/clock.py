"""The database's own clock, moved for one connection: its functions are looked up first in a schema of ours, then its own.

What asks `Now()` in a statement gets the moved time, as if the server's clock said so; the clock of the test's process stays."""

from datetime import datetime

from django.db import connection

FUNCTION = """CREATE OR REPLACE FUNCTION moved.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT pg_catalog.statement_timestamp() + current_setting('moved.by')::interval $$"""


def set_database_clock(to: datetime) -> None:
    """Inside a transaction that is rolled back (every test of pytest-django)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.statement_timestamp()")
        (real,) = cursor.fetchone()
        cursor.execute("CREATE SCHEMA IF NOT EXISTS moved")
        cursor.execute("SELECT set_config('moved.by', %s, true)", [f"{(to - real).total_seconds()} seconds"])
        cursor.execute(FUNCTION)
        cursor.execute("SET LOCAL search_path = moved, pg_catalog, public")
