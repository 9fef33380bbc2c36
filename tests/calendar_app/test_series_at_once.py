"""Two clocks at once, and a worker that dies halfway: each occurrence is there once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role, Team, User
from calendar_app import series as subject
from calendar_app.models import Post, Series
from calendar_app.recurrence import Repeat
from calendar_app.series import make_occurrences
from channels.models import Channel
from tests.calendar_app.made import make_post
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def daily(team: Team, channel: Channel) -> Series:
    """Begins tomorrow; nothing of it is made yet but its pattern."""
    editor: User = UserFactory(teams=[team], teams__role=Role.EDITOR)
    at = timezone.now().replace(microsecond=0) + timedelta(days=1)
    post = make_post(channel, owner=editor, planned_at=at)
    wall = timezone.localtime(at)
    made = Series.objects.create(
        rule=Repeat("daily").rule, starts_on=wall.date(), at=wall.time(), created_by=editor, pattern=post
    )
    Post.objects.filter(pk=post.pk).update(series=made, occurs_on=wall.date())
    return made


def test_two_clocks_make_it_once(daily: Series) -> None:
    start = Barrier(4)

    def tick() -> int:
        start.wait(timeout=60)
        try:
            return make_occurrences()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [future.result(timeout=60) for future in [pool.submit(tick) for _ in range(4)]]

    assert sorted(made) == [0, 0, 0, 59]  # up to 60 days from today, the first of which was there
    assert set(Counter(Post.objects.values_list("occurs_on", flat=True)).values()) == {1}


def test_who_dies_halfway_leaves_nothing_and_the_next_makes_all(daily: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = subject.copy_post, iter(range(5))

    def dying(**values: object) -> Post:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return real(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(subject, "copy_post", dying)
    with pytest.raises(KeyboardInterrupt):
        make_occurrences()
    assert Post.objects.count() == 1

    monkeypatch.setattr(subject, "copy_post", real)
    assert (make_occurrences(), make_occurrences()) == (59, 0)
    assert Post.objects.count() == 60
