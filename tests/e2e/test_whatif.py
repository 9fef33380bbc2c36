"""What if, by the keyboard alone; and the public page, to who can not see it, has a phone, or prints it."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import axe
from tests.e2e.browser import NARROW, PHONE, WIDE, Desk, arrive, choose, press, tab_to
from tests.stack import Stack, wait_for

DRAFT = """
from accounts.models import User
from responsematrix.editing import new_draft
from responsematrix.models import Matrix
matrix = Matrix.objects.get(is_main=True)
draft = new_draft(matrix=matrix, by=User.objects.get(username="manager"))
draft.rules.filter(first_response_unit="working_hours").update(first_response_amount=1)
print("draft", draft.number)
"""
FIGURES = """
from django.utils import timezone
from monitoring.models import ServiceMonth
from monitoring.service_figures import month_before
def side(due, good, minutes): return {"due": due, "on_time": good, "answered": due, "median_minutes": minutes}
figures = {"all": side(1284, 1187, 95), "platforms": {"twitter": side(402, 381, 52), "facebook": side(875, 800, 131), "linkedin": side(7, 6, 300)}}
ServiceMonth.objects.update_or_create(first_on=month_before(timezone.localdate()), defaults={"figures": figures, "computed_at": timezone.now()})
"""


@pytest.fixture(scope="module")
def draft(stack: Stack) -> int:
    """The number of a version in which everything is due sooner."""
    wait_for(
        lambda: stack.rows("SELECT 1 FROM responsematrix_matrixversion WHERE state = 'active'"), message="a matrix"
    )
    return int(stack.manage("shell", "-c", DRAFT).stdout.split("draft ")[1])


def test_a_manager_chooses_runs_watches_and_reads_without_a_mouse(desk: Desk, stack: Stack, draft: int) -> None:
    page = desk.page("/inbox", "manager")
    press(page, '[data-go="monitoring"]')
    arrive(page, "/monitoring/what-if$")

    choose(page, "#id_after", f"Responsmatrix, versie {draft} ")
    tab_to(page, "#id_first_on")
    press(page, ".whatif-form button[type=submit]")

    arrive(page, r"/monitoring/what-if/\d+$")
    expect(page.locator(".tiles")).to_be_visible(timeout=90_000)  # by itself: the page hears when it is done
    expect(page.locator("#whatif-outcome")).to_contain_text(f"versie {draft}")
    press(page, page.locator(".chart__data summary").first)
    expect(page.locator(".chart__data table")).to_be_visible()

    # It stays, among one's own jobs.
    address = page.url
    page.goto(f"{stack.url}/jobs")
    press(page, page.locator(".job__actions a").first)
    expect(page).to_have_url(address)


def test_what_can_not_be_asked_is_said_at_the_field(desk: Desk, stack: Stack, draft: int) -> None:
    page = desk.page("/monitoring/what-if", "manager")
    page.locator("#id_after").select_option(index=page.locator("#id_after option").count() - 1)
    page.locator("#id_before").select_option(index=page.locator("#id_before option").count() - 1)
    page.locator(".whatif-form button[type=submit]").press("Enter")

    expect(page.locator("#id_after_error")).to_contain_text("Zo verandert er niets")
    assert axe.violations(page) == []


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
def test_whatif_and_jobs_break_no_rule(desk: Desk, stack: Stack, draft: int, size: tuple[int, int]) -> None:
    page = desk.page("/monitoring/what-if", "manager", size=size)
    found = looked_at(page, "form")
    page.locator(".whatif-form button[type=submit]").press("Enter")
    expect(page.locator(".tiles")).to_be_visible(timeout=90_000)
    page.locator(".chart__data summary").first.press("Enter")
    found += looked_at(page, "result")
    page.goto(f"{stack.url}/jobs")
    found += looked_at(page, "jobs")

    assert not found, "\n".join(found)


def looked_at(page: Page, name: str) -> list[str]:
    found = [f"{name}: {line}" for line in axe.violations(page)]
    found += [f"{name}: small target {line}" for line in axe.small_targets(page)]
    found += [f"{name}: sticks out {line}" for line in axe.sticks_out(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"{name}, dark: {line}" for line in axe.violations(page, rules=axe.COLOUR)]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["wide", "phone", "narrow"])
def test_the_public_page_breaks_no_rule_full_or_empty(desk: Desk, stack: Stack, size: tuple[int, int]) -> None:
    found = []
    page = desk.context("", size=size).new_page()
    for state in ("full", "empty"):
        stack.rows("DELETE FROM monitoring_servicemonth") if state == "empty" else stack.manage("shell", "-c", FIGURES)
        for path in ("/service", "/en/service"):
            page.goto(stack.url + path)
            found += looked_at(page, f"{path}, {state}")
    assert not found, "\n".join(found)


def test_the_public_page_leaves_nothing_behind_and_prints_without_its_frame(desk: Desk, stack: Stack) -> None:
    page = desk.context("").new_page()
    page.context.clear_cookies()
    page.goto(f"{stack.url}/service")
    assert page.context.cookies() == []
    page.get_by_role("link", name="English").press("Enter")
    expect(page.locator("h1")).to_have_text("What you can expect of us")
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.emulate_media(media="print")
    expect(page.locator(".public__languages")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
