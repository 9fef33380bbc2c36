"""Writing an answer: send it, keep it, or say that it was given elsewhere."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import may_answer
from accounts.requests import UserRequest
from channels.messages import SendMode
from inbox.drafts import DraftConflict, drafts_of, save_draft
from inbox.forms import DraftForm, ElsewhereForm, ReplyForm
from inbox.models import Conversation
from inbox.replies import ReplyBlocked, answered_elsewhere, send_reply
from inbox.reply_options import reply_options
from inbox.threads import modes_of
from inbox.views.pages import find_conversation, thread_context

MAX_TYPED = 100_000


def composer_context(conversation: Conversation, request: UserRequest) -> dict[str, Any]:
    options = reply_options(conversation)
    return {
        "conversation": conversation,
        "options": options,
        "modes": modes_of(options),
        "drafts": drafts_of(request.user, conversation),
        "key": ReplyForm.new_key(),
        "may_answer": may_answer(request.user),
    }


@require_GET
def composer(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "inbox/_composer.html", composer_context(find_conversation(request, pk), request))


@require_POST
def reply(request: UserRequest, pk: int) -> HttpResponse:
    """Queue the answer; back come an empty composer and the messages with the new bubble. 422 keeps what was typed."""
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    form = ReplyForm(request.POST)
    error = _("Dit formulier is niet compleet. Open het gesprek opnieuw.")
    if form.is_valid():
        try:
            message = send_reply(
                conversation=conversation,
                by=request.user,
                text=form.cleaned_data["text"],
                mode=SendMode(form.cleaned_data["mode"]),
                key=form.cleaned_data["key"],
            )
        except ReplyBlocked as blocked:
            error = str(blocked)
        else:
            return _answered(request, pk, action="reply", elsewhere=message.conversation_id != pk)
    # The text comes back as it was typed, under the same key: nothing was sent.
    context = composer_context(conversation, request) | {
        "error": error,
        "typed": request.POST.get("text", "")[:MAX_TYPED],
        "typed_mode": request.POST.get("mode", ""),
    }
    if form.is_valid():
        context["key"] = str(form.cleaned_data["key"])
    return render(request, "inbox/_composer.html", context, status=422)


def _answered(request: UserRequest, pk: int, *, action: str, elsewhere: bool = False) -> HttpResponse:
    """The composer, empty and with a new key, and the messages and header beside it: one answer shows all of it."""
    conversation = find_conversation(request, pk)
    context = thread_context(request, conversation) | {"beside": True}
    beside = [render_to_string(f"inbox/{name}.html", context, request) for name in ("_header", "_messages")]
    response = render(request, "inbox/_composer.html", composer_context(conversation, request) | {"sent": True})
    response.write("".join(beside))
    events: dict[str, object] = {"balie:acted": {"action": action, "conversation": pk}}
    if elsewhere:
        events["balie:toast"] = {"text": _("Privébericht verstuurd. Het staat in een eigen gesprek.")}
    response.headers["HX-Trigger"] = json.dumps(events)
    return response


@require_POST
def draft(request: UserRequest, pk: int) -> HttpResponse:
    """Keep what is typed; 409 with the newer text when another tab was first."""
    conversation = find_conversation(request, pk)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    values = form.cleaned_data
    try:
        kept = save_draft(
            conversation=conversation,
            mode=SendMode(values["mode"]),
            text=values["text"],
            version=values["version"],
            by=request.user,
        )
    except DraftConflict as conflict:
        return JsonResponse({"text": conflict.draft.text, "version": conflict.draft.version}, status=409)
    return JsonResponse({"version": kept.version if kept else 0})


@require_POST
def elsewhere(request: UserRequest, pk: int) -> HttpResponse:
    """A colleague answered on the platform itself: kept as our words, and the conversation is resolved."""
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    form = ElsewhereForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else None
    answered_elsewhere(
        conversation=conversation, text=request.POST.get("text", "")[:MAX_TYPED], by=request.user, key=key
    )
    return _answered(request, pk, action="elsewhere")
