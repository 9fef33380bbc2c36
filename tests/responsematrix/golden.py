"""Deadlines computed by hand, with a calendar on the table: the yardstick for `responsematrix.worktime`.

One case per line: received | term | schedule | due | why. The weekday is part of the case and is checked. `02:00b` is the
second time that the clock reads 02:00, on the night that it goes back.
"""

from datetime import date

from responsematrix.worktime import Exceptional, Schedule, Window

OFFICE: tuple[Window, ...] = ((510, 1020),)  # 8:30–17:00
DESK: tuple[Window, ...] = ((510, 750), (810, 1020))  # 8:30–12:30, 13:30–17:00
LATE_DESK: tuple[Window, ...] = ((510, 750), (810, 1200))  # Thursday until 20:00
SHORT: tuple[Window, ...] = ((510, 900),)  # 8:30–15:00
EVENING: tuple[Window, ...] = ((1080, 1440),)  # 18:00–24:00
NIGHT: tuple[Window, ...] = ((0, 240),)  # 0:00–4:00

# Closed in the whole country, from the almanac: New Year, Easter Monday, King's Day, Ascension, Whit Monday, Christmas,
# and Liberation Day in the lustrum year 2025.
CLOSED = {
    date.fromisoformat(day): Exceptional(name=name)
    for day, name in (
        line.split(" ", 1)
        for line in """\
2024-01-01 Nieuwjaarsdag
2024-04-01 Tweede paasdag
2024-04-27 Koningsdag
2024-05-09 Hemelvaartsdag
2024-05-20 Tweede pinksterdag
2024-12-25 Eerste kerstdag
2024-12-26 Tweede kerstdag
2025-01-01 Nieuwjaarsdag
2025-04-20 Eerste paasdag
2025-04-21 Tweede paasdag
2025-04-26 Koningsdag
2025-05-05 Bevrijdingsdag
2025-05-29 Hemelvaartsdag
2025-06-09 Tweede pinksterdag
2025-12-25 Eerste kerstdag
2025-12-26 Tweede kerstdag
2026-01-01 Nieuwjaarsdag
2026-04-06 Tweede paasdag
2026-04-27 Koningsdag
2026-05-14 Hemelvaartsdag
2026-05-25 Tweede pinksterdag
2026-12-25 Eerste kerstdag
2026-12-26 Tweede kerstdag
2027-01-01 Nieuwjaarsdag
2027-03-29 Tweede paasdag
2027-04-27 Koningsdag
2027-05-06 Hemelvaartsdag
2027-05-17 Tweede pinksterdag
2028-04-17 Tweede paasdag
2028-04-27 Koningsdag""".splitlines()
    )
}


def week(*days: tuple[Window, ...]) -> tuple[tuple[Window, ...], ...]:
    return (*days, *[()] * (7 - len(days)))


SCHEDULES = {
    "kantoor": Schedule(week(*[OFFICE] * 5), CLOSED),
    "goede vrijdag": Schedule(week(*[OFFICE] * 5), CLOSED | {date(2026, 4, 3): Exceptional(name="Goede Vrijdag")}),
    "5 mei vrij": Schedule(week(*[OFFICE] * 5), CLOSED | {date(2026, 5, 5): Exceptional(name="Bevrijdingsdag")}),
    "kort": Schedule(
        week(*[OFFICE] * 5),
        CLOSED | {date(2026, 12, 24): Exceptional(SHORT, "Kerstavond"), date(2026, 12, 31): Exceptional(SHORT)},
    ),
    "koopzondag": Schedule(week(*[OFFICE] * 5), CLOSED | {date(2026, 12, 13): Exceptional(((720, 1020),))}),
    "zaterdag": Schedule(week(*[((540, 1020),)] * 6), CLOSED),
    "balie": Schedule(week(DESK, DESK, DESK, LATE_DESK, DESK), CLOSED),
    "nacht": Schedule(week((), (), (), (), EVENING, (*NIGHT, *EVENING), NIGHT)),
    # Edges in the hour that the clock skips or repeats.
    "tot half drie": Schedule(week(*[((60, 150),)] * 7)),
    "vanaf half drie": Schedule(week(*[((150, 240),)] * 7)),
    "na tweeën": Schedule(week(*[((130, 170),)] * 7)),
    "continu": Schedule(week(*[((0, 1440),)] * 7)),
}

CASES = """\
ma 2026-03-02 09:00 | 4 werkuren      | kantoor       | ma 2026-03-02 13:00  | the plain case
ma 2026-03-02 08:30 | 510 werkminuten | kantoor       | ma 2026-03-02 17:00  | a whole day ends exactly at closing time
ma 2026-03-02 08:30 | 511 werkminuten | kantoor       | di 2026-03-03 08:31  | one minute more is the next morning
ma 2026-03-02 16:59 | 1 werkminuten   | kantoor       | ma 2026-03-02 17:00  | the last minute
ma 2026-03-02 17:00 | 1 werkminuten   | kantoor       | di 2026-03-03 08:31  | the closing moment is closed
ma 2026-03-02 03:15 | 2 werkuren      | kantoor       | ma 2026-03-02 10:30  | received before opening
zo 2026-03-08 23:59 | 30 werkminuten  | kantoor       | ma 2026-03-09 09:00  | received in the night
za 2026-03-07 12:00 | 1 werkuren      | kantoor       | ma 2026-03-09 09:30  | received in the weekend
vr 2026-03-06 16:30 | 1 werkuren      | kantoor       | ma 2026-03-09 09:00  | over the weekend
vr 2026-03-06 16:00 | 17 werkuren     | kantoor       | di 2026-03-10 16:00  | 1 h, 8.5 h and 7.5 h
ma 2026-03-02 10:00 | 1 werkdagen     | kantoor       | di 2026-03-03 17:00  | the day of receipt does not count
ma 2026-03-02 00:00 | 1 werkdagen     | kantoor       | di 2026-03-03 17:00  | nor at its first minute
ma 2026-03-02 23:59 | 1 werkdagen     | kantoor       | di 2026-03-03 17:00  | nor at its last
vr 2026-03-06 10:00 | 1 werkdagen     | kantoor       | ma 2026-03-09 17:00  | over the weekend
za 2026-03-07 10:00 | 1 werkdagen     | kantoor       | ma 2026-03-09 17:00  | received on a closed day
zo 2026-03-08 10:00 | 2 werkdagen     | kantoor       | di 2026-03-10 17:00  | received on a closed day
vr 2026-03-06 10:00 | 5 werkdagen     | kantoor       | vr 2026-03-13 17:00  | a week
vr 2026-04-03 16:10 | 4 werkuren      | kantoor       | di 2026-04-07 11:40  | Easter: 50 min on Good Friday, 3 h 10 on Tuesday
vr 2026-04-03 10:00 | 1 werkdagen     | kantoor       | di 2026-04-07 17:00  | Easter Monday is no working day
do 2026-04-02 10:00 | 2 werkdagen     | kantoor       | di 2026-04-07 17:00  | Good Friday is one here
do 2026-04-02 16:00 | 2 werkuren      | goede vrijdag | di 2026-04-07 09:30  | and here it is not
do 2026-04-02 10:00 | 2 werkdagen     | goede vrijdag | wo 2026-04-08 17:00  | nor for days
za 2025-04-19 16:30 | 1 werkuren      | zaterdag      | di 2025-04-22 09:30  | both days of Easter closed
vr 2026-04-24 16:00 | 2 werkuren      | kantoor       | di 2026-04-28 09:30  | King's Day on a Monday
vr 2026-04-24 12:00 | 1 werkdagen     | kantoor       | di 2026-04-28 17:00  | King's Day on a Monday
vr 2025-04-25 16:00 | 2 werkuren      | kantoor       | ma 2025-04-28 09:30  | moved off Sunday: the Monday is open
vr 2025-04-25 16:00 | 2 werkuren      | zaterdag      | ma 2025-04-28 10:00  | moved off Sunday: the Saturday is closed
vr 2025-04-25 10:00 | 1 werkdagen     | zaterdag      | ma 2025-04-28 17:00  | moved off Sunday
vr 2025-04-18 16:00 | 2 werkuren      | zaterdag      | za 2025-04-19 10:00  | an ordinary Saturday
vr 2025-05-02 16:00 | 2 werkuren      | kantoor       | di 2025-05-06 09:30  | Liberation Day in a lustrum year
vr 2025-05-02 10:00 | 1 werkdagen     | kantoor       | di 2025-05-06 17:00  | Liberation Day in a lustrum year
ma 2026-05-04 16:00 | 2 werkuren      | kantoor       | di 2026-05-05 09:30  | Liberation Day in another year is open
ma 2026-05-04 10:00 | 1 werkdagen     | kantoor       | di 2026-05-05 17:00  | Liberation Day in another year is open
ma 2026-05-04 16:00 | 2 werkuren      | 5 mei vrij    | wo 2026-05-06 09:30  | unless the municipality closes every year
wo 2026-05-13 16:00 | 2 werkuren      | kantoor       | vr 2026-05-15 09:30  | Ascension Day
do 2026-05-14 11:00 | 1 werkuren      | kantoor       | vr 2026-05-15 09:30  | received on Ascension Day
wo 2026-05-13 10:00 | 2 werkdagen     | kantoor       | ma 2026-05-18 17:00  | Friday and Monday
vr 2026-05-22 16:30 | 1 werkuren      | kantoor       | di 2026-05-26 09:00  | Whit Monday
vr 2026-05-22 09:00 | 1 werkdagen     | kantoor       | di 2026-05-26 17:00  | Whit Monday
za 2025-06-07 09:00 | 3 werkdagen     | kantoor       | do 2025-06-12 17:00  | Whit Monday is not the first of the three
do 2026-12-24 14:00 | 2 werkuren      | kort          | ma 2026-12-28 09:30  | a shortened Thursday, then Christmas
wo 2026-12-23 09:00 | 1 werkdagen     | kort          | do 2026-12-24 15:00  | due at the early closing
do 2026-12-24 09:00 | 1 werkdagen     | kort          | ma 2026-12-28 17:00  | received on the shortened day
do 2026-12-24 08:30 | 390 werkminuten | kort          | do 2026-12-24 15:00  | the whole shortened day
do 2026-12-24 08:30 | 391 werkminuten | kort          | ma 2026-12-28 08:31  | and one minute more
di 2028-02-29 16:00 | 2 werkuren      | kantoor       | wo 2028-03-01 09:30  | from 29 February
ma 2028-02-28 10:00 | 2 werkdagen     | kantoor       | wo 2028-03-01 17:00  | 29 February counts
ma 2028-02-28 10:00 | 1 kalenderdagen | kantoor       | di 2028-02-29 17:00  | 29 February exists
do 2024-02-29 10:00 | 366 kalenderdagen | kantoor     | ma 2025-03-03 17:00  | Saturday 1 March moves to Monday
vr 2026-02-27 16:00 | 2 werkuren      | kantoor       | ma 2026-03-02 09:30  | no 29 February
do 2026-12-31 16:00 | 2 werkuren      | kantoor       | ma 2027-01-04 09:30  | New Year on a Friday, ISO week 53
do 2026-12-31 10:00 | 1 werkdagen     | kantoor       | ma 2027-01-04 17:00  | New Year on a Friday
wo 2025-12-31 16:30 | 1 werkuren      | kantoor       | vr 2026-01-02 09:00  | New Year on a Thursday
do 2026-12-24 16:00 | 10 werkuren     | kantoor       | di 2026-12-29 09:00  | over Christmas: 1 h, 8.5 h, 0.5 h
ma 2026-12-28 09:00 | 7 kalenderdagen | kantoor       | ma 2027-01-04 17:00  | calendar days over the year's end
vr 2026-12-25 12:00 | 7 kalenderdagen | kantoor       | ma 2027-01-04 17:00  | New Year and the weekend move it
ma 2026-03-02 10:00 | 1 kalenderdagen | kantoor       | di 2026-03-03 17:00  | tomorrow
vr 2026-03-06 10:00 | 1 kalenderdagen | kantoor       | ma 2026-03-09 17:00  | Saturday moves to Monday
vr 2026-03-06 10:00 | 3 kalenderdagen | kantoor       | ma 2026-03-09 17:00  | Monday itself
ma 2026-03-30 10:00 | 7 kalenderdagen | kantoor       | di 2026-04-07 17:00  | Easter Monday moves to Tuesday
vr 2026-03-13 10:00 | 14 kalenderdagen | kantoor      | vr 2026-03-27 17:00  | two weeks
di 2026-03-03 10:00 | 42 kalenderdagen | kantoor      | di 2026-04-14 17:00  | six weeks, over the change of the clock
vr 2026-04-03 16:10 | 4 klokuren      | kantoor       | vr 2026-04-03 20:10  | around the clock: due in closed time
za 2026-03-28 20:00 | 24 klokuren     | kantoor       | zo 2026-03-29 21:00  | the clock goes forward
za 2026-10-24 20:00 | 24 klokuren     | kantoor       | zo 2026-10-25 19:00  | the clock goes back
za 2027-03-27 20:00 | 24 klokuren     | kantoor       | zo 2027-03-28 21:00  | the clock goes forward
za 2027-10-30 20:00 | 24 klokuren     | kantoor       | zo 2027-10-31 19:00  | the clock goes back
do 2026-12-31 23:30 | 90 klokminuten  | kantoor       | vr 2027-01-01 01:00  | over the year's end
ma 2026-03-02 12:00 | 1 werkuren      | balie         | ma 2026-03-02 14:00  | over lunch
ma 2026-03-02 12:00 | 30 werkminuten  | balie         | ma 2026-03-02 12:30  | exactly until lunch
ma 2026-03-02 12:30 | 1 werkminuten   | balie         | ma 2026-03-02 13:31  | lunch is closed
ma 2026-03-02 12:45 | 1 werkuren      | balie         | ma 2026-03-02 14:30  | received at lunch
do 2026-03-05 16:30 | 3 werkuren      | balie         | do 2026-03-05 19:30  | Thursday evening
do 2026-03-05 19:00 | 2 werkuren      | balie         | vr 2026-03-06 09:30  | Thursday evening and Friday morning
wo 2026-03-04 10:00 | 1 werkdagen     | balie         | do 2026-03-05 20:00  | a day ends at its own last closing
do 2026-03-05 08:30 | 14 werkuren     | balie         | vr 2026-03-06 12:00  | 10.5 h on Thursday, 3.5 h on Friday
wo 2026-05-13 16:00 | 5 werkuren      | balie         | vr 2026-05-15 12:30  | Ascension on the late Thursday
vr 2026-03-06 23:00 | 60 werkminuten  | nacht         | za 2026-03-07 00:00  | closing at 24:00
vr 2026-03-06 23:00 | 2 werkuren      | nacht         | za 2026-03-07 01:00  | through midnight
za 2026-03-07 03:30 | 1 werkuren      | nacht         | za 2026-03-07 18:30  | the night ends, the evening begins
zo 2026-03-08 03:30 | 1 werkuren      | nacht         | vr 2026-03-13 18:30  | until the next weekend
do 2026-03-05 12:00 | 1 werkdagen     | nacht         | za 2026-03-07 00:00  | Friday closes at 24:00
zo 2026-03-29 01:00 | 2 werkuren      | nacht         | zo 2026-03-29 04:00  | the night of 29 March has one hour less
zo 2026-03-29 01:00 | 121 werkminuten | nacht         | vr 2026-04-03 18:01  | and no minute more
zo 2027-03-28 00:30 | 2 werkuren      | nacht         | zo 2027-03-28 03:30  | so has that of 28 March
za 2026-10-24 23:00 | 6 werkuren      | nacht         | zo 2026-10-25 04:00  | the night of 25 October has one hour more
zo 2026-10-25 00:00 | 3 werkuren      | nacht         | zo 2026-10-25 02:00b | 02:00 for the second time
za 2027-10-30 23:30 | 3 werkuren      | nacht         | zo 2027-10-31 02:30  | 02:30 for the first time
zo 2026-03-29 00:00 | 23 werkuren     | continu       | ma 2026-03-30 00:00  | a day of 23 hours
zo 2026-10-25 00:00 | 25 werkuren     | continu       | ma 2026-10-26 00:00  | a day of 25 hours
za 2026-03-28 12:00 | 1 werkdagen     | continu       | ma 2026-03-30 00:00  | Sunday until 24:00
zo 2026-03-29 12:00 | 1 kalenderdagen | continu       | di 2026-03-31 00:00  | Monday until 24:00
zo 2026-03-29 01:00 | 60 werkminuten  | tot half drie | zo 2026-03-29 03:00  | closes when the clock skips to 03:00
zo 2026-03-29 01:00 | 61 werkminuten  | tot half drie | ma 2026-03-30 01:01  | and is closed after that
zo 2026-03-29 00:00 | 30 werkminuten  | vanaf half drie | zo 2026-03-29 03:30 | opens when the clock skips to 03:00
za 2026-03-28 12:00 | 1 werkdagen     | na tweeën     | ma 2026-03-30 02:50  | a window in the skipped hour is no open day
zo 2026-10-25 01:00 | 90 werkminuten  | tot half drie | zo 2026-10-25 02:30  | closes at 02:30 for the first time
zo 2026-10-25 01:00 | 91 werkminuten  | tot half drie | ma 2026-10-26 01:01  | and not for the second time
zo 2026-10-25 00:00 | 150 werkminuten | vanaf half drie | zo 2026-10-25 04:00 | opens at 02:30 for the first time
do 2026-12-31 08:30 | 510 werkminuten | kantoor       | do 2026-12-31 17:00  | the last minute of the year
do 2026-12-31 08:30 | 511 werkminuten | kantoor       | ma 2027-01-04 08:31  | and the first of the next
za 2026-12-12 10:00 | 1 werkuren      | koopzondag    | zo 2026-12-13 13:00  | an exception that opens a Sunday
vr 2026-12-11 16:30 | 1 werkuren      | koopzondag    | zo 2026-12-13 12:30  | an exception that opens a Sunday
vr 2026-12-11 10:00 | 1 werkdagen     | koopzondag    | zo 2026-12-13 17:00  | which is a working day then
""".splitlines()
