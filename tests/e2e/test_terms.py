"""Terms on an open screen: the chip follows the clock, and why it is what it is can be read without a mouse."""

import re

from playwright.sync_api import expect

from tests.e2e.browser import Desk, words
from tests.e2e.screens import Inbox
from tests.stack import Stack, wait_for

OWED = """UPDATE inbox_obligation SET due_at = now() + %s::interval, breached_at = NULL
          WHERE conversation_id = %s AND state = 'open' RETURNING 1"""
SHOWN = "UPDATE inbox_conversation SET next_due_at = now() + %s::interval WHERE id = %s RETURNING 1"


def asked(stack: Stack) -> tuple[str, int]:
    text = words("Wanneer wordt de lantaarnpaal gemaakt?")
    stack.say("facebook", "comment", text, resident=f"Lamp {text[-8:]}")
    conversation = stack.conversation_with(text)
    wait_for(lambda: stack.rows("SELECT 1 FROM inbox_obligation WHERE conversation_id = %s", conversation))
    return text, conversation


def test_a_term_that_passes_turns_late_on_the_open_screen(desk: Desk, stack: Stack) -> None:
    text, conversation = asked(stack)
    page = desk.page("/inbox?sort=newest")
    inbox = Inbox(page)
    inbox.wait_until_live()
    inbox.open(text)
    chip = page.locator(f"#row-{conversation} .due")
    expect(chip).not_to_have_class(re.compile("due--late( |$)"))

    for statement in (OWED, SHOWN):
        stack.rows(statement, "2 seconds", conversation)

    expect(chip).to_have_class(re.compile("due--late( |$)"))
    expect(page.locator("#header .due--late")).to_be_visible()


def test_the_reasons_open_and_close_with_keys(desk: Desk, stack: Stack) -> None:
    text, _conversation = asked(stack)
    page = desk.page("/inbox?sort=newest")
    inbox = Inbox(page)
    inbox.wait_until_live()
    inbox.open(text)

    page.locator("#why summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why__sheet")).to_contain_text("uiterlijk")
    page.keyboard.press("Escape")
    expect(page.locator(".why__sheet")).to_be_hidden()
