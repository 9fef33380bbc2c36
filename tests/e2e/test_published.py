"""What was published, by keyboard alone: from the list to the post, to the conversation that it started, and off the platform."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PHONE, WIDE, Desk, press
from tests.e2e.test_calendar_media import look
from tests.stack import Stack, wait_for

EDITOR = "editor"
WORDS = "De kerstmarkt begint zaterdag om tien uur"


def posted(stack: Stack, words: str) -> int:
    """Made on the platform's own site, and seen there by Balie: the key of its row. Once for each text."""
    found = "SELECT id FROM calendar_app_publishedpost WHERE text = %s AND measured_at IS NOT NULL"
    if not stack.rows(found, words):
        stack.control("POST", "elsewhere", {"platform": "twitter", "text": words})
    rows: list[tuple[int]] = wait_for(lambda: stack.rows(found, words), message="the page was read")
    return rows[0][0]


def test_a_post_leads_to_what_it_started_and_can_be_taken_away(desk: Desk, stack: Stack) -> None:
    posted(stack, WORDS)
    stack.say("twitter", "reply", "Is er ook glühwein op de kerstmarkt?")
    stack.conversation_with("Is er ook glühwein op de kerstmarkt?")
    page = desk.page("/calendar/published", EDITOR)

    press(page, page.get_by_role("link", name=WORDS))
    expect(page.locator("h1")).to_contain_text("Geplaatst op X (Twitter)")
    expect(page.locator("#published-post")).to_contain_text("weet Balie niet")
    expect(page.locator(".chart__line").first).to_be_attached()
    expect(page.locator(".published-post__conversations")).to_contain_text("glühwein")

    press(page, page.get_by_role("button", name="Verwijderen op X (Twitter)"))
    press(page, page.locator("#delete-post .button--danger"))
    expect(page.locator("#toasts")).to_contain_text("Verwijderd op X (Twitter).")
    expect(page.locator("#published-post")).to_contain_text("Verwijderd door")
    items = stack.control("GET", "items?platform=twitter&by=page&text=kerstmarkt")["items"]
    assert [item["deleted"] for item in items] == [True]

    press(page, page.get_by_role("link", name="Alles wat gepubliceerd is"))
    press(page, page.get_by_role("link", name="Niet meer op het platform"))
    expect(page.locator("#published tbody tr")).to_have_count(1)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk: Desk, stack: Stack, size: tuple[int, int], scheme: str) -> None:
    pk = posted(stack, "Een bericht om naar te kijken")
    page = desk.page("/calendar/published", EDITOR, size=size, scheme=scheme)
    look(page)
    page.goto(f"{stack.url}/calendar/published?q=nergens")
    look(page)
    page.goto(f"{stack.url}/calendar/published/{pk}")
    look(page)
    page.locator("details.chart__data summary").first.click()
    look(page)
    page.locator("[data-open-dialog=delete-post]").click()
    look(page)
