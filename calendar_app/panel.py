"""Where a post stands with its approval, what this person can do about it now, and why not."""

from dataclasses import dataclass, field

from accounts.models import Role, User
from calendar_app.approval import reviewers_of, why_not_approve
from calendar_app.content import targets_of
from calendar_app.models import Post, PostKind, PostTarget, TargetState
from calendar_app.models.posts import AGREED
from calendar_app.permissions import may_plan
from calendar_app.reasons import why
from calendar_app.signs import SIGNS, TONES
from calendar_app.validation import Problem, problems_of
from channels.models import Channel

TO_SUBMIT = (TargetState.DRAFT, TargetState.CHANGES_ASKED)


@dataclass(slots=True)
class Row:
    """One channel. `why`: what happened to its approval, in words."""

    target: PostTarget
    sign: str
    tone: str
    why: str
    problems: list[Problem]
    may_cancel: bool


@dataclass(slots=True)
class Panel:
    rows: list[Row]
    unseen: int  # channels that this person does not see
    may_submit: bool
    may_withdraw: bool
    ends_approval: bool  # withdrawing would
    may_approve: bool
    may_ask_change: bool
    why_not: str  # this person can not approve what waits
    is_waiting: bool
    blockers: int
    reviewers: list[str] = field(default_factory=list)


def panel_of(post: Post, user: User) -> Panel:
    """A fixed number of queries, however many channels."""
    targets = targets_of(post)
    post = targets[0].post if targets else post
    channels = Channel.objects.visible_to(user).filter(pk__in=[each.channel_id for each in targets])
    seen = set(channels.values_list("pk", flat=True))
    going = {each.channel_id for each in targets if each.state != TargetState.CANCELLED}
    may_change = post.kind == PostKind.POST and not post.removed_at and may_plan(user) and going <= seen
    waiting = [each for each in targets if each.state == TargetState.IN_REVIEW]
    agreed = [each for each in targets if each.state in AGREED]
    rows = [_row(each, may_change) for each in targets if each.channel_id in seen]
    draft = [each for each in targets if each.state in TO_SUBMIT]
    blockers = sum(found.is_blocking for row in rows if row.target.state not in AGREED for found in row.problems)
    why_not = why_not_approve(waiting, user) if waiting else ""
    return Panel(
        rows=rows,
        unseen=len(targets) - len(rows),
        may_submit=may_change and bool(draft),
        may_withdraw=may_change and bool(waiting or agreed),
        ends_approval=bool(agreed),
        may_approve=bool(waiting) and not why_not,
        may_ask_change=bool(waiting or agreed) and not why_not_approve(waiting or agreed, user),
        why_not=why_not if user.has_role(Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR) else "",
        is_waiting=bool(waiting),
        blockers=blockers,
        reviewers=[each.display_name for each in reviewers_of(post)[:6]] if waiting and why_not else [],
    )


def _row(target: PostTarget, may_change: bool) -> Row:
    state = TargetState(target.state)
    is_open = state in (*TO_SUBMIT, TargetState.IN_REVIEW, *AGREED)
    said = ""
    if target.reason_code and state in (*TO_SUBMIT, TargetState.IN_REVIEW):
        said = why(target).text
    return Row(
        target=target,
        sign=SIGNS[state],
        tone=TONES[state],
        why=said,
        problems=problems_of(target) if is_open else [],
        may_cancel=may_change and is_open,
    )
