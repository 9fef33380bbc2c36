"""The calendar by keyboard alone, one drag with the mouse, and what axe says of its pages."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe
from tests.e2e.browser import NARROW, PHONE, WIDE, Desk, arrive, settle, tab_to
from tests.e2e.test_keyboard import expect_visible_focus
from tests.stack import Stack

# A month in the far future, where nothing of anybody else stands: June of the year after the next.
YEAR = date.today().year + 2  # noqa: DTZ011
FILL = f"""
from datetime import date, datetime
from accounts.models import User
from calendar_app.composing import create_post
from calendar_app.campaigns import add_campaign
from calendar_app.moments import AMSTERDAM
from calendar_app.models import CalendarEvent, PublishedPost
from channels.models import Channel
by, channels = User.objects.get(username="editor"), list(Channel.objects.order_by("pk"))
campaign = add_campaign(by=by, name="Zomer in Eikenrode", hue=2, starts_on=date({YEAR}, 6, 3), ends_on=date({YEAR}, 6, 20))
for n in range(60):
    at = datetime({YEAR}, 6, 4 + n % 20, 8 + n % 9, 5 * (n % 12), tzinfo=AMSTERDAM)
    text = ("Donaudampfschifffahrtsgesellschaftskapitän " if n % 7 == 0 else "De Molenstraat is dicht 🚧 ") + f"nummer {{n}}"
    create_post(by=by, text=text, planned_at=at, channels=channels[: n % 4], campaign=campaign if n % 3 == 0 else None)
for n in range(9):
    create_post(by=by, text=f"Druk {{n}}", planned_at=datetime({YEAR}, 6, 27, 9, n, tzinfo=AMSTERDAM), channels=channels[:1])
create_post(by=by, text="Te verslepen", planned_at=datetime({YEAR}, 6, 1, 9, 30, tzinfo=AMSTERDAM), channels=channels)
create_post(by=by, kind="idea", text="Een idee over de zomer")
CalendarEvent.objects.create(kind="market", title="Zomermarkt e2e", starts_on=date({YEAR}, 6, 5), ends_on=date({YEAR}, 6, 6))
"""
CLEAR = f"""
from calendar_app.models import CalendarEvent, Campaign, Post, PostComment, PostTarget, PostVersion
posts = Post.objects.filter(planned_at__year={YEAR}) | Post.objects.filter(text__startswith="Een idee over de zomer") | Post.objects.filter(text="Nog een idee")
keys = list(posts.values_list("pk", flat=True))
PostVersion.objects.filter(post__in=keys).delete()
PostComment.objects.filter(post__in=keys).delete()
PostTarget.objects.filter(post__in=keys).delete()
Post.objects.filter(pk__in=keys).delete()
CalendarEvent.objects.filter(title="Zomermarkt e2e").delete()
Campaign.objects.filter(name__in=["Zomer in Eikenrode", "Herfst in Eikenrode"]).delete()
"""
JUNE = f"/calendar?on={YEAR}-06-15"


@pytest.fixture(scope="module", autouse=True)
def _filled(stack: Stack) -> Iterator[None]:
    stack.manage("shell", "-v", "0", "-c", FILL)
    yield
    stack.manage("shell", "-v", "0", "-c", CLEAR)


def day(page: Page, number: int) -> Locator:
    return page.locator(f'td[data-day="{YEAR}-06-{number:02}"]')


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def set_date(page: Page, number: int) -> None:
    """The parts of a date field, as one types them in the order of the browser's language."""
    field = page.locator("#move-on")
    expect(field).to_be_focused()
    field.fill(f"{YEAR}-06-{number:02}")


def test_everything_but_dragging_goes_by_keyboard(desk: Desk) -> None:
    page = desk.page("/inbox", "editor")
    settle(page)
    page.keyboard.type("gc")
    arrive(page, r"/calendar$")
    page.goto(desk.stack.url + JUNE)
    settle(page)

    # From day to day and from post to post; what has the focus is in sight.
    tab_to(page, page.locator("[data-cells] [data-stop][tabindex='0']"))
    press(page, "Home", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    expect_visible_focus(page)
    first = page.locator("[data-cells] td [data-stop]").first
    first.focus()
    press(page, "End")
    expect(page.locator("tr:nth-child(1) td:last-child .day__number")).to_be_focused()
    day(page, 1).locator(".day__number").focus()
    press(page, "ArrowDown")
    post = page.locator("[data-move]", has_text="Te verslepen")
    expect(post.locator("a")).to_be_focused()

    # Another moment, by the dialog; a moment that has passed is refused there.
    press(page, "v")
    expect(page.locator("#sheet[open]")).to_be_visible()
    page.locator("#move-on").fill("2020-01-01")
    press(page, "Enter")
    expect(page.locator("#move-problem")).to_be_visible()
    set_date(page, 2)
    press(page, "Enter")
    expect(page.locator("#toasts")).to_contain_text("om 09:30")
    expect(page.locator("#sheet[open]")).to_have_count(0)
    expect(day(page, 2)).to_contain_text("Te verslepen")
    expect(post.locator("a")).to_be_focused()

    # And back again.
    press(page, "z")
    expect(day(page, 1)).to_contain_text("Te verslepen")

    # An idea is written down, and gets a day.
    page.goto(f"{desk.stack.url}{JUNE}&ideas=1")
    tab_to(page, page.locator("#idea-text"))
    page.keyboard.type("Nog een idee")
    press(page, "Enter")
    idea = page.locator("#ideas [data-move]", has_text="Nog een idee")
    expect(idea).to_be_visible()
    tab_to(page, idea.locator("a"))
    press(page, "v")
    set_date(page, 3)
    press(page, "Enter")
    expect(day(page, 3)).to_contain_text("Nog een idee")
    expect(idea).to_have_count(0)

    # Another view, another period, a filter: all in the address.
    tab_to(page, page.locator("#view-week"))
    press(page, "Enter")
    expect(page.locator(".calendar--week")).to_be_visible()
    expect(page).to_have_url(re.compile("view=week"))
    press(page, "f")
    page.locator("#by-state").select_option("draft")
    expect(page.locator(".calendar__narrowed")).to_contain_text("concept")
    expect(page).to_have_url(re.compile("state=draft"))


def test_a_campaign_by_keyboard(desk: Desk) -> None:
    page = desk.page("/calendar/campaigns", "editor")
    settle(page)
    tab_to(page, page.locator(".calendar__tools .button--primary"))
    press(page, "Enter")
    expect(page.locator("#id_name")).to_be_focused()
    press(page, "Control+Enter")
    expect(page.locator("#campaign_form .field__error")).to_be_visible()
    expect(page.locator("#id_name")).to_be_focused()
    page.keyboard.type("Herfst in Eikenrode")
    press(page, "Enter")
    expect(page.locator("h1")).to_have_text("Herfst in Eikenrode")


def test_a_post_is_dragged_to_another_day_and_what_is_refused_goes_back(desk: Desk) -> None:
    page = desk.page(JUNE, "editor")
    settle(page)
    post = page.locator("[data-move]", has_text="Te verslepen")
    start, end = post.bounding_box(), day(page, 2).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 60, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 24, steps=4)
    expect(page.locator(".is-dragged")).to_be_attached()
    page.mouse.move(end["x"] + 70, end["y"] + 40, steps=10)
    expect(page.locator(".is-target")).to_have_attribute("data-day", f"{YEAR}-06-02")
    page.mouse.up()
    # A toast that is pointed at stays.
    page.locator("#toasts .link").hover()
    expect(page.locator("#toasts")).to_contain_text("Verplaatst naar")
    expect(day(page, 2)).to_contain_text("Te verslepen")
    page.locator("#toasts .link").click()
    expect(day(page, 1)).to_contain_text("Te verslepen")


def test_what_another_moves_is_seen_without_losing_ones_place(desk: Desk) -> None:
    page = desk.page(JUNE, "editor")
    settle(page)
    held = page.locator("[data-move]", has_text="nummer 13").locator("a")
    held.focus()
    held.scroll_into_view_if_needed()
    before = page.evaluate("document.getElementById('main').scrollTop")
    other = desk.page(f"{JUNE}&view=list", "approver")
    other.goto(f"{desk.stack.url}/calendar?view=list&on={YEAR}-06-27")
    other.locator(".listed", has_text="Druk 0").locator("[data-ask-move]").click()
    other.locator("#move-on").fill(f"{YEAR}-06-26")
    other.keyboard.press("Enter")
    expect(day(page, 26)).to_contain_text("Druk 0")
    expect(held).to_be_focused()
    assert page.evaluate("document.getElementById('main').scrollTop") == before


SCREENS = {
    "month": JUNE,
    "month, ideas": f"{JUNE}&ideas=1",
    "filtered": f"{JUNE}&state=draft&channel=1",
    "week": f"{JUNE}&view=week",
    "day": f"/calendar?view=day&on={YEAR}-06-27",
    "list": f"/calendar?view=list&on={YEAR}-06-01",
    "empty list": f"/calendar?view=list&on={YEAR + 1}-01-01",
    "campaigns": "/calendar/campaigns",
    "campaign": "campaign",
    "dialog": "dialog",
    "filter": "filter",
    "campaign form": "form",
}


def reach(page: Page, stack: Stack, address: str) -> None:
    if address == "campaign":
        pk = stack.rows("SELECT id FROM calendar_app_campaign WHERE name = 'Zomer in Eikenrode'")[0][0]
        page.goto(f"{stack.url}/calendar/campaigns/{pk}")
    elif address == "dialog":
        page.goto(f"{stack.url}/calendar?view=list&on={YEAR}-06-01")
        page.locator("[data-ask-move]").first.click()
        expect(page.locator("#sheet[open]")).to_be_visible()
    elif address == "filter":
        page.goto(stack.url + JUNE)
        page.locator("#calendar-filter summary").click()
        expect(page.locator("#by-state")).to_be_visible()
    elif address == "form":
        page.goto(f"{stack.url}/calendar/campaigns")
        page.locator(".calendar__tools .button--primary").click()
        expect(page.locator("#sheet[open]")).to_be_visible()
    else:
        page.goto(stack.url + address)


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
def test_axe_finds_nothing_light_or_dark(desk: Desk, stack: Stack, size: tuple[int, int]) -> None:
    page = desk.context("editor", size=size).new_page()
    found = []
    for name, address in SCREENS.items():
        page.emulate_media(color_scheme="light")
        reach(page, stack, address)
        found += [f"{name}: {line}" for line in axe.violations(page)]
        found += [f"{name}: small target {line}" for line in axe.small_targets(page)]
        found += [f"{name}: sticks out {line}" for line in axe.sticks_out(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {line}" for line in axe.violations(page, rules=axe.COLOUR)]
    assert not found, "\n".join(found)
