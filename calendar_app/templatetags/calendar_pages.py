"""What every page of the calendar starts with: which parts there are, and whether this person plans."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from calendar_app.permissions import may_plan
from calendar_app.shown import Group
from core.templatetags.ui import glyph, icon

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
        ("templates", "post_templates", "", "template", _("Sjablonen"), True),
        ("campaigns", "campaigns", "", "campaign", _("Campagnes"), True),
        ("feeds", "calendar_feeds", "", "feed", _("Agenda's"), True),
        ("import", "calendar_import", "", "upload", _("Importeren"), may_plan(user)),
    ]
    shown = []
    for part, name, query, sign, words, is_shown in every:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        if is_shown:
            shown.append((part, address + query, sign, words))
    return shown


@lru_cache(maxsize=2048)
def _far(state: str, sign: str, spoken: str, platforms: tuple[str, ...]) -> SafeString:
    glyphs = format_html_join("", "{}", ((glyph(each),) for each in platforms))
    return format_html(
        '<span class="far far--{}" title="{}">{}{}<span class="visually-hidden">{}.</span></span>',
        state, spoken, glyphs, icon(sign), spoken,
    )  # fmt: skip


@register.simple_tag
def far(groups: Sequence[Group]) -> SafeString:
    """How far each channel of a post is: its mark, the icon of its state, and both in words for who does not see them."""
    return format_html_join(
        " ", "{}", ((_far(each.state, each.sign, each.spoken, tuple(each.platforms)),) for each in groups)
    )
