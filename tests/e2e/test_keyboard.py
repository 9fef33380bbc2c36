"""A day's work without a mouse: sign in, walk through the list, answer, put away; and always seeing where one is."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Desk, arrive, settle, words
from tests.e2e.screens import Inbox
from tests.stack import Stack, wait_for

# What has the focus: is it on the screen, and is there a ring around it (its own, or that of what it stands in)?
FOCUS = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const ring = (each) => {
    const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5) || style.boxShadow.includes("0px 0px 0px");
  };
  return {
    name: element.id || element.className || element.localName,
    tag: element.localName,
    hasRing: ring(element),
    isOnScreen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    isCovered: (() => {
      const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
      const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 1), innerHeight - 1);
      const top = document.elementFromPoint(x, y);
      return !(top && (top === element || element.contains(top) || top.contains(element)));
    })(),
    position: [...document.querySelectorAll("*")].indexOf(element),
  };
}
"""


# By itself the list begins with the term that ends first.
NEWEST_FIRST = "/inbox?sort=newest"


def focus(page: Page) -> dict[str, Any]:
    found: dict[str, Any] | None = page.evaluate(FOCUS)
    assert found is not None, "nothing has the focus"
    return found


def expect_visible_focus(page: Page) -> None:
    found = focus(page)
    assert found["hasRing"], f"no ring around {found}"
    assert found["isOnScreen"], f"not on the screen: {found}"
    assert not found["isCovered"], f"something lies over {found}"


def tab_stops(page: Page, limit: int = 120) -> list[dict[str, Any]]:
    """Every stop of one round with Tab, each looked at."""
    stops: list[dict[str, Any]] = []
    page.evaluate("document.activeElement.blur()")
    for _stop in range(limit):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None or (stops and found["position"] == stops[0]["position"]):
            return stops
        stops.append(found)
    raise AssertionError(f"Tab never comes round: {[stop['name'] for stop in stops[-8:]]}")


def new_conversations(stack: Stack, number: int) -> list[str]:
    """Comments of `number` residents, newest first, as they stand in the list."""
    # Platforms tell whole seconds: in the second of an answer, what comes after it would stand below it.
    over = "SELECT 1 FROM inbox_conversation HAVING max(last_message_at) < date_trunc('second', now())"
    wait_for(lambda: stack.rows(over), message="the second of the last message is over")
    texts = []
    for index in range(number):
        text = words("Kan de heg aan de Dorpsstraat gesnoeid worden?")
        stack.say("facebook", "comment", text, resident=f"Toets {index} {text[-8:]}")
        stack.conversation_with(text)
        texts.insert(0, text)
    return texts


def test_signing_in_takes_a_name_a_password_and_enter(desk: Desk) -> None:
    page = desk.page("/inbox", username="")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("agent")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#sign-in-error")).to_be_visible()
    expect(page.locator("#id_password")).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.type("balie-demo")
    page.keyboard.press("Enter")
    arrive(page, r"^[^?]*/inbox$")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_list_is_walked_and_answered_with_keys(desk: Desk, stack: Stack) -> None:
    newest, second, third = new_conversations(stack, 3)
    answer = words("Dat doen wij deze week.")
    page = desk.page(NEWEST_FIRST)
    inbox = Inbox(page)
    inbox.wait_until_live()

    page.keyboard.press("j")
    expect(inbox.row(newest)).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.press("j")
    expect(inbox.row(second)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(inbox.row(second)).to_be_focused()

    page.keyboard.press("o")
    expect(inbox.bubble(second)).to_be_visible()
    expect(page.locator("#messages")).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.press("u")
    expect(page.locator("#thread")).to_have_count(0)
    expect(inbox.row(second)).to_be_focused()
    page.keyboard.press("Enter")
    expect(inbox.bubble(second)).to_be_visible()
    # With a conversation open, j and k take it along.
    page.keyboard.press("j")
    expect(inbox.bubble(third)).to_be_visible()
    page.keyboard.press("k")
    expect(inbox.bubble(second)).to_be_visible()

    page.keyboard.press("r")
    expect(inbox.field()).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.type(f"jk {answer}")  # letters in a field are letters
    page.keyboard.press("Control+Enter")
    expect(inbox.bubble(answer)).to_be_visible()
    expect(page.locator("#messages")).to_be_focused()
    expect(inbox.field()).to_have_value("")
    inbox.expect_sent(answer)
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_have_count(0)


def test_what_needs_no_answer_is_put_away_with_a_reason_and_the_next_one_opens(desk: Desk, stack: Stack) -> None:
    newest, second, third = new_conversations(stack, 3)
    page = desk.page(NEWEST_FIRST)
    inbox = Inbox(page)
    inbox.wait_until_live()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(inbox.bubble(newest)).to_be_visible()

    page.keyboard.press("e")
    dialog = page.locator("#ask-reason")
    expect(dialog).to_be_visible()
    expect(dialog.locator("button").first).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(inbox.bubble(newest)).to_be_visible()

    page.keyboard.press("e")
    expect(dialog.locator("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(inbox.row(newest)).to_have_count(0)
    expect(inbox.bubble(second)).to_be_visible()
    expect(inbox.row(second)).to_be_focused()
    state = "SELECT status, resolve_reason FROM inbox_conversation WHERE preview LIKE %s"
    assert stack.rows(state, f"%{newest}%") == [("resolved", "thanks")]

    # Snoozed until tomorrow: the second choice of the menu.
    page.keyboard.press("s")
    expect(page.locator(".snooze button").first).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.press("Escape")
    expect(page.locator(".snooze")).to_be_hidden()
    page.keyboard.press("s")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(inbox.row(second)).to_have_count(0)
    expect(inbox.bubble(third)).to_be_visible()
    wait_for(lambda: stack.rows(state, f"%{second}%") == [("snoozed", "")], message="snoozed")


def test_unread_again_leaves_the_conversation_and_keeps_it_unread(desk: Desk, stack: Stack) -> None:
    (newest,) = new_conversations(stack, 1)
    page = desk.page(NEWEST_FIRST)
    inbox = Inbox(page)
    inbox.wait_until_live()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#header[data-unread='0']")).to_be_visible()
    expect(page.locator(".row.is-unread", has_text=newest)).to_have_count(0)
    page.keyboard.press("m")
    expect(page.locator("#thread")).to_have_count(0)
    expect(page.locator(".row.is-unread", has_text=newest)).to_be_visible()
    expect(inbox.row(newest)).to_be_focused()


def test_searching_and_the_list_of_shortcuts_are_one_key_away(desk: Desk, stack: Stack) -> None:
    text = words("Is er plek op de begraafplaats?")
    stack.say("facebook", "comment", text, resident="Zoetje Zeldzaam")
    stack.conversation_with(text)
    page = desk.page()

    page.keyboard.press("?")
    dialog = page.locator("#shortcuts")
    expect(dialog).to_be_visible()
    expect_visible_focus(page)
    page.keyboard.press("j")  # asleep while a dialog is open
    expect(page.locator(".row__link:focus")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    expect_visible_focus(page)
    page.keyboard.type("zeldz")
    page.keyboard.press("Enter")
    arrive(page, "q=zeldz")
    expect(page.locator(".row__link")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#messages")).to_contain_text(text)

    page.keyboard.type("gk")
    arrive(page, "/channels$")
    page.keyboard.type("gi")
    arrive(page, "/inbox$")


def test_single_keys_can_be_switched_off(desk: Desk, stack: Stack) -> None:
    page = desk.page("/profile", username="editor")
    page.locator("input[name=has_shortcuts]").uncheck()
    page.locator(".settings .button--primary").click()
    expect(page.locator("body[data-shortcuts=off]")).to_be_visible()
    page.goto(f"{stack.url}/inbox")
    for key in ("j", "?", "o"):
        page.keyboard.press(key)
    expect(page.locator(".row__link:focus")).to_have_count(0)
    expect(page.locator("#shortcuts")).to_be_hidden()
    stack.rows("UPDATE accounts_user SET has_shortcuts = true WHERE username = 'editor'")


@pytest.mark.parametrize("path", ["/inbox", "/inbox/{open}", "/inbox/outcomes", "/channels", "/profile"])
def test_tab_goes_through_a_page_in_reading_order_and_is_always_seen(desk: Desk, stack: Stack, path: str) -> None:
    pk = stack.rows("SELECT max(id) FROM inbox_conversation")[0][0]
    page = desk.page(path.format(open=pk), username="administrator")
    if "{open}" in path:
        expect(page.locator("#header[data-unread='0']")).to_be_visible()
        expect(page.locator(f"#row-{pk}.is-unread")).to_have_count(0)
    settle(page)
    stops = tab_stops(page)

    assert len(stops) >= 8
    assert [stop["name"] for stop in stops if not stop["hasRing"]] == []
    assert [stop for stop in stops if not stop["isOnScreen"] or stop["isCovered"]] == []
    positions = [stop["position"] for stop in stops]
    assert positions == sorted(positions)
    # The list is one stop, however long it is.
    assert sum("row__link" in stop["name"] for stop in stops) <= 1


def test_focus_caret_and_scroll_stay_while_twenty_messages_arrive(desk: Desk, stack: Stack) -> None:
    (mine,) = new_conversations(stack, 1)
    page = desk.page(NEWEST_FIRST)
    inbox = Inbox(page)
    inbox.wait_until_live()
    inbox.open(mine)
    inbox.type("Beste mevrouw, dank voor uw bericht.")
    page.evaluate("document.activeElement.setSelectionRange(5, 12)")
    page.evaluate("document.getElementById('list-scroll').scrollTop = 600")
    # The first row that is wholly seen keeps its place on the screen.
    place = """() => {
      const scroller = document.getElementById("list-scroll").getBoundingClientRect();
      const row = [...document.querySelectorAll(".row")].find((each) => each.getBoundingClientRect().top >= scroller.top);
      window.kept = window.kept ?? row.id;
      return Math.round(document.getElementById(window.kept).getBoundingClientRect().top);
    }"""
    before = page.evaluate(place)

    arrived = [words("Er ligt glas op het fietspad.") for _number in range(20)]
    for index, text in enumerate(arrived):
        stack.say("facebook", "comment", text, resident=f"Drukte {index} {text[-8:]}")
    for text in arrived:
        expect(inbox.row(text)).to_have_count(1)

    expect(inbox.field()).to_be_focused()
    expect(inbox.field()).to_have_value("Beste mevrouw, dank voor uw bericht.")
    caret = page.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]")
    assert caret == [5, 12]
    assert abs(page.evaluate(place) - before) <= 1
    expect(page.locator("[data-news]")).to_be_visible()
    expect(inbox.row(mine)).to_have_attribute("aria-current", "true")
