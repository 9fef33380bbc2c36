"""The matrix leaves as a spreadsheet and comes back the same; what is wrong is refused cell by cell."""

import io

import pytest
from openpyxl import load_workbook

from responsematrix.editing import add_rule, edit_rule
from responsematrix.models import MatrixVersion, Subject
from responsematrix.refusals import NotADraft
from responsematrix.spreadsheet import (
    HEADS,
    ImportRefused,
    export_cells,
    export_csv,
    export_xlsx,
    import_rules,
    plan_import,
)
from responsematrix.table_files import to_csv, to_xlsx
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db

TEXT = '=HYPERLINK("http://kwaad")\nRegel twee; met “tekens”, en {uiterlijk} '


@pytest.fixture
def full(draft, manager, team, backup, calendar) -> MatrixVersion:
    """A table in which every column is used, with names that look like commands."""
    TeamFactory(name="=cmd|' /C calc'!A0")
    add_rule(
        version=draft,
        by=manager,
        kind="mention",
        platform="linkedin",
        subject=Subject.objects.get(code="waste"),
        audience="press",
        urgency="high",
        owner_team=team,
        backup_team=backup,
        first_response_amount=1,
        first_response_unit="clock_hours",
        next_response_amount=1,
        next_response_unit="working_days",
        resolution_amount=14,
        resolution_unit="calendar_days",
        calendar=calendar,
        answer_channel="phone",
        needs_approval=True,
        steps=[[50, "assignee"], [75, "lead"], [100, "backup"]],
        expectation_public_nl=TEXT,
        expectation_private_en="-1 + 1",
    )
    return draft


def content_of(version: MatrixVersion) -> list[tuple[object, ...]]:
    return [(*row.conditions, row.promise) for row in (rule.to_row() for rule in version.rules.all())]


@pytest.mark.parametrize("export", [export_csv, export_xlsx])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_goes_out_comes_back_the_same(full, manager, export, language):
    before = content_of(full)

    plan = import_rules(version=full, content=export(full, language=language), by=manager)

    assert content_of(full) == before
    assert (plan.added, plan.changed, plan.removed, plan.errors) == (0, 0, 0, [])


def test_a_cell_changed_in_a_spreadsheet_program_is_taken_over(full, manager):
    book = load_workbook(io.BytesIO(export_xlsx(full)))
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("Eerste antwoord") + 1).value = "2 Werkdagen"
    sheet.delete_rows(3)
    sheet.append(["Privébericht", "LINKEDIN", "waste", "", "*", "webcare", None, "90 werkminuten"])
    out = io.BytesIO()
    book.save(out)

    dry = plan_import(full, out.getvalue())
    assert full.rules.first().first_response_amount == 4  # a dry run writes nothing
    assert (dry.added, dry.changed, dry.removed) == (1, 1, 1)

    import_rules(version=full, content=out.getvalue(), by=manager)

    first, _second, third = full.rules.all()
    assert (first.first_response_amount, first.first_response_unit) == (2, "working_days")
    assert (third.kind, third.platform, third.subject.code, third.owner_team.name) == (
        "direct_message",
        "linkedin",
        "waste",
        "Webcare",
    )


WRONG = [
    ("Soort", "brief"),
    ("Onderwerp", "maan"),
    ("Team", "Bestaat niet"),
    ("Team", ""),
    ("Achterwacht", "Webcare"),
    ("Eerste antwoord", "morgen"),
    ("Volgend antwoord", "0 werkuren"),
    ("Afgehandeld", "1000000 werkdagen"),
    ("Openingstijden", "Nooit"),
    ("Vier ogen", "misschien"),
    ("Herinneringen", "50% burgemeester"),
    ("Herinneringen", "75% behandelaar, 50% teamleider"),
    ("Verwachting openbaar", "{wachtwoord}"),
]


def test_wrong_cells_give_an_error_each_and_nothing_is_taken_over(full, manager):
    head = [heads[0] for heads in HEADS.values()]
    rows = [head, ["", "", "", "", "", "Webcare", "", "4 werkuren"]]
    for column, word in WRONG:
        row = dict.fromkeys(head, "") | {"Team": "Webcare", "Eerste antwoord": "4 werkuren"} | {column: word}
        rows.append([row[name] for name in head])
    before = content_of(full)

    with pytest.raises(ImportRefused) as caught:
        import_rules(version=full, content=to_xlsx(rows, name="Fout"), by=manager)

    expected = [(line, column) for line, (column, _word) in enumerate(WRONG, 3)]
    assert [(error.line, error.column) for error in caught.value.errors] == expected
    assert all(len(error.message) > 10 for error in caught.value.errors)
    assert content_of(full) == before


def test_a_formula_is_an_error_of_its_cell(full):
    book = load_workbook(io.BytesIO(export_xlsx(full)))
    book.active["F2"] = '=CONCAT("Web","care")'
    out = io.BytesIO()
    book.save(out)

    plan = plan_import(full, out.getvalue())

    assert [(error.line, error.column) for error in plan.errors] == [(2, "Team")]


def test_rules_that_contradict_are_an_error_of_their_line(full):
    rows = [["Team", "Eerste antwoord"], ["Webcare", "4 werkuren"], ["Webcare", "5 werkuren"]]

    plan = plan_import(full, to_csv(rows))

    assert [error.line for error in plan.errors] == [3]
    assert "spreekt regel 1 tegen" in plan.errors[0].message


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["Soort"], ["vermelding"]], "Team"),
        ([["Team", "Soort", "Kind"], ["Webcare", "", ""]], "twee keer"),
    ],
)
def test_a_head_that_is_missing_or_stands_twice_refuses_the_file(full, rows, words):
    with pytest.raises(ImportRefused, match=words):
        plan_import(full, to_csv(rows))


def test_columns_of_somebody_else_are_left_aside_and_named(full):
    plan = plan_import(full, to_csv([["Mijn kolom", "Team", "Eerste antwoord"], ["x", "Webcare", "4 werkuren"]]))

    assert plan.unknown_heads == ["Mijn kolom"]
    assert plan.errors == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 10, b"x" * 3_000_000, b"Team\n" * 100_000])
def test_a_file_that_is_no_table_is_refused_in_words(full, content):
    with pytest.raises(ImportRefused) as caught:
        plan_import(full, content)

    assert str(caught.value).endswith(".")


def test_a_table_without_rules_is_an_error(full):
    assert len(plan_import(full, to_csv([["Team"]])).errors) == 1


def test_more_rules_than_a_matrix_can_hold_is_an_error(full):
    rows = [["Team", "Eerste antwoord"], *[["Webcare", "4 werkuren"]] * 600]

    assert [error.line for error in plan_import(full, to_csv(rows)).errors] == [1]


def test_an_active_table_takes_no_import(active, manager):
    with pytest.raises(NotADraft):
        import_rules(version=active, content=export_csv(active), by=manager)


def test_the_export_reads_like_the_table(full, manager):
    edit_rule(rule=full.rules.first(), by=manager, first_response_amount=1)

    head, first, _second, third = export_cells(full)

    assert head[:6] == ["Soort", "Platform", "Onderwerp", "Doelgroep", "Urgentie", "Team"]
    assert first[:8] == ["alle", "alle", "alle", "alle", "alle", "Webcare", "", "1 werkuur"]
    assert third[:10] == [
        *("vermelding", "LinkedIn", "Waste", "pers", "spoed", "Webcare", "Achterwacht"),
        *("1 klokuur", "1 werkdag", "14 kalenderdagen"),
    ]
    assert third[13] == "50% behandelaar, 75% teamleider, 100% achterwacht"
