"""Signing in and out, and a person's own settings."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.availability import set_availability, set_routing, switch_availability
from accounts.forms import AvailabilityForm, ProfileForm, RoutingForm
from accounts.models import Membership, Role, Team, User
from accounts.requests import UserRequest
from core.events import publish_on_commit


class LoginView(auth_views.LoginView):
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = form.get_user()
        remember_language(response, user.language)
        if is_script(self.request):
            # The dialog on a page whose session ended: it stays where it is, with a new token.
            return JsonResponse({"csrf": get_token(self.request)})
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if is_script(self.request):
            return JsonResponse({"error": _("De gebruikersnaam of het wachtwoord klopt niet.")}, status=422)
        return self.render_to_response(self.get_context_data(form=form), status=422)


login = login_not_required(LoginView.as_view())
logout = auth_views.LogoutView.as_view()


def is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


@login_not_required
def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords: the same answer whether the name exists or not."""
    message = _("Te vaak geprobeerd. Wacht een kwartier en probeer het opnieuw.")
    if is_script(request):
        return JsonResponse({"error": message}, status=429)
    return render(request, "accounts/login.html", {"form": AuthenticationForm(request), "locked": message}, status=429)


def remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=31_536_000,
        samesite="Lax",
        secure=settings.IS_HTTPS,
        httponly=True,
    )


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Before signing in as well; a signed-in person's choice is kept with the person."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    if language in dict(settings.LANGUAGES):
        remember_language(response, language)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response


@require_http_methods(["GET", "POST"])
def profile(request: UserRequest) -> HttpResponse:
    form, status = ProfileForm(request.POST or None, instance=request.user), 200
    if request.method == "POST":
        if form.is_valid():
            user = form.save()
            publish_on_commit("everyone", "people")  # their name stands in lists and conversations
            translation.activate(user.language)
            messages.success(request, _("Bewaard."))
            response: HttpResponse = redirect("profile")
            remember_language(response, user.language)
            return response
        status = 422
    return _profile(request, status=status, form=form)


def _profile(request: UserRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one's settings; `forms` are those that were just filled in."""
    user = request.user
    routing: RoutingForm | None = forms.pop("routing", None)
    team: int | None = forms.pop("team", None)
    context: dict[str, Any] = {
        "form": ProfileForm(instance=user),
        "availability": AvailabilityForm(
            initial={name: getattr(user, name) for name in AvailabilityForm.base_fields}, auto_id="availability_%s"
        ),
        "teams": [
            (membership, routing if routing and membership.team_id == team else _routing_form(membership))
            for membership in user.cached_memberships
        ],
    }
    return render(request, "accounts/profile.html", context | forms, status=status)


def _routing_form(membership: Membership) -> RoutingForm | None:
    """For who leads the team."""
    if membership.role not in (Role.MANAGER, Role.ADMINISTRATOR):
        return None
    team = membership.team
    initial = {name: getattr(team, name) for name in RoutingForm.base_fields}
    return RoutingForm(initial=initial, auto_id=f"team-{team.pk}_%s")


@require_POST
def availability(request: UserRequest) -> HttpResponse:
    """When one takes new work: `only` "1" switches nothing but available or away, from the menu."""
    if request.POST.get("only") == "1":
        switch_availability(user=request.user, is_available=request.POST.get("is_available") == "1", by=request.user)
        target = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
        return HttpResponseRedirect(target if is_ours else reverse("profile"))
    form = AvailabilityForm(request.POST, auto_id="availability_%s")
    if not form.is_valid():
        return _profile(request, status=422, availability=form)
    set_availability(user=request.user, by=request.user, **form.cleaned_data)
    messages.success(request, _("Bewaard."))
    return redirect("profile")


@require_POST
def team_routing(request: UserRequest, pk: int) -> HttpResponse:
    """How a team shares out its work, by who leads it."""
    mine = Team.objects.all() if request.user.is_administrator else Team.objects.filter(pk__in=request.user.team_ids)
    team = get_object_or_404(mine, pk=pk)
    if not request.user.manages(team.pk):
        raise PermissionDenied
    form = RoutingForm(request.POST, auto_id=f"team-{team.pk}_%s")
    if not form.is_valid():
        return _profile(request, status=422, routing=form, team=team.pk)
    set_routing(team=team, by=request.user, **form.cleaned_data)
    messages.success(request, _("Bewaard."))
    return redirect("profile")
