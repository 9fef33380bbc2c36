"""How things look everywhere: icons, moments as people say them, avatars, text of strangers."""

import html
import re
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

# Every icon the pages use, by our word: lucide's name. One sprite per page, referred to by #i-<word>.
ICONS = {
    "inbox": "inbox", "channels": "radio-tower", "settings": "settings", "search": "search", "back": "arrow-left", "reply": "reply",
    "public": "globe", "private": "lock", "check": "check", "clock": "clock", "snooze": "alarm-clock", "reopen": "rotate-ccw",
    "unread": "mail", "external": "external-link", "warning": "triangle-alert", "error": "circle-x", "info": "info",
    "sent": "check-check", "sending": "loader", "queued": "hourglass", "unknown": "circle-question-mark", "person": "user",
    "hidden": "eye-off", "deleted": "trash-2", "edited": "pencil", "close": "x", "bookmark": "bookmark", "keyboard": "keyboard",
    "mention": "at-sign", "comment": "message-square", "direct_message": "mail", "visitor_post": "newspaper", "answer": "reply",
    "team": "users", "list": "list", "resolved": "circle-check", "lost": "wifi-off", "logout": "log-out", "picture": "image",
    "file": "paperclip", "panel": "panel-right", "play": "play", "pause": "pause", "test": "activity", "filter": "sliders-horizontal",
    "sort": "arrow-down-up", "chevron": "chevron-down", "menu": "menu", "up": "arrow-up", "down": "arrow-down", "link": "link-2",
    "bell": "bell", "claim": "hand", "release": "undo-2", "assign": "user-plus", "away": "coffee",
    "monitoring": "chart-column",
    "matrix": "table-properties", "plus": "plus", "copy": "copy", "print": "printer", "download": "download", "upload": "upload",
    "thread": "list-tree", "like": "thumbs-up", "heart": "heart", "repost": "repeat-2", "share": "share",
    "history": "history", "hours": "calendar-clock", "subjects": "tags", "difference": "git-compare",
    "calendar": "calendar-days", "campaign": "flag", "idea": "lightbulb", "review": "clipboard-check", "feed": "rss", "move": "calendar-arrow-down",
    "event": "calendar-range", "template": "book-copy", "series": "repeat", "failed": "circle-x", "missed": "calendar-x", "cancelled": "ban",
    "publish": "send", "forward": "arrow-right", "scheduled": "calendar-check", "consent": "user-check", "archive": "archive",
}  # fmt: skip
PLATFORM_GLYPHS = {
    "twitter": '<path d="M4 4l16 16M20 4L4 20" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round"/>',
    "facebook": '<path d="M14 21v-8h3l.5-3.5H14V7.4c0-1 .4-1.7 1.8-1.7h1.8V2.6A22 22 0 0 0 15 2.4c-2.7 0-4.5 1.6-4.5 4.6v2.5H7.5V13h3v8z"/>',
    "linkedin": '<path d="M4 9h3.6v11.5H4zM5.8 3.3a2.1 2.1 0 1 1 0 4.2 2.1 2.1 0 0 1 0-4.2zM10 9h3.4v1.6h.1c.5-.9 1.7-1.9 3.4-1.9 3.6 0 4.3 2.4 4.3 5.4v6.4h-3.6v-5.7c0-1.4 0-3.1-1.9-3.1s-2.2 1.5-2.2 3v5.8H10z"/>',
}


@cache
def _sprite() -> str:
    folder = Path(settings.BASE_DIR) / "node_modules" / "lucide-static" / "icons"
    symbols = []
    for word, name in ICONS.items():
        try:
            source = (folder / f"{name}.svg").read_text()
        except OSError:
            continue
        inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", source, flags=re.S)
        symbols.append(f'<symbol id="i-{word}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>')
    for platform, path in PLATFORM_GLYPHS.items():
        symbols.append(f'<symbol id="i-{platform}" viewBox="0 0 24 24">{path}</symbol>')
    return f'<svg class="sprite" aria-hidden="true" focusable="false">{"".join(symbols)}</svg>'


@register.simple_tag
def icon_sprite() -> SafeString:
    return mark_safe(_sprite())  # noqa: S308  our own packages' files


@register.simple_tag
@lru_cache(maxsize=256)
def icon(word: str) -> SafeString:
    """A decorative icon: the meaning stands beside it in words."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', word)


@register.simple_tag
@lru_cache(maxsize=64)
def glyph(platform: str) -> SafeString:
    return format_html('<svg class="icon icon--glyph" aria-hidden="true"><use href="#i-{}"/></svg>', platform)


def date_format(moment: datetime | date, form: str) -> str:
    """Django's, remembered: a page names the same minutes over and over, and putting them into words is slow."""
    minute = moment.replace(second=0, microsecond=0) if isinstance(moment, datetime) else moment
    return _date_words(minute, form, get_language() or "")


@lru_cache(maxsize=8192)
def _date_words(minute: datetime | date, form: str, _language: str) -> str:
    return formats.date_format(minute, form)


def _day(local: datetime | date, form: str) -> str:
    """Dutch writes days and months without a capital, English with one."""
    shown = date_format(local, form)
    return shown.lower() if (get_language() or "").startswith("nl") else shown


def spoken_moment(at: datetime) -> str:
    """As people say it: "14:05" today, "gisteren 14:05", "ma 6 apr 09:30", with the year only when it is another one."""
    local, now = timezone.localtime(at), timezone.localtime()
    clock = date_format(local, "H:i")
    days = (now.date() - local.date()).days
    if days == 0:
        return clock
    if days == 1:
        return _("gisteren %(time)s") % {"time": clock}
    if days == -1:
        return _("morgen %(time)s") % {"time": clock}
    return _day(local, "D j M H:i" if local.year == now.year else "j M Y H:i")


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A <time> with the full moment on hover and focus."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    full = date_format(local, "l j F Y H:i")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(timespec="seconds"), full, spoken_moment(at)
    )


@register.filter
def short_moment(at: datetime | None) -> str:
    """For narrow rows: the time today, the day this week, else the date."""
    if at is None:
        return ""
    local, now = timezone.localtime(at), timezone.localtime()
    days = (now.date() - local.date()).days
    if days == 0:
        return date_format(local, "H:i")
    if days == 1:
        return _("gisteren")
    if 1 < days < 7:
        return _day(local, "D")
    return _day(local, "j M" if local.year == now.year else "j M Y")


@register.filter
def dated(at: datetime | date | None, form: str) -> str:
    """A date in this form, with the capitals of the language: "26 okt 2026"."""
    return _day(at, form) if at else ""


@register.filter
def full_moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "l j F Y H:i") if at else ""


@register.filter
def waited(at: datetime | None) -> str:
    """How long somebody waits: "5 min", "3 u", "2 d"."""
    if at is None:
        return ""
    return _passed(timezone.now() - at)


def _passed(passed: timedelta) -> str:
    """A stretch of time in its largest whole unit: "5 min", "3 u", "2 d"."""
    if passed < timedelta(hours=1):
        return _("%(n)d min") % {"n": max(int(passed.total_seconds() // 60), 0)}
    if passed < timedelta(days=1):
        return _("%(n)d u") % {"n": int(passed.total_seconds() // 3600)}
    return _("%(n)d d") % {"n": passed.days}


@register.simple_tag
def deadline(due_at: datetime) -> SafeString:
    """The chip of a term: icon, words and colour, the full moment on hover. Late, soon (within two hours), today, later."""
    left, local, now = due_at - timezone.now(), timezone.localtime(due_at), timezone.localtime()
    clock, days = date_format(local, "H:i"), (local.date() - now.date()).days
    if left <= timedelta(0):
        state, icon_word, words = "late", "warning", _("te laat %(time)s") % {"time": _passed(-left)}
    elif left < timedelta(hours=2):
        state, icon_word, words = "soon", "clock", _("over %(time)s") % {"time": _passed(left)}
    elif days == 0:
        state, icon_word, words = "today", "clock", _("vandaag %(time)s") % {"time": clock}
    elif days == 1:
        state, icon_word, words = "later", "clock", _("morgen %(time)s") % {"time": clock}
    else:
        state, icon_word = "later", "clock"
        words = f"{_day(local, 'D')} {clock}" if days < 7 else _day(local, "j M")
    return format_html(
        '<span class="due due--{}" title="{}">{}<span>{}</span></span>',
        state, _("Antwoord uiterlijk %(moment)s") % {"moment": date_format(local, "l j F Y H:i")}, icon(icon_word), words,
    )  # fmt: skip


@register.filter
def day_name(on: date) -> str:
    today = timezone.localdate()
    days = (today - on).days
    if days == 0:
        return _("Vandaag")
    if days == 1:
        return _("Gisteren")
    return date_format(on, "l j F" if on.year == today.year else "l j F Y").capitalize()


@register.filter
def short_day(on: date) -> str:
    """ "6 apr 2027"."""
    shown = date_format(on, "j M Y")
    return shown.lower() if (get_language() or "").startswith("nl") else shown


@register.filter
def initials(name: str) -> str:
    words = [word for word in re.split(r"[\s\-]+", name.strip("@ ")) if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def hue(value: int | None) -> int:
    """One of eight quiet colours for an avatar, always the same for the same person."""
    return (value or 0) % 8


# Control characters that turn text around or hide in it: shown as a mark, so that a name can not pretend.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_URL = re.compile(r"https?://[^\s<>\"'\u200b\u202a-\u202e]{3,500}")


@register.filter
def said(text: str, cut: int = 4_000) -> SafeString:
    """A stranger's text, shown literally: only http(s) links can be clicked, and they tell their host."""
    text = text[:cut]
    parts, last = [], 0
    for found in _URL.finditer(text):
        address = found.group().rstrip(".,;:!?)]}»”’")
        parts.append(_plain(text[last : found.start()]))
        parts.append(_link(address))
        last = found.start() + len(address)
    parts.append(_plain(text[last:]))
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped


def _plain(text: str) -> str:
    return _HIDDEN.sub('<span class="hidden-mark" title="verborgen teken">·</span>', html.escape(text))


def _link(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if not host:
        return _plain(address)
    shown = address.split("://", 1)[1]
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    return f'<a href="{html.escape(address)}" rel="noopener nofollow ugc" target="_blank" title="{html.escape(host)}">{html.escape(shown)}</a>'


@register.filter
def is_cut(text: str, cut: int = 4_000) -> bool:
    return len(text) > cut


@register.filter
@lru_cache(maxsize=4096)
def named(name: str) -> SafeString:
    """A stranger's name, kept from turning the line around it."""
    return format_html("<bdi>{}</bdi>", mark_safe(_plain(name[:200])))  # noqa: S308  escaped by _plain


@register.filter
def bare(name: str, longest: int = 200) -> str:
    """A stranger's words for where no element can keep them apart: the page's title, an attribute, a dialog."""
    return _HIDDEN.sub("·", name[:longest])


@register.filter
def thousands(number: int | None) -> str:
    """ "100.000" in Dutch, "100,000" in English."""
    mark = "." if (get_language() or "").startswith("nl") else ","
    return "" if number is None else f"{number:,}".replace(",", mark)


@register.filter
def get(mapping: dict[str, object], key: str) -> object:
    return mapping.get(key, "")


@register.simple_tag
def unread_words(number: int) -> str:
    return ngettext("%(n)d ongelezen bericht", "%(n)d ongelezen berichten", number) % {"n": number}
