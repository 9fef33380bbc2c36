"""What every page of the calendar starts with: which parts there are, and whether this person plans."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from calendar_app.events import Shown
from calendar_app.frames import Day
from calendar_app.moments import on_the_wall
from calendar_app.permissions import may_plan
from calendar_app.shown import Chip, Group, Outside
from core.templatetags.ui import bare, glyph, icon

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
    if len(groups) == 1:
        each = groups[0]
        return _far(each.state, each.sign, each.spoken, tuple(each.platforms))
    return format_html_join(
        " ", "{}", ((_far(each.state, each.sign, each.spoken, tuple(each.platforms)),) for each in groups)
    )


# Hundreds of them stand on a page: one call each, in place of a template's twenty nodes.
_CHIP = (
    '<li class="planned{}" id="planned-{}"{}><a class="planned__link" href="{}" data-stop draggable="false">'
    '<span class="planned__top"><span class="planned__at">{}</span>{}</span>'
    '<span class="planned__words">{}</span>{}</a>{}</li>'
)


@register.simple_tag(takes_context=True)
def chips(context: Context, posts: Sequence[Chip]) -> SafeString:
    """The posts of a day or an hour, each with its moment, how far its channels are, and its first words."""
    may_move = context["may_move"]
    button = _move_button(context["move_words"]) if may_move else ""
    return format_html_join("", "{}", ((_remembered(each, button if each.can_move else ""),) for each in posts))


def _remembered(chip: Chip, button: SafeString | str) -> SafeString:
    campaign = chip.campaign
    return _chip(
        chip.pk, chip.address, chip.clock, chip.words, far(chip.groups), campaign.hue if campaign else None,
        campaign.name if campaign else "", button,
    )  # fmt: skip


# Everybody looks at the same month, over and over. The key is all that it shows, so what changed is never shown as it was.
@lru_cache(maxsize=4096)
def _chip(
    pk: int, address: str, clock: str, words: str, shown: SafeString, hue: int | None, campaign: str, button: SafeString | str
) -> SafeString:  # fmt: skip
    return format_html(
        _CHIP,
        _hued(hue) if hue is not None else "",
        pk,
        format_html(' data-move="{}"', pk) if button else "",
        address,
        clock,
        shown,
        words,
        _of_campaign(campaign) if campaign else "",
        button,
    )


@lru_cache(maxsize=8)
def _hued(hue: int) -> SafeString:
    return format_html(" planned--hue hue--{}", hue)


@lru_cache(maxsize=256)
def _of_campaign(name: str) -> SafeString:
    return format_html('<span class="visually-hidden">{}</span>', name)


@lru_cache(maxsize=8)
def _move_button(words: str) -> SafeString:
    return format_html(
        '<button class="planned__move" type="button" data-ask-move title="{}">{}<span class="visually-hidden">{}</span></button>',
        words, icon("move"), words,
    )  # fmt: skip


@register.simple_tag
def quiet_posts(posts: Sequence[Outside]) -> SafeString:
    """What stands on our pages and was not made here."""
    title, spoken = _("Niet via Balie geplaatst"), _("Op %(channel)s, niet via Balie geplaatst:")
    return format_html_join(
        "",
        '<li class="quiet__post" title="{}"><span class="quiet__at">{}</span>{}<span class="visually-hidden">{}</span>{}</li>',
        (
            (title, each.clock, glyph(each.platform), spoken % {"channel": each.channel}, _quiet_words(each))
            for each in posts
        ),
    )


def _quiet_words(post: Outside) -> SafeString:
    words = bare(post.words, 120) or _("zonder tekst")
    if not post.address:
        return format_html("<span>{}</span>", words)
    return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', post.address, words)


@register.simple_tag
def quiet_events(events: Sequence[Shown]) -> SafeString:
    """What else happens on a day."""
    return format_html_join(
        "",
        '<li class="quiet__event quiet__event--{}" title="{}: {}">{}<span class="visually-hidden">{}:</span>{}</li>',
        (
            (each.kind, each.label, title, _quiet_sign(each), each.label, _event_words(each, title))
            for each in events
            for title in [bare(each.title)]
        ),
    )


def _event_words(event: Shown, title: str) -> SafeString:
    """What can be opened is a link to it."""
    if event.pk is None:
        return format_html("<span>{}</span>", title)
    address = reverse("calendar_event", args=[event.pk])
    return format_html('<a href="{0}" hx-get="{0}" hx-target="#sheet" hx-swap="innerHTML">{1}</a>', address, title)


def _quiet_sign(event: Shown) -> SafeString:
    if event.starts_at is None:
        return icon("event")
    return format_html('<span class="quiet__at">{}</span>', f"{on_the_wall(event.starts_at):%H:%M}")


_HEAD = (
    '<div class="day__head"><a class="day__number" data-stop href="{}" title="{}"><span aria-hidden="true">{}</span>'
    '<span class="visually-hidden">{}</span>{}</a></div>'
)


@register.simple_tag(takes_context=True)
def day_head(context: Context, day: Day) -> SafeString:
    """The number of a day of the month, which leads to it; in full for who does not see where it stands."""
    words = f"{day.words}, {context['today_word']}" if day.is_today else day.words
    count: SafeString | str = ""
    if day.count:
        count = format_html(
            '<span class="day__count">{}<span class="visually-hidden"> {}</span></span>',
            day.count,
            context["count_words"],
        )
    return format_html(_HEAD, day.link, day.words, day.number, words, count)


@register.simple_tag
def bands(day: Day) -> SafeString | str:
    """The lines of the campaigns whose period this day is in."""
    if not day.bands:
        return ""
    lines = (
        (_band(each.campaign.hue, each.campaign.name if each.is_named else "", each.is_first, each.is_last),)
        if each
        else (_NO_BAND,)
        for each in day.bands
    )
    return format_html('<div class="bands">{}</div>', format_html_join("", "{}", lines))


_NO_BAND = format_html('<span class="band {}"></span>', "band--none")


@lru_cache(maxsize=1024)
def _band(hue: int, name: str, is_first: bool, is_last: bool) -> SafeString:
    return format_html(
        '<span class="band hue--{}{}{}">{}</span>',
        hue,
        " band--first" if is_first else "",
        " band--last" if is_last else "",
        format_html('<span class="band__name">{}</span>', name) if name else "",
    )


@register.simple_tag
def day_more(day: Day) -> SafeString | str:
    """How many posts of that day are not shown here: they are one click away."""
    if not day.more:
        return ""
    return format_html(
        '<a class="day__more" data-stop href="{}">{}<span class="visually-hidden"> {}</span></a>',
        day.link, _more_words(day.more, get_language() or ""), day.words,
    )  # fmt: skip


@lru_cache(maxsize=512)
def _more_words(number: int, _language: str) -> str:
    return ngettext("+%(n)s bericht", "+%(n)s berichten", number) % {"n": number}


@register.simple_tag
def quiet(day: Day) -> SafeString | str:
    """What else happens on a day, and what was posted elsewhere."""
    if not day.outside and not day.events:
        return ""
    lines = format_html('<ul class="quiet">{}{}</ul>', quiet_posts(day.outside), quiet_events(day.events))
    if not day.more_quiet:
        return lines
    return format_html(
        '{}<a class="day__more day__more--quiet" href="{}">{}<span class="visually-hidden"> {}</span></a>',
        lines, day.link, _rest_words(day.more_quiet, get_language() or ""), day.words,
    )  # fmt: skip


@lru_cache(maxsize=512)
def _rest_words(number: int, _language: str) -> str:
    return _("nog %(n)s") % {"n": number}
