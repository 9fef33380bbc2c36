"""What was promised in a conversation, and a new promise with one click."""

import json

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import may_answer
from accounts.requests import UserRequest
from inbox.forms import PromiseForm
from inbox.promises import send_new_promise
from inbox.replies import ReplyBlocked
from inbox.sharing import sharing
from inbox.templatetags.promises import ledger_context
from inbox.views.pages import find_conversation


@require_GET
def promises(request: UserRequest, pk: int) -> HttpResponse:
    """The ledger again, after a live event."""
    return _ledger(request, pk)


@require_POST
def promise(request: UserRequest, pk: int) -> HttpResponse:
    """Send the promise that was proposed; 422 with the reason when it can not be made any more."""
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    form = PromiseForm(request.POST)
    error = _("Dit formulier is niet compleet. Open het gesprek opnieuw.")
    if form.is_valid():
        try:
            send_new_promise(
                conversation=conversation,
                promised_for=form.cleaned_data["promised_for"],
                by=request.user,
                key=form.cleaned_data["key"],
            )
        except ReplyBlocked as blocked:
            error = str(blocked)
        else:
            error = ""
    if not request.htmx and not error:
        return redirect("conversation", pk=pk)
    response = _ledger(request, pk, error=error)
    if not error:
        response.headers["HX-Trigger"] = json.dumps(
            {
                "balie:acted": {"action": "promise", "conversation": pk},
                "balie:toast": {"text": _("De inwoner krijgt de nieuwe toezegging.")},
            }
        )
    return response


def _ledger(request: UserRequest, pk: int, *, error: str = "") -> HttpResponse:
    conversation = find_conversation(request, pk)
    context = ledger_context(conversation, may_answer(request.user), sharing=sharing(request), error=error)
    return render(request, "inbox/_promises.html", context, status=422 if error else 200)
