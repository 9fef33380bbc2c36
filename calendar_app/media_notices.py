"""Pictures that soon may not be shown any more, while posts still have to go out with them: their owners hear it, once."""

import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from calendar_app.library import OVER, shows_on
from calendar_app.models import PostPicture
from inbox.models import NotificationKind
from inbox.notifications import notify_about

BEFORE = datetime.timedelta(days=7)
AT_ONCE = 500


@transaction.atomic
def tell_expiring(today: datetime.date | None = None) -> int:
    """Tell the owner of every planned post that shows a picture which expires within a week. Safe to call at any time and from
    several places at once: each use of a picture is told once, again only when its last day was changed. Returns how many."""
    today = today or timezone.localdate()
    found = (
        PostPicture.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(
            told_at=None,
            item__archived_at=None,
            item__expires_on__gte=today,
            item__expires_on__lte=today + BEFORE,
            post__removed_at=None,
        )
        .select_related("item", "post__owner")
        .prefetch_related("post__targets", "post__pictures")
        .order_by("pk")[:AT_ONCE]
    )
    told = [each for each in found if _still_goes_out(each)]
    for each in told:
        path = reverse("media_item", args=[each.item_id])
        notify_about([each.post.owner], kind=NotificationKind.EXPIRING, path=path, title=each.item.name)
    PostPicture.objects.filter(pk__in=[each.pk for each in told]).update(told_at=timezone.now())
    return len(told)


def _still_goes_out(picture: PostPicture) -> bool:
    """Planned, on a channel that shows this picture and has not begun."""
    shows = shows_on(picture.post, picture.item)
    return any(each.moment is not None and each.state not in OVER for each in shows)
