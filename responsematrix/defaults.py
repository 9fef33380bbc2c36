"""A matrix, subjects and opening hours to begin with: realistic for a Dutch municipality, and meant to be edited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import Team, User
from responsematrix.default_subjects import SUBJECTS
from responsematrix.editing import create_matrix, replace_rules
from responsematrix.hours import create_calendar, prefill_holidays
from responsematrix.matching import Recipient
from responsematrix.models import Calendar, Matrix, Subject
from responsematrix.rows import RawStep, RawTerm, Row
from responsematrix.subject_list import create_subject
from responsematrix.versions import activate, approve
from responsematrix.worktime import Unit, Window

MATRIX = "Responsmatrix"
# One word per team, so that an installation can say which of its own teams is meant.
TEAMS = {
    "webcare": "Webcare",
    "communication": "Communicatie",
    "public_space": "Openbare ruimte",
    "counters": "Publiekszaken",
    "safety": "Toezicht en veiligheid",
    "social": "Sociaal domein",
}
TOWN_HALL, DESK, ONLINE = "Gemeentehuis", "Publieksbalie", "Webcare"
_OFFICE: tuple[Window, ...] = ((510, 1020),)  # 8:30–17:00
_LATE: tuple[Window, ...] = ((510, 1200),)  # Thursday until 20:00
_DAYTIME: tuple[Window, ...] = ((480, 1260),)  # 8:00–21:00
_SATURDAY: tuple[Window, ...] = ((600, 1020),)  # 10:00–17:00
CALENDARS: dict[str, tuple[tuple[Window, ...], ...]] = {
    TOWN_HALL: (*[_OFFICE] * 5, (), ()),
    DESK: (_OFFICE, _OFFICE, _OFFICE, _LATE, _OFFICE, (), ()),
    ONLINE: (*[_DAYTIME] * 5, _SATURDAY, ()),
}

TEXTS = {
    ("public", "nl"): "Dank voor uw bericht. Team {team} antwoordt u uiterlijk {uiterlijk}.",
    ("public", "en"): "Thank you for your message. Team {team} will answer you by {uiterlijk}.",
    ("private", "nl"): "Dank voor uw bericht. U krijgt uiterlijk {uiterlijk} antwoord van team {team}. "
    "Stuur hier liever geen burgerservicenummer of kopie van een paspoort.",
    ("private", "en"): "Thank you for your message. Team {team} will answer you by {uiterlijk}. "
    "Please do not send your citizen service number or a copy of a passport here.",
}
# In public about money, care or papers: answer there that we answer in private.
SENSITIVE = TEXTS | {
    (
        "public",
        "nl",
    ): "Dank voor uw bericht. Team {team} antwoordt u uiterlijk {uiterlijk}. Dat doen we in een privébericht, "
    "zodat uw gegevens niet voor iedereen te lezen zijn.",
    (
        "public",
        "en",
    ): "Thank you for your message. Team {team} will answer you by {uiterlijk}. We will do so in a direct "
    "message, so that your details stay private.",
}
STEPS: tuple[RawStep, ...] = ((50, Recipient.ASSIGNEE), (80, Recipient.LEAD), (100, Recipient.BACKUP))
QUICK: tuple[RawStep, ...] = ((40, Recipient.ASSIGNEE), (70, Recipient.LEAD), (90, Recipient.BACKUP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """One row, with teams and calendars by the words above."""

    owner: str
    first: RawTerm
    backup: str = "webcare"
    following: RawTerm | None = None
    resolution: RawTerm | None = None
    urgency: str = ""
    audience: str = ""
    subject: str = ""
    kind: str = ""
    platform: str = ""
    answer: str = ""
    approval: bool = False
    calendar: str = ""
    texts: Mapping[tuple[str, str], str] | None = None
    steps: tuple[RawStep, ...] = STEPS


def _hours(amount: int) -> RawTerm:
    return amount, Unit.WORKING_HOURS.value


def _days(amount: int) -> RawTerm:
    return amount, Unit.WORKING_DAYS.value


def _clock(minutes: int) -> RawTerm:
    return minutes, Unit.CLOCK_MINUTES.value


_DM = "direct_message"
RULES: tuple[Default, ...] = (
    Default(
        urgency="crisis", owner="communication", first=_clock(30), following=_clock(60), approval=True, steps=QUICK
    ),
    Default(
        urgency="high",
        owner="webcare",
        backup="communication",
        first=_hours(1),
        following=_hours(1),
        resolution=_hours(8),
        calendar=ONLINE,
        steps=QUICK,
    ),
    Default(
        audience="press", owner="communication", first=_hours(2), following=_hours(2), answer="phone", approval=True
    ),
    Default(
        audience="council", owner="communication", first=_days(1), resolution=_days(10), answer="email", approval=True
    ),
    Default(
        audience="business", subject="permits", owner="counters", first=_hours(4), resolution=_days(10), answer="email"
    ),
    Default(subject="waste", owner="public_space", first=_hours(4), following=_hours(4), resolution=_days(3)),
    Default(subject="waste", kind=_DM, owner="public_space", first=_hours(4), following=_hours(4), resolution=_days(2)),
    Default(subject="parking", owner="safety", first=_hours(4), resolution=_days(5)),
    Default(subject="roadworks", owner="public_space", first=_hours(4), resolution=_days(5)),
    Default(
        subject="roadworks",
        kind="comment",
        owner="webcare",
        backup="public_space",
        first=_hours(2),
        following=_hours(2),
    ),
    Default(
        subject="permits", owner="counters", first=_days(1), resolution=_days(10), answer="private", texts=SENSITIVE
    ),
    Default(
        subject="nuisance", owner="safety", first=_hours(2), following=_hours(4), resolution=_days(3), calendar=ONLINE
    ),
    Default(subject="nuisance", kind=_DM, owner="safety", first=_hours(2), resolution=_days(3), answer="phone"),
    Default(subject="greenery", owner="public_space", first=_days(1), resolution=_days(5)),
    Default(subject="events", owner="communication", first=_hours(4), resolution=_days(3)),
    Default(
        subject="civil-affairs",
        owner="counters",
        first=_hours(4),
        resolution=_days(2),
        answer="private",
        calendar=DESK,
        texts=SENSITIVE,
    ),
    Default(
        subject="civil-affairs",
        kind=_DM,
        owner="counters",
        first=_hours(4),
        following=_hours(4),
        resolution=_days(2),
        calendar=DESK,
    ),
    Default(subject="taxes", owner="counters", first=_days(1), resolution=_days(5), answer="private", texts=SENSITIVE),
    Default(
        subject="social-domain",
        owner="social",
        first=_hours(4),
        resolution=_days(5),
        answer="private",
        approval=True,
        texts=SENSITIVE,
    ),
    Default(subject="social-domain", kind=_DM, owner="social", first=_hours(4), resolution=_days(5), answer="phone"),
    Default(subject="jobs", owner="communication", first=_days(2), resolution=_days(5)),
    Default(subject="feedback", owner="webcare", backup="communication", first=_days(1)),
    Default(kind=_DM, owner="webcare", backup="communication", first=_hours(2), resolution=_days(3), calendar=ONLINE),
    Default(
        kind="mention",
        platform="twitter",
        owner="webcare",
        backup="communication",
        first=_hours(2),
        following=_hours(2),
        resolution=_days(3),
        calendar=ONLINE,
    ),
    Default(platform="linkedin", owner="communication", first=_days(1), resolution=_days(5)),
    Default(owner="webcare", backup="communication", first=_hours(4), following=_hours(4), resolution=_days(5)),
)


@transaction.atomic
def install_default_matrix(
    *,
    by: User,
    teams: Mapping[str, Team] | None = None,
    active_from: datetime | None = None,
    good_friday: bool = False,
) -> Matrix:
    """The main matrix, its subjects and opening hours, in force from `active_from` (now). Nothing when there is one already.

    It is shipped by us and approved by `by`. `teams` says which team is meant by each word of TEAMS; the others are found by
    name or made. Returns the main matrix.
    """
    if (found := Matrix.objects.filter(is_main=True).first()) is not None:
        return found
    begin = active_from or timezone.now()
    who = {word: (teams or {}).get(word) or _team(name, by) for word, name in TEAMS.items()}
    calendars = {name: _calendar(name, by, begin, good_friday) for name in CALENDARS}
    for words in SUBJECTS:
        if not Subject.objects.filter(code=words["code"]).exists():
            create_subject(by=None, **words)
    matrix = create_matrix(
        name=MATRIX, calendar=calendars[TOWN_HALL], by=None, is_main=True, default_team=who["webcare"]
    )
    draft = matrix.versions.get()
    replace_rules(version=draft, rows=default_rows(who, calendars), by=None)
    approve(version=draft, by=by)
    activate(version=draft, from_at=begin, by=by)
    return matrix


def default_rows(teams: Mapping[str, Team], calendars: Mapping[str, Calendar]) -> list[Row]:
    return [
        Row(
            key=place,
            place=place,
            urgency=one.urgency,
            audience=one.audience,
            subject=one.subject,
            kind=one.kind,
            platform=one.platform,
            owner_team=teams[one.owner].pk,
            backup_team=teams[one.backup].pk if has_backup else None,
            first_response=one.first,
            next_response=one.following or one.first,
            resolution=one.resolution,
            answer_channel=one.answer,
            needs_approval=one.approval,
            calendar=calendars[one.calendar].pk if one.calendar else None,
            expectations=one.texts or TEXTS,
            steps=one.steps if has_backup else one.steps[:-1],
        )
        for place, one in enumerate(RULES, 1)
        # Two words may mean one team in a small municipality: then there is no backup to tell.
        for has_backup in [teams[one.backup] != teams[one.owner]]
    ]


def _team(name: str, by: User) -> Team:
    team, is_new = Team.objects.get_or_create(name=name)
    if is_new:
        record("team.created", team, by=by, name=name)
    return team


def _calendar(name: str, by: User, begin: datetime, good_friday: bool) -> Calendar:
    existing = Calendar.objects.filter(name=name).first()
    if existing is not None and existing.versions.filter(active_from__lte=begin).exists():
        return existing
    draft = create_calendar(name=name, weekly=CALENDARS[name], by=None)
    prefill_holidays(version=draft, years=range(begin.year - 1, begin.year + 4), by=None, good_friday=good_friday)
    approve(version=draft, by=by)
    activate(version=draft, from_at=begin, by=by)
    return draft.calendar
