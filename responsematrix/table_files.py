"""Tables as files: cells of text to XLSX and CSV and back, for files that come from anywhere. Knows nothing of the matrix.

Reading refuses what is too big, too long or packed to explode, and formulas; it never runs or fetches anything.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import ParseError

import xlsxwriter
from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MAXIMUM_BYTES = 2_000_000
MAXIMUM_UNPACKED = 20_000_000
MAXIMUM_PARTS = 200  # files inside an XLSX
MAXIMUM_LINES = 5_000  # looked at, empty ones included
MAXIMUM_COLUMNS = 60
MAXIMUM_CELL = 32_000  # characters

# What a spreadsheet program would take for a formula or a command, in full width too. A quote before it makes it text;
# text that already begins with such a quote gets one more, so that reading gives back exactly what was written.
_COMMAND = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
Cells = list[list[str]]


class Flaw(StrEnum):
    """Why a file as a whole is refused."""

    TOO_BIG = "too_big"
    TOO_LONG = "too_long"
    TOO_WIDE = "too_wide"
    NOT_A_TABLE = "not_a_table"
    EMPTY = "empty"


class FileRefused(ValueError):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` are (line number as the program shows it, cells), empty lines left out; `formulas` are (line, column from 0)."""

    lines: list[tuple[int, list[str]]]
    formulas: list[tuple[int, int]]


def plain(text: str) -> str:
    """Without what no file can hold; every line end is one."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def to_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark and semicolons, as Dutch spreadsheet programs expect; no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for row in rows:
        writer.writerow([f"'{cell}" if _COMMAND.match(cell) else cell for cell in map(plain, row)])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(rows: Sequence[Sequence[str]], *, name: str, widths: Sequence[int] = ()) -> bytes:
    """One sheet, all cells text, the first row as its head. Never a formula, never a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", plain(name))[:31].strip() or "1")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(line, column, plain(cell)[:MAXIMUM_CELL], body if line else head)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, max(len(rows) - 1, 1), len(rows[0]) - 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)
    return out.getvalue()


def read_file(content: bytes) -> Table:
    """An XLSX (told by its first bytes) or CSV file. Raises FileRefused."""
    if len(content) > MAXIMUM_BYTES:
        raise FileRefused(Flaw.TOO_BIG)
    table = _read_xlsx(content) if content.startswith(b"PK") else _read_csv(content)
    if not table.lines:
        raise FileRefused(Flaw.EMPTY)
    return table


def _read_csv(content: bytes) -> Table:
    text = _decode(content)
    if text[:4].lower() == "sep=":  # a hint for spreadsheet programs, no data
        text = text.partition("\n")[2]
    lines: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        # Programs number records: a cell of several lines is still one row.
        for number, row in enumerate(reader, 1):
            if number > MAXIMUM_LINES:
                raise FileRefused(Flaw.TOO_LONG)
            cells = [plain(cell[1:] if _QUOTED.match(cell) else cell) for cell in row]
            _keep(lines, number, cells)
    except csv.Error as error:
        raise FileRefused(Flaw.NOT_A_TABLE) from error
    return Table(lines, [])


def _decode(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else what old Dutch spreadsheet programs write."""
    is_marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_marked else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise FileRefused(Flaw.NOT_A_TABLE)


def _delimiter(text: str) -> str:
    head = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    return max(";,\t", key=head.count)


def _read_xlsx(content: bytes) -> Table:
    lines: list[tuple[int, list[str]]] = []
    formulas: list[tuple[int, int]] = []
    try:
        _inspect(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            for number, row in enumerate(_rows(book.worksheets[0]), 1):
                if number > MAXIMUM_LINES:
                    raise FileRefused(Flaw.TOO_LONG)
                cells = []
                for column, (kind, value) in enumerate(row):
                    if kind == "f":
                        formulas.append((number, column))
                    cells.append("" if kind == "f" else _text(value))
                if any(line == number for line, _column in formulas) or any(cells):
                    _keep(lines, number, cells, even_empty=True)
        finally:
            book.close()
    except FileRefused:
        raise
    except (
        *(zipfile.BadZipFile, InvalidFileException, DefusedXmlException, ParseError),
        *(
            KeyError,
            ValueError,
            TypeError,
            IndexError,
            AttributeError,
            OSError,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ),
    ) as error:
        # openpyxl has no error of its own for a file that is spoilt inside: it fails wherever it stumbles.
        raise FileRefused(Flaw.NOT_A_TABLE) from error
    return Table(lines, formulas)


def _inspect(content: bytes) -> None:
    """Before anything is unpacked: how much it would become, and whether its XML declares entities."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAXIMUM_PARTS or sum(part.file_size for part in parts) > MAXIMUM_UNPACKED:
            raise FileRefused(Flaw.TOO_BIG)
        budget = MAXIMUM_UNPACKED
        for part in parts:
            # The sizes in the directory may lie, so what is really unpacked is counted too.
            with archive.open(part) as stream:
                data = stream.read(budget + 1)
            budget -= len(data)
            if budget < 0:
                raise FileRefused(Flaw.TOO_BIG)
            if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
                raise FileRefused(Flaw.NOT_A_TABLE)


def _rows(sheet: Any) -> Iterator[list[tuple[str, object]]]:
    sheet.reset_dimensions()  # what the file says of its own size may be a lie: count instead
    for row in sheet.iter_rows(max_col=MAXIMUM_COLUMNS + 1):
        yield [(getattr(cell, "data_type", "n"), cell.value) for cell in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(str(value))


def _keep(lines: list[tuple[int, list[str]]], number: int, cells: list[str], *, even_empty: bool = False) -> None:
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAXIMUM_COLUMNS or any(len(cell) > MAXIMUM_CELL for cell in cells):
        raise FileRefused(Flaw.TOO_WIDE)
    if even_empty or any(cell.strip() for cell in cells):
        lines.append((number, cells))
