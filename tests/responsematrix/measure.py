"""How fast on one core: `.venv/bin/python -m tests.responsematrix.measure`. A measurement, not a test; needs no database.

Processor time, median of five, with the default matrix: other work on the machine hardly changes it.
"""

import os
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from accounts.models import Team  # noqa: E402  (models need the set-up above)
from responsematrix.checks import Known, Space, check  # noqa: E402
from responsematrix.default_subjects import SUBJECTS  # noqa: E402
from responsematrix.defaults import CALENDARS, RULES, TEAMS, default_rows  # noqa: E402
from responsematrix.explain import deadline_steps  # noqa: E402
from responsematrix.holidays_nl import public_holidays  # noqa: E402
from responsematrix.matching import Facts, Matcher  # noqa: E402
from responsematrix.models import Calendar  # noqa: E402
from responsematrix.simulation import Scenario, Turn, compare  # noqa: E402
from responsematrix.subjects import Recogniser, subject_words  # noqa: E402
from responsematrix.worktime import Schedule, Term, Unit, add_working_time  # noqa: E402
from tests.responsematrix.test_defaults import MESSAGES  # noqa: E402

CHANCE = random.Random(1)
START, NOW = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
SPACE = Space(
    kinds=("mention", "comment", "reply", "direct_message", "visitor_post"),
    platforms=("twitter", "facebook", "linkedin"),
    subjects=tuple(one["code"] for one in SUBJECTS),
    audiences=("resident", "business", "press", "council"),
    urgencies=("normal", "high", "crisis"),
)


def per_second(count: int, work: Callable[[], object]) -> int:
    spent = []
    for _ in range(5):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(count / statistics.median(spent))


def some_facts() -> Facts:
    return Facts(
        kind=CHANCE.choice(SPACE.kinds),
        platform=CHANCE.choice(SPACE.platforms),
        subject=CHANCE.choice(("", *SPACE.subjects)),
        audience=CHANCE.choice(("resident",) * 9 + SPACE.audiences),
        urgency=CHANCE.choice(("normal",) * 9 + SPACE.urgencies),
    )


def main() -> None:
    teams = {word: Team(pk=number, name=name) for number, (word, name) in enumerate(TEAMS.items(), 1)}
    calendars = {name: Calendar(pk=number, name=name) for number, name in enumerate(CALENDARS, 1)}
    rows = default_rows(teams, calendars)
    matcher = Matcher(row.to_rule() for row in rows)
    quicker = Matcher(replace(row, first_response=(2, "working_hours")).to_rule() for row in rows)
    closed = public_holidays(range(2025, 2029))
    schedules = {calendars[name].pk: Schedule(week, closed) for name, week in CALENDARS.items()}
    facts = [some_facts() for _ in range(20_000)]
    moments = [START + timedelta(seconds=CHANCE.randrange(300 * 86_400)) for _ in facts]
    four, office = Term(4, Unit.WORKING_HOURS), schedules[1]
    recogniser = Recogniser(subject_words(one["code"], keywords=one["keywords"]) for one in SUBJECTS)
    texts = [text for text, _subject in MESSAGES] * 40
    known = Known(space=SPACE, teams=range(1, 9), calendars=range(1, 9), answer_channels={"phone", "email", "private"})

    def traffic(count: int) -> Iterator[Turn]:
        chance = random.Random(2)
        for key in range(count):
            at = START + timedelta(seconds=chance.randrange(90 * 86_400))
            answered = at + timedelta(minutes=chance.randrange(3_000)) if chance.random() < 0.95 else None
            yield Turn(key, at, answered, facts[key % len(facts)], chance.random() < 0.6)

    before, after = Scenario(matcher, schedules, 1), Scenario(quicker, schedules, 1)
    print(f"{len(RULES)} rules, {len(SUBJECTS)} subjects; per second of one core:")
    print(f"  decisions            {per_second(len(facts), lambda: [matcher.decide(one) for one in facts]):>9,}")
    print(
        f"  deadlines, 4 hours   {per_second(len(moments), lambda: [add_working_time(at, four, office) for at in moments]):>9,}"
    )
    print(
        f"  explained deadlines  {per_second(len(moments), lambda: [deadline_steps(at, four, office) for at in moments]):>9,}"
    )
    print(
        f"  texts recognised     {per_second(len(texts), lambda: [recogniser.recognise(text) for text in texts]):>9,}"
    )
    print(f"  tables checked       {per_second(1, lambda: check(rows, known)):>9,}")
    began = time.process_time()
    compare(traffic(100_000), before, after, now=NOW)
    print(f"what-if, 100,000 turns, two matrices: {time.process_time() - began:.1f} s")
    tracemalloc.start()
    for count in (10_000, 100_000):
        tracemalloc.reset_peak()
        compare(traffic(count), before, after, now=NOW)
        print(f"  peak memory at {count:,}: {tracemalloc.get_traced_memory()[1] // 1_000} kB")


if __name__ == "__main__":
    main()
