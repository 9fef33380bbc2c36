"""The box "Test een bericht": which rule fires for it, why, and until when. Keeps nothing."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import UserRequest
from channels.messages import Kind
from channels.platforms import Platform
from responsematrix.choices import Audience, Urgency
from responsematrix.models import Subject
from responsematrix.refusals import Refused
from responsematrix.subjects import MAXIMUM_TEXT
from responsematrix.tryout import try_out
from responsematrix.views.access import find_version

BY_WORDS = "*"  # the subject is recognised, not chosen


class BadMessage(Refused):
    """What was asked is no message that can exist."""


@require_POST
def try_message(request: UserRequest, pk: int) -> HttpResponse:
    """A version that this person may see, on what was typed."""
    version = find_version(request, pk)
    context: dict[str, object] = {"version": version}
    try:
        asked = request.POST
        context["result"] = try_out(
            version,
            text=asked.get("text", "")[:MAXIMUM_TEXT],
            received_at=_moment(asked.get("moment", "")),
            kind=_one_of(asked.get("kind", ""), {kind.value for kind in Kind}),
            platform=_one_of(asked.get("platform", ""), set(Platform.values)),
            visibility=_one_of(asked.get("visibility", ""), {"", "public", "private"}),
            audience=_one_of(asked.get("audience", ""), {"", *Audience.values}),
            urgency=_one_of(asked.get("urgency", ""), {"", *Urgency.values}),
            subject=_subject(asked.get("subject", BY_WORDS)),
        )
    except Refused as refused:
        return render(request, "matrix/_try_result.html", context | {"error": str(refused)}, status=422)
    return render(request, "matrix/_try_result.html", context)


def _moment(text: str) -> datetime:
    if not text:
        return timezone.now()
    try:
        found = DateTimeField().clean(text[:40])
    except ValidationError as error:
        raise BadMessage(_("Vul een dag en een tijd in.")) from error
    if found is None or not 1990 < found.year < 2150:
        raise BadMessage(_("Vul een dag en een tijd in."))
    return found  # type: ignore[no-any-return]


def _one_of(value: str, known: set[str]) -> str:
    if value not in known:
        raise BadMessage(_("Kies bij elk veld iets uit de lijst."))
    return value


def _subject(code: str) -> str | None:
    if code == BY_WORDS:
        return None
    return _one_of(code, {"", *Subject.objects.filter(retired_at=None).values_list("code", flat=True)})
