"""Posts that come back. Each occurrence is a post of its own: made well before its day, approved by people on its own.

A series has a pattern: the post that new occurrences are copied from, the newest one that somebody made count for what follows.
An occurrence is there once, whoever asks and however often: what was thrown away does not come back.
"""

from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.approval import submit
from calendar_app.changing import WORDS, PostRefused, begin, finish
from calendar_app.composing import copy_post, move_post, remove_post, set_channels
from calendar_app.models import Post, PostKind, PostPicture, PostTarget, Series, TargetState
from calendar_app.models.posts import STARTED
from calendar_app.moments import moment_of, on_the_wall
from calendar_app.permissions import may_plan
from calendar_app.recurrence import Repeat, days_of_rule
from core.events import publish_on_commit

AHEAD = timedelta(days=60)
ASKED_AHEAD = timedelta(days=14)  # from here what comes back is offered for review, not all of it at once
WHAT = ("title", "text", "link", "has_utm", "campaign_id", "team_id")
UNASKED = (TargetState.DRAFT, TargetState.CHANGES_ASKED, TargetState.CANCELLED)

logger = structlog.get_logger(__name__)


@transaction.atomic
def repeat(*, post: Post, by: User, rule: str, ends_on: date | None = None) -> Series:
    """Let `post` come back by `rule` (see Repeat) at its own time on the clock, up to and including `ends_on`.

    It is the first occurrence itself. Raises PostRefused: "not_planned", "in_series", "bad_rule", "ends_before", and as a change
    does."""
    found = begin(post, by=by).post
    if found.kind != PostKind.POST or found.planned_at is None:
        raise PostRefused("not_planned", _("Geef het bericht eerst een moment: op die tijd komt het terug."))
    if found.series_id is not None:
        raise PostRefused("in_series", _("Dit bericht komt al terug. Stop eerst die herhaling."))
    wall = on_the_wall(found.planned_at)
    try:
        rule = Repeat.read(rule).rule
    except ValueError as error:
        raise PostRefused("bad_rule", _("Kies hoe het bericht terugkomt.")) from error
    if ends_on is not None and ends_on <= wall.date():
        raise PostRefused("ends_before", _("De laatste dag ligt niet na het bericht zelf."))
    made = Series.objects.create(
        rule=rule, starts_on=wall.date(), at=wall.time(), ends_on=ends_on, created_by=by, pattern=found
    )
    found.series, found.occurs_on = made, wall.date()
    found.save(update_fields=["series", "occurs_on", "updated_at"])
    record("series.made", made, by=by, post=found.pk, rule=rule)
    _make(made, timezone.localdate())
    _tell([found.pk])
    return made


@transaction.atomic
def stop(*, series: Series, by: User, after: date | None = None) -> int:
    """No new ones, and those after that day (today, when not told) that never started are thrown away. Returns how many."""
    locked = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    if locked.stopped_at is None:
        locked.stopped_at = timezone.now()
        locked.save(update_fields=["stopped_at"])
        record("series.stopped", locked, by=by)
    removed = 0
    for post in _unstarted(locked).filter(occurs_on__gt=after or timezone.localdate()):
        try:
            with transaction.atomic():
                remove_post(post=post, by=by)
            removed += 1
        except PostRefused:
            continue  # a channel that this person does not see: it stays, and is seen by who does
    publish_on_commit("calendar", "calendar")
    return removed


@transaction.atomic
def follow(*, post: Post, by: User) -> int:
    """What `post` says counts for those after it as well: they are rewritten, which ends their approvals, and new ones are made
    like it. What started stays as it is. A new time counts for those that nobody moved. Returns how many changed.

    Raises PostRefused("not_in_series"), or why one of them can not be changed: then none is."""
    if post.series_id is None or post.occurs_on is None:
        raise PostRefused("not_in_series", _("Dit bericht komt niet terug."))
    series = Series.objects.select_for_update(no_key=True).get(pk=post.series_id)
    pattern = begin(post, by=by).post
    old, new = series.at, on_the_wall(pattern.planned_at).time() if pattern.planned_at else series.at
    series.pattern, series.at = pattern, new
    series.save(update_fields=["pattern", "at"])
    changed = 0
    for each in _unstarted(series).filter(occurs_on__gt=post.occurs_on).order_by("occurs_on"):
        assert each.occurs_on is not None  # of a series
        before = (each.revision, each.planned_at)
        _rewrite(each, pattern, by)
        if new != old and each.planned_at == moment_of(each.occurs_on, old).at:
            move_post(post=each, by=by, to=moment_of(each.occurs_on, new).at)
        each.refresh_from_db(fields=["revision", "planned_at"])
        changed += before != (each.revision, each.planned_at)
    record("series.followed", series, by=by, post=post.pk, changed=changed)
    publish_on_commit("calendar", "calendar")
    return changed


def following_of(post: Post) -> int:
    """How many come after it that can still be changed."""
    if post.series is None:
        return 0
    return _unstarted(post.series).filter(occurs_on__gt=post.occurs_on).count()


def _unstarted(series: Series) -> QuerySet[Post]:
    started = PostTarget.objects.filter(post=OuterRef("pk"), state__in=STARTED)
    return Post.objects.filter(~Exists(started), series=series, removed_at=None)


def _rewrite(post: Post, pattern: Post, by: User) -> None:
    """Let `post` say exactly what `pattern` says."""
    source = {
        each.channel_id: each
        for each in PostTarget.objects.filter(post=pattern, channel__closed_at=None).select_related("channel")
        if each.state != TargetState.CANCELLED
    }
    known = set(
        PostTarget.objects.filter(post=post).exclude(state=TargetState.CANCELLED).values_list("channel", flat=True)
    )
    if known != set(source):
        set_channels(post=post, by=by, revision=None, channels=[each.channel for each in source.values()])
    change = begin(post, by=by)
    for name in WHAT:
        setattr(change.post, name, getattr(pattern, name))
    for target in change.targets:
        if target.channel_id in source:
            for name in WORDS:
                setattr(target, name, getattr(source[target.channel_id], name))
    _same_pictures(change.post, change.targets, pattern, source)
    finish(change, "post.rewritten", series=post.series_id, source=pattern.pk)


def _same_pictures(post: Post, targets: list[PostTarget], pattern: Post, source: dict[int, PostTarget]) -> None:
    """By channel, in order, with their alt texts."""
    channels = {target.pk: channel for channel, target in source.items()}
    own = {target.channel_id: target for target in targets}
    mine = {target.pk: target.channel_id for target in targets}
    wanted = [
        (channels.get(each.target_id) if each.target_id else None, each.item_id, each.position, each.alt)
        for each in PostPicture.objects.filter(post=pattern)
        if each.target_id is None or each.target_id in channels
    ]
    have = [
        (mine.get(each.target_id) if each.target_id else None, each.item_id, each.position, each.alt)
        for each in PostPicture.objects.filter(post=post)
    ]
    if sorted(map(str, wanted)) == sorted(map(str, have)):
        return
    PostPicture.objects.filter(post=post).delete()
    PostPicture.objects.bulk_create(
        PostPicture(post=post, target=own[channel] if channel else None, item_id=item, position=position, alt=alt)
        for channel, item, position, alt in wanted
    )


# -- by the clock ------------------------------------------------------------------------------------------------------


def make_occurrences() -> int:
    """Make what falls in the coming 60 days and is not there yet. Two at once make it once. Returns how many."""
    today = timezone.localdate()
    due = Series.objects.filter(Q(made_until=None) | Q(made_until__lt=today + AHEAD), stopped_at=None)
    made = 0
    for pk in due.exclude(ends_on__lt=today).values_list("pk", flat=True):
        with transaction.atomic():
            series = Series.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
            if series is not None and series.stopped_at is None:
                made += _make(series, today)
    return made


def _make(series: Series, today: date) -> int:
    """Inside a transaction that holds the series. Moments that have passed are not made up for."""
    until = min(today + AHEAD, series.ends_on or date.max)
    days = days_of_rule(series.rule, starts_on=series.starts_on, first=max(series.starts_on, today), last=until)
    there = set(Post.objects.filter(series=series, occurs_on__in=days).values_list("occurs_on", flat=True))
    now, made = timezone.now(), 0
    assert series.pattern is not None
    for on in days:
        at = moment_of(on, series.at).at
        if on in there or at <= now:
            continue
        copy_post(post=series.pattern, by=series.created_by, planned_at=at, series=series, occurs_on=on)
        made += 1
    series.made_until = until
    series.save(update_fields=["made_until"])
    if made:
        publish_on_commit("calendar", "calendar")
    return made


def ask_reviews() -> int:
    """Offer for review what comes within two weeks, where the pattern was offered as well. Only what nobody touched: what a
    person took back stays with that person. Nothing is ever approved here. Returns how many were offered."""
    now = timezone.now()
    touched = PostTarget.objects.filter(post=OuterRef("pk")).filter(
        ~Q(state=TargetState.DRAFT) | Q(submitted_at__isnull=False)
    )
    asks = PostTarget.objects.filter(post=OuterRef("series__pattern")).exclude(state__in=UNASKED)
    found = Post.objects.filter(
        Exists(PostTarget.objects.filter(post=OuterRef("pk"))),
        ~Exists(touched),
        Exists(asks),
        series__stopped_at=None,
        series__isnull=False,
        removed_at=None,
        planned_at__range=(now, now + ASKED_AHEAD),
    )
    asked = 0
    for post in found.select_related("series__created_by").order_by("planned_at"):
        assert post.series is not None
        asked += _ask(post, post.series.created_by, now)
    return asked


def _ask(post: Post, by: User, now: datetime) -> bool:
    if not may_plan(by):
        return False  # left, or no longer plans: it waits as a draft for somebody else
    try:
        submit(post=post, by=by)
    except PostRefused as refused:
        logger.info("series.not_submitted", post=post.pk, code=refused.code)
        return False
    return True


def _tell(posts: list[int]) -> None:
    publish_on_commit("calendar", "calendar", *(f"post-{pk}" for pk in posts))
