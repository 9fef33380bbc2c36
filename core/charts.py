"""Charts drawn on the server: SVG that follows the theme, prints, and says in words what it shows.

No script and no inline style: lengths are attributes, colours come from `static/css/charts.css`. A chart is never alone:
`ui/_chart.html` puts its legend, its numbers as a table and a way to save them beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_LABEL, _BAR, _GAP, _BETWEEN = 22, 14, 4, 14  # heights in px


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is measured: a value per series, None where there is nothing to measure."""

    label: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Horizontal bars, a group per row and one bar per series. `name` is unique on the page; `maximum` is a full bar.

    `description` says in a sentence what is to be seen. Widths are percentages: text keeps its size on a phone.
    """

    name: str
    title: str
    description: str
    series: Sequence[str]
    rows: Sequence[Row]
    maximum: float
    form: Callable[[float], str]
    column: str  # what the rows are, as head of the table
    csv_url: str = ""

    @property
    def svg(self) -> SafeString:
        height = _LABEL + len(self.series) * (_BAR + _GAP) + _BETWEEN
        rows = format_html_join("", "{}", ((self._row(row, place * height),) for place, row in enumerate(self.rows)))
        return format_html(
            '<svg class="chart__svg" role="img" aria-labelledby="{0}-title {0}-desc" width="100%" height="{3}">'
            '<title id="{0}-title">{1}</title><desc id="{0}-desc">{2}</desc>{4}</svg>',
            self.name, self.title, self.description, len(self.rows) * height, rows,
        )  # fmt: skip

    def _row(self, row: Row, top: int) -> SafeString:
        bars = format_html_join(
            "",
            "{}",
            (
                (self._bar(number, value, top + _LABEL + number * (_BAR + _GAP)),)
                for number, value in enumerate(row.values)
            ),
        )
        return format_html('<text class="chart__label" x="0" y="{}">{}</text>{}', top + 14, row.label, bars)

    def _bar(self, number: int, value: float | None, top: int) -> SafeString:
        share = 0.0 if value is None or not self.maximum else max(0.0, min(value / self.maximum, 1.0))
        return format_html(
            '<svg x="0" y="{}" width="80%" height="{}"><rect class="chart__track" width="100%" height="100%" rx="3"/>'
            '<rect class="chart__bar chart__bar--{}" width="{}%" height="100%" rx="3"/></svg>'
            '<text class="chart__value" x="82%" y="{}">{}</text>',
            top, _BAR, number, f"{100 * share:.2f}", top + 11, self.shown(value),
        )  # fmt: skip

    def shown(self, value: float | None) -> str:
        return "–" if value is None else self.form(value)

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """Label and values as they are shown."""
        return [(row.label, [self.shown(value) for value in row.values]) for row in self.rows]


_HIGH, _TOP, _LEFT, _WIDE = 160, 18, 0, 99  # the field of a line chart: px, px, % and % of the width


@dataclass(frozen=True, slots=True)
class Point:
    """A moment on a line chart: `place` from 0 (left) to 1 (right), a value per series, None where nothing was measured."""

    label: str
    place: float
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines over time, one per series; they differ in colour and in dashes. `maximum` is the top of the field.

    `begin` and `end` stand under its corners. The other fields as `Bars`.
    """

    name: str
    title: str
    description: str
    series: Sequence[str]
    points: Sequence[Point]
    maximum: float
    form: Callable[[float], str]
    column: str
    begin: str = ""
    end: str = ""
    csv_url: str = ""

    @property
    def svg(self) -> SafeString:
        lines = [self._line(number) for number in range(len(self.series))]
        return format_html(
            '<svg class="chart__svg" role="img" aria-labelledby="{0}-title {0}-desc" width="100%" height="{3}">'
            '<title id="{0}-title">{1}</title><desc id="{0}-desc">{2}</desc>{4}'
            '<svg x="{5}%" y="{6}" width="{7}%" height="{8}" viewBox="0 0 1000 {8}" preserveAspectRatio="none" overflow="visible">'
            "{9}</svg>{10}{11}</svg>",
            self.name, self.title, self.description, _TOP + _HIGH + 24, self._grid(), _LEFT, _TOP, _WIDE, _HIGH,
            format_html_join("", "{}", ((line,) for line in lines)), self._ends(), self._corners(),
        )  # fmt: skip

    def _across(self, place: float) -> float:
        return max(0.0, min(place, 1.0))

    def _down(self, value: float) -> float:
        share = value / self.maximum if self.maximum else 0.0
        return _HIGH * (1 - max(0.0, min(share, 1.0)))

    def _grid(self) -> SafeString:
        """Nought, half and all, with their numbers."""
        heights = ((value, _TOP + self._down(value)) for value in (0.0, self.maximum / 2, self.maximum))
        return format_html_join(
            "",
            '<line class="chart__grid" x1="{}%" x2="{}%" y1="{}" y2="{}"/><text class="chart__axis" x="0" y="{}">{}</text>',
            ((_LEFT, _LEFT + _WIDE, f"{at:.1f}", f"{at:.1f}", f"{at - 4:.1f}", self.form(value)) for value, at in heights),
        )  # fmt: skip

    def _line(self, number: int) -> SafeString:
        """Unbroken also where a moment told nothing of this series."""
        told = [(point.place, point.values[number]) for point in self.points]
        places = " ".join(f"{1000 * self._across(x):.1f},{self._down(y):.1f}" for x, y in told if y is not None)
        return format_html(
            '<polyline class="chart__line chart__line--{}" vector-effect="non-scaling-stroke" points="{}"/>',
            number,
            places,
        )

    def _ends(self) -> SafeString:
        """A dot at the last value of each, also where one moment is all there is."""
        found = []
        for number in range(len(self.series)):
            told = [(point.place, point.values[number]) for point in self.points]
            known = [(x, y) for x, y in told if y is not None]
            if known:
                x, y = known[-1]
                found.append((f"{_LEFT + _WIDE * self._across(x):.2f}", f"{_TOP + self._down(y):.1f}", number))
        return format_html_join("", '<circle cx="{}%" cy="{}" r="4" class="chart__bar--{}"/>', found)

    def _corners(self) -> SafeString:
        y = _TOP + _HIGH + 18
        return format_html(
            '<text class="chart__axis" x="{}%" y="{}">{}</text><text class="chart__axis" x="{}%" y="{}" text-anchor="end">{}</text>',
            _LEFT, y, self.begin, _LEFT + _WIDE, y, self.end,
        )  # fmt: skip

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """Moment and values as they are shown, the newest first."""
        rows = reversed(self.points)
        return [(point.label, ["–" if v is None else self.form(v) for v in point.values]) for point in rows]


def top_of(values: Sequence[float | None]) -> float:
    """A round number that all `values` fit under: 2, 4 or 10 with noughts, so that its half is round too."""
    highest = max((value for value in values if value is not None), default=0)
    size = 1.0
    while True:
        for step in (2, 4, 10):
            if highest <= size * step:
                return size * step
        size *= 10
