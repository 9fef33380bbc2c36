"""Writing a post: what it says, on which channels, with which pictures, and when. Who approves it is in `approval`.

What says the same as before changes nothing. Every other change makes the revision go up, leaves a version, and ends each
approval that was given to other words. What went out, or is on its way, keeps what it said.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Team, User
from calendar_app.changing import (
    LONGEST_LINK,
    WORDS,
    Change,
    PostConflict,
    PostRefused,
    begin,
    finish,
    keep_version,
    may_change_post,
    path_of,
    tell,
)
from calendar_app.content import pictures_of
from calendar_app.models import (
    Campaign,
    MediaItem,
    Post,
    PostKind,
    PostPicture,
    PostTarget,
    Series,
    TargetState,
)
from calendar_app.models.posts import STARTED
from calendar_app.moving import move_post, remove_post
from channels.models import Channel
from inbox.sanitise import clean

__all__ = [
    "PostConflict",
    "PostRefused",
    "add_picture",
    "change_post",
    "change_target",
    "copy_post",
    "create_post",
    "describe_picture",
    "may_change_post",
    "move_post",
    "order_pictures",
    "path_of",
    "remove_picture",
    "remove_post",
    "set_channels",
]
LONGEST_TEXT, LONGEST_TITLE, LONGEST_ALT, MOST_PICTURES = 70_000, 120, 1000, 50
CHANGEABLE = frozenset({"title", "text", "link", "has_utm", "campaign", "team"})
_check_url = URLValidator(schemes=["http", "https"])


@transaction.atomic
def create_post(
    *,
    by: User,
    kind: str = PostKind.POST,
    title: str = "",
    text: str = "",
    link: str = "",
    planned_at: datetime | None = None,
    channels: Iterable[Channel] = (),
    campaign: Campaign | None = None,
    team: Team | None = None,
    series: Series | None = None,
    occurs_on: date | None = None,
    pictures: Iterable[tuple[MediaItem, str]] = (),
) -> Post:
    """A draft of `by`; of `pictures` each has its alt text with it (empty: that of the library). Raises PostRefused: "text_long",
    "title_long", "bad_link", "channel" (closed, or not theirs), "archived", "pictures_many"."""
    wanted = {each.pk: each for each in channels}
    _check_channels(wanted, by)
    post = Post(owner=by, edited_by=by, kind=PostKind(kind), planned_at=planned_at, series=series, occurs_on=occurs_on)
    _set(post, {"title": title, "text": text, "link": link, "campaign": campaign, "team": team})
    post.save()
    targets = [PostTarget.objects.create(post=post, channel=each, edited_by=by) for each in wanted.values()]
    if pictures := list(pictures):
        _check_pictures([item for item, _alt in pictures])
        PostPicture.objects.bulk_create(
            PostPicture(post=post, item=item, position=position, alt=alt or item.alt)
            for position, (item, alt) in enumerate(pictures)
        )
    return _made(post, targets, by, "post.created")


@transaction.atomic
def change_post(*, post: Post, by: User, revision: int | None, **fields: Any) -> Post:
    """Any of `title text link has_utm campaign team`. `revision` is the one that the person looked at (None: whatever it is).

    Raises PostConflict; PostRefused: "text_long", "title_long", "bad_link", "forbidden", "removed", "started"."""
    change = begin(post, by=by, revision=revision)
    _set(change.post, fields)
    return finish(change, "post.changed", fields=sorted(fields))


@transaction.atomic
def set_channels(*, post: Post, by: User, revision: int | None, channels: Iterable[Channel]) -> Post:
    """Exactly these, of those that `by` may see; a channel on which something started stays. What was called off there is a
    draft again. Raises PostConflict; PostRefused: "channel", "started", "forbidden", "removed"."""
    change = begin(post, by=by, revision=revision)
    wanted = {each.pk: each for each in channels}
    known = {each.channel_id: each for each in change.targets}
    _check_channels({pk: each for pk, each in wanted.items() if pk not in known}, by)
    seen = set(Channel.objects.visible_to(by).filter(pk__in=known).values_list("pk", flat=True))
    for pk, target in known.items():
        if pk in wanted and target.state == TargetState.CANCELLED:
            target.state, target.reason_code, target.reason = TargetState.DRAFT, "", ""
            target.save(update_fields=["state", "reason_code", "reason", "updated_at"])
        elif pk not in wanted and pk in seen and target.state not in (TargetState.CANCELLED, *STARTED):
            _take_away(change, target)
    for pk, channel in wanted.items():
        if pk not in known:
            made = PostTarget.objects.create(post=change.post, channel=channel, edited_by_id=change.post.edited_by_id)
            made.post = change.post
            change.targets.append(made)
    return finish(change, "post.channels_set", channels=sorted(each.channel_id for each in change.targets))


@transaction.atomic
def change_target(
    *,
    target: PostTarget,
    by: User,
    revision: int | None,
    has_own_text: bool,
    text: str = "",
    has_own_link: bool,
    link: str = "",
    has_own_pictures: bool,
) -> PostTarget:
    """What it says on this channel only. Own pictures begin as a copy of those of the post, and are lost when they are given up.

    Raises PostConflict; PostRefused: "text_long", "bad_link", "started", "forbidden", "removed"."""
    change = begin(target.post, by=by, revision=revision)
    own = _open_target(change, target.pk)
    own.has_own_text, own.text = has_own_text, _text(text) if has_own_text else ""
    own.has_own_link, own.link = has_own_link, _link(link) if has_own_link else ""
    if has_own_pictures and not own.has_own_pictures:
        _copy_pictures(pictures_of(own), own)
    elif own.has_own_pictures and not has_own_pictures:
        own.pictures.all().delete()
    own.has_own_pictures = has_own_pictures
    finish(change, "post.changed", channel=own.channel_id)
    return own


@transaction.atomic
def add_picture(*, post: Post, by: User, item: MediaItem, target: PostTarget | None = None) -> PostPicture:
    """At the end; the same one twice is once. Its alt text is taken along, so that a later change in the library changes nothing
    here. With `target` for that channel only. Raises PostRefused: "archived", "pictures_many", "started", "forbidden", "removed".
    """
    change = begin(post, by=by)
    own = _owner(change, target)
    shown = [each for each in change.post.pictures.all() if each.target_id == (own.pk if own else None)]
    for each in shown:
        if each.item_id == item.pk:
            return each
    item = MediaItem.objects.get(pk=item.pk)
    if item.archived_at:
        raise PostRefused("archived", _("Deze afbeelding is opgeborgen en niet meer te gebruiken."))
    if len(shown) >= MOST_PICTURES:
        raise PostRefused("pictures_many", _("Er staan al te veel afbeeldingen bij dit bericht."))
    place = max((each.position for each in shown), default=-1) + 1
    _hold_pictures(change, own)
    made = PostPicture.objects.create(post=change.post, target=own, item=item, position=place, alt=item.alt)
    finish(change, "post.picture_added", item=item.pk)
    return made


@transaction.atomic
def remove_picture(*, picture: PostPicture, by: User) -> Post:
    """Raises PostRefused: "picture_gone", "started", "forbidden", "removed"."""
    change = begin(picture.post, by=by)
    found, own = _picture(change, picture)
    _hold_pictures(change, own)
    PostPicture.objects.filter(pk=found.pk).delete()
    return finish(change, "post.picture_removed", item=found.item_id)


@transaction.atomic
def order_pictures(*, post: Post, by: User, order: Collection[int], target: PostTarget | None = None) -> Post:
    """`order`: the keys of all pictures of the post (or of that channel). Raises PostConflict when they are others by now."""
    change = begin(post, by=by)
    own = _owner(change, target)
    shown = {each.pk: each for each in change.post.pictures.all() if each.target_id == (own.pk if own else None)}
    if sorted(order) != sorted(shown):
        raise PostConflict("conflict", _("De afbeeldingen zijn intussen veranderd. Laad het bericht opnieuw."))
    if list(order) == list(shown):
        return change.post
    _hold_pictures(change, own)
    for position, pk in enumerate(order):
        PostPicture.objects.filter(pk=pk).update(position=position)
    return finish(change, "post.pictures_ordered")


@transaction.atomic
def describe_picture(*, picture: PostPicture, by: User, alt: str) -> PostPicture:
    """Its alt text in this post. Raises PostRefused: "alt_long", "picture_gone", "started", "forbidden", "removed"."""
    alt = clean(alt, LONGEST_ALT + 1).strip()
    if len(alt) > LONGEST_ALT:
        raise PostRefused("alt_long", _("De alt-tekst is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_ALT})
    change = begin(picture.post, by=by)
    found, own = _picture(change, picture)
    if found.alt != alt:
        _hold_pictures(change, own)
        PostPicture.objects.filter(pk=found.pk).update(alt=alt)
        finish(change, "post.picture_described", item=found.item_id)
    found.alt = alt
    return found


@transaction.atomic
def copy_post(
    *,
    post: Post,
    by: User,
    kind: str = PostKind.POST,
    planned_at: datetime | None = None,
    series: Series | None = None,
    occurs_on: date | None = None,
) -> Post:
    """A draft of `by` that says the same: from a template, from an idea, again. Not on channels that were closed or called off;
    nor, outside a series, on those that `by` does not see. Approvals are not copied."""
    source = Post.objects.select_related("campaign", "team").get(pk=post.pk)
    made = Post(owner=by, edited_by=by, kind=PostKind(kind), planned_at=planned_at, series=series, occurs_on=occurs_on)
    for name in ("title", "text", "link", "has_utm", "campaign", "team"):
        setattr(made, name, getattr(source, name))
    made.save()
    olds = source.targets.select_related("channel").filter(channel__closed_at=None)
    olds = olds.exclude(state=TargetState.CANCELLED)
    if series is None:
        olds = olds.visible_to(by)
    targets: dict[int, PostTarget] = {}
    for old in olds:
        words = {name: getattr(old, name) for name in WORDS}
        targets[old.pk] = PostTarget.objects.create(post=made, channel=old.channel, edited_by=by, **words)
    PostPicture.objects.bulk_create(
        PostPicture(
            post=made,
            target=targets[each.target_id] if each.target_id else None,
            item_id=each.item_id,
            position=each.position,
            alt=each.alt,
        )
        for each in source.pictures.all()
        if each.target_id is None or each.target_id in targets
    )
    return _made(made, list(targets.values()), by, "post.copied", source=source.pk)


def _made(post: Post, targets: list[PostTarget], by: User, action: str, **data: Any) -> Post:
    for each in targets:
        each.post = post
    keep_version(post, targets, by=by)
    record(action, post, by=by, kind=post.kind, channels=[each.channel_id for each in targets], **data)
    tell(post)
    return post


def _set(post: Post, fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - CHANGEABLE:
        raise TypeError(f"change_post: {sorted(unknown)}")
    read: dict[str, Callable[[Any], Any]] = {"title": _title, "text": _text, "link": _link, "has_utm": bool}
    for name, value in fields.items():
        setattr(post, name, read[name](value) if name in read else value)


def _title(title: str) -> str:
    title = " ".join(clean(title, LONGEST_TEXT).split())
    if len(title) > LONGEST_TITLE:
        raise PostRefused("title_long", _("De titel is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_TITLE})
    return title


def _text(text: str) -> str:
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n"), LONGEST_TEXT + 1)
    if len(text) > LONGEST_TEXT:
        raise PostRefused("text_long", _("De tekst is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_TEXT})
    return text


def _link(link: str) -> str:
    link = clean(link, LONGEST_LINK + 1).strip()
    if not link:
        return ""
    try:
        _check_url(link)
    except ValidationError as error:
        raise PostRefused("bad_link", _("Dit is geen goed webadres. Het begint met https://.")) from error
    if len(link) > LONGEST_LINK:
        raise PostRefused("bad_link", _("De link is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_LINK})
    return link


def _check_channels(wanted: dict[int, Channel], by: User) -> None:
    if not wanted:
        return
    there = Channel.objects.visible_to(by).open().filter(pk__in=wanted).values_list("pk", flat=True)
    if missing := set(wanted) - set(there):
        names = ", ".join(sorted(wanted[pk].name for pk in missing))
        raise PostRefused("channel", _("Dit kanaal kunt u niet kiezen: %(names)s.") % {"names": names})


def _check_pictures(items: Sequence[MediaItem]) -> None:
    if MediaItem.objects.filter(pk__in=[each.pk for each in items], archived_at__isnull=False).exists():
        raise PostRefused("archived", _("Deze afbeelding is opgeborgen en niet meer te gebruiken."))
    if len(items) > MOST_PICTURES:
        raise PostRefused("pictures_many", _("Er staan al te veel afbeeldingen bij dit bericht."))


def _take_away(change: Change, target: PostTarget) -> None:
    """With what was only for there."""
    target.pictures.all().delete()
    target.parts.filter(delivery=None).delete()
    change.targets.remove(target)
    change.removed.append(target)
    record("post.channel_removed", target, by=change.by, post=change.post.pk, channel=target.channel_id)
    try:
        target.delete()
    except ProtectedError as error:  # a call was made for it once
        raise PostRefused(
            "started",
            _("Op %(channel)s is dit bericht al geplaatst of onderweg. Dat kanaal blijft erbij.")
            % {"channel": target.channel.name},
        ) from error


def _open_target(change: Change, pk: int) -> PostTarget:
    """The target under lock. Raises PostRefused: "target_gone", "started"."""
    found = next((each for each in change.targets if each.pk == pk), None)
    if found is None:
        raise PostConflict("target_gone", _("Dit kanaal hoort intussen niet meer bij het bericht."))
    if found.state in STARTED:
        raise PostRefused(
            "started",
            _("Op %(channel)s is dit bericht al geplaatst of onderweg. Maak een kopie en verander die.")
            % {"channel": found.channel.name},
        )
    return found


def _owner(change: Change, target: PostTarget | None) -> PostTarget | None:
    """Whose pictures change: of one channel, or (None) of the post."""
    if target is None:
        return None
    own = _open_target(change, target.pk)
    if not own.has_own_pictures:
        raise PostConflict("conflict", _("Dit kanaal heeft geen eigen afbeeldingen meer. Laad het bericht opnieuw."))
    return own


def _hold_pictures(change: Change, own: PostTarget | None) -> None:
    """Before everybody's pictures change: what started keeps a copy of its own of how they were."""
    for each in change.targets if own is None else ():
        if each.state in STARTED and not each.has_own_pictures:
            _copy_pictures(pictures_of(each), each)
            each.has_own_pictures = True


def _picture(change: Change, picture: PostPicture) -> tuple[PostPicture, PostTarget | None]:
    """The picture and the channel whose own it is."""
    found = next((each for each in change.post.pictures.all() if each.pk == picture.pk), None)
    if found is None:
        raise PostConflict("picture_gone", _("Deze afbeelding staat niet meer bij het bericht."))
    return found, _owner(change, next((each for each in change.targets if each.pk == found.target_id), None))


def _copy_pictures(pictures: Iterable[PostPicture], target: PostTarget) -> None:
    PostPicture.objects.bulk_create(
        PostPicture(
            post=target.post, target=target, item_id=each.item_id, position=each.position, alt=each.alt or each.item.alt
        )
        for each in pictures
    )
