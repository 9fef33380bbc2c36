"""Signing in and out, and a person's own settings."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ProfileForm
from accounts.models import User
from accounts.requests import UserRequest


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
            translation.activate(user.language)
            messages.success(request, _("Bewaard."))
            response: HttpResponse = redirect("profile")
            remember_language(response, user.language)
            return response
        status = 422
    return render(request, "accounts/profile.html", {"form": form}, status=status)
