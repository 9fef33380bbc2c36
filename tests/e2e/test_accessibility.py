"""WCAG 2.2 AA as far as a machine can tell: axe on every page and state, light and dark, wide, on a phone and at 320 px."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.browser import NARROW, PHONE, WIDE, Desk, settle
from tests.e2e.town import Town, live_through
from tests.stack import Stack

Reach = Callable[[Page, Stack, Town], object]


@pytest.fixture(scope="module")
def town(stack: Stack) -> Town:
    return live_through(stack)


def go(path: str) -> Reach:
    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(stack.url + path)

    return reach


def conversation(name: str) -> Reach:
    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(f"{stack.url}/inbox/{town.conversations[name]}")
        expect(page.locator("#messages")).to_be_visible()

    return reach


def too_long(page: Page, stack: Stack, town: Town) -> None:
    conversation("comment")(page, stack, town)
    page.locator("#text-reply").fill("Veel te lang. " * 800)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#error-reply")).to_be_visible()


def reason_dialog(page: Page, stack: Stack, town: Town) -> None:
    conversation("comment")(page, stack, town)
    page.locator(".thread__resolve").click()
    expect(page.locator("#ask-reason")).to_be_visible()


def private_tab(page: Page, stack: Stack, town: Town) -> None:
    conversation("comment")(page, stack, town)
    page.locator("#tab-private_reply").click()
    expect(page.locator("#answer-private_reply")).to_be_visible()


def side_panel(page: Page, stack: Stack, town: Town) -> None:
    conversation("comment")(page, stack, town)
    if not page.locator("#side").is_visible():
        page.locator("[data-toggle-side]").click()
    expect(page.locator("#side")).to_be_visible()


def why(page: Page, stack: Stack, town: Town) -> None:
    conversation("comment")(page, stack, town)
    page.locator("#why summary").click()
    expect(page.locator(".why__sheet")).to_be_visible()


def opened(summary: str, path: str = "/inbox") -> Reach:
    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(stack.url + path)
        page.locator(summary).click()

    return reach


def views(page: Page, stack: Stack, town: Town) -> None:
    page.goto(f"{stack.url}/inbox?visibility=private&q=a")
    if not page.locator("#views").is_visible():
        page.locator("[data-toggle-views]").click()
    page.locator(".save-view summary").click()
    expect(page.locator("#view-name")).to_be_visible()


def shortcuts_dialog(page: Page, stack: Stack, town: Town) -> None:
    page.goto(f"{stack.url}/inbox")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()


def sign_in_dialog(page: Page, stack: Stack, town: Town) -> None:
    page.goto(f"{stack.url}/inbox")
    page.evaluate("document.getElementById('session-ended').hidden = false")
    page.locator("[data-sign-in-again]").click()
    expect(page.locator("#sign-in")).to_be_visible()


def lost(page: Page, stack: Stack, town: Town) -> None:
    page.goto(f"{stack.url}/inbox")
    settle(page)  # else it comes after, and says that all is well
    page.evaluate("document.getElementById('connection-lost').hidden = false")


def wrong_password(page: Page, stack: Stack, town: Town) -> None:
    page.context.clear_cookies(name="sessionid")
    page.goto(f"{stack.url}/login")
    page.locator("#id_username").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#sign-in-error")).to_be_visible()


def forbidden(page: Page, stack: Stack, town: Town) -> None:
    """A form whose token is from before."""
    page.context.clear_cookies()
    page.goto(f"{stack.url}/login")
    page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    page.locator("#id_username").fill("nobody")
    page.locator("#id_password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".error-code")).to_have_text("403")


# The states that are looked at in every size and in both themes.
STATES: dict[str, Reach] = {
    "sign-in": wrong_password,
    "inbox": go("/inbox"),
    "empty view": go("/inbox?view=mine&kind=mention&q=zzzz"),
    "comment": conversation("comment"),
    "direct message": conversation("dm"),
    "mention": conversation("mention"),
    "linkedin": conversation("linkedin"),
    "may not be answered": conversation("untagged"),
    "trouble": conversation("trouble"),
    "composer with an error": too_long,
    "private tab": private_tab,
    "reason": reason_dialog,
    "why": why,
    "outcomes": go("/inbox/outcomes"),
    "channels": go("/channels"),
    "profile": go("/profile"),
}
# These look the same in both languages' lengths and need one look each way.
MORE: dict[str, Reach] = {
    "side panel": side_panel,
    "views": views,
    "filter": opened(".pane-list details:has(form) summary"),
    "order": opened(".pane-list details:has(ul) summary"),
    "snooze": lambda page, stack, town: (
        conversation("mention")(page, stack, town),
        page.locator("[data-key=s]").click(),
    ),
    "assign": lambda page, stack, town: (
        conversation("mention")(page, stack, town),
        page.locator("[data-key=a]").click(),
        page.locator("#receivers button").first.wait_for(),
    ),
    "notifications": go("/notifications"),
    "menu": opened(".topbar .menu__button"),
    "bell": opened(".topbar summary[title]"),
    "shortcuts": shortcuts_dialog,
    "signed out": sign_in_dialog,
    "connection lost": lost,
    "403": forbidden,
    "404": go("/nowhere"),
}


def look(page: Page, stack: Stack, town: Town, states: dict[str, Reach], *, dark: bool = True) -> list[str]:
    """Everything that is wrong in `states`. The dark theme changes colours only: there the rules of colour are run again."""
    found = []
    # What signs out comes last.
    for name in sorted(states, key=lambda each: each in {"sign-in", "403"}):
        page.emulate_media(color_scheme="light")
        states[name](page, stack, town)
        found += [f"{name}: {line}" for line in axe.violations(page)]
        found += [f"{name}: small target {line}" for line in axe.small_targets(page)]
        found += [f"{name}: sticks out {line}" for line in axe.sticks_out(page)]
        if not dark:
            continue
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {line}" for line in axe.violations(page, rules=axe.COLOUR)]
    stack.rows("DELETE FROM inbox_draft")
    return found


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
def test_no_page_breaks_a_rule(desk: Desk, stack: Stack, town: Town, size: tuple[int, int]) -> None:
    page = desk.context("administrator", size=size).new_page()
    found = look(page, stack, town, {**STATES, **(MORE if size != PHONE else {})}, dark=size != NARROW)
    assert not found, "\n".join(found)


def test_no_page_breaks_a_rule_in_english(desk: Desk, stack: Stack, town: Town) -> None:
    page = desk.context("administrator", language="en").new_page()
    page.goto(f"{stack.url}/inbox")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    # English words are longer here and there: nothing sticks out.
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    found = []
    for name in ("inbox", "comment", "outcomes", "channels", "profile"):
        STATES[name](page, stack, town)
        found += [f"{name}, narrow: sticks out {line}" for line in axe.sticks_out(page)]
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    found += look(page, stack, town, STATES, dark=False)
    assert not found, "\n".join(found)


def test_an_inbox_without_channels_breaks_no_rule_and_says_what_to_do(desk: Desk, stack: Stack, town: Town) -> None:
    for size in (WIDE, NARROW):
        page = desk.page(username=town.newcomer, size=size)
        expect(page.locator("#list .empty")).to_be_visible()
        assert (
            look(page, stack, town, {"inbox": go("/inbox"), "channels": go("/channels"), "profile": go("/profile")})
            == []
        )


def test_the_sandbox_needs_no_mouse_and_breaks_no_rule(desk: Desk, stack: Stack, town: Town) -> None:
    page = desk.context("").new_page()
    page.goto(f"{stack.sandbox_url}/?platform=facebook&resident=fatima")
    assert axe.violations(page) == []
    assert axe.sticks_out(page) == []


def test_text_twice_as_large_loses_nothing(desk: Desk, stack: Stack, town: Town) -> None:
    """1280 px at 400 % is 320 px wide and 225 px high: everything can still be reached by scrolling one way."""
    page = desk.context("agent", size=(320, 225)).new_page()
    for reach in (go("/inbox"), conversation("comment"), go("/channels"), go("/login")):
        reach(page, stack, town)
        assert axe.sticks_out(page) == []
    conversation("comment")(page, stack, town)
    settle(page)
    page.locator("#answer-reply button[type=submit]").scroll_into_view_if_needed()
    expect(page.locator("#answer-reply button[type=submit]")).to_be_in_viewport()
    expect(page.locator("#messages .bubble").first).to_be_attached()
    page.locator("#messages .bubble").last.scroll_into_view_if_needed()
    expect(page.locator("#messages .bubble").last).to_be_in_viewport(ratio=0.1)
