"""Whoever is faster than the server: what is pressed and typed meanwhile goes where it was meant to go, and nowhere else."""

from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import Desk, words
from tests.e2e.screens import Inbox
from tests.e2e.test_keyboard import NEWEST_FIRST, new_conversations
from tests.stack import Stack, wait_for

STATUS = "SELECT status FROM inbox_conversation WHERE preview LIKE %s"


class Gate:
    """Holds what a page asks of addresses of this pattern until it opens."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.page, self.pattern = page, pattern
        self.held: list[Route] = []
        self.is_open = False
        page.route(pattern, self._stop)

    def _stop(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def wait(self) -> None:
        wait_for(lambda: self.page.title() is not None and self.held, message=f"{self.pattern} is asked for")

    def open(self) -> None:
        self.wait()
        self.is_open = True
        for each in self.held:
            each.continue_()


def with_the_newest_open(desk: Desk, stack: Stack) -> tuple[Inbox, str, str]:
    """The list, and what stands in its first two rows; the first is open."""
    newest, second = new_conversations(stack, 2)
    inbox = Inbox(desk.page(NEWEST_FIRST))
    inbox.wait_until_live()
    inbox.open(newest)
    return inbox, newest, second


def test_a_key_after_the_next_conversation_is_for_that_one(desk: Desk, stack: Stack) -> None:
    inbox, newest, second = with_the_newest_open(desk, stack)
    page = inbox.page
    expect(page.locator("#header[data-unread='0']")).to_be_visible()
    inbox.wait_until_live()

    gate = Gate(page, f"**/inbox/{stack.conversation_with(second)}?*")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.press("m")  # not for what is still shown either
    gate.open()
    expect(inbox.bubble(second)).to_be_visible()
    dialog = page.locator("#ask-reason")
    expect(dialog.locator("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(inbox.row(second)).to_have_count(0)
    assert stack.rows(STATUS, f"%{newest}%") == [("open",)]
    assert stack.rows(STATUS, f"%{second}%") == [("resolved",)]


def test_going_back_to_the_open_conversation_stays_there(desk: Desk, stack: Stack) -> None:
    inbox, newest, second = with_the_newest_open(desk, stack)
    page = inbox.page

    gate = Gate(page, f"**/inbox/{stack.conversation_with(second)}?*")
    page.keyboard.press("j")
    gate.wait()
    page.keyboard.press("k")
    gate.open()
    inbox.wait_until_live()
    expect(inbox.bubble(newest)).to_be_visible()
    expect(inbox.row(newest)).to_have_attribute("aria-current", "true")
    page.keyboard.press("r")
    expect(inbox.field()).to_be_focused()


def test_who_types_on_while_an_answer_is_sent_has_begun_the_next(desk: Desk, stack: Stack) -> None:
    (question,) = new_conversations(stack, 1)
    pk = stack.conversation_with(question)
    answer = words("Dat doen wij vandaag.")
    page = desk.page(f"/inbox/{pk}")
    inbox = Inbox(page)
    inbox.wait_until_live()

    gate = Gate(page, f"**/inbox/{pk}/reply")
    inbox.answer(answer)
    gate.wait()
    page.keyboard.insert_text(" En morgen de rest.")
    gate.open()
    expect(inbox.bubble(answer)).to_be_visible()
    expect(inbox.field()).to_have_value("En morgen de rest.")
    expect(inbox.field()).to_be_focused()
    inbox.expect_sent(answer)
    assert [item["text"] for item in stack.sent_by_us("facebook", answer)] == [answer]
