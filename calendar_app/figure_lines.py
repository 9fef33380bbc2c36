"""The figures of a post as lines over time, in words and as a table."""

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from calendar_app.models import Measurement, PublishedPost
from core.charts import Lines, Point, top_of
from core.templatetags.ui import spoken_moment, thousands


def lines_of(post: PublishedPost, points: Sequence[Measurement]) -> list[Lines]:
    """Reach by itself, as it is of another size; then likes, comments and shares. None for what the platform does not tell."""
    if not points:
        return []
    charts = [
        (_("Bereik"), "reach", [_("bereik")], ["reach"]),
        (_("Likes, reacties en gedeeld"), "response", [_("likes"), _("reacties"), _("gedeeld")], ["reactions", "comments", "shares"]),
    ]  # fmt: skip
    found = []
    for title, name, series, fields in charts:
        values = [[getattr(point, field) for field in fields] for point in points]
        if any(value is not None for row in values for value in row):
            found.append(_lines(post, points, title, name, series, values))
    return found


def _lines(
    post: PublishedPost, points: Sequence[Measurement], title: str, name: str, series: list[str], values: list[list[int | None]]
) -> Lines:  # fmt: skip
    begin, end = post.posted_at, points[-1].at
    length = max((end - begin).total_seconds(), 1.0)
    last = [
        next((row[place] for row in reversed(values) if row[place] is not None), None) for place in range(len(series))
    ]
    told = ", ".join(f"{words} {_shown(value)}" for words, value in zip(series, last, strict=True) if value is not None)
    return Lines(
        name=f"chart-{name}",
        title=title,
        description=_("Van %(begin)s tot %(end)s; het laatst gemeten: %(told)s.")
        % {"begin": spoken_moment(begin), "end": spoken_moment(end), "told": told},
        series=series,
        points=[
            Point(spoken_moment(point.at), (point.at - begin).total_seconds() / length, row)
            for point, row in zip(points, values, strict=True)
        ],
        maximum=top_of([value for row in values for value in row]),
        form=_shown,
        column=_("Gemeten"),
        begin=spoken_moment(begin),
        end=spoken_moment(end),
        csv_url=reverse("published_figures", args=[post.pk]),
    )


def _shown(value: float) -> str:
    return thousands(int(value))


def rows_of(points: Iterable[Measurement]) -> list[list[str]]:
    """Head and lines for a table in a file."""
    head = [_("Gemeten"), _("Bereik"), _("Likes"), _("Reacties"), _("Gedeeld")]
    return [head, *(_row(point) for point in points)]


def _row(point: Measurement) -> list[str]:
    values = (point.reach, point.reactions, point.comments, point.shares)
    return [
        f"{timezone.localtime(point.at):%Y-%m-%d %H:%M}",
        *("" if value is None else str(value) for value in values),
    ]
