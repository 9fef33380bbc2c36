"""What every address answers to every role: the declarations that test_url_access.py holds the URLconf to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from accounts.models import Role, Team, User
from channels.models import Channel
from core.models import Job
from inbox.models import Attachment, Conversation, Message, Notification, SavedView
from tests.calendar_app.made import Planned
from tests.responsematrix.small import Small

HX = {"HX-Request": "true"}
WORKING = tuple(Role.values)  # every role may answer; what each may not is told per route
WHO = ("anonymous", "outsider", "reader", *WORKING)
UNKNOWN, FORBIDDEN, REFUSED = 404, 403, 422


@dataclass
class Town:
    """One of everything, on a channel of one team, and somebody in each role."""

    conversation: Conversation
    message: Message
    channel: Channel
    view: SavedView
    attachment: Attachment
    job: Job
    team: Team
    notification: Notification
    whatif: Job
    matrix: Small
    planned: Planned
    people: dict[str, User]
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)  # of who is signed in


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a route answers, by htmx. `found` is the status for who may; outsiders and readers are told by themselves."""

    args: Callable[[Town], list[Any]] = lambda town: []
    post: dict[str, Any] | None = None  # what to send; None: it is a GET
    found: int = 200
    plain: int | None = None  # the status without htmx, where it differs
    anonymous: int = 401  # to htmx; without it the way to the sign-in page
    outsider: int = UNKNOWN
    reader: int | None = None  # sees everything, belongs to no team; None: as who may
    others: dict[str, int] = field(default_factory=dict)  # roles that get something else

    def status(self, who: str) -> int:
        known = {"anonymous": self.anonymous, "outsider": self.outsider, "reader": self.reader, **self.others}
        status = known.get(who)
        return self.found if status is None else status


def conversation(town: Town) -> list[Any]:
    return [town.conversation.pk]


def message(town: Town) -> list[Any]:
    return [town.message.pk]


def channel(town: Town) -> list[Any]:
    return [town.channel.pk]


def job(town: Town) -> list[Any]:
    return [town.job.pk]


def draft(town: Town) -> list[Any]:
    return [town.matrix.draft.pk]


def active(town: Town) -> list[Any]:
    return [town.matrix.active.pk]


def rule(town: Town) -> list[Any]:
    return [town.matrix.rule.pk]


def hours_draft(town: Town) -> list[Any]:
    return [town.matrix.hours_draft.pk]


def subject(town: Town) -> list[Any]:
    return [town.matrix.subject.pk]


OWNERS_ONLY = {"reader": UNKNOWN, "others": {role: UNKNOWN for role in WORKING if role != Role.AGENT}}
NO_MANAGERS = {Role.AGENT: FORBIDDEN, Role.EDITOR: FORBIDDEN, Role.APPROVER: FORBIDDEN}
MANAGING = {"outsider": FORBIDDEN, "others": NO_MANAGERS}
ADMINISTRATORS_OWN = MANAGING | {"reader": UNKNOWN, "others": NO_MANAGERS | {Role.MANAGER: UNKNOWN}}
MANAGERS_ONLY = {role: FORBIDDEN for role in WORKING if role != Role.ADMINISTRATOR}
DECIDES = {"args": conversation, "reader": FORBIDDEN}
OPEN_TO_ALL = {"anonymous": 200, "outsider": 200}
EVERYBODY = {"outsider": 200}  # signed in; what it shows is filtered by team
# What is in force is read by everybody in a team, a draft by who may change it.
EDIT: dict[str, Any] = {"outsider": FORBIDDEN, "others": NO_MANAGERS}
DRAFT: dict[str, Any] = {"outsider": UNKNOWN, "others": dict.fromkeys(NO_MANAGERS, UNKNOWN)}
ROUTES: dict[str, Expected] = {
    "home": Expected(found=302, outsider=302),
    "jobs": Expected(**EVERYBODY),
    "running_jobs": Expected(**EVERYBODY),
    "cancel_job": Expected(args=job, post={}, found=204, plain=302, **OWNERS_ONLY),
    "job_file": Expected(args=job, **OWNERS_ONLY),
    "health_live": Expected(**OPEN_TO_ALL),
    "health_ready": Expected(**OPEN_TO_ALL),
    "login": Expected(found=302, outsider=302, anonymous=200),
    "logout": Expected(post={}, found=302, outsider=302),
    "set_language": Expected(post={"language": "nl"}, found=302, outsider=302, anonymous=302),
    "profile": Expected(**EVERYBODY),
    "monitoring": Expected(found=302, outsider=302),
    "whatif": Expected(**MANAGING),
    "whatif_result": Expected(args=lambda town: [town.whatif.pk], **ADMINISTRATORS_OWN),
    "whatif_csv": Expected(args=lambda town: [town.whatif.pk, "teams"], **ADMINISTRATORS_OWN),
    "availability": Expected(post={"is_available": "on"}, found=302, outsider=302),
    "team_routing": Expected(
        args=lambda town: [town.team.pk],
        post={"routing": "round_robin", "max_load": "5", "lease_minutes": "60"},
        found=302,
        others={role: FORBIDDEN for role in WORKING if role not in (Role.MANAGER, Role.ADMINISTRATOR)},
    ),
    "service": Expected(**OPEN_TO_ALL),
    "service_en": Expected(**OPEN_TO_ALL),
    "api_service": Expected(**OPEN_TO_ALL),
    "openapi": Expected(**OPEN_TO_ALL),
    "api_unknown": Expected(args=lambda town: ["v1/nope"], found=404, anonymous=404, outsider=404),
    "webhook": Expected(args=lambda town: ["facebook"], post={}, found=401, anonymous=401, outsider=401),
    "channels": Expected(**EVERYBODY),
    "channel_warnings": Expected(**EVERYBODY),
    "channel_card": Expected(args=channel),
    "channel_check": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_pause": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_resume": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_expectation": Expected(
        args=lambda town: [town.channel.pk, "public"], post={"on": "1"}, plain=302, others=MANAGERS_ONLY
    ),
    "events": Expected(**EVERYBODY),
    "inbox": Expected(**EVERYBODY),
    "conversation_rows": Expected(**EVERYBODY),
    "inbox_live": Expected(**EVERYBODY),
    "outcomes": Expected(**EVERYBODY),
    "save_view": Expected(post={"name": "Ongelezen", "query": "unread=1"}, outsider=200),
    "delete_view": Expected(
        args=lambda town: [town.view.pk], post={}, reader=404, others={r: 404 for r in WORKING if r != Role.AGENT}
    ),
    "inbox_media": Expected(args=lambda town: ["attachment", town.attachment.pk]),
    "conversation": Expected(args=conversation),
    "messages": Expected(args=conversation),
    "composer": Expected(args=conversation),
    "reply": Expected(post={"mode": "reply", "text": "Morgen.", "key": str(uuid4())}, **DECIDES),
    "draft": Expected(args=conversation, post={"mode": "reply", "text": "Mor", "version": "0"}),
    "elsewhere": Expected(post={"text": "Gezegd."}, **DECIDES),
    "resolve": Expected(post={"reason": "spam"}, plain=302, **DECIDES),
    "reopen": Expected(post={}, plain=302, **DECIDES),
    "snooze": Expected(post={"preset": "hour"}, plain=302, **DECIDES),
    "wait": Expected(post={}, plain=302, **DECIDES),
    "facts": Expected(post={"urgency": "high"}, plain=302, **DECIDES),
    "claim": Expected(post={}, plain=302, **DECIDES),
    "release": Expected(post={}, found=REFUSED, **DECIDES),
    "assign": Expected(post={"to": "nobody"}, found=REFUSED, **DECIDES),
    "receivers": Expected(**DECIDES),
    "promises": Expected(args=conversation),
    "promise": Expected(post={}, found=REFUSED, **DECIDES),
    "notifications": Expected(**EVERYBODY),
    "notification_count": Expected(**EVERYBODY),
    "read_notifications": Expected(post={}, plain=302, **EVERYBODY),
    "follow_notification": Expected(args=lambda town: [town.notification.pk], post={}, found=302, **OWNERS_ONLY),
    "mark_read": Expected(args=conversation, post={}, found=204),
    "mark_unread": Expected(post={}, found=204, **DECIDES),
    "message": Expected(args=message),
    "retry": Expected(args=message, post={}, found=204, plain=302, reader=FORBIDDEN),
    "matrix": Expected(**EVERYBODY),
    "matrix_begin": Expected(post={}, plain=302, **EDIT),
    "matrix_draft": Expected(post={}, plain=302, **EDIT),
    "matrix_versions": Expected(**EVERYBODY),
    "matrix_version": Expected(args=active, **EVERYBODY),
    "matrix_difference": Expected(args=active, **EVERYBODY),
    "matrix_try": Expected(
        args=active, post={"text": "Afval", "kind": "comment", "platform": "facebook"}, outsider=200
    ),
    "matrix_import": Expected(args=draft, **DRAFT),
    "matrix_export": Expected(args=lambda town: [town.matrix.active.pk, "csv"], **EVERYBODY),
    "rule_add": Expected(args=draft, **DRAFT),
    "rule_cell": Expected(args=lambda town: [town.matrix.rule.pk, "kind"], **DRAFT),
    "rule_delete": Expected(args=rule, post={}, plain=302, **DRAFT),
    "rule_duplicate": Expected(args=rule, post={}, plain=302, **DRAFT),
    "rule_move": Expected(args=rule, post={"to": "up"}, plain=302, **DRAFT),
    "matrix_hours": Expected(**EVERYBODY),
    "calendar_add": Expected(**EDIT),
    "hours_draft": Expected(args=lambda town: [town.matrix.hours.calendar_id], post={}, plain=302, **EDIT),
    "matrix_hours_version": Expected(args=lambda town: [town.matrix.hours.pk], **EVERYBODY),
    "hours_week": Expected(args=hours_draft, **DRAFT),
    "hours_exception": Expected(args=hours_draft, **DRAFT),
    "hours_exception_delete": Expected(args=hours_draft, post={"on": "2026-12-24"}, plain=302, **DRAFT),
    "hours_holidays": Expected(args=hours_draft, post={"year": "2027"}, plain=302, **DRAFT),
    "matrix_subjects": Expected(**EVERYBODY),
    "subject_add": Expected(**EDIT),
    "subjects_try": Expected(post={"text": "afval"}, outsider=200),
    "subject": Expected(args=subject, **EDIT),
    "subject_retire": Expected(args=subject, post={}, plain=302, **EDIT),
    "activate_form": Expected(args=lambda town: ["versions", town.matrix.draft.pk], **DRAFT),
    "version_step": Expected(
        args=lambda town: ["versions", town.matrix.draft.pk, "approve"], post={}, plain=302, **DRAFT
    ),
    "settle": Expected(args=message, post={"was_sent": "1"}, found=REFUSED, plain=302, reader=FORBIDDEN),
}
