"""What is planned as a table, with the columns that the import reads: out and in again gives the same posts."""

from django.db.models import Prefetch
from django.utils import timezone

from accounts.models import User
from calendar_app.csv_import import HEADS, MAXIMUM_ROWS
from calendar_app.csv_names import SECOND_TIME, labels_of
from calendar_app.models import Post, PostKind, PostPicture, PostTarget, TargetState
from calendar_app.moments import moment_of, on_the_wall
from channels.models import Channel
from responsematrix.table_files import to_csv, to_xlsx

WIDTHS = (12, 10, 34, 60, 40, 24, 30, 34, 40)


def export_cells(user: User, *, language: str = "nl") -> list[list[str]]:
    """The head and a row for every post that is planned from now on and that `user` may see, soonest first: as many as an
    import takes. Of what a post says on each channel only what they share. A fixed number of queries."""
    place = 0 if language == "nl" else 1
    channels = list(Channel.objects.visible_to(user).defer("encrypted_credentials", "poll_cursor"))
    labels = labels_of(channels)
    posts = (
        Post.objects.visible_to(user)
        .filter(kind=PostKind.POST, removed_at=None, planned_at__gt=timezone.now())
        .select_related("campaign")
        .prefetch_related(
            Prefetch("targets", PostTarget.objects.exclude(state=TargetState.CANCELLED)),
            Prefetch("pictures", PostPicture.objects.filter(target=None).select_related("item")),
        )
        .order_by("planned_at", "pk")[:MAXIMUM_ROWS]
    )
    return [[heads[place] for heads in HEADS.values()], *[_cells(post, labels, place) for post in posts]]


def export_csv(user: User, *, language: str = "nl") -> bytes:
    return to_csv(export_cells(user, language=language))


def export_xlsx(user: User, *, language: str = "nl") -> bytes:
    name = "Kalender" if language == "nl" else "Calendar"
    return to_xlsx(export_cells(user, language=language), name=name, widths=WIDTHS)


def _cells(post: Post, labels: dict[int, str], place: int) -> list[str]:
    assert post.planned_at is not None
    wall = on_the_wall(post.planned_at)
    moment = moment_of(wall.date(), wall.time())
    second = f" ({SECOND_TIME[place]})" if moment.is_twice and moment.at != post.planned_at else ""
    pictures = list(post.pictures.all())
    cells = {
        "on": f"{wall:%d-%m-%Y}" if place == 0 else f"{wall:%Y-%m-%d}",
        "at": f"{wall:%H:%M}{second}",
        "channels": " | ".join(labels[each.channel_id] for each in post.targets.all() if each.channel_id in labels),
        "text": post.text,
        "link": post.link,
        "campaign": post.campaign.name if post.campaign else "",
        "title": post.title,
        "pictures": "\n".join(each.item.name for each in pictures),
        "alts": "\n".join(" ".join((each.alt or each.item.alt).split()) for each in pictures),
    }
    return [cells[column] for column in HEADS]
