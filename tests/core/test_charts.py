"""Charts drawn on the server say in words and numbers what they show."""

from core.charts import Bars, Row


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
