"""Files from anywhere: text out is the same text in, nothing runs, and what is made to explode is refused."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from responsematrix.table_files import MAXIMUM_BYTES, FileRefused, Flaw, plain, read_file, to_csv, to_xlsx

COMMANDS = ["=1+1", "+31 6", "-5", "@SUM(A1)", "\tx", "＝1+1", "=cmd|' /C calc'!A0", "'=1", "''=1", "'gewoon", "a=1"]
HEAD = ["Kop", "Tweede"]


def cells_of(content: bytes) -> list[list[str]]:
    return [cells for _line, cells in read_file(content).lines]


def workbook(*rows: list[object]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    """The XLSX of an empty sheet in which parts are replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["Kop"]))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            short = name.rpartition("/")[2].partition(".")[0]
            target.writestr(name, parts.get(short, source.read(name)))
        for name, content in parts.items():
            if name.startswith("extra"):
                target.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("text", COMMANDS)
def test_a_cell_that_looks_like_a_command_is_text_and_comes_back_as_it_was(text):
    rows = [HEAD, [text, "x"]]

    assert cells_of(to_csv(rows)) == rows
    assert cells_of(to_xlsx(rows, name="Blad")) == rows


@pytest.mark.parametrize("text", [text for text in COMMANDS if text[0] in "=+-@\t＝"])
def test_no_cell_of_a_csv_begins_with_a_command(text):
    written = to_csv([[text]]).decode("utf-8-sig")

    assert written.lstrip('"').startswith("'")


def test_an_xlsx_holds_no_formula_and_no_link():
    content = to_xlsx([HEAD, ["=1+1", "https://example.org"], ["mailto:a@b.nl", "internal:Blad!A1"]], name="a/b[c]*")

    sheet = load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(plain)
ROWS = st.lists(st.tuples(TEXTS, TEXTS.filter(str.strip)).map(list), min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_any_text_comes_back_as_it_was(rows):
    assert cells_of(to_csv([HEAD, *rows])) == [HEAD, *rows]
    assert cells_of(to_xlsx([HEAD, *rows], name="Blad")) == [HEAD, *rows]


@pytest.mark.parametrize(
    "content",
    [
        b"Kop;Tweede\r\n1;caf\xc3\xa9\r\n",
        b"\xef\xbb\xbfKop;Tweede\n1;caf\xc3\xa9\n",
        b"Kop,Tweede\n1,caf\xc3\xa9",
        b"Kop\tTweede\n1\tcaf\xc3\xa9",
        b"sep=;\r\nKop;Tweede\r\n1;caf\xc3\xa9",
        b'"Kop";"Tweede"\n"1";"caf\xc3\xa9"',
        b"Kop;Tweede\n1;caf\xe9",  # cp1252
        "Kop;Tweede\n1;café".encode("utf-16"),
        b"\n\nKop;Tweede\n;;\n1;caf\xc3\xa9;;\n",
    ],
)
def test_every_dialect_of_csv_is_read(content):
    assert cells_of(content) == [["Kop", "Tweede"], ["1", "café"]]


def test_lines_are_numbered_as_the_program_shows_them():
    assert [line for line, _cells in read_file(b"Kop\n\n1\n\n\n2\n").lines] == [1, 3, 6]
    assert [line for line, _cells in read_file(b'Kop\n"a\nb"\n2\n').lines] == [1, 2, 3]
    assert [line for line, _cells in read_file(workbook(["Kop"], [], [1], [], [2])).lines] == [1, 3, 5]


def test_numbers_and_truths_of_a_workbook_become_words():
    assert cells_of(workbook(["Kop"], [4], [4.0], [4.5], [True], [False])) == [
        ["Kop"],
        ["4"],
        ["4"],
        ["4.5"],
        ["ja"],
        ["nee"],
    ]


def test_a_formula_of_a_workbook_is_named_and_never_read():
    table = read_file(workbook(["Kop", "Tweede"], ["=1+1", "x"], ["y", '=HYPERLINK("http://x")']))

    assert table.formulas == [(2, 0), (3, 1)]
    assert [cells for _line, cells in table.lines[1:]] == [["", "x"], ["y"]]


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        (b"", Flaw.EMPTY),
        (b"\n\n;;\n", Flaw.EMPTY),
        (b"x" * (MAXIMUM_BYTES + 1), Flaw.TOO_BIG),
        (b"Kop\n" + b"1\n" * 400_000, Flaw.TOO_LONG),
        (b";".join([b"x"] * 100), Flaw.TOO_WIDE),
        (b"x" * 200_000, Flaw.NOT_A_TABLE),
        (b"x" * 40_000, Flaw.TOO_WIDE),
        (b"Kop\x00;x", Flaw.NOT_A_TABLE),
        (b'Kop\n"open', Flaw.NOT_A_TABLE),
        (b"\xff\xfe\x00\xd8", Flaw.NOT_A_TABLE),
        (b"PK\x03\x04broken", Flaw.NOT_A_TABLE),
        (b"PK\x05\x06" + b"\x00" * 18, Flaw.NOT_A_TABLE),
        (archive(sheet1=b"<not xml"), Flaw.NOT_A_TABLE),
        (archive(workbook=b"<a/>"), Flaw.NOT_A_TABLE),
        (archive(extra=b"0" * 30_000_000), Flaw.TOO_BIG),
        (archive(**{f"extra{n}": b"x" for n in range(300)}), Flaw.TOO_BIG),
        (workbook(*[["x"] for _ in range(6_000)]), Flaw.TOO_LONG),
        (workbook(["x"] * 100), Flaw.TOO_WIDE),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
def test_a_file_that_is_spoilt_or_made_to_explode_is_refused(content, flaw):
    with pytest.raises(FileRefused) as caught:
        read_file(content)

    assert caught.value.flaw is flaw


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
OUTSIDE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize("content", [BOMB, OUTSIDE], ids=["bomb", "outside"])
def test_entities_are_refused_before_they_are_read(content):
    with pytest.raises(FileRefused):
        read_file(archive(sheet1=content))


def test_a_row_that_claims_to_stand_far_below_is_not_waited_for():
    far = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:A1"/><sheetData>
    <row r="1"><c r="A1" t="inlineStr"><is><t>Kop</t></is></c></row>
    <row r="1048576"><c r="A1048576" t="inlineStr"><is><t>ver</t></is></c></row></sheetData></worksheet>"""

    with pytest.raises(FileRefused) as caught:
        read_file(archive(sheet1=far))

    assert caught.value.flaw is Flaw.TOO_LONG


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest))
def test_whatever_bytes_come_are_a_table_or_are_refused(content):
    try:
        table = read_file(content)
    except FileRefused:
        return

    assert table.lines
