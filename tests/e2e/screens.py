"""The inbox and the trainers' page, by what a person sees and does there."""

import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import settle
from tests.stack import Stack

# When a text first stands in the list, by the clock that the server also reads.
NOTE_ARRIVAL = """
(text) => {
  const look = () => {
    if (window.arrivedAt || !document.getElementById("list")?.textContent.includes(text)) return;
    window.arrivedAt = Date.now() / 1000;
  };
  window.arrivedAt = null;
  window.isSamePage = true;
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}
"""


class Inbox:
    def __init__(self, page: Page) -> None:
        self.page = page

    # -- The list --

    def wait_until_live(self) -> None:
        settle(self.page)

    def row(self, text: str) -> Locator:
        return self.page.locator(".row__link", has_text=text)

    def note_arrival(self, text: str) -> None:
        self.page.evaluate(NOTE_ARRIVAL, text)

    def arrived_at(self, text: str) -> float:
        """When `text` stood in the list of this page, which was not loaded again since `note_arrival`."""
        expect(self.row(text)).to_be_visible()
        assert self.page.evaluate("window.isSamePage === true"), "the page was loaded again"
        at: float = self.page.evaluate("window.arrivedAt")
        return at

    def open(self, text: str) -> None:
        self.row(text).click()
        expect(self.page.locator("#messages")).to_contain_text(text)

    # -- The conversation --

    def bubble(self, text: str) -> Locator:
        return self.page.locator("#messages .bubble", has_text=text)

    def field(self, mode: str = "reply") -> Locator:
        return self.page.locator(f"#text-{mode}")

    def tab(self, mode: str) -> Locator:
        return self.page.locator(f"#tab-{mode}")

    def type(self, text: str, *, mode: str = "reply") -> None:
        tab = self.tab(mode)
        if tab.count():
            tab.click()
        self.field(mode).click()
        self.page.keyboard.type(text)

    def answer(self, text: str, *, mode: str = "reply") -> None:
        self.type(text, mode=mode)
        # Whether one may answer can have changed a moment ago: then the button still has to come.
        expect(self.page.locator(f"#answer-{mode} button[type=submit]")).to_be_enabled()
        self.page.keyboard.press("Control+Enter")

    def expect_sent(self, text: str) -> None:
        """The bubble says that it was sent: by an event, never by loading the page again."""
        state = self.bubble(text).locator(".delivery--sent")
        expect(state).to_have_text(re.compile("verzonden|afgeleverd|gelezen"))


class Resident:
    """A trainer who speaks as a resident on the page of the sandbox."""

    def __init__(self, page: Page, stack: Stack, platform: str, name: str) -> None:
        self.page, self.stack = page, stack
        page.goto(f"{stack.sandbox_url}/?platform={platform}")
        page.get_by_test_id("resident").fill(name)
        page.get_by_test_id("pick").click()
        expect(page.get_by_test_id("chosen")).to_contain_text(name)

    def say(self, kind: str, text: str) -> None:
        self.page.get_by_test_id("kind").select_option(kind)
        self.page.get_by_test_id("text").fill(text)
        self.page.get_by_test_id("send").click()
        expect(self.messages("resident", text)).to_be_visible()

    def messages(self, by: str, text: str) -> Locator:
        return self.page.locator(f'[data-testid=message][data-by="{by}"]', has_text=text)

    def expect_answer(self, text: str) -> Locator:
        answer = self.messages("page", text)
        expect(answer).to_be_visible()
        return answer


def received_at(stack: Stack, text: str) -> float:
    """When what holds `text` was kept, before anything was understood: the moment of the webhook or the poll."""
    query = "SELECT extract(epoch FROM min(received_at))::float8 FROM channels_rawevent WHERE body LIKE %s"
    rows = stack.rows(query, f"%{text}%")
    if rows[0][0] is None:
        rows = stack.rows(
            "SELECT extract(epoch FROM min(received_at))::float8 FROM inbox_message WHERE text LIKE %s", f"%{text}%"
        )
    assert rows[0][0] is not None, f"{text!r} never came in"
    at: float = rows[0][0]
    assert at <= time.time()
    return at
