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
