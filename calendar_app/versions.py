"""What one version of a post says differently from another, word by word, as plain data for a template."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from django.utils.translation import gettext as _

from calendar_app.models import Post, PostVersion
from calendar_app.moments import on_the_wall
from core.templatetags.ui import date_format

Kind = Literal["same", "removed", "added", "skipped"]
Segments = list[tuple[Kind, str]]
_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_SENTENCE = re.compile(r"[^\n.!?]*(?:[.!?]+\s*|\n+)|[^\n.!?]+")
# Comparing costs, in the worst case, the product of what is compared: past this it is compared more coarsely.
MOST = 40_000
BUDGET = 120_000
# So much of what stayed the same is shown around a change; "skipped" tells how many characters are not.
AROUND = 160
SHOWN = 60  # versions in the list


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that changed: the text, the link, a picture."""

    label: str
    segments: Segments


@dataclass(frozen=True, slots=True)
class ChannelPart:
    """What changed on one channel only. `kind`: "added" or "removed" (the whole channel), else "same"."""

    name: str
    platform: str
    kind: Kind
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Difference:
    parts: list[Part] = field(default_factory=list)
    channels: list[ChannelPart] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.channels)


def versions_of(post: Post) -> list[PostVersion]:
    """The newest first, without what they say. One query."""
    return list(post.versions.select_related("by").defer("content").order_by("-revision")[:SHOWN])


def difference(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    """Of two `PostVersion.content`; {} is nothing at all. Never much slower than the texts are long."""
    parts = [
        *_changed(_("Titel"), old.get("title"), new.get("title")),
        *_changed(_("Tekst"), old.get("text"), new.get("text")),
        *_swapped(_("Link"), old.get("link"), new.get("link")),
        *_swapped(_("Herkomst in de link"), _yes(old.get("has_utm")), _yes(new.get("has_utm"))),
        *_swapped(_("Campagne"), old.get("campaign"), new.get("campaign")),
        *_swapped(_("Moment"), _moment(old.get("planned_at")), _moment(new.get("planned_at"))),
        *_pictures(old.get("pictures"), new.get("pictures")),
    ]
    return Difference(parts, list(_channels(old.get("channels") or [], new.get("channels") or [])))


def segments(old: str, new: str) -> Segments:
    """Word by word: what stayed, went and came, in the order of reading. Its time is bounded for any two texts."""
    one, other = _WORD.findall(old), _WORD.findall(new)
    first = _shared(one, other)
    last = _shared(one[first:][::-1], other[first:][::-1])
    found: Segments = [("same", "".join(one[:first]))]
    middle, its = one[first : len(one) - last], other[first : len(other) - last]
    if len(middle) * len(its) <= MOST:
        found += _compare(middle, its)
    else:
        found += _by_sentence("".join(middle), "".join(its))
    found.append(("same", "".join(one[len(one) - last :])))
    return _shorten(_tidy(found))


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many are the same from the beginning."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _compare(one: Sequence[str], other: Sequence[str]) -> Segments:
    found: Segments = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(one[a:b])))
        else:
            found += [("removed", "".join(one[a:b])), ("added", "".join(other[c:d]))]
    return found


def _by_sentence(old: str, new: str) -> Segments:
    one, other = _SENTENCE.findall(old), _SENTENCE.findall(new)
    if len(one) * len(other) > MOST:
        return [("removed", old), ("added", new)]
    found: Segments = []
    left = BUDGET
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        was, now = "".join(one[a:b]), "".join(other[c:d])
        if tag == "equal":
            found.append(("same", was))
            continue
        words, its = _WORD.findall(was), _WORD.findall(now)
        cost = len(words) * len(its)
        if cost <= min(left, MOST):
            left -= cost
            found += _compare(words, its)
        else:
            found += [("removed", was), ("added", now)]
    return found


def _tidy(found: Segments) -> Segments:
    """Neighbours of one kind together; a space between two changes is part of both."""
    tidy: Segments = []
    for number, (kind, text) in enumerate(found):
        if not text:
            continue
        is_between = 0 < number < len(found) - 1 and bool(tidy) and tidy[-1][0] != "same"
        if kind == "same" and is_between and text.isspace() and "\n" not in text:
            _add(tidy, "removed", text)
            _add(tidy, "added", text)
        else:
            _add(tidy, kind, text)
    return tidy


def _add(tidy: Segments, kind: Kind, text: str) -> None:
    """Within one change what went stands before what came."""
    if tidy and tidy[-1][0] == kind:
        tidy[-1] = (kind, tidy[-1][1] + text)
    elif kind == "removed" and len(tidy) > 1 and tidy[-1][0] == "added" and tidy[-2][0] == "removed":
        tidy[-2] = ("removed", tidy[-2][1] + text)
    elif kind == "removed" and tidy and tidy[-1][0] == "added":
        tidy.insert(-1, ("removed", text))
    else:
        tidy.append((kind, text))


def _shorten(found: Segments) -> Segments:
    short: Segments = []
    for number, (kind, text) in enumerate(found):
        is_first, is_last = number == 0, number == len(found) - 1
        if kind != "same" or len(text) <= 3 * AROUND:
            short.append((kind, text))
            continue
        head, tail = ("" if is_first else text[:AROUND]), ("" if is_last else text[-AROUND:])
        short += [("same", head), ("skipped", str(len(text) - len(head) - len(tail))), ("same", tail)]
    return [each for each in short if each[1]]


def _changed(label: str, old: str | None, new: str | None) -> Iterator[Part]:
    if (old or "") != (new or ""):
        yield Part(label, segments(old or "", new or ""))


def _swapped(label: str, old: str | None, new: str | None) -> Iterator[Part]:
    """What is one thing, and not words: wholly the old, then wholly the new."""
    if (old or "") != (new or ""):
        both: Segments = [("removed", old or ""), ("added", new or "")]
        yield Part(label, [each for each in both if each[1]])


def _yes(value: bool | None) -> str | None:
    return None if value is None else (_("ja") if value else _("nee"))


def _moment(iso: str | None) -> str | None:
    return date_format(on_the_wall(datetime.fromisoformat(iso)), "l j F Y H:i") if iso else None


def _pictures(old: Sequence[dict[str, str]] | None, new: Sequence[dict[str, str]] | None) -> Iterator[Part]:
    was = {each["digest"]: each for each in old or ()}
    now = {each["digest"]: each for each in new or ()}
    for digest, each in was.items():
        if digest not in now:
            yield Part(_("Afbeelding"), [("removed", each["name"])])
    for digest, each in now.items():
        if digest not in was:
            yield Part(_("Afbeelding"), [("added", each["name"])])
        elif was[digest]["alt"] != each["alt"]:
            yield Part(_("Alt-tekst van %(name)s") % {"name": each["name"]}, segments(was[digest]["alt"], each["alt"]))
    stayed = [digest for digest in was if digest in now]
    if stayed != [digest for digest in now if digest in was]:
        before, after = (", ".join(now[digest]["name"] for digest in order) for order in (stayed, now))
        yield Part(_("Volgorde van de afbeeldingen"), [("removed", before), ("added", after)])


def _channels(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> Iterator[ChannelPart]:
    was, now = ({each["channel"]: each for each in side} for side in (old, new))
    for pk, each in was.items():
        if pk not in now:
            yield ChannelPart(each["name"], each["platform"], "removed", [])
    for pk, each in now.items():
        kind: Kind = "same" if pk in was else "added"
        before = was.get(pk) or {}
        parts = [
            *_changed(_("Eigen tekst"), before.get("own_text"), each.get("own_text")),
            *_swapped(_("Eigen link"), before.get("own_link"), each.get("own_link")),
            *_pictures(before.get("own_pictures"), each.get("own_pictures")),
        ]
        if parts or kind == "added":
            yield ChannelPart(each["name"], each["platform"], kind, parts)
