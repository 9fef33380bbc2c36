"""The frame around every page: headers, ribbon, error pages, the stream of live events."""

import asyncio
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.template import loader
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from channels.models import Channel
from core.events import publish
from core.templatetags.ui import said, spoken_moment

TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login", "/nope", "/profile"])
def test_the_content_policy_allows_nothing_unsafe(client: Client, address: str) -> None:
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_asks_htmx_for_nothing_that_the_policy_forbids(client: Client, agent: User) -> None:
    client.force_login(agent)
    shown = client.get(reverse("profile")).content.decode()
    found = re.search(r"""name="htmx-config" content='([^']+)'""", shown)
    assert found
    config = json.loads(found[1])
    assert (config["includeIndicatorStyles"], config["allowEval"], config["allowScriptTags"]) == (False, False, False)


def test_practice_has_a_ribbon_on_every_page(client: Client, agent: User, settings: Settings) -> None:
    client.force_login(agent)
    assert "OEFENING" not in client.get(reverse("profile")).content.decode()
    settings.PRACTICE_MODE = True
    assert "OEFENING" in client.get(reverse("profile")).content.decode()


@pytest.mark.parametrize("code", [400, 403, 404, 500, 503])
def test_an_error_page_needs_no_request_and_no_database(code: int) -> None:
    shown = loader.get_template(f"{code}.html").render({"request_id": "abc123"})
    assert "abc123" in shown
    assert "<h1>" in shown


@pytest.mark.django_db
def test_an_error_page_carries_the_request_id_of_its_answer(client: Client) -> None:
    response = client.get("/nope")
    assert response.status_code == 404
    assert response.headers["X-Request-Id"] in response.content.decode()


@pytest.mark.django_db
def test_health_answers_without_signing_in(client: Client) -> None:
    assert client.get(reverse("health_live")).status_code == 200
    assert client.get(reverse("health_ready")).status_code == 200


@pytest.mark.django_db
def test_the_stream_is_closed_to_who_is_not_signed_in(client: Client) -> None:
    assert client.get(reverse("events")).status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
@pytest.mark.parametrize("who", ["agent", "outsider"])
async def test_the_stream_tells_of_ones_own_channels_only(
    agent: User, outsider: User, channel: Channel, who: str
) -> None:
    client = AsyncClient()
    await client.aforce_login({"agent": agent, "outsider": outsider}[who])
    response = await client.get(reverse("events"))
    assert response.headers["Content-Type"] == "text/event-stream"
    stream = response.streaming_content.__aiter__()  # type: ignore[union-attr]
    heard = b""
    while b"event: refresh" not in heard:
        heard += await asyncio.wait_for(anext(stream), 5)
    publish([f"channel-{channel.pk}"], ["conversation-42"])
    publish(["everyone"], ["end"])
    while b'"end"' not in heard:
        heard += await asyncio.wait_for(anext(stream), 5)
    await stream.aclose()  # type: ignore[attr-defined]
    await sync_to_async(connections.close_all)()  # that of the thread in which the view asked the database
    assert (b"conversation-42" in heard) is (who == "agent")


def test_the_page_has_every_part_that_its_scripts_look_for(client: Client, agent: User) -> None:
    client.force_login(agent)
    shown = client.get(reverse("profile")).content.decode()
    wanted = set()
    for name in ("app", "dialogs", "live", "session", "shortcuts", "toasts"):
        script = (Path(settings.BASE_DIR) / f"static/js/{name}.js").read_text()
        wanted |= set(re.findall(r"""getElementById\("([\w-]+)"\)""", script))
    ids = re.findall(r'\sid="([\w-]+)"', shown)
    assert {"connection-lost", "session-ended", "sign-in", "search"} <= wanted
    assert wanted <= set(ids)
    assert len(ids) == len(set(ids)), "an id names one element"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(theme: int) -> dict[str, str]:
    """The tokens that are one plain colour in each theme: 0 is light, 1 is dark."""
    pattern = r"--balie-([a-z0-9-]+):[^;]*?light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
    return {name: (light, dark)[theme] for name, light, dark in re.findall(pattern, TOKENS)}


GROUNDS = ("canvas", "surface", "raised", "sunken", "hover", "selected")
MEANINGS = ("success", "warning", "danger", "info", "public", "private")
TEXTS = [
    *[(ink, ground) for ink in ("text", "muted", "link") for ground in GROUNDS],
    *[(meaning, f"{meaning}-soft") for meaning in MEANINGS],
    *[(meaning, ground) for meaning in MEANINGS for ground in ("canvas", "surface")],
    *[(f"avatar-{number}-text", f"avatar-{number}") for number in range(8)],
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("text", "note"), ("text", "mark"), ("muted", "note"),
    ("rail-text", "rail"), ("rail-text", "rail-hover"), ("rail-active-text", "rail-active"),
]  # fmt: skip
EDGES = [
    *[(edge, ground) for edge in ("line-strong", "focus", "accent", "unread") for ground in ("canvas", "surface", "raised")],
    ("rail-focus", "rail"),
]  # fmt: skip


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, 4.5), (EDGES, 3.0)], ids=["text", "edges"])
def test_every_pair_of_colours_can_be_told_apart(theme: int, pairs: list[tuple[str, str]], least: float) -> None:
    known = colours(theme)
    weak = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}


def test_a_strangers_text_is_text() -> None:
    shown = said('<script>alert(1)</script> https://eikenrode.nl/"onmouseover="x javascript:alert(1) \u202egnp.exe')
    assert "<script>" not in shown
    assert shown.count("<a ") == 1
    assert 'href="https://eikenrode.nl/"' in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("language", "days_ago", "said_as"),
    [("nl", 0, "14:05"), ("nl", 1, "gisteren 14:05"), ("nl", 9, "zo 15 nov 14:05"), ("nl", 400, "20 okt 2025 14:05"),
     ("en", 1, "yesterday 14:05"), ("en", 9, "Sun 15 Nov 14:05")],
)  # fmt: skip
def test_a_moment_is_written_as_people_say_it(language: str, days_ago: int, said_as: str) -> None:
    now = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
    with time_machine.travel(now, tick=False), translation.override(language):
        at = now.replace(hour=14, minute=5) - timedelta(days=days_ago)
        assert spoken_moment(at) == said_as
