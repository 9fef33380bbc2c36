"""The response matrix by keyboard alone: draft, edit, mend a gap, another approves, it is in force; and what axe says of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import axe
from tests.e2e.browser import NARROW, PHONE, WIDE, Desk, arrive, press, settle, tab_to
from tests.e2e.test_keyboard import expect_visible_focus
from tests.stack import Stack

MANAGER, OTHER = "manager", "administrator"


def yes(page: Page) -> None:
    expect(page.locator("#confirm")).to_be_visible()
    press(page, page.locator("#confirm .button--primary"))


def cell(page: Page, row: int, column: str) -> Locator:
    return page.locator(f"[data-grid] tbody tr:nth-child({row}) [data-column={column}]")


def walk_to(page: Page, row: int, column: str) -> None:
    """With the arrows, from the cell that has the focus."""
    page.keyboard.press("Control+Home")
    for _step in range(row - 1):
        page.keyboard.press("ArrowDown")
    target = cell(page, row, column)
    for _step in range(14):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("ArrowRight")
    expect(target).to_be_focused()


def new_draft(page: Page) -> None:
    page.keyboard.type("gx")
    arrive(page, r"/matrix$")
    press(page, page.locator("#new-draft"))
    arrive(page, r"/matrix/versions/\d+$")
    settle(page)
    tab_to(page, page.locator("[data-grid] [tabindex='0']"))


def open_cell(page: Page, row: int, column: str) -> None:
    walk_to(page, row, column)
    page.keyboard.press("Enter")
    expect(page.locator("#sheet[open]")).to_be_visible()


def expect_closed(page: Page, row: int, column: str) -> None:
    expect(page.locator("#sheet[open]")).to_have_count(0)
    expect(cell(page, row, column)).to_be_focused()


def test_a_draft_is_edited_mended_approved_and_in_force_by_keyboard_alone(desk: Desk) -> None:
    page = desk.page("/inbox", MANAGER)
    new_draft(page)
    rows = page.locator("[data-grid] tbody tr").count()

    # A term that can not be is refused in the cell; Esc leaves it as it was; a good one is kept and the focus comes back.
    open_cell(page, 2, "first_response")
    page.keyboard.type("0")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cell-error")).to_contain_text("ten minste 1")
    expect(page.locator("#cell-amount")).to_be_focused()
    page.keyboard.press("Escape")
    expect_closed(page, 2, "first_response")
    expect(cell(page, 2, "first_response")).to_contain_text("1 werkuur")
    page.keyboard.press("F2")
    page.keyboard.type("3")  # whether the cell is open already or not
    expect(page.locator("#cell-amount")).to_have_value("3")
    page.keyboard.press("Control+Enter")
    expect(cell(page, 2, "first_response")).to_contain_text("3 werkuren")
    expect_closed(page, 2, "first_response")

    # The rule for everything gets a platform: a gap is listed; it is mended.
    open_cell(page, rows, "platform")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-warnings")).to_contain_text("Geen regel voor")
    expect_closed(page, rows, "platform")
    page.keyboard.press("Enter")
    expect(page.locator("#cell-value")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-warnings")).to_have_count(0)
    expect_closed(page, rows, "platform")

    # Rows: a copy is an error until it is deleted again; Alt and an arrow move.
    walk_to(page, 3, "audience")
    page.keyboard.press("Alt+ArrowUp")
    expect(cell(page, 2, "audience")).to_contain_text("Pers")
    expect(cell(page, 2, "audience")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(cell(page, 3, "audience")).to_contain_text("Pers")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#found-errors")).to_contain_text("staat er twee keer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    yes(page)
    expect(page.locator("#found-errors")).to_have_count(0)
    expect(page.locator("[data-grid] tbody tr")).to_have_count(rows)

    # However far one walks: what has the focus is in sight, not behind the heads that stick.
    page.keyboard.press("Control+End")
    for key in ["ArrowUp"] * 14 + ["Home"] + ["ArrowRight"] * 12 + ["ArrowLeft"] * 8:
        page.keyboard.press(key)
    expect_visible_focus(page)

    # Nobody approves their own; another does, and decides from when.
    expect(page.locator(".version__wait")).to_be_visible()
    expect(page.locator("#step-approve")).to_have_count(0)
    other = desk.page(page.url.removeprefix(desk.stack.url), OTHER)
    settle(other)
    press(other, other.locator("#step-approve"))
    yes(other)
    press(other, other.locator("#step-activate"))
    expect(other.locator("#sheet[open]")).to_be_visible()
    press(other, other.locator("#sheet button[type=submit]"))
    expect(other.locator(".standing--now")).to_be_visible()
    # The first page hears of it by itself.
    expect(page.locator(".standing--now")).to_be_visible()
    expect(page.locator("[data-grid]")).to_have_count(0)

    # What is in force is tried on a message.
    tab_to(page, page.locator("#try-text"))
    page.keyboard.type("De container zit vol")
    tab_to(page, page.locator("#try-urgency"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    result = page.locator("#try-result")
    expect(result).to_contain_text("Regel 2 geldt")
    expect(result).to_contain_text("3 werkuren")
    expect(result).to_contain_text("3 working hours")
    expect(result.locator("mark").first).to_have_text("container")


def test_a_change_by_another_does_not_take_away_an_open_cell(desk: Desk) -> None:
    page = desk.page("/inbox", MANAGER)
    new_draft(page)
    other = desk.page(page.url.removeprefix(desk.stack.url), OTHER)
    settle(other)
    open_cell(page, 1, "texts")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Half getypt")

    tab_to(other, other.locator("[data-grid] [tabindex='0']"))
    open_cell(other, 4, "resolution")
    other.keyboard.type("9")
    other.keyboard.press("Control+Enter")
    expect(cell(other, 4, "resolution")).to_contain_text("9 werkdagen")

    expect(cell(page, 4, "resolution")).to_contain_text("9 werkdagen")
    expect(page.locator("#sheet textarea").first).to_have_value(re.compile("Half getypt$"))
    expect(page.locator("#sheet textarea").first).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect_closed(page, 1, "texts")


# -- axe -------------------------------------------------------------------------------------------------------------------------


def draft_url(desk: Desk) -> str:
    """A draft with an error, a gap and overlaps in it."""
    found = desk.stack.rows("SELECT id FROM responsematrix_matrixversion WHERE note = 'axe'")
    if found:
        return f"/matrix/versions/{found[0][0]}"
    page = desk.page("/matrix", MANAGER)
    page.locator("#new-draft").click()
    arrive(page, r"/matrix/versions/\d+$")
    rows = page.locator("[data-grid] tbody tr")
    rows.last.locator("[data-column=platform]").click()
    page.locator("#cell-value").select_option("linkedin")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#found-errors")).to_be_visible()
    expect(page.locator("#found-warnings")).to_be_visible()
    pk = page.url.rsplit("/", 1)[1]
    desk.stack.rows("UPDATE responsematrix_matrixversion SET note = 'axe' WHERE id = %s", pk)
    page.close()
    return f"/matrix/versions/{pk}"


def refused(page: Page) -> None:
    page.locator("[data-column=first_response]").first.click()
    page.locator("#cell-amount").fill("0")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cell-error")).to_be_visible()


def tried(page: Page) -> None:
    page.locator("#try-text").fill("De container zit vol")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".try__rule")).to_be_visible()


def click(wanted: str, shown: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.locator(wanted).first.click()
        expect(page.locator(shown).first).to_be_visible()

    return reach


def nothing(page: Page) -> None:
    pass


SCREENS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "matrix": ("/matrix", click("[data-unfold]", ".promises__texts:not([hidden])")),
    "draft": ("draft", nothing),
    "cell refused": ("draft", refused),
    "texts": ("draft", click("[data-column=texts]", "#sheet textarea")),
    "add a rule": ("draft", click("#add-rule", "#sheet[open]")),
    "menu": ("draft", click("#version-menu summary", "#version-menu .menu__sheet")),
    "tried": ("/matrix", tried),
    "difference": ("draft/difference", nothing),
    "import": ("draft/import", nothing),
    "versions": ("/matrix/versions", nothing),
    "hours": ("/matrix/hours", nothing),
    "subjects": ("/matrix/subjects", nothing),
    "subject": ("/matrix/subjects", click(".promises--subjects a", "#subject-form")),
}


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
@pytest.mark.parametrize("name", SCREENS)
def test_axe_finds_nothing_light_or_dark(desk: Desk, stack: Stack, name: str, size: tuple[int, int]) -> None:
    path, reach = SCREENS[name]
    url = path.replace("draft", draft_url(desk), 1) if path.startswith("draft") else path
    page = desk.page(url, MANAGER, size=size)
    page.wait_for_load_state("load")
    reach(page)
    found = [f"light {line}" for line in axe.violations(page)] + axe.small_targets(page) + axe.sticks_out(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark {line}" for line in axe.violations(page, rules=axe.COLOUR)]
    assert found == []
