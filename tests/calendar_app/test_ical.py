"""Files of others: read as their writer meant them, bounded, and refused as a whole when they make no sense."""

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app import ical
from calendar_app.ical import MOST_EVENTS, BadCalendar, Occurrence, read
from tests.calendar_app.calendars import vcalendar, vevent

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
AMSTERDAM = ";TZID=Europe/Amsterdam"


def occurrences(*events: str, first: date = FIRST, last: date = LAST) -> list[Occurrence]:
    return read(vcalendar(*events), first=first, last=last)


def starts(*events: str) -> list[str]:
    """In UTC, or days."""
    found = sorted(occurrences(*events), key=lambda each: (each.starts_on, each.uid))
    return [f"{each.starts_at or each.starts_on:%Y-%m-%d %H:%M}" for each in found]


def test_moments_are_read_in_their_zone() -> None:
    assert (
        starts(
            vevent("1", ":20261208T190000Z"),
            vevent("2", f"{AMSTERDAM}:20261208T200000"),
            vevent("3", ";TZID=W. Europe Standard Time:20261208T200000"),  # what Outlook calls it
            vevent("4", ":20261208T200000"),  # of no zone: ours
            vevent("5", ";TZID=Nowhere/Atall:20261208T200000"),
            vevent("6", ";TZID=America/New_York:20261208T140000"),
        )
        == ["2026-12-08 19:00"] * 6
    )


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ((), "2026-12-24"),
        (("DTEND;VALUE=DATE:20261225",), "2026-12-24"),  # the first day after it
        (("DTEND;VALUE=DATE:20261227",), "2026-12-26"),
        (("DURATION:P2D",), "2026-12-25"),
        (("DTEND;VALUE=DATE:20261220",), "2026-12-24"),  # before its beginning
        (("DTEND;VALUE=DATE:29991231",), "2027-12-24"),  # hardly
    ],
)
def test_whole_days_end_on_the_last_one(more: tuple[str, ...], last: str) -> None:
    (found,) = occurrences(vevent("1", ";VALUE=DATE:20261224", "Kerstmarkt", *more))

    assert (found.starts_on, found.ends_on.isoformat(), found.starts_at) == (date(2026, 12, 24), last, None)


def test_what_ends_at_midnight_does_not_touch_the_next_day() -> None:
    (found,) = occurrences(vevent("1", f"{AMSTERDAM}:20261208T200000", "Feest", f"DTEND{AMSTERDAM}:20261209T000000"))

    assert (found.starts_on, found.ends_on) == (date(2026, 12, 8), date(2026, 12, 8))
    assert found.ends_at == datetime(2026, 12, 8, 23, tzinfo=UTC)


def test_what_comes_back_keeps_its_time_on_the_clock() -> None:
    event = vevent("1", f"{AMSTERDAM}:20260322T100000", "Markt", "RRULE:FREQ=WEEKLY;COUNT=3", "DURATION:PT2H")

    assert starts(event) == ["2026-03-22 09:00", "2026-03-29 08:00", "2026-04-05 08:00"]
    assert {each.ends_at - each.starts_at for each in occurrences(event) if each.ends_at and each.starts_at} == {
        datetime(2026, 1, 1, 2) - datetime(2026, 1, 1)  # noqa: DTZ001  two hours
    }


def test_until_is_read_on_the_clock_of_the_event() -> None:
    rule = "RRULE:FREQ=DAILY;UNTIL=20261209T190000Z"  # exactly the second one

    assert starts(vevent("1", f"{AMSTERDAM}:20261208T200000", "A", rule)) == ["2026-12-08 19:00", "2026-12-09 19:00"]
    assert starts(vevent("1", ";VALUE=DATE:20261208", "A", "RRULE:FREQ=DAILY;UNTIL=20261209")) == [
        "2026-12-08 00:00",
        "2026-12-09 00:00",
    ]


def test_exceptions_extra_days_and_changed_ones() -> None:
    series = vevent(
        "1", f"{AMSTERDAM}:20261201T200000", "Raad", "RRULE:FREQ=WEEKLY;COUNT=5",
        f"EXDATE{AMSTERDAM}:20261208T200000", "EXDATE;VALUE=DATE:20261215", f"RDATE{AMSTERDAM}:20261210T200000",
    )  # fmt: skip
    moved = vevent(
        "1", f"{AMSTERDAM}:20261223T190000", "Raad (verplaatst)", f"RECURRENCE-ID{AMSTERDAM}:20261222T200000"
    )
    off = vevent("1", f"{AMSTERDAM}:20261229T200000", "Raad", f"RECURRENCE-ID{AMSTERDAM}:20261229T200000", "STATUS:CANCELLED")  # fmt: skip

    assert starts(series, moved, off) == ["2026-12-01 19:00", "2026-12-10 19:00", "2026-12-23 18:00"]
    assert {each.uid for each in occurrences(series, moved, off)} == {
        "1#20261201T190000Z",
        "1#20261210T190000Z",
        "1#20261222T190000Z",  # the one that was moved stays the same one
    }


def test_only_what_touches_the_window_counts() -> None:
    series = vevent("1", ";VALUE=DATE:19700104", "Zondag", "RRULE:FREQ=WEEKLY")
    long = vevent("2", ";VALUE=DATE:20251230", "Vakantie", "DTEND;VALUE=DATE:20260102")
    past = vevent("3", ";VALUE=DATE:20251231", "Oudjaar")

    found = occurrences(series, long, past, last=date(2026, 1, 12))

    assert [(each.uid.partition("#")[0], each.starts_on.isoformat()) for each in found] == [
        ("1", "2026-01-04"),
        ("1", "2026-01-11"),
        ("2", "2025-12-30"),
    ]


def test_words_lose_what_nobody_can_see() -> None:
    (found,) = occurrences(vevent("1", ":20261208T190000Z", "Ra\x00ad\\n\u202egnidagrev", "DESCRIPTION:a\\n\x07b"))

    assert (found.title, found.note) == ("Raad gnidagrev", "a\nb")


def test_without_a_uid_it_is_known_by_what_it_says() -> None:
    event = vevent("", ":20261208T190000Z", "Raad")

    assert len({each.uid for each in occurrences(event, event)}) == 1
    assert len(occurrences(vevent("x" * 900))[0].uid) <= 300


@pytest.mark.parametrize(
    "broken",
    [
        "BEGIN:VEVENT\r\nUID:9\r\nEND:VEVENT",
        vevent("9", ":20269999"),
        vevent("9", ":morgen"),
        vevent("9", ":00000000T000000"),
        vevent("9", ":20261208T190000Z", "A", "RRULE:FREQ=SECONDLY"),
        vevent("9", ":20261208T190000Z", "A", "RRULE:FREQ=MINUTELY;INTERVAL=5"),
        vevent("9", ":20261208T190000Z", "A", "RRULE:NONSENSE"),
        vevent("9", ":20261208T190000Z", "A", "RRULE:FREQ=DAILY;INTERVAL=0"),
        vevent("9", ":20261208T190000Z", "A", "STATUS:CANCELLED"),
    ],
)
def test_one_event_that_makes_no_sense_takes_no_other_with_it(broken: str) -> None:
    found = occurrences(broken, vevent("1"), broken)

    assert "1" in {each.uid for each in found}
    assert all(each.uid == "1" or each.starts_on.year == 2026 for each in found)
    assert len(found) <= 2


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<!doctype html><title>Aanmelden</title>", b"\x89PNG\r\n", b"BEGIN:VCALENDAR",
        vcalendar(vevent())[:-20],  # broke off
        b"BEGIN:VCALENDAR\r\n" + b"\xff\xfe garbage\r\n" * 9 + b"END:VCALENDAR",
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(BadCalendar, match="not_ical"):
        read(content, first=FIRST, last=LAST)


def test_an_empty_calendar_is_one() -> None:
    assert occurrences() == []


def test_too_much_is_refused_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ical, "MOST_SECONDS", 1.0)
    began = time.monotonic()
    with pytest.raises(BadCalendar, match="too_many"):
        occurrences(*[vevent(str(number)) for number in range(MOST_EVENTS + 1)])
    with pytest.raises(BadCalendar, match="too_many"):
        occurrences(*[vevent(str(n), ";VALUE=DATE:20260101", "A", "RRULE:FREQ=DAILY") for n in range(9)])
    endless = [
        vevent(str(n), ";VALUE=DATE:00010101", "A", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") for n in range(40)
    ]
    with pytest.raises(BadCalendar, match="too_slow"):
        occurrences(*endless)
    assert time.monotonic() - began < 30


@given(lines=st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=12))
def test_whatever_stands_in_it_either_it_is_read_or_refused(lines: list[str]) -> None:
    content = vcalendar("BEGIN:VEVENT", "UID:1", "DTSTART:20261208T190000Z", *lines, "END:VEVENT")
    try:
        found = read(content, first=FIRST, last=LAST)
    except BadCalendar:
        return
    assert all(len(each.title) <= 200 and "\x00" not in each.title for each in found)
