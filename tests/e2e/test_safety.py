"""Strangers write here: their words are shown, never obeyed. Every other test is watched for the same (browser.Eye)."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PHONE, WIDE, Desk, words
from tests.e2e.screens import Inbox
from tests.stack import Stack, wait_for

PAGES = ["/inbox", "/inbox?view=all", "/inbox/{open}", "/inbox/outcomes", "/channels", "/profile", "/login", "/nowhere"]
HOSTILE = {
    "script": "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'><svg onload=window.hacked=1>",
    "link": 'javascript:alert(1) <a href="javascript:alert(1)">klik</a> data:text/html,<script>alert(1)</script>',
    "template": "{{ user.password }} {% debug %} ${7*7} <template><b>x</b></template>",
    "htmx": '<div hx-get="/logout" hx-trigger="load" data-live="list" data-open-dialog="shortcuts">x</div>',
    "quotes": "\"'><textarea></textarea></article></main><h1>Weg</h1>",
    "html link": 'Kijk op https://voorbeeld.example/"onmouseover="window.hacked=1 en http://[::1 en https://',
}


def test_every_page_is_strict_and_stays_on_this_server(desk: Desk, stack: Stack) -> None:
    pk = stack.rows("SELECT max(id) FROM inbox_conversation")[0][0]
    page = desk.context("administrator").new_page()
    for path in PAGES:
        answer = page.goto(stack.url + path.format(open=pk))
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        # What the policy would refuse is not even in the page.
        assert page.locator("[style], [onclick], [onload], [onerror], script:not([src])").count() == 0
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_the_policy_is_told_when_it_is_broken(desk: Desk) -> None:
    """The watch of all these tests works: what is not allowed is refused, and seen."""
    page = desk.page("/login", username="")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<img src="https://elders.example/pixel.png" alt="">');
        }"""
    )

    def told() -> bool:
        page.evaluate("document.title")  # what the page says is heard while it is asked something
        return all(any(rule in line for line in desk.eye.seen) for rule in ("script-src", "img-src"))

    wait_for(told, message="script and picture are refused")
    assert page.evaluate("window.hacked") is None
    desk.eye.seen.clear()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_are_shown_as_they_are(desk: Desk, stack: Stack, text: str) -> None:
    text = f"{words('Let op')} {text}"
    stack.say("facebook", "comment", text, resident=f"<b>Kwaad</b> {text[7:15]}")
    pk = stack.conversation_with(text[:15])
    inbox = Inbox(desk.page("/inbox?sort=newest"))
    inbox.open(text[:15])

    shown = inbox.bubble(text[:15]).locator(".bubble__text")
    assert normal(shown.inner_text()) == normal(text.replace("https://voorbeeld", "voorbeeld"))
    expect(inbox.page.locator("#thread-title")).to_have_text(re.compile("<b>Kwaad</b>"))
    expect(inbox.row(text[:15]).locator(".row__who")).to_contain_text("<b>Kwaad</b>")
    assert "<b>Kwaad</b>" in inbox.page.title()
    links = shown.locator("a").evaluate_all(
        "(all) => all.map((each) => [each.protocol, each.rel, each.getAttribute('onmouseover')])"
    )
    assert all(link == ["https:", "noopener nofollow ugc", None] for link in links)
    # The same when the page itself is loaded with it, and in a draft.
    inbox.page.goto(f"{stack.url}/inbox/{pk}")
    inbox.field().fill(text)
    inbox.field().press("Escape")
    expect(inbox.page.locator("[data-saved]").first).to_have_text("Concept bewaard")
    inbox.page.reload()
    expect(inbox.field()).to_have_value(text)
    assert inbox.page.evaluate("window.hacked") is None
    expect(inbox.page.locator("#shortcuts")).to_be_hidden()


def normal(text: str) -> str:
    return " ".join(text.split())


def test_a_name_can_not_turn_the_line_around(desk: Desk, stack: Stack) -> None:
    text = words("Ik ben van de gemeente.")
    name = f"\u202egpj.neivanN\u202c\u200b\u2066 {text[-8:]}"
    stack.say("facebook", "comment", text, resident=name)
    stack.conversation_with(text)
    inbox = Inbox(desk.page("/inbox?sort=newest"))
    inbox.open(text)

    for where in ("#thread-title", f".row:has-text('{text}') .row__who", "#messages .bubble__who", "#side .person h3"):
        shown = inbox.page.locator(where).first
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown.inner_text())
        expect(shown.locator("bdi")).to_be_visible()
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", inbox.page.title())


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_ten_thousand_combining_marks_stay_in_their_own_bubble(desk: Desk, stack: Stack, size: tuple[int, int]) -> None:
    text = words("Zalgo")
    marks = "".join(chr(0x300 + index % 0x6F) for index in range(10_000))
    item = stack.say("facebook", "comment", f"{text} e{marks} einde", resident=f"Z{marks[:60]} {text[-8:]}")
    after = words("Gewoon bericht erna.")
    stack.say("facebook", "comment", after, resident="Zalgo Buur", in_reply_to=item["id"])
    pk = stack.conversation_with(text)
    page = desk.page(f"/inbox/{pk}", size=size)
    inbox = Inbox(page)

    bubble = inbox.bubble(text)
    expect(bubble).to_be_visible()
    for where in (".bubble__text", ".bubble__who"):
        overflow = bubble.locator(where).evaluate("(each) => getComputedStyle(each).overflowY")
        assert overflow in {"clip", "hidden"}, f"marks in {where} paint over what stands around them"
    box = bubble.bounding_box()
    assert box is not None
    assert box["height"] < 20 * size[1]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_very_long_words_and_texts_do_not_break_the_page(desk: Desk, stack: Stack) -> None:
    text = words("Lang")
    stack.say("facebook", "comment", f"{text} {'a' * 3000} {'woord ' * 1500}", resident=f"{'Q' * 50} {text[-8:]}")
    pk = stack.conversation_with(text)
    page = desk.page(f"/inbox/{pk}", size=PHONE)
    inbox = Inbox(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    before = len(inbox.bubble(text).inner_text())
    inbox.bubble(text).get_by_role("button", name="Toon alles").click()
    expect(inbox.bubble(text).get_by_role("button", name="Toon alles")).to_have_count(0)
    assert len(inbox.bubble(text).inner_text()) > before
