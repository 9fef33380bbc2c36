"""The calendar's addresses and what they answer to every role, see tests/core/routes.py."""

from typing import Any

from accounts.models import Role
from tests.core.routes import EVERYBODY, FORBIDDEN, UNKNOWN, Expected, Town


def picture(town: Town) -> list[Any]:
    return [town.planned.picture.pk]


def post(town: Town) -> list[Any]:
    return [town.planned.post.pk]


# Who plans; whoever only answers residents reads.
PLANNERS: dict[str, Any] = {"outsider": FORBIDDEN, "reader": FORBIDDEN, "others": {Role.AGENT: FORBIDDEN}}

CALENDAR_ROUTES: dict[str, Expected] = {
    "calendar": Expected(**EVERYBODY),
    "calendar_ideas": Expected(**EVERYBODY),
    "post_move": Expected(args=post, outsider=UNKNOWN, reader=FORBIDDEN, others={Role.AGENT: FORBIDDEN}),
    "media": Expected(**EVERYBODY),
    "media_upload": Expected(post={}, found=422, **PLANNERS),
    "media_picker": Expected(found=404, **PLANNERS),  # for no post
    "media_item": Expected(args=picture, **EVERYBODY),
    "media_file": Expected(args=picture, **EVERYBODY),
    "media_thumbnail": Expected(args=picture, **EVERYBODY),
    "media_archive": Expected(args=picture, post={}, found=302, **PLANNERS),
    "media_restore": Expected(args=picture, post={}, found=302, **PLANNERS),
}
