"""Whose conversation it is: claim, let go, give away. The header comes back; who was too late is told who has it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Team, User
from accounts.permissions import may_answer
from accounts.requests import UserRequest
from inbox.assignment import assign, claim, colleagues, release, teams_for
from inbox.forms import AssignForm, ClaimForm
from inbox.models import Conversation
from inbox.views.actions import act
from inbox.views.pages import find_conversation


@require_POST
def claim_conversation(request: UserRequest, pk: int) -> HttpResponse:
    """ "I take this"; with `instead_of` it is taken over from that colleague."""
    form = ClaimForm(request.POST)
    instead_of = form.cleaned_data["instead_of"] if form.is_valid() else None
    return act(request, pk, "claim", lambda found: claim(conversation=found, by=request.user, instead_of=instead_of))


@require_POST
def release_conversation(request: UserRequest, pk: int) -> HttpResponse:
    return act(request, pk, "release", lambda found: release(conversation=found, by=request.user))


@require_POST
def assign_conversation(request: UserRequest, pk: int) -> HttpResponse:
    form = AssignForm(request.POST)

    def write(conversation: Conversation) -> None:
        if not form.is_valid():
            raise ValueError(_("Kies een collega of een team."))
        kind, receiver = form.receiver
        user = get_object_or_404(User, pk=receiver) if kind == "user" else None
        team = get_object_or_404(Team, pk=receiver) if kind == "team" else None
        instead_of = form.cleaned_data["instead_of"]
        assign(conversation=conversation, by=request.user, to=user, team=team, instead_of=instead_of)

    return act(request, pk, "assign", write, said=_("Gesprek toegewezen."))


@require_GET
def receivers(request: UserRequest, pk: int) -> HttpResponse:
    """Who it can be given to: fetched when somebody opens the menu."""
    conversation = find_conversation(request, pk)
    if not may_answer(request.user):
        return HttpResponse(status=403)
    context = {"conversation": conversation, "people": colleagues(conversation), "teams": teams_for(conversation)}
    return render(request, "inbox/_receivers.html", context)
