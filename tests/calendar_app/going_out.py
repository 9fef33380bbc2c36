"""What the clock and the workers do with posts, in one step, for tests."""

from typing import Any

from calendar_app.models import PostTarget
from calendar_app.publishing import may_start, publish_due, record_outcome
from channels.delivery import deliver, due_deliveries
from channels.messages import POSTS
from channels.models import Delivery


def tick(times: int = 1) -> list[Delivery]:
    """Begin what is due and send what is queued, as often as that; returns what was sent or tried, as it is then."""
    tried = []
    for _number in range(times):
        publish_due()
        for pk in due_deliveries(modes=POSTS):
            tried.append(deliver(pk, on_outcome=record_outcome, may_start=may_start))
    return [each for each in tried if each is not None]


def again(target: PostTarget) -> PostTarget:
    """As it stands in the database."""
    return PostTarget.objects.select_related("post", "channel").get(pk=target.pk)


def part_deliveries(target: PostTarget) -> list[Delivery]:
    return list(Delivery.objects.filter(post_part__target=target).order_by("post_part__position"))


def states(**filters: Any) -> list[str]:
    return list(PostTarget.objects.filter(**filters).order_by("pk").values_list("state", flat=True))
