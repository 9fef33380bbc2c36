"""Charts drawn on the server say in words and numbers what they show."""

import pytest

from core.charts import Bars, Lines, Point, Row, top_of


def chart(*rows: Row, maximum: float = 100) -> Bars:
    return Bars(
        name="on-time", title="Op tijd <per team>", description="Webcare 93 %.", series=["nu", "straks"], rows=rows,
        maximum=maximum, form=lambda value: f"{value:.0f} %", column="Team",
    )  # fmt: skip


def test_it_has_a_name_a_description_and_a_bar_per_value() -> None:
    shown = chart(Row("Webcare", (93.4, 50)), Row("Wijkteam", (None, 120))).svg

    assert 'role="img" aria-labelledby="on-time-title on-time-desc"' in shown
    assert '<desc id="on-time-desc">Webcare 93 %.</desc>' in shown
    assert shown.count('class="chart__bar chart__bar--0"') == shown.count('class="chart__bar chart__bar--1"') == 2
    assert 'width="93.40%"' in shown
    assert 'width="100.00%"' in shown, "more than all is all"


def test_what_strangers_named_is_text_and_nothing_is_styled_inline() -> None:
    shown = chart(Row("<script>alert(1)</script>", (1, 2))).svg

    assert "<script>" not in shown
    assert "Op tijd &lt;per team&gt;" in shown
    assert "style=" not in shown


def test_the_table_has_the_same_numbers() -> None:
    assert chart(Row("Webcare", (93.4, None))).table == [("Webcare", ["93 %", "–"])]


def test_nothing_of_nothing_is_an_empty_bar() -> None:
    assert 'width="0.00%"' in chart(Row("Webcare", (0, 0)), maximum=0).svg


def lines(*points: Point, maximum: float = 100) -> Lines:
    return Lines(
        name="reach", title="Bereik <b>", description="Tot 90.", series=["bereik", "likes"], points=points, maximum=maximum,
        form=lambda value: f"{value:.0f}", column="Gemeten", begin="<eerst>", end="nu",
    )  # fmt: skip


def test_a_line_goes_through_what_was_measured_and_over_what_was_not() -> None:
    shown = lines(Point("een", 0, (0, None)), Point("twee", 0.5, (50, None)), Point("drie", 1, (90, 120))).svg

    assert 'points="0.0,160.0 500.0,80.0 1000.0,16.0"' in shown
    assert 'chart__line--1" vector-effect="non-scaling-stroke" points="1000.0,0.0"' in shown, "more than all is all"
    assert shown.count("<circle") == 2
    assert "&lt;eerst&gt;" in shown
    assert "Bereik &lt;b&gt;" in shown
    assert "style=" not in shown


def test_lines_have_their_numbers_the_newest_first() -> None:
    shown = lines(Point("een", 0, (5, None)), Point("twee", 1, (7, 1)))

    assert shown.table == [("twee", ["7", "1"]), ("een", ["5", "–"])]


def test_nothing_but_noughts_is_a_line_on_the_ground() -> None:
    assert 'points="0.0,160.0"' in lines(Point("een", 0, (0, None)), maximum=0).svg


@pytest.mark.parametrize(
    ("values", "top"), [([], 2), ([None, 0], 2), ([3], 4), ([5], 10), ([11], 20), ([4000, 4001], 10_000)]
)
def test_the_top_is_round_and_above_everything(values: list[float | None], top: float) -> None:
    assert top_of(values) == top
