"""Pictures that belong to conversations: only for who may see those, and never as anything but a picture."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import UserRequest
from channels.visible import visible_channel_ids
from inbox.models import Attachment, ContactIdentity, Conversation, Message, RootPost


@require_GET
def picture(request: UserRequest, kind: str, pk: int) -> HttpResponse:
    """`kind` is "attachment", "post" or "avatar", `pk` that of the row. What is served was fetched and made anew by us
    (always WebP), under a name of ours: nothing of a platform or of the address reaches the disk."""
    name = _stored_name(request.user, kind, pk)
    path = (Path(settings.MEDIA_ROOT) / name).resolve()
    # Names in the database are ours; should one ever not be, it still leads nowhere else.
    if not name or not path.is_relative_to(Path(settings.MEDIA_ROOT).resolve()) or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="image/webp")
    response.headers["Content-Disposition"] = f'inline; filename="{kind}-{pk}.webp"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def _stored_name(user: User, kind: str, pk: int) -> str:
    visible = visible_channel_ids(user)
    found: QuerySet[Any, str]
    match kind:
        case "attachment":
            found = Attachment.objects.filter(message__channel__in=visible, pk=pk).values_list("file", flat=True)
        case "post":
            found = RootPost.objects.filter(channel__in=visible, pk=pk).values_list("picture", flat=True)
        case "avatar":
            # Looked for, not joined: somebody who writes a lot has thousands of messages.
            spoke = Exists(Conversation.objects.filter(identity=pk, channel__in=visible))
            wrote = Exists(Message.objects.filter(author=pk, channel__in=visible))
            found = ContactIdentity.objects.filter(spoke | wrote, pk=pk).values_list("avatar", flat=True)
        case _:
            return ""
    return found.first() or ""
