"""Pictures of every screen, wide and on a phone, light and dark: `python -m tests.e2e.pictures FOLDER [--days 30] [--only NAME]`.

Starts a product of its own with a seeded town; `--readme` makes only those of docs/images: the inbox and the calendar.
"""

import argparse
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import PHONE, WIDE, Desk, running_browser
from tests.e2e.conftest import wait_until_settled
from tests.e2e.test_accessibility import MORE, STATES, Reach
from tests.e2e.town import Town, answer, live_through
from tests.stack import ROOT, Stack, running_stack, wait_for

PENDING = "SELECT 1 FROM inbox_attachment WHERE state = 'pending'"
SIZES = {"wide": WIDE, "phone": PHONE}


def empty_inbox(page: Page, stack: Stack, town: Town) -> None:
    page.goto(f"{stack.url}/inbox?view=snoozed")


def take(desk: Desk, stack: Stack, town: Town, folder: Path, only: str) -> None:
    screens: dict[str, Reach] = {**STATES, "nothing": empty_inbox, **MORE}
    for size, pixels in SIZES.items():
        for name, reach in screens.items():
            if only and only not in name:
                continue
            page = desk.context("administrator", size=pixels).new_page()
            reach(page, stack, town)
            page.wait_for_load_state("load")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.screenshot(path=folder / f"{name.replace(' ', '-')}-{size}-{scheme}.png")
            desk.close()
        if not only or only in "inbox english":
            page = desk.page("/inbox", "administrator", size=pixels, language="en")
            page.screenshot(path=folder / f"inbox-{size}-english.png")
            desk.close()


PLANNED = "SELECT 1 FROM calendar_app_posttarget WHERE state = 'scheduled' HAVING count(*) > 10"

HIDE_PICTOGRAMS = r"""
() => { for (const row of document.querySelectorAll(".row")) row.hidden = /\p{Extended_Pictographic}/u.test(row.textContent); }
"""


def keep(page: Page, name: str) -> None:
    """In a palette of 256 colours, so that it stays small."""
    from PIL import Image

    path = ROOT / "docs" / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def take_readme(desk: Desk, stack: Stack) -> None:
    """An agent in the middle of an answer that has a term; the month as an editor sees it."""
    who = {"resident": "Fatima el Idrissi"}
    question = "De prullenbak bij de speeltuin aan de Lindelaan zit al dagen vol. Kan iemand komen kijken?"
    first = stack.say("facebook", "comment", question, attachment="afval", **who)
    pk = stack.conversation_with(question)
    answer(stack, pk, "Dank voor uw melding, en voor de foto. Bij welke ingang staat de bak?")
    # Platforms tell whole seconds: the reaction is to stand after the answer.
    answered_at = time.time()
    wait_for(lambda: time.time() > answered_at + 2, message="two seconds later")
    reaction = "Bij de ingang aan de kant van de school."
    stack.say("facebook", "comment", reaction, in_reply_to=first["id"], **who)
    stack.conversation_with(reaction)
    wait_for(lambda: not stack.rows(PENDING), seconds=120, message="all pictures are fetched")
    page = desk.page(f"/inbox/{pk}")
    page.locator("#text-reply").fill("Hij wordt vandaag nog geleegd.")
    expect(page.locator("[data-saved]").first).to_have_text("Concept bewaard")
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#why")).to_be_visible()
    # Machines that take pictures seldom have letters for these.
    page.evaluate(HIDE_PICTOGRAMS)
    keep(page, "inbox.png")
    wait_for(lambda: stack.rows(PLANNED), seconds=120, message="the calendar is filled")
    page = desk.page("/calendar", "editor")
    expect(page.locator(".month .day--today")).to_be_in_viewport()
    page.wait_for_load_state("load")
    keep(page, "calendar.png")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.pictures")
    parser.add_argument("folder", nargs="?", default="var/pictures", type=Path)
    parser.add_argument("--days", default="30", help="how many days of the town are seeded")
    parser.add_argument("--only", default="", help="part of a screen's name")
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    demo = "1" if chosen.readme else "0"
    with running_stack(SANDBOX_SEED_DAYS=chosen.days, DEMO_CALENDAR=demo) as stack, running_browser() as browser:
        wait_until_settled(stack)
        town = live_through(stack, str)
        # Pictures are fetched by the clock.
        wait_for(lambda: not stack.rows(PENDING), seconds=120, message="all pictures are fetched")
        desk = Desk(browser, stack)
        if chosen.readme:
            take_readme(desk, stack)
        else:
            take(desk, stack, town, chosen.folder, chosen.only)
        for line in sorted(set(desk.eye.seen)):
            print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
