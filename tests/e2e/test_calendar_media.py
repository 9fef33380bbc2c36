"""The media library and the import by keyboard alone, and what axe says of their pages."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.calendar_app.pictures import photo
from tests.e2e import axe
from tests.e2e.browser import PHONE, WIDE, Desk, press, settle, tab_to

EDITOR = "editor"
PLANNING = "datum;tijd;kanalen;tekst\n31-12-2030;09:30;Facebook;De Molenstraat is dicht.\n31-12-2030;10:30;Facebook | LinkedIn;Vuurwerk!\n"
WRONG = "datum;tijd;kanalen;tekst\nmorgen;09:30;Facebook;Een\n31-12-2030;25:00;Hyves;Twee\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in {
        "hek.jpg": photo("red", size=(640, 480)),
        "Een heel lange naam van een foto zonder spaties_maar_met_streepjes_en_nog_veel_meer_woorden.png": photo(
            "blue"
        ),
        "factuur.jpg": b"%PDF-1.7 1 0 obj",
        "goed.csv": PLANNING.encode(),
        "fout.csv": WRONG.encode("cp1252"),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def choose(page: Page, selector: str, paths: list[Path]) -> None:
    """With the keyboard, as far as the browser's own window allows it."""
    # The window to choose from is the browser's own; headless it does not always come.
    tab_to(page, page.locator(selector))
    page.locator(selector).set_input_files(paths)


def test_pictures_come_in_each_with_its_own_answer_and_are_described(desk: Desk, files: Path) -> None:
    page = desk.page("/calendar/media", EDITOR)
    settle(page)

    choose(page, "#media-files", sorted(files.glob("*.*g")))

    lines = page.locator("#uploads .upload")
    expect(lines).to_have_count(3)
    expect(page.locator(".upload--refused")).to_have_count(1)
    expect(page.locator(".upload--refused")).to_contain_text("factuur.jpg")
    expect(page.locator(".upload--refused")).to_contain_text("Kies een JPEG, PNG, WebP of GIF")
    expect(page.locator("[data-upload-status]")).to_have_text("Alle bestanden zijn verwerkt.")
    tile = page.locator("#media .tile", has=page.get_by_text("hek", exact=True))
    expect(tile).to_contain_text("rechten nog niet bekend")

    choose(page, "#media-files", [files / "hek.jpg"])
    expect(lines.last).to_contain_text("Stond al in de bibliotheek.")
    press(page, lines.last.locator("a"))
    expect(page.locator(".notice--error")).to_contain_text("mag nu niet naar buiten")
    tab_to(page, page.locator("#id_alt"))
    page.keyboard.type("Een rood hek.")
    tab_to(page, page.locator("input[name=rights]:checked"))
    page.keyboard.press("ArrowUp")  # free to use
    tab_to(page, page.locator("#media-item button[type=submit]"))
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Bewaard.")
    expect(page.locator(".notice--error")).to_have_count(0)
    expect(page.locator(".media-head__title")).not_to_contain_text("geen alt-tekst")

    press(page, page.get_by_role("button", name="Archiveren"))
    press(page, page.locator("#archive .button--danger"))
    expect(page.locator(".media-head__title")).to_contain_text("in het archief")
    press(page, page.get_by_role("button", name="Terugzetten"))
    expect(page.locator(".media-head__title")).not_to_contain_text("in het archief")


def test_posts_come_in_from_a_table(desk: Desk, files: Path) -> None:
    page = desk.page("/calendar/import", EDITOR)

    choose(page, "#import-file", [files / "fout.csv"])
    press(page, page.locator("form[enctype] button"))
    expect(page.locator("#errors-title")).to_contain_text("3 fouten")
    expect(page.get_by_role("region", name="Fouten", exact=True)).to_contain_text("Schrijf een datum als")

    choose(page, "#import-file", [files / "goed.csv"])
    press(page, page.locator("form[enctype] button"))
    expect(page.locator("#plan-title")).to_contain_text("2 berichten")
    press(page, page.get_by_role("button", name="Als concepten overnemen"))
    expect(page.locator("#toasts")).to_contain_text("2 berichten als concept gemaakt.")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk: Desk, files: Path, size: tuple[int, int], scheme: str) -> None:
    page = desk.page("/calendar/media", EDITOR, size=size, scheme=scheme)
    page.locator("#media-files").set_input_files(sorted(files.glob("*.*g")))
    expect(page.locator("[data-upload-status]")).to_have_text("Alle bestanden zijn verwerkt.")
    expect(page.locator("#media .tile").first).to_be_visible()
    look(page)
    page.locator("#media .tile__link").first.click()
    expect(page.locator("#media-item")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Archiveren").click()
    look(page)
    page.goto(f"{desk.stack.url}/calendar/media?list=archived&q=nergens")
    look(page)

    page.goto(f"{desk.stack.url}/calendar/import")
    look(page)
    for name in ("fout.csv", "goed.csv"):
        page.locator("#import-file").set_input_files(files / name)
        page.locator("form[enctype] button").click()
        expect(page.locator("#errors-title" if name == "fout.csv" else "#plan-title")).to_be_visible()
        look(page)


def look(page: Page) -> None:
    assert axe.violations(page) == []
    assert axe.small_targets(page) == []
    assert axe.sticks_out(page) == []
