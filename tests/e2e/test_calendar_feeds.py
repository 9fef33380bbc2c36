"""Calendars in and out, events and posts that come back: by keyboard alone, and what axe says of their pages."""

import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.browser import PHONE, WIDE, Desk, choose, press, settle, words

EDITOR = "editor"
DAY = "2030-12-10"  # a Tuesday


def look(page: Page) -> None:
    assert axe.violations(page) == []
    assert axe.small_targets(page) == []
    assert axe.sticks_out(page) == []


def test_an_event_comes_on_the_calendar_and_goes_by_keys(desk: Desk) -> None:
    page = desk.page(f"/calendar?view=day&on={DAY}", EDITOR)
    settle(page)
    title = words("Kerstmarkt")

    press(page, page.locator("#add-event"))
    expect(page.locator("#sheet #id_title")).to_be_focused()
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    link = page.locator("#calendar").get_by_role("link", name=title)
    expect(link).to_be_visible()
    expect(page.locator("#sheet")).not_to_be_visible()

    press(page, link)
    expect(page.locator("#sheet #id_title")).to_have_value(title)
    press(page, page.locator("#sheet").get_by_role("button", name="Verwijderen"))
    expect(page.locator("#toasts")).to_contain_text("is verwijderd")
    expect(link).to_have_count(0)


def test_the_address_of_ones_calendar_is_told_once_and_read_without_signing_in(desk: Desk) -> None:
    page = desk.page("/calendar/feeds", EDITOR)

    press(page, page.get_by_role("button", name="dres maken"))
    address = page.locator("#feed-address").input_value()
    with urllib.request.urlopen(address) as answer:
        assert answer.read().startswith(b"BEGIN:VCALENDAR")
    page.goto(f"{desk.stack.url}/calendar/feeds")
    expect(page.locator("#feed-address")).to_have_count(0)
    press(page, page.get_by_role("button", name="Adres intrekken"))
    expect(page.locator("#toasts")).to_contain_text("werkt niet meer")


def new_post(page: Page) -> int:
    """A draft on a day far away; its number."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    origin = re.sub(r"(https?://[^/]+).*", r"\1", page.url)
    made = page.request.post(
        f"{origin}/calendar/posts",
        form={"on": DAY, "at": "10:00", "csrfmiddlewaretoken": token},
        headers={"Referer": page.url},
    )
    found = re.search(r"/calendar/posts/(\d+)", made.url)
    assert found is not None, (made.status, made.url)
    return int(found[1])


def test_a_post_comes_back_and_stops_by_keys(desk: Desk) -> None:
    page = desk.page("/calendar/feeds", EDITOR)
    page.goto(f"{desk.stack.url}/calendar/posts/{new_post(page)}/repeat")

    choose(page, "#id_how", "Elke dag")
    press(page, page.get_by_role("button", name="Laat terugkomen"))
    expect(page.locator("#repeat-title")).to_contain_text("lke dag, om 10:00")
    press(page, page.get_by_role("button", name="Herhaling stoppen"))
    expect(page.locator("#repeat-title")).to_contain_text("gestopt")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk: Desk, size: tuple[int, int], scheme: str) -> None:
    page = desk.page("/calendar/feeds", EDITOR, size=size, scheme=scheme)
    look(page)
    page.locator("#subscribe-name").fill("Intern")
    page.locator("#subscribe-url").fill("http://127.0.0.1/raad.ics")
    page.get_by_role("button", name="Volgen", exact=True).click()
    expect(page.locator("#subscribe-error")).to_be_visible()
    look(page)
    page.get_by_role("button", name="dres maken").click()
    expect(page.locator("#feed-address")).to_be_visible()
    look(page)

    page.goto(f"{desk.stack.url}/calendar/events?on={DAY}")
    look(page)
    page.get_by_role("button", name="Toevoegen").click()
    expect(page.locator(".field__error").first).to_be_visible()
    look(page)

    page.goto(f"{desk.stack.url}/calendar/posts/{new_post(page)}/repeat")
    look(page)
    page.get_by_role("button", name="Laat terugkomen").click()
    expect(page.locator("#repeat-title")).to_contain_text("om 10:00")
    look(page)
