"""The calendar under a finger: another moment by the dialog, dragging after a long press, scrolling without; and on paper."""

import re
import time
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.browser import PHONE, Desk
from tests.stack import Stack

YEAR = date.today().year + 3  # noqa: DTZ011
FILL = f"""
from datetime import datetime
from accounts.models import User
from calendar_app.composing import create_post
from calendar_app.moments import AMSTERDAM
from channels.models import Channel
by, channels = User.objects.get(username="editor"), list(Channel.objects.order_by("pk"))
create_post(by=by, text="Onder de vinger", planned_at=datetime({YEAR}, 6, 1, 9, 30, tzinfo=AMSTERDAM), channels=channels)
"""
CLEAR = f"""
from calendar_app.models import Post, PostTarget, PostVersion
posts = list(Post.objects.filter(planned_at__year={YEAR}).values_list("pk", flat=True))
PostVersion.objects.filter(post__in=posts).delete()
PostTarget.objects.filter(post__in=posts).delete()
Post.objects.filter(pk__in=posts).delete()
"""
DAY = f"/calendar?view=day&on={YEAR}-06-01"


@pytest.fixture(autouse=True)
def _filled(stack: Stack) -> Iterator[None]:
    stack.manage("shell", "-v", "0", "-c", FILL)
    yield
    stack.manage("shell", "-v", "0", "-c", CLEAR)


def on_a_phone(desk: Desk, path: str) -> Page:
    page = desk.context("editor", size=PHONE, has_touch=True).new_page()
    page.goto(desk.stack.url + path)
    expect(page.locator("html[data-hears]")).to_be_attached()
    return page


class Finger:
    """Real touches, by the browser's own debugger: it scrolls where nobody forbids it."""

    def __init__(self, page: Page) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, held: float) -> None:
        self._send("touchStart", start)
        self._send("touchMove", (start[0] + 2, start[1] + 1))
        time.sleep(held)
        for step in range(1, 13):
            self._send(
                "touchMove", *[(start[0] + (end[0] - start[0]) * step / 12, start[1] + (end[1] - start[1]) * step / 12)]
            )
            time.sleep(0.02)
        self._send("touchEnd")


def test_another_moment_is_chosen_by_tapping(desk: Desk) -> None:
    page = on_a_phone(desk, f"/calendar?on={YEAR}-06-15")
    page.locator(f'td[data-day="{YEAR}-06-01"] .day__number').tap()
    post = page.locator("[data-move]", has_text="Onder de vinger")
    button = post.locator("[data-ask-move]")
    expect(button).to_have_css("opacity", "1")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    button.tap()
    expect(page.locator("#sheet[open]")).to_be_visible()
    page.locator("#move-at").fill("14:15")
    page.locator("#sheet .button--primary").tap()
    expect(page.locator('td[data-hour="14"]')).to_contain_text("Onder de vinger")


def grips(page: Page) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a finger takes the post, and the middle of the hour it goes to."""
    post = page.locator("[data-move]", has_text="Onder de vinger")
    page.locator('td[data-hour="9"]').evaluate("(cell) => cell.scrollIntoView({ block: 'center' })")
    start, end = post.bounding_box(), page.locator('td[data-hour="12"]').bounding_box()
    assert start
    assert end
    return (start["x"] + 80, start["y"] + start["height"] / 2), (end["x"] + 80, end["y"] + end["height"] / 2)


def test_a_swipe_over_a_post_scrolls(desk: Desk) -> None:
    page = on_a_phone(desk, DAY)
    grip, _end = grips(page)
    before = page.evaluate("document.getElementById('main').scrollTop")
    Finger(page).drag(grip, (grip[0], grip[1] - 120), held=0)
    assert page.evaluate("document.getElementById('main').scrollTop") > before
    expect(page.locator('td[data-hour="9"]')).to_contain_text("Onder de vinger")
    expect(page).to_have_url(re.compile("view=day"))


def test_a_long_press_drags_a_post(desk: Desk) -> None:
    page = on_a_phone(desk, DAY)
    grip, end = grips(page)
    Finger(page).drag(grip, end, held=0.6)
    expect(page.locator('td[data-hour="12"]')).to_contain_text("Onder de vinger")
    expect(page.locator("#toasts")).to_contain_text("Verplaatst naar")


def test_a_month_prints_on_a4_without_what_surrounds_it(desk: Desk) -> None:
    page = desk.page(f"/calendar?on={YEAR}-06-15", "editor")
    page.emulate_media(media="print")
    for hidden in (".rail", ".topbar", ".calendar-page__top", ".calendar__tools", ".switcher"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".print-only").first).to_be_visible()
    paper = page.pdf(prefer_css_page_size=True)
    sizes = {
        tuple(round(float(side)) for side in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^]]*)\]", paper)
    }
    assert sizes == {(0, 0, 842, 595)}
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1
