"""An editor's job without a mouse: one post for three channels, judged by a colleague, published at its minute, and answered."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.e2e.browser import Desk, tab_to, words
from tests.stack import Stack, wait_for

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TIME_TO_JUDGE = 45.0  # seconds, at least, between planning and the minute itself
PLATFORMS = ("facebook", "linkedin", "twitter")
STATES = (
    "SELECT array_agg(DISTINCT t.state::text) FROM calendar_app_posttarget t JOIN calendar_app_post p ON p.id = t.post_id "
    "WHERE p.text LIKE %s"
)
LATENESS = (
    "SELECT extract(epoch FROM t.published_at - p.planned_at)::float8 FROM calendar_app_posttarget t "
    "JOIN calendar_app_post p ON p.id = t.post_id WHERE p.text LIKE %s"
)
FIGURES = (
    "SELECT d.id FROM calendar_app_publishedpost d JOIN channels_channel c ON c.id = d.channel_id "
    "WHERE d.text LIKE %s AND c.platform = 'facebook' AND d.measured_at IS NOT NULL AND d.comments = 1"
)
# As if it were later: what was measured before anybody reacted is measured again.
MEASURE_AGAIN = (
    "UPDATE calendar_app_publishedpost SET measured_at = NULL FROM channels_channel c "
    "WHERE c.id = channel_id AND c.platform = 'facebook' AND text LIKE %s AND comments = 0"
)


def plan(page: Page, at: datetime) -> None:
    """Date and time as the browser takes them from the keyboard: in the order of its own language."""
    tab_to(page, "#moment-day")
    for day in (f"{at:%m%d%Y}", f"{at:%d%m%Y}"):
        page.keyboard.type(day)
        if page.locator("#moment-day").input_value() == f"{at:%Y-%m-%d}":
            break
        page.keyboard.press("Shift+Tab")
        tab_to(page, "#moment-day")
    tab_to(page, "#moment-time")
    page.keyboard.type(f"{at:%I%M%p}")
    if page.locator("#moment-time").input_value() != f"{at:%H:%M}":  # a browser that counts to 24
        tab_to(page, "#moment-best summary")
        page.keyboard.press("Shift+Tab")
        tab_to(page, "#moment-time")
        page.keyboard.type(f"{at:%H%M}")
    expect(page.locator("#moment-time")).to_have_value(f"{at:%H:%M}")
    tab_to(page, "#moment-best summary")
    expect(page.locator("#moment-words")).to_contain_text(f"{at:%H:%M}")


def minute_after(seconds: float) -> datetime:
    at = datetime.now(UTC) + timedelta(seconds=seconds, minutes=1)
    return at.replace(second=0, microsecond=0).astimezone(AMSTERDAM)


def is_measured(stack: Stack, text: str) -> bool:
    stack.rows(MEASURE_AGAIN, f"%{text}%")
    return bool(stack.rows(FIGURES, f"%{text}%"))


def test_a_post_for_three_channels_from_first_word_to_the_reactions_on_it(desk: Desk, stack: Stack) -> None:
    began = time.monotonic()
    text = words("De Molenstraat is maandag dicht.")
    page = desk.page("/calendar", "editor")
    expect(page.locator("#new-post")).to_be_attached()
    page.keyboard.press("c")
    expect(page.locator("#post-text")).to_be_focused()
    page.keyboard.type(text)
    for number in range(3):
        tab_to(page, f"#post-channels .pick:nth-of-type({number + 1}) input")
        page.keyboard.press("Space")
        expect(page.locator(".variant")).to_have_count(number + 1)
    expect(page.locator(".mock__text").last).to_contain_text(text)
    expect(page.locator("#submit-post")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    wait_for(lambda: stack.rows(STATES, f"%{text}%") == [(["in_review"],)], message="it waits for a colleague")

    colleague = desk.page(re.sub("^https?://[^/]+", "", page.url), "approver")
    expect(colleague.locator("#approve")).to_be_visible()
    tab_to(colleague, "#comment-text")
    colleague.keyboard.type("Noem ook de fietsers.")
    tab_to(colleague, "#ask-change")
    colleague.keyboard.press("Enter")
    wait_for(lambda: stack.rows(STATES, f"%{text}%") == [(["changes_asked"],)], message="a change is asked")

    # It appears by itself on the editor's screen.
    expect(page.locator("#comments")).to_contain_text("Noem ook de fietsers.")
    tab_to(page, "#post-text")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Fietsers kunnen er langs.")
    # What is left to do takes no longer than what was done, on this machine.
    at = minute_after(max(TIME_TO_JUDGE, time.monotonic() - began))
    plan(page, at)
    expect(page.locator("#submit-post")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    wait_for(lambda: stack.rows(STATES, f"%{text}%") == [(["in_review"],)], message="it waits again")

    expect(colleague.locator(".mock__text").first).to_contain_text("Fietsers kunnen er langs.")
    expect(colleague.locator("#approve")).to_be_enabled()
    colleague.keyboard.press("Control+Enter")
    wait_for(lambda: stack.rows(STATES, f"%{text}%") == [(["scheduled"],)], message="it is approved")

    wait_for(lambda: stack.rows(STATES, f"%{text}%") == [(["published"],)], message="it is published")
    assert all(0 <= late < 30 for (late,) in stack.rows(LATENESS, f"%{text}%"))
    for platform in PLATFORMS:
        assert len(stack.sent_by_us(platform, text)) == 1, platform
    expect(page.locator(".variant .state--success")).to_have_count(3)

    (ours,) = stack.sent_by_us("facebook", text)
    question = words("Kan de bus er wel door?")
    stack.say("facebook", "comment", question, in_reply_to=ours["id"])
    stack.conversation_with(question)
    wait_for(lambda: is_measured(stack, text), message="how it does is measured")
    expect(page.locator("#variants a[href*='/calendar/published/']")).to_have_count(3)
    tab_to(page, "#variants .variant:has(use[href='#i-facebook']) a[href*='/calendar/published/']")
    page.keyboard.press("Enter")
    expect(page.locator("#published-post")).to_contain_text(question)
    expect(page.locator(".published-post__tiles")).to_contain_text(re.compile(r"Reacties\s*1"))
