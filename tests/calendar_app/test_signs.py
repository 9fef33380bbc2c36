"""How a state looks stands in one table: the calendar, the page of a post and the reviews show the same sign."""

from calendar_app import campaigns, panel, shown
from calendar_app.models import TargetState
from calendar_app.signs import LOOKS, SIGNS
from calendar_app.templatetags import calendar_shell
from core.templatetags.ui import ICONS


def test_every_state_has_one_look_with_an_icon_that_exists() -> None:
    assert set(LOOKS) == {*TargetState.values, "none"}
    assert {icon for icon, _tone in LOOKS.values()} <= set(ICONS)
    assert len({SIGNS[state] for state in TargetState.values}) == len(TargetState.values)


def test_nobody_keeps_a_table_of_their_own() -> None:
    assert vars(shown)["SIGNS"] is SIGNS
    assert vars(panel)["SIGNS"] is SIGNS
    assert not hasattr(calendar_shell, "SIGNS")
    assert not hasattr(campaigns, "SIGNS")
