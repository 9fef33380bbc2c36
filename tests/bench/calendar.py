"""The month with 1,000 posts in it, and with the drawer open, beside the bare page."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from calendar_app import kept
from calendar_app.models import CalendarEvent, Campaign, Post, PostKind, PostTarget, PublishedPost
from channels.models import Channel
from tests.bench.pages import client_of, median_ms

POSTS = 1_000
BEFORE = 20_000  # of other months: years of work


def fill(user: User) -> None:
    Membership.objects.get_or_create(user=user, team=Team.objects.first(), defaults={"role": Role.EDITOR})
    channels = list(Channel.objects.all())
    campaigns = [
        Campaign.objects.create(
            name=f"Campagne {n}", code=f"c{n}", hue=n, starts_on=timezone.localdate().replace(day=1 + n), ends_on=timezone.localdate().replace(day=20 + n)
        )
        for n in range(4)
    ]  # fmt: skip
    month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    moments = [month + timedelta(minutes=n * (28 * 24 * 60 // POSTS)) for n in range(POSTS)]
    moments += [month - timedelta(hours=1, minutes=n * 90) for n in range(BEFORE)]
    posts = Post.objects.bulk_create(_post(user, at, n, campaigns) for n, at in enumerate(moments))
    ideas = (Post(owner=user, edited_by=user, kind=PostKind.IDEA, text=f"Idee {n}") for n in range(200))
    Post.objects.bulk_create(ideas)
    PostTarget.objects.bulk_create(
        PostTarget(post=post, channel=channel, state=("draft", "in_review", "changes_asked")[(n + at) % 3])
        for n, post in enumerate(posts)
        for at, channel in enumerate(channels[: 1 + n % len(channels)])
    )
    PublishedPost.objects.bulk_create(
        PublishedPost(
            channel=channels[n % len(channels)], external_id=f"o{n}", root_id=f"o{n}", text="Vanaf de markt", posted_at=month + timedelta(hours=n * 6)
        )
        for n in range(100)
    )  # fmt: skip
    CalendarEvent.objects.bulk_create(
        CalendarEvent(title=f"Markt {n}", starts_on=(month + timedelta(days=n)).date(), ends_on=(month + timedelta(days=n)).date())
        for n in range(28)
    )  # fmt: skip


def _post(user: User, at: datetime, n: int, campaigns: list[Campaign]) -> Post:
    text = f"De Molenstraat is dicht tussen de Markt en de Lindelaan, bericht {n}. Omrijden kan via de Ringlaan. 🚧"
    return Post(owner=user, edited_by=user, text=text, planned_at=at, campaign=campaigns[n % 6] if n % 6 < 4 else None)


def measure(user: User) -> dict[str, float]:
    fill(user)
    client = client_of(User.objects.get(pk=user.pk))
    bare = median_ms(client, "/bench/bare")
    pages = {
        "month": "/calendar", "month, one channel": f"/calendar?channel={Channel.objects.first().pk}", "month, ideas": "/calendar?ideas=1",  # type: ignore[union-attr]
        "week": "/calendar?view=week", "day": "/calendar?view=day", "list": "/calendar?view=list",
    }  # fmt: skip
    found = {name: median_ms(client, url) for name, url in pages.items()}
    # Whoever is the first to ask after a change lets it be made for all.
    anew = median_ms(client, "/calendar", before=kept._kept.clear)
    return {
        "bare": bare, **found, "month, first after a change": anew,
        "month / bare (target <= 4)": found["month"] / bare, "first after a change / bare": anew / bare,
    }  # fmt: skip
