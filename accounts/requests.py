"""Requests as views get them, for the type checker: somebody is signed in, htmx may have asked."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class UserRequest(HttpRequest):
    user: User
    htmx: HtmxDetails
