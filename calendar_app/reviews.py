"""What waits for somebody's review: the nearest moment first, a series that says the same as one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Min
from django.utils.translation import gettext as _

from accounts.models import User
from calendar_app.approval import approve, channels_to_approve, wrote
from calendar_app.composing import PostConflict, PostRefused
from calendar_app.content import Content, content_of, digest_of, pictures_of, with_content
from calendar_app.models import Post, PostPicture, PostTarget, TargetState
from calendar_app.validation import blocking

SHOWN = 100  # posts in the queue
Said = tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Variant:
    """Channels that say the same."""

    targets: list[PostTarget]
    content: Content
    pictures: list[PostPicture]


@dataclass(slots=True)
class Waiting:
    """A post, or the occurrences of a series that all say the same."""

    posts: list[Post]
    variants: list[Variant]
    problems: list[str]
    asked_by: User | None
    asked_at: datetime | None

    @property
    def post(self) -> Post:
        return self.posts[0]

    @property
    def choices(self) -> list[str]:
        """What is approved: each post as it was shown."""
        return [f"{each.pk}:{each.revision}" for each in self.posts]


def queue_of(user: User) -> tuple[list[Waiting], list[Waiting]]:
    """(what this person can approve, what they wrote or can not approve and see). A fixed number of queries."""
    waiting = PostTarget.objects.filter(state=TargetState.IN_REVIEW)
    posts = Post.objects.visible_to(user).filter(removed_at=None, pk__in=waiting.values("post"))
    posts = posts.annotate(asked=Min("targets__submitted_at")).order_by(
        F("planned_at").asc(nulls_last=True), "asked", "pk"
    )
    order = {pk: place for place, pk in enumerate(posts.values_list("pk", flat=True)[:SHOWN])}
    by_post: dict[int, list[PostTarget]] = defaultdict(list)
    keys = list(waiting.filter(post__in=order).values_list("pk", flat=True))
    for target in with_content(keys):
        by_post[target.post_id].append(target)
    people = User.objects.in_bulk({t.submitted_by_id for all_ in by_post.values() for t in all_ if t.submitted_by_id})
    allowed = channels_to_approve(user)
    mine: dict[object, Waiting] = {}
    others: dict[object, Waiting] = {}
    for pk in sorted(by_post, key=lambda each: order[each]):
        targets = by_post[pk]
        post = targets[0].post
        is_mine = all(each.channel_id in allowed and not wrote(each, user) for each in targets)
        found = mine if is_mine else others
        key = (post.series_id, said_by(targets)) if post.series_id else post.pk
        if key in found:
            found[key].posts.append(post)
        else:
            found[key] = _waiting(targets, people)
        found[key].problems += [each.text for target in targets for each in blocking(target)]
    for each in (*mine.values(), *others.values()):
        each.problems = list(dict.fromkeys(each.problems))
    return list(mine.values()), list(others.values())


def said_by(targets: Iterable[PostTarget]) -> Said:
    """Equal when every channel says the same."""
    return tuple(sorted((each.channel_id, digest_of(content_of(each))) for each in targets))


def approve_several(*, choices: dict[int, int], by: User) -> tuple[list[Post], list[str]]:
    """Occurrences of one series that say the same, each as it was seen ({key of the post: its revision}); a single post just as
    well. What can not be approved is left as it is. Returns what was approved, and why the others were not.

    Raises PostRefused("differs") when they are not one series, or do not all say the same: then nothing was approved."""
    waiting = PostTarget.objects.filter(post__in=choices, state=TargetState.IN_REVIEW).values_list("pk", flat=True)
    by_post: dict[int, list[PostTarget]] = defaultdict(list)
    for target in with_content(waiting):
        by_post[target.post_id].append(target)
    alike = {(each[0].post.series_id or -pk, said_by(each)) for pk, each in by_post.items()}
    if len(alike) > 1:
        raise PostRefused(
            "differs", _("Deze berichten zeggen niet (meer) allemaal hetzelfde. Beoordeel ze een voor een.")
        )
    done, refused = [], []
    for post in Post.objects.filter(pk__in=choices).order_by("planned_at", "pk"):
        try:
            done.append(approve(post=post, by=by, revision=choices[post.pk]))
        except PostConflict as conflict:
            refused.append(conflict.message)
        except PostRefused as why:
            if why.code == "forbidden":
                raise
            refused.append(why.message)
    return done, list(dict.fromkeys(refused))


def _waiting(targets: list[PostTarget], people: dict[int, User]) -> Waiting:
    variants: dict[str, Variant] = {}
    for each in targets:
        content = content_of(each)
        digest = digest_of(content)
        if digest in variants:
            variants[digest].targets.append(each)
        else:
            variants[digest] = Variant([each], content, pictures_of(each))
    asked = min(targets, key=lambda each: each.submitted_at or each.updated_at)
    return Waiting(
        [targets[0].post], list(variants.values()), [], people.get(asked.submitted_by_id or 0), asked.submitted_at
    )
