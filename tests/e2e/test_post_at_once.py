"""Whoever is faster than the server loses nothing: several things done at once on the page of a post."""

from playwright.sync_api import expect

from tests.e2e.browser import Desk
from tests.stack import Stack

MAKE = """
from accounts.models import User
from calendar_app.composing import create_post
print(create_post(by=User.objects.get(username="editor"), text="De Molenstraat is maandag dicht.").pk)
"""


def new_post(stack: Stack) -> int:
    return int(stack.manage("shell", "--verbosity", "0", "--command", MAKE).stdout.split()[-1])


def test_three_channels_ticked_in_one_go_are_all_kept(desk: Desk, stack: Stack) -> None:
    pk = new_post(stack)
    page = desk.page(f"/calendar/posts/{pk}", "editor")
    boxes = page.locator("#post-channels input[type=checkbox]")
    expect(boxes).to_have_count(3)

    boxes.evaluate_all("boxes => boxes.forEach((box) => box.click())")

    expect(page.locator("#variants .preview")).to_have_count(3)
    expect(page.locator("#alerts .toast")).to_have_count(0)
    page.reload()
    for number in range(3):
        expect(boxes.nth(number)).to_be_checked()
