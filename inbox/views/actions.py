"""Verbs on a conversation or one of our messages: each a POST, each answered with the fragment that changed."""

import json
from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import may_answer
from accounts.requests import UserRequest
from channels.visible import visible_channel_ids
from inbox.facts import choose_facts
from inbox.forms import FactsForm, ResolveForm, SnoozeForm
from inbox.lifecycle import ReasonNeeded, mark_read, mark_unread, reopen, resolve, snooze, wait_for_resident
from inbox.models import Conversation, Message, ResolveReason
from inbox.notifications import mark_notified
from inbox.replies import ReplyBlocked, retry_failed, settle_unknown
from inbox.views.pages import find_conversation, outcomes_context, thread_context


def act(
    request: UserRequest, pk: int, action: str, write: Callable[[Conversation], object], *, said: str = ""
) -> HttpResponse:
    """Find, check, do, and show the header again (422 with the reason when it can not be done); without htmx the page.

    The browser hears `balie:acted` with the action, and `said` as a toast."""
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    extra: dict[str, object] = {}
    status = 200
    try:
        write(conversation)
    except ReasonNeeded as needed:
        extra, status = {"ask_reason": True, "reasons": ResolveReason.choices, "error": str(needed)}, 422
    except ValueError as problem:
        extra, status = {"error": str(problem)}, 422
    if not request.htmx and status == 200:
        return redirect("conversation", pk=pk)
    context = thread_context(request, find_conversation(request, pk)) | extra
    response = render(request, "inbox/_header.html", context, status=status)
    if status == 200:
        events: dict[str, object] = {"balie:acted": {"action": action, "conversation": pk}}
        if said:
            events["balie:toast"] = {"text": said}
        response.headers["HX-Trigger"] = json.dumps(events)
    return response


@require_POST
def resolve_conversation(request: UserRequest, pk: int) -> HttpResponse:
    """422 with the reasons to choose from when the resident was not answered."""
    form = ResolveForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""

    def write(conversation: Conversation) -> None:
        resolve(conversation=conversation, by=request.user, reason=reason)

    return act(request, pk, "resolve", write, said=_("Gesprek afgehandeld."))


@require_POST
def reopen_conversation(request: UserRequest, pk: int) -> HttpResponse:
    return act(request, pk, "reopen", lambda conversation: reopen(conversation=conversation, by=request.user))


@require_POST
def snooze_conversation(request: UserRequest, pk: int) -> HttpResponse:
    form = SnoozeForm(request.POST)

    def write(conversation: Conversation) -> None:
        if not form.is_valid():
            raise ValueError(" ".join(str(error) for errors in form.errors.values() for error in errors))
        snooze(conversation=conversation, until=form.cleaned_data["until"], by=request.user)

    return act(request, pk, "snooze", write, said=_("Gesprek uitgesteld."))


@require_POST
def wait(request: UserRequest, pk: int) -> HttpResponse:
    return act(request, pk, "wait", lambda conversation: wait_for_resident(conversation=conversation, by=request.user))


@require_POST
def facts(request: UserRequest, pk: int) -> HttpResponse:
    """Subject, audience and urgency as a person says them; the header comes back with the term that now holds, and the card."""
    form = FactsForm(request.POST)
    chosen = form.cleaned_data if form.is_valid() else {}

    def write(conversation: Conversation) -> None:
        if not chosen:
            raise ValueError(_("Kies een onderwerp uit de lijst."))
        choose_facts(conversation=conversation, by=request.user, **chosen)

    return act(request, pk, "facts", write, said=_("Opnieuw bekeken met de responsmatrix."))


@require_POST
def read(request: UserRequest, pk: int) -> HttpResponse:
    """Seen by somebody who could do something about it. Who only looks on leaves it to be read; one's own bell is one's own."""
    conversation = find_conversation(request, pk)
    if may_answer(request.user):
        mark_read(conversation=conversation, by=request.user)
    mark_notified(by=request.user, conversation=pk)
    return HttpResponse(status=204)


@require_POST
def unread(request: UserRequest, pk: int) -> HttpResponse:
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    mark_unread(conversation=conversation, by=request.user)
    return HttpResponse(
        status=204, headers={"HX-Trigger": json.dumps({"balie:acted": {"action": "unread", "conversation": pk}})}
    )


def _own_message(request: UserRequest, pk: int) -> Message:
    messages = Message.objects.filter(channel__in=visible_channel_ids(request.user), delivery__isnull=False)
    return get_object_or_404(messages.select_related("delivery"), pk=pk)


def _settled(request: UserRequest, write: Callable[[], object]) -> HttpResponse:
    """On the page of outcomes that list again; in a conversation nothing: the live event brings the new state."""
    if not may_answer(request.user):
        return HttpResponse(status=403)
    error = ""
    try:
        write()
    except ReplyBlocked as blocked:
        error = str(blocked)
    if not request.htmx:
        return redirect("outcomes")
    if request.htmx.target == "outcomes":
        context = outcomes_context(request) | {"error": error}
        response = render(request, "inbox/_outcomes.html", context, status=422 if error else 200)
    else:
        response = HttpResponse(status=422 if error else 204)
    if error and request.htmx.target != "outcomes":
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": error, "level": "error"}})
    elif not error:
        response.headers["HX-Trigger"] = json.dumps({"balie:acted": {"action": "settle"}})
    return response


@require_POST
def retry(request: UserRequest, pk: int) -> HttpResponse:
    message = _own_message(request, pk)
    return _settled(request, lambda: retry_failed(message=message, by=request.user))


@require_POST
def settle(request: UserRequest, pk: int) -> HttpResponse:
    """A person looked at the platform: `was_sent` is "1" or "0"; with `retry` "1" what was not sent goes again at once."""
    message = _own_message(request, pk)
    was_sent = request.POST.get("was_sent")
    if was_sent not in {"0", "1"}:
        return HttpResponse(status=422)

    def write() -> None:
        settle_unknown(message=message, was_sent=was_sent == "1", by=request.user)
        if was_sent == "0" and request.POST.get("retry") == "1":
            retry_failed(message=message, by=request.user)

    return _settled(request, write)
