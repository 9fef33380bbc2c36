"""A real Chromium, people signed in, and an eye on every page: nothing third-party, nothing against the policy, no script error."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.run import find_browser
from tests.stack import Stack

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE, NARROW = (1440, 900), (390, 844), (320, 640)
PATIENCE = 60_000  # ms until an expectation fails: it only costs time where something never happens
MOST_STOPS = 120  # with Tab, from one end of a page to the other

# A line that is down and an answer that says no: what browser and htmx say of it is no fault of the page; nor is
# what was still under way when it was left.
EXPECTED = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:sendError",
    "htmx:sendAbort",
    "htmx:afterRequest",
    "htmx:afterOnLoad",
    "htmx:send:error",
)
# Says on the console whatever the page's policy refused, in words that no browser version changes; and keeps two things for tests
# that wait for them: `data-hears` once the page is live and has begun to fetch what changed before that, and `data-asks` as long
# as an answer to something that it asked is not yet in the page.
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
{
  const tell = (name, value) => document.documentElement?.toggleAttribute(name, value);
  const show = () => tell("data-hears", isLive && isRefreshed);
  let [isLive, isRefreshed, asked] = [false, false, 0];
  addEventListener("balie:connection", ({ detail }) => { isLive = detail.isLive; isRefreshed &&= isLive; show(); }, true);
  addEventListener("balie:refresh", () => { isRefreshed = true; show(); }, true);

  const count = (by) => { asked += by; tell("data-asks", asked > 0); };
  const answered = () => setTimeout(() => count(-1));  // after whoever waits for the answer has put it in the page
  const counted = (object, name) => {
    const own = object[name];
    object[name] = function (...given) {
      count(1);
      const answer = own.apply(this, given);
      answer.then(answered, answered);
      return answer;
    };
  };
  counted(window, "fetch");
  counted(Response.prototype, "text");
  counted(Response.prototype, "json");
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (...given) {
    count(1);
    this.addEventListener("loadend", answered);
    send.apply(this, given);
  };
}
"""
# Of a page that nobody signed in to nothing is heard.
STILL = "html:not([data-asks]):is([data-hears], :not(:has(body[data-events])))"


@contextmanager
def running_browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or find_browser() or None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Eye:
    """What no page of ours may ever do, collected while a test runs."""

    hosts: set[str]
    seen: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("console", lambda message: self._console(message.type, message.text))
        context.on("weberror", lambda error: self.seen.append(f"script error: {error.error}"))
        context.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc not in self.hosts:
            self.seen.append(f"request to another host: {request.url}")

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith(EXPECTED):
            self.seen.append(f"console: {text}")


class Desk:
    """Opens browsers as somebody, in the size, theme and language that a test wants."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack
        self.eye = Eye({urlsplit(stack.url).netloc, urlsplit(stack.sandbox_url).netloc})
        self.contexts: list[BrowserContext] = []

    def context(
        self,
        username: str = "agent",
        *,
        size: tuple[int, int] = WIDE,
        scheme: str = "light",
        language: str = "nl",
        url: str = "",
        has_touch: bool = False,
    ) -> BrowserContext:
        """`username` "" is nobody; `url` is another address of the same server (the other end of a line)."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            timezone_id="Europe/Amsterdam",
            reduced_motion="reduce",
            has_touch=has_touch,
            is_mobile=has_touch,
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(LISTEN)
        self.eye.watch(context)
        address = url or self.stack.url
        cookies: list[Any] = [{"name": "django_language", "value": language, "url": address}]
        if username:
            signed_in = self.stack.session(username)
            cookies += [
                {"name": name, "value": signed_in.cookies[name], "url": address} for name in ("sessionid", "csrftoken")
            ]
        context.add_cookies(cookies)
        self.contexts.append(context)
        return context

    def page(self, path: str = "/inbox", username: str = "agent", **how: Any) -> Page:
        page = self.context(username, **how).new_page()
        page.goto(f"{how.get('url') or self.stack.url}{path}")
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.contexts.clear()


def words(text: str) -> str:
    """`text` with something behind it that makes it the only one of its kind."""
    return f"{text} {uuid.uuid4().hex[:8]}"


def settle(page: Page) -> None:
    """Until this page is loaded and live, and nothing that it asked for is still to come: what happens from now on is news to it."""
    page.wait_for_load_state("load")
    expect(page.locator(STILL)).to_be_attached()


def arrive(page: Page, address: str) -> None:
    """Until a page with this pattern in its address is loaded, so that its scripts hear the next key."""
    page.wait_for_url(re.compile(address))


def tab_to(page: Page, wanted: Locator | str) -> None:
    """With Tab alone, from where the focus is."""
    found = page.locator(wanted) if isinstance(wanted, str) else wanted
    found.wait_for(state="attached")
    page.wait_for_load_state("load")
    for _stop in range(MOST_STOPS):
        if found.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {wanted}")


def press(page: Page, wanted: Locator | str) -> None:
    """Enter, on what Tab leads to."""
    tab_to(page, wanted)
    page.keyboard.press("Enter")


def choose(page: Page, wanted: Locator | str, label: str) -> None:
    """An option of a list, with the arrows: letters typed too slowly would begin another word."""
    tab_to(page, wanted)
    page.keyboard.press("Home")
    field = page.locator(":focus")
    for _option in range(field.locator("option").count()):
        if label in field.evaluate("element => element.selectedOptions[0].text"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"there is no {label!r} to choose")
