"""What the calendar shows around its pages: the line on every page while everything is paused; how far a target is."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context

from accounts.models import User
from calendar_app.models import Pause, PostTarget, TargetState
from calendar_app.outcomes import parts_of, seconds_late
from calendar_app.permissions import may_approve, may_read_calendar
from calendar_app.publishing import current_pause
from calendar_app.reasons import why
from calendar_app.signs import LOOKS
from channels.models import SEEN_BY_PERSON, DeliveryState
from channels.wording import Explanation

register = template.Library()

LATE = 60  # seconds; less is nobody's concern


@dataclass(frozen=True, slots=True)
class Line:
    """How far a target is, for `calendar/_target_state.html`."""

    icon: str
    tone: str
    why: Explanation
    late_minutes: int  # 0: in time, or not there yet
    parts: int
    parts_there: int
    permalink: str
    is_seen_by_person: bool  # published, by the word of a person
    is_waiting: bool  # in the queue, and nothing of it left yet


@register.simple_tag
def target_line(target: PostTarget) -> Line:
    """One query where something of it was begun and its parts were not fetched already (see pause.left_before)."""
    icon, tone = LOOKS[target.state]
    parts = parts_of(target) if target.snapshot else []
    there = [p.delivery for p in parts if p.delivery is not None and p.delivery.state == DeliveryState.SENT]
    late = seconds_late(target) or 0
    return Line(
        icon=icon,
        tone=tone,
        why=why(target),
        late_minutes=int(late // 60) if late >= LATE else 0,
        parts=len(parts),
        parts_there=len(there),
        permalink=there[0].permalink if there else "",
        is_seen_by_person=bool(there) and there[0].external_id.startswith(SEEN_BY_PERSON),
        is_waiting=target.state == TargetState.PUBLISHING
        and [p.delivery.state for p in parts if p.delivery is not None] == [DeliveryState.QUEUED],
    )


@register.simple_tag
def target_sign(target: PostTarget) -> tuple[str, str]:
    """Icon and tone. Asks the database nothing."""
    return LOOKS[target.state]


@register.simple_tag(takes_context=True)
def publishing_pause_now(context: Context) -> Pause | None:
    """One query; none where the line on top of the page asked already."""
    request = context.get("request")
    if request is None:
        return current_pause()
    if not hasattr(request, "publishing_pause"):
        request.publishing_pause = current_pause()
    pause: Pause | None = request.publishing_pause
    return pause


@register.inclusion_tag("calendar/_paused.html", takes_context=True)
def paused_line(context: Context, user: User) -> dict[str, Any]:
    """One query on every page: nobody may overlook that nothing goes out."""
    return {
        "pause": publishing_pause_now(context),
        "may_resume": may_approve(user),
        "may_look": may_read_calendar(user),
    }
