"""The inbox: its page, and what a live update fetches again."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from accounts.permissions import may_answer, may_share_views
from accounts.requests import UserRequest
from channels.messages import Kind, Visibility
from channels.visible import visible_channel_ids, visible_channels
from inbox.drafts import drafts_of
from inbox.forms import ReplyForm
from inbox.listing import PAGE, SORTS, VIEWS, Filter, badges, counts, page
from inbox.models import Conversation, Message, SavedView
from inbox.models.conversations import VISIBILITY_LABELS, ConversationQuerySet
from inbox.sharing import sharing
from inbox.terms import Terms, terms_of
from inbox.threads import Thread, get_thread, shown_messages, troubled_messages
from responsematrix.choices import KIND_LABELS, Audience, Urgency
from responsematrix.models import Subject


def find_conversation(request: UserRequest, pk: int) -> Conversation:
    """With everything its page needs, or 404: who may not see it can not tell it from one that is not there."""
    return sharing(request).get(("conversation", pk), lambda: get_object_or_404(_conversations(request), pk=pk))


def _conversations(request: UserRequest) -> ConversationQuerySet:
    # The same as visible_to(user), with the ids at hand.
    visible = Conversation.objects.filter(channel__in=visible_channel_ids(request.user))
    return visible.select_related("channel", "identity", "root", "assignee", "contact", "subject", "team").defer(
        "channel__encrypted_credentials", "channel__poll_cursor"
    )


def chosen_filter(request: UserRequest) -> Filter:
    return Filter.of(request.GET.dict())


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def list_context(request: UserRequest, *, open_pk: int | None = None) -> dict[str, Any]:
    """The rows. `after` asks for the next page; `shown` for as many rows as are on the screen."""
    chosen = chosen_filter(request)
    after = request.GET.get("after", "")
    size = PAGE if after else _number(request.GET.get("shown", "")) or PAGE
    # These two views are another list for each person.
    whose = (request.user.pk, tuple(request.user.team_ids)) if chosen.view in ("mine", "team") else None
    asked = (chosen, whose, after, size)
    shared = sharing(request)
    found = shared.get(("page", *asked), lambda: page(request.user, chosen, after=after, shown=size))
    return {
        "filter": chosen,
        "view_label": VIEWS[chosen.view],
        "page": found,
        "open_pk": open_pk,
        "mine": tuple(row.pk for row in found.rows if row.newest and row.newest["by"] == request.user.pk),  # type: ignore[attr-defined]
        "asked": asked,
        "sharing": shared,
    }


def views_context(request: UserRequest, chosen: Filter | None = None) -> dict[str, Any]:
    """The views with their counts; `chosen` where the filter is not in the address."""
    shared = sharing(request)
    counted = counts(request.user, shared.get("badges", lambda: badges(request.user)))
    saved = list(SavedView.objects.visible_to(request.user))
    return {
        "filter": chosen or chosen_filter(request),
        "views": VIEWS.items(),
        "channels": [channel for channel in visible_channels(request.user) if channel.closed_at is None],
        "saved_views": saved,
        "counts": counted,
        "may_share": may_share_views(request.user),
        "own": (
            counted.values,
            tuple((view.pk, view.name, view.query, view.team_id, view.owner_id == request.user.pk) for view in saved),
        ),
        "sharing": shared,
    }


def shell_context(request: UserRequest) -> dict[str, Any]:
    chosen = chosen_filter(request)
    context = views_context(request, chosen)
    return context | {
        "sorts": [(value, label, chosen.but(sort=value)) for value, label in SORTS.items()],
        "sort_label": SORTS[chosen.order],
        "kinds": [(kind.value, KIND_LABELS[kind]) for kind in Kind],
        "visibilities": [(each.value, VISIBILITY_LABELS[each]) for each in Visibility],
        "chosen_channel": next((each for each in context["channels"] if each.pk == chosen.channel), None),
        "chosen_kind": KIND_LABELS[Kind(chosen.kind)] if chosen.kind else "",
        "chosen_visibility": VISIBILITY_LABELS[Visibility(chosen.visibility)] if chosen.visibility else "",
        "without": {
            "channel": chosen.but(channel=None),
            "kind": chosen.but(kind=""),
            "visibility": chosen.but(visibility=""),
            "unread": chosen.but(unread=False),
            "q": chosen.but(q=""),
            "all": Filter(view=chosen.view, sort=chosen.sort).query,
        },
    }


def thread_context(request: UserRequest, conversation: Conversation) -> dict[str, Any]:
    """What a conversation's parts show. Read when a part is rendered: what another screen shared is not read again."""
    everything = request.GET.get("all") == "1"
    shared = sharing(request)

    @cache
    def subjects() -> list[Subject]:
        return shared.get("subjects", lambda: list(Subject.objects.all()))

    def read_terms() -> Terms:
        return shared.get(("terms", conversation.pk), lambda: terms_of(conversation, subjects()))

    def read_thread() -> Thread:
        key = ("thread", conversation.pk, everything)
        return shared.get(key, lambda: get_thread(conversation, request.user, everything=everything))

    return {
        "terms": SimpleLazyObject(read_terms),
        "subjects": SimpleLazyObject(lambda: [subject for subject in subjects() if subject.retired_at is None]),
        "audiences": Audience.choices,
        "urgencies": Urgency.choices,
        "conversation": conversation,
        "thread": SimpleLazyObject(read_thread),
        "drafts": SimpleLazyObject(lambda: drafts_of(request.user, conversation)),
        "has_all": everything,
        "is_owner": conversation.assignee_id == request.user.pk,
        "may_answer": may_answer(request.user),
        "key": ReplyForm.new_key(),
        "filter": chosen_filter(request),
        "sharing": shared,
    }


def outcomes_context(request: UserRequest) -> dict[str, Any]:
    return {"troubled": troubled_messages(request.user), "may_answer": may_answer(request.user), "is_outcomes": True}


@require_GET
def inbox(request: UserRequest) -> HttpResponse:
    return render(request, "inbox/page.html", shell_context(request) | list_context(request))


@require_GET
def conversation_rows(request: UserRequest) -> HttpResponse:
    """The next page of rows, while scrolling."""
    return render(request, "inbox/_rows.html", list_context(request))


@require_GET
def conversation(request: UserRequest, pk: int) -> HttpResponse:
    """The page; the conversation alone when somebody opens it from the list."""
    context = thread_context(request, find_conversation(request, pk))
    if request.htmx:
        return render(request, "inbox/_conversation.html", context)
    return render(request, "inbox/page.html", shell_context(request) | list_context(request, open_pk=pk) | context)


@require_GET
def messages(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "inbox/_messages.html", thread_context(request, find_conversation(request, pk)))


@require_GET
def message(request: UserRequest, pk: int) -> HttpResponse:
    """One message with its whole text: somebody pressed "show everything" on a very long one."""
    known = get_object_or_404(Message.objects.only("conversation"), pk=pk)
    found = find_conversation(request, known.conversation_id)
    shown = get_object_or_404(shown_messages(found), pk=pk)
    context = {"message": shown, "whole": shown.text, "conversation": found, "may_answer": may_answer(request.user)}
    return render(request, "inbox/_message.html", context)


@require_GET
def outcomes(request: UserRequest) -> HttpResponse:
    """What was not sent and what nobody knows of, with the next step for each."""
    return render(request, "inbox/outcomes.html", views_context(request) | outcomes_context(request))


@require_GET
def live(request: UserRequest) -> HttpResponse:
    """Everything on the screen that an event may have changed, in one answer: the parts that `parts` names, one after the
    other, each with its id. A conversation that is no longer there, or no longer visible, is left out."""
    asked = request.GET.get("parts", "").split(",")
    open_pk = _number(request.GET.get("open", ""))
    shown: list[str] = []

    def add(template: str, context: dict[str, Any]) -> None:
        shown.append(render_to_string(template, context, request))

    parts: dict[str, Callable[[], None]] = {
        "views": lambda: add("inbox/_views.html", views_context(request) | {"is_outcomes": "outcomes" in asked}),
        "list": lambda: add("inbox/_list.html", list_context(request, open_pk=open_pk)),
        "outcomes": lambda: add("inbox/_outcomes.html", outcomes_context(request)),
    }
    for name in [part for part in parts if part in asked]:
        parts[name]()
    if open_pk and "thread" in asked:
        with suppress(Http404):
            context = thread_context(request, find_conversation(request, open_pk))
            add("inbox/_header.html", context)
            add("inbox/_messages.html", context)
    return HttpResponse("".join(shown))
