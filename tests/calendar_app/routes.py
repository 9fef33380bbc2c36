"""The calendar's addresses and what they answer to every role, see tests/core/routes.py."""

from tests.core.routes import EVERYBODY, Expected

CALENDAR_ROUTES: dict[str, Expected] = {
    "calendar": Expected(**EVERYBODY),
}
