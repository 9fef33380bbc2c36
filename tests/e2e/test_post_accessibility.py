"""The page of a post by WCAG 2.2 AA, in every state of the post and for whoever writes, judges and reads."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import NARROW, PHONE, WIDE, Desk
from tests.e2e.posts import make_posts
from tests.e2e.test_accessibility import Reach, look
from tests.e2e.town import Town
from tests.stack import Stack, wait_for


@pytest.fixture(scope="module")
def posts(stack: Stack) -> dict[str, int]:
    made = make_posts(stack)
    state = "SELECT 1 FROM calendar_app_posttarget WHERE post_id = %s HAVING bool_and(state = 'published')"
    wait_for(lambda: stack.rows(state, made["published"]), message="it is published")
    return made


def at(path: str) -> Reach:
    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(stack.url + path)

    return reach


def choosing(pk: int) -> Reach:
    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(f"{stack.url}/calendar/posts/{pk}")
        page.locator("#pick").click()
        expect(page.locator("#picker [data-pick]").first).to_be_visible()

    return reach


def clashing(pk: int) -> Reach:
    """Two people wrote in the same field; how that comes about is in test_post_page.py."""

    def reach(page: Page, stack: Stack, town: Town) -> None:
        page.goto(f"{stack.url}/calendar/posts/{pk}")
        page.locator("#post-conflict").evaluate(
            "(box) => { for (const each of [box, ...box.querySelectorAll('[hidden]')]) each.hidden = false; }"
        )

    return reach


def states_of(posts: dict[str, int]) -> dict[str, Reach]:
    return {
        **{name: at(f"/calendar/posts/{pk}") for name, pk in posts.items()},
        "agreed, opened": at(f"/calendar/posts/{posts['agreed']}?edit=1"),
        "choosing a picture": choosing(posts["empty"]),
        "clash": clashing(posts["full"]),
        "how it looks": at(f"/calendar/posts/{posts['full']}#post-show"),
        "judging": at(f"/calendar/posts/{posts['review']}#post-talk"),
        "templates": at("/calendar/templates"),
    }


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
def test_who_writes_a_post_meets_no_barrier(desk: Desk, stack: Stack, posts: dict[str, int], size: Any) -> None:
    page = desk.context("editor", size=size).new_page()
    found = look(page, stack, Town(), states_of(posts), dark=size != NARROW)
    assert not found, "\n".join(found)


def test_a_phone_shows_one_pane_of_a_post_and_the_address_says_which(
    desk: Desk, stack: Stack, posts: dict[str, int]
) -> None:
    page = desk.page(f"/calendar/posts/{posts['full']}", "editor", size=PHONE)
    panes = {
        "write": page.locator("#post-write"),
        "show": page.locator("#variants"),
        "talk": page.locator("#post-talk"),
    }

    def expect_only(shown: str) -> None:
        for name, pane in panes.items():
            expect(pane).to_be_visible(visible=name == shown)
        expect(page.locator("[data-pane][aria-current]")).to_have_attribute("href", f"#post-{shown}")

    expect_only("write")
    page.locator("[data-pane][href='#post-show']").press("Enter")
    expect_only("show")
    page.locator("[data-pane][href='#post-talk']").press("Enter")
    expect_only("talk")
    page.go_back()
    expect_only("show")
    page.locator("[data-pane][href='#post-write']").press("Enter")
    expect_only("write")

    # Side by side where there is room.
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    expect(page.locator(".post__panes")).to_be_hidden()
    for pane in panes.values():
        expect(pane).to_be_visible()


@pytest.mark.parametrize("who", ["approver", "agent"])
def test_who_judges_or_reads_a_post_meets_no_barrier(desk: Desk, stack: Stack, posts: dict[str, int], who: str) -> None:
    shown = {name: at(f"/calendar/posts/{posts[name]}") for name in ("full", "review", "agreed", "published", "idea")}
    for size in (WIDE, NARROW):
        page = desk.context(who, size=size).new_page()
        found = look(page, stack, Town(), shown)
        assert not found, "\n".join(found)


def test_the_page_of_a_post_breaks_no_rule_in_english(desk: Desk, stack: Stack, posts: dict[str, int]) -> None:
    page = desk.context("editor", language="en", size=NARROW).new_page()
    found = look(page, stack, Town(), {name: at(f"/calendar/posts/{posts[name]}") for name in ("full", "too long")})
    assert not found, "\n".join(found)
