"""Two people at one post: what each typed stays, nobody's caret moves, and nothing is written over unseen."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser import Desk, settle, words
from tests.stack import Stack, wait_for

TEXT = "SELECT text FROM calendar_app_post WHERE id = %s"


def at_one_post(desk: Desk) -> tuple[Page, Page, int]:
    """A new post, open for an editor and for a manager."""
    one = desk.page("/calendar", "editor")
    one.keyboard.press("c")
    expect(one.locator("#post-text")).to_be_focused()
    pk = int(re.findall(r"/posts/(\d+)", one.url)[0])
    other = desk.page(f"/calendar/posts/{pk}", "manager")
    for page in (one, other):
        settle(page)
    return one, other, pk


def kept(stack: Stack, pk: int, text: str) -> None:
    wait_for(lambda: stack.rows(TEXT, pk) == [(text,)], message=f"{text!r} is kept")


def write(page: Page, text: str) -> None:
    """At the end, in one go: no pause in it, however slow the machine, is long enough to be kept half."""
    page.locator("#post-text").focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(text)


def test_what_a_colleague_wrote_appears_and_moves_no_caret(desk: Desk, stack: Stack) -> None:
    text = words("Markt")
    one, other, pk = at_one_post(desk)
    write(one, text)
    kept(stack, pk, text)
    expect(other.locator("#post-text")).to_have_value(text)
    expect(other.locator("#post-changed")).to_be_visible()

    # Who stands in the text itself finds it as it was, until the caret is elsewhere.
    other.locator("#post-text").focus()
    write(one, " op het plein")
    kept(stack, pk, f"{text} op het plein")
    expect(other.locator("#post-text")).to_be_focused()
    expect(other.locator("#post-text")).to_have_value(text)
    other.keyboard.press("Tab")
    expect(other.locator("#post-text")).to_have_value(f"{text} op het plein")


def test_two_texts_at_once_are_both_shown_and_one_is_chosen(desk: Desk, stack: Stack) -> None:
    text = words("Markt")
    one, other, pk = at_one_post(desk)
    write(one, text)
    kept(stack, pk, text)
    expect(other.locator("#post-text")).to_have_value(text)
    # A line that is down for a moment: what is typed on one side is kept later than what is typed on the other.
    one.context.set_offline(True)
    write(one, " van mij")
    write(other, " van haar")
    kept(stack, pk, f"{text} van haar")
    one.context.set_offline(False)

    box = one.locator("#post-conflict")
    expect(box).to_be_visible()
    expect(box.locator("[data-mine]")).to_have_text(f"{text} van mij")
    expect(box.locator("[data-theirs]")).to_have_text(f"{text} van haar")
    expect(one.locator("#post-text")).to_have_value(f"{text} van mij")
    kept(stack, pk, f"{text} van haar")

    box.locator("[data-take-theirs]").press("Enter")
    expect(one.locator("#post-text")).to_have_value(f"{text} van haar")
    expect(box.locator("[data-put-back]")).to_be_focused()
    one.keyboard.press("Enter")
    expect(one.locator("#post-text")).to_have_value(f"{text} van mij")
    kept(stack, pk, f"{text} van mij")


def test_what_was_typed_survives_the_end_of_a_session(desk: Desk, stack: Stack) -> None:
    text = words("Markt")
    one, _other, pk = at_one_post(desk)
    one.context.clear_cookies(name="sessionid")
    write(one, text)
    dialog = one.locator("#sign-in")
    expect(dialog).to_be_visible()
    one.keyboard.type("balie-demo")
    one.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    kept(stack, pk, text)
    expect(one.locator("#post-text")).to_have_value(text)
