"""The calendar's addresses and what they answer to every role, see tests/core/routes.py."""

from typing import Any

from accounts.models import Role
from tests.calendar_app.made import SECRET
from tests.core.routes import EVERYBODY, FORBIDDEN, OPEN_TO_ALL, UNKNOWN, Expected, Town


def picture(town: Town) -> list[Any]:
    return [town.planned.picture.pk]


def event(town: Town) -> list[Any]:
    return [town.planned.event.pk]


def campaign(town: Town) -> list[Any]:
    return [town.planned.campaign.pk]


def post(town: Town) -> list[Any]:
    return [town.planned.post.pk]


def target(town: Town) -> list[Any]:
    return [town.planned.target.pk]


def shown(town: Town) -> list[Any]:
    return [town.planned.post.pictures.get().pk]


def published(town: Town) -> list[Any]:
    return [town.planned.published.pk]


# Who plans; whoever only answers residents reads.
PLANNERS: dict[str, Any] = {"outsider": FORBIDDEN, "reader": FORBIDDEN, "others": {Role.AGENT: FORBIDDEN}}
# The same for one post: whoever does not see it is told that there is none.
WRITERS: dict[str, Any] = {"reader": FORBIDDEN, "others": {Role.AGENT: FORBIDDEN}}
OWN_WORDS = {"has_own_text": "on", "text": "Anders.", "revision": "1"}


# The same, for one target: whoever does not see its channel is told that there is none.
PLANNERS_WHO_SEE: dict[str, Any] = {"reader": FORBIDDEN, "others": {Role.AGENT: FORBIDDEN}}
ENDS_PAUSE: dict[str, Any] = {**PLANNERS, "others": {Role.AGENT: FORBIDDEN, Role.EDITOR: FORBIDDEN}}

APPROVERS: dict[str, Any] = {"reader": FORBIDDEN, "others": {Role.AGENT: FORBIDDEN, Role.EDITOR: FORBIDDEN}}

CALENDAR_ROUTES: dict[str, Expected] = {
    "post_repeat": Expected(args=post),
    "post_follow": Expected(args=post, post={}, found=422, **WRITERS),  # it does not come back
    "post_repeat_stop": Expected(args=post, post={}, found=422, **WRITERS),
    "calendar_event_add": Expected(**PLANNERS),
    "calendar_event": Expected(args=event, **EVERYBODY),
    "calendar_event_remove": Expected(args=event, post={}, found=204, plain=302, **PLANNERS),
    "calendar_feeds": Expected(**EVERYBODY),
    "calendar_feed_make": Expected(post={}, **EVERYBODY),
    "calendar_feed_revoke": Expected(post={}, found=302, outsider=302),
    "calendar_subscribe": Expected(post={"name": "Raad", "url": "ftp://raad.example"}, found=422, **PLANNERS),
    "calendar_subscription": Expected(
        args=lambda town: [town.planned.followed.pk, "stop"], post={}, found=302, **PLANNERS
    ),
    "calendar_prefill": Expected(post={"region": "midden"}, found=302, **PLANNERS),
    "feed": Expected(args=lambda town: [SECRET], **OPEN_TO_ALL),
    "calendar": Expected(**EVERYBODY),
    "calendar_ideas": Expected(**EVERYBODY),
    "post_move": Expected(args=post, outsider=UNKNOWN, reader=FORBIDDEN, others={Role.AGENT: FORBIDDEN}),
    "calendar_import": Expected(**PLANNERS),
    "calendar_export": Expected(args=lambda town: ["csv"], **EVERYBODY),
    "campaigns": Expected(**EVERYBODY),
    "campaign_add": Expected(**PLANNERS),
    "campaign": Expected(args=campaign, **EVERYBODY),
    "campaign_edit": Expected(args=campaign, **PLANNERS),
    "campaign_archive": Expected(args=campaign, post={}, plain=302, **PLANNERS),
    "published": Expected(**EVERYBODY),
    "published_csv": Expected(**EVERYBODY),
    "published_post": Expected(args=published),
    "published_figures": Expected(args=published),
    "published_delete": Expected(args=published, post={}, found=302, reader=FORBIDDEN, others={Role.AGENT: FORBIDDEN}),
    "media": Expected(**EVERYBODY),
    "media_upload": Expected(post={}, found=422, **PLANNERS),
    "media_picker": Expected(found=404, **PLANNERS),  # for no post
    "media_item": Expected(args=picture, **EVERYBODY),
    "media_file": Expected(args=picture, **EVERYBODY),
    "media_thumbnail": Expected(args=picture, **EVERYBODY),
    "media_archive": Expected(args=picture, post={}, found=302, **PLANNERS),
    "media_restore": Expected(args=picture, post={}, found=302, **PLANNERS),
    "publishing_pause": Expected(post={}, found=422, **PLANNERS),  # without a reason
    "publishing_pause_form": Expected(**PLANNERS),
    "publishing_resume": Expected(post={}, found=422, **ENDS_PAUSE),  # nothing is paused
    "publishing_review": Expected(**EVERYBODY),
    "publishing_decide": Expected(post={}, found=422, **PLANNERS),
    "publishing_banner": Expected(**EVERYBODY),
    "publishing_switch": Expected(**EVERYBODY),
    "target_state": Expected(args=target),
    "target_retry": Expected(args=target, post={}, found=422, plain=302, **PLANNERS_WHO_SEE),
    "target_settle": Expected(args=target, post={"was_published": "1"}, found=422, plain=302, **PLANNERS_WHO_SEE),
    "target_drop": Expected(args=target, post={}, found=422, plain=302, **PLANNERS_WHO_SEE),
    "target_publish": Expected(args=target, post={}, found=422, plain=302, **PLANNERS_WHO_SEE),
    "post_new": Expected(post={}, found=204, plain=302, **PLANNERS),
    "post_templates": Expected(**EVERYBODY),
    "post": Expected(args=post),
    "post_save": Expected(args=post, post={"text": "Anders.", "revision": "1"}, plain=302, **WRITERS),
    "post_channels": Expected(args=post, post={"revision": "1"}, plain=302, **WRITERS),
    "post_preview": Expected(args=post, post={"post-text": "Anders."}),
    "post_moment": Expected(args=post, post={"day": "2099-03-29", "time": "02:30"}, plain=302, **WRITERS),
    "post_besttimes": Expected(args=post),
    "post_copy": Expected(args=post, post={}, found=204, plain=302, **WRITERS),
    "post_remove": Expected(args=post, post={}, found=204, plain=302, **WRITERS),
    "post_pictures": Expected(args=post, post={"item": "0"}, found=404, **WRITERS),
    "post_target": Expected(args=target, post=OWN_WORDS, plain=302, **WRITERS),
    "post_picture": Expected(args=shown, post={"alt": "Een straat."}, plain=302, **WRITERS),
    "post_picture_move": Expected(args=shown, post={"to": "up"}, plain=302, **WRITERS),
    "post_picture_remove": Expected(args=shown, post={}, plain=302, **WRITERS),
    "calendar_reviews": Expected(**EVERYBODY),
    "reviews_approve": Expected(post={}, found=422, plain=302, **ENDS_PAUSE),  # nothing was chosen
    "post_approval": Expected(args=post),
    "post_submit": Expected(args=post, post={}, plain=302, **WRITERS),
    "post_withdraw": Expected(args=post, post={}, found=422, plain=302, **WRITERS),  # a draft
    "post_approve": Expected(args=post, post={"revision": "1"}, found=422, plain=302, **APPROVERS),
    "post_ask_change": Expected(args=post, post={"text": "Anders."}, found=422, plain=302, **APPROVERS),
    "post_comment": Expected(args=post, post={"text": "Goed."}, plain=302),
    "post_versions": Expected(args=post),
    "post_cancel": Expected(args=target, post={}, plain=302, **WRITERS),
}
