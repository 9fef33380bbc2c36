"""What every page of the calendar starts with: which parts there are, and whether this person plans."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import User
from calendar_app.permissions import may_plan

register = template.Library()


@register.filter
def plans(user: User) -> bool:
    """Asks the database nothing: roles are read once per request."""
    return may_plan(user)


@register.simple_tag
def calendar_sections(user: User) -> list[tuple[str, str, str, str]]:
    """(part, address, icon, words) of the pages around the calendar; what only planners can use is for them alone."""
    every = [
        ("calendar", "calendar", "", "calendar", _("Kalender"), True),
        ("list", "calendar", "?view=list", "list", _("Lijst"), True),
        ("reviews", "calendar_reviews", "", "review", _("Ter beoordeling"), True),
        ("published", "published", "", "sent", _("Gepubliceerd"), True),
        ("media", "media", "", "picture", _("Media"), True),
        ("campaigns", "campaigns", "", "campaign", _("Campagnes"), True),
        ("feeds", "calendar_feeds", "", "feed", _("Agenda's"), True),
        ("import", "calendar_import", "", "upload", _("Importeren"), may_plan(user)),
    ]
    shown = []
    for part, name, query, icon, words, is_shown in every:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        if is_shown:
            shown.append((part, address + query, icon, words))
    return shown
