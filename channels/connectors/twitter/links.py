"""Where a text holds addresses that X turns into t.co links, in linear time. `static/js/weighted-length.js` does the same.

The rules are those of twitter-text 3 (conformance tests: extract.yml, validate.yml). One thing is simpler: the list of all
top-level domains (1,500, changing every month) is not here. After http:// or https:// any name of two letters or more
counts as one; without it only country codes and the generic ones that people type bare. So "iets.amsterdam" without
https:// counts letter by letter, which at most makes the counter differ from X's for that text.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator

COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd "
    "cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge "
    "gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki "
    "km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my "
    "mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se "
    "sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz "
    "va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
GENERIC = "aero amsterdam app asia biz cat com coop dev edu frl gov info int jobs mil mobi museum name net online org post pro site tel travel xxx"  # fmt: skip
TOP_LEVEL = frozenset(f"{COUNTRIES} {GENERIC}".split())

_SPACES = "\\t-\\r \\x85\\xa0\\u1680\\u180e\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_NOT_IN_HOST = (
    _SPACES
    + "\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff!\"#$%&'()*+,/:;<=>?@\\[\\\\\\]^`{|}~＠＃"
)
_ACCENTED = "\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0253\\u0254\\u0256\\u0257\\u0259\\u025b\\u0263\\u0268\\u026f\\u0272\\u0289\\u028b\\u02bb\\u0300-\\u036f\\u1e00-\\u1eff"
_CYRILLIC = "\\u0400-\\u04ff"

# Either an address with its scheme, or a word of Latin letters that may be a bare domain.
_CANDIDATE = re.compile(rf"([Hh][Tt][Tt][Pp][Ss]?://)([^{_NOT_IN_HOST}]+)|[A-Za-z0-9{_ACCENTED}.-]+")
_SCHEME_AFTER = frozenset("@＠$#＃")
_BARE_AFTER = _SCHEME_AFTER | frozenset("-_./")
_TLD_START = re.compile(r"[A-Za-z]+")
_AFTER_TLD = re.compile(r"[0-9A-Za-z@+-]")
_ASCII_TLD = re.compile(r"[A-Za-z]{2,63}")
_PUNYCODE = re.compile(r"xn--[0-9a-z-]+", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r":[0-9]+")
_IN_PATH = rf"A-Za-z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_CYRILLIC}{_ACCENTED}"
_PATH = re.compile(rf"[{_IN_PATH}]*")
_BRACKETS = re.compile(rf"[()]|[^(){_IN_PATH}]+")
_PATH_END = re.compile(rf"[A-Za-z0-9+\-=_#/){_CYRILLIC}{_ACCENTED}]")
_QUERY = re.compile(r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*")
_QUERY_END = re.compile(r"[A-Za-z0-9\-_&=#/]")
_SLUG = re.compile(r"/([A-Za-z0-9]+)")
LONGEST_SLUG = 40
LONGEST_LABEL = 63


def find_links(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every address, from left to right."""
    position = 0
    partners = _partners(text)
    while match := _CANDIDATE.search(text, position):
        position = match.end()
        before = text[match.start() - 1] if match.start() else ""
        if match.group(1):
            host_start, host = match.start(2), match.group(2)
            if before in _SCHEME_AFTER and before:
                continue
            length = _domain(host, text[match.end() : match.end() + 1], is_bare=False)
        else:
            host_start, host = match.start(), match.group()
            if before in _BARE_AFTER and before:
                continue
            length = _domain(host, text[match.end() : match.end() + 1], is_bare=True)
        if length:
            end = _end(text, host_start + length, host[:length].lower() if match.group(1) else "", partners)
            if end:
                yield match.start(), end
                position = max(end, host_start + length)


def _domain(host: str, after: str, *, is_bare: bool) -> int:
    """How much of the front of `host` is a domain; 0 when none. `after` is the sign behind it."""
    labels = host.split(".")
    valid = len(labels)  # labels before this one may stand below a top-level domain
    for number, label in enumerate(labels):
        if not _is_label(label):
            valid = number
            break
    end = len(host)
    for number in range(len(labels) - 1, 0, -1):
        label = labels[number]
        start = end - len(label)
        if number <= valid and "_" not in labels[number - 1]:
            size = _top_level(label, "." if end < len(host) else after, is_bare=is_bare)
            if size:
                return start + size
        end = start - 1
    return 0


def _top_level(label: str, after: str, *, is_bare: bool) -> int:
    """How much of the front of `label` is a top-level domain."""
    if not (after and _AFTER_TLD.match(after)):
        if label.lower() in TOP_LEVEL or _PUNYCODE.fullmatch(label):
            return len(label)
        if not is_bare and (_ASCII_TLD.fullmatch(label) or _is_foreign(label)):
            return len(label)
    match = _TLD_START.match(label)
    if match and match.group().lower() in TOP_LEVEL and match.end() < len(label):
        return 0 if _AFTER_TLD.match(label, match.end()) else match.end()
    return 0


def _is_foreign(label: str) -> bool:
    return len(label) > 1 and not label.isascii() and all(unicodedata.category(sign)[0] in "LM" for sign in label)


def _is_label(label: str) -> bool:
    if not label or len(label) > LONGEST_LABEL or label[0] in "-_" or label[-1] in "-_":
        return False
    return label.isascii() or len(_punycode(label)) + len("xn--") <= LONGEST_LABEL


def _punycode(label: str) -> bytes:
    try:
        return label.encode("punycode")
    except UnicodeError:
        return b"-" * LONGEST_LABEL


def _end(text: str, position: int, scheme_host: str, partners: dict[int, int]) -> int:
    """Where the address ends whose domain ends at `position`; 0 when it is none after all."""
    if scheme_host == "t.co" and (slug := _SLUG.match(text, position)):
        if len(slug.group(1)) > LONGEST_SLUG:
            return 0
        return _trimmed(text, slug.end(), _QUERY, _QUERY_END)
    if port := _PORT.match(text, position):
        position = port.end()
    if text.startswith("/", position):
        end = _PATH.match(text, position).end()  # type: ignore[union-attr]  # matches nothing too
        while end in partners:
            end = _PATH.match(text, partners[end] + 1).end()  # type: ignore[union-attr]
        while end > position + 1 and not _PATH_END.match(text, end - 1):
            end -= 1
        position = end
    return _trimmed(text, position, _QUERY, _QUERY_END)


def _trimmed(text: str, position: int, run: re.Pattern[str], ending: re.Pattern[str]) -> int:
    match = run.match(text, position)
    if not match:
        return position
    end = match.end()
    while end > match.start() + 1 and not ending.match(text, end - 1):
        end -= 1
    return end if end > match.start() + 1 else position


def _partners(text: str) -> dict[int, int]:
    """Where each opening bracket is closed again within one path."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACKETS.finditer(text) if "(" in text else ():
        if match.group() == "(":
            opened.append(match.start())
        elif match.group() != ")":
            opened.clear()
        elif opened:
            found[opened.pop()] = match.start()
    return found


# -- is a whole text an address ----------------------------------------------------------------------------------------

_PARTS = re.compile(r"(?:([^:/?#]+)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_USER = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*")
_HOST_PORT = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
_NOT_IN_ADDRESS = re.compile(rf"[{_SPACES}\x00-\x1f\x7f-\x9f<>\"\\^`{{}}]")


def is_link(text: str, *, needs_scheme: bool = True) -> bool:
    """Is the whole of `text` one address, as X would take it for a link card or a profile?"""
    match = _PARTS.fullmatch(text)
    if match is None or _NOT_IN_ADDRESS.search(text):
        return False
    scheme, authority = match.group(1), match.group(2)
    if (scheme or "").lower() not in {"http", "https"} and (scheme or needs_scheme):
        return False
    user, at, rest = authority.rpartition("@")
    if at and not _USER.fullmatch(user):
        return False
    host = _HOST_PORT.fullmatch(rest)
    return host is not None and _is_host(host.group(1))


def _is_host(host: str) -> bool:
    labels = host.split(".")
    if host.startswith("[") or labels[-1].isdigit():
        try:
            return bool(ipaddress.ip_address(host.strip("[]")))
        except ValueError:
            return False
    if "%" in host or len(labels) < 2:
        return False
    has_top = bool(_ASCII_TLD.fullmatch(labels[-1]) or _PUNYCODE.fullmatch(labels[-1]) or _is_foreign(labels[-1]))
    return has_top and "_" not in labels[-2] and all(_is_label(label) for label in labels[:-1])
