"""Days that a Dutch municipality reckons with: worked out by rule for any year, so that no list runs out.

Each day has its rule in `_YEARLY` and its source beside it. `is_announced` says that who organises it announces the date each
year and may deviate from the rule; the calendar says so. Elections and school holidays follow no rule: `ELECTIONS` and
`SCHOOL_HOLIDAYS` are tables to pre-fill editable events with (see prefill.py), to be checked by a person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter
from django.utils.translation import gettext_noop as _

from responsematrix.holidays_nl import LiberationDay, public_holidays

Rule = Callable[[int], date]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True)
class Day:
    """`title` is a msgid, `kind` a value of EventKind. `is_sensitive`: think again before something cheerful is planned on it."""

    on: date
    title: str
    kind: str
    is_announced: bool = False
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Yearly:
    title: str
    kind: str
    rule: Rule
    source: str
    is_announced: bool = False
    is_sensitive: bool = False


# -- rules -------------------------------------------------------------------------------------------------------------


def fixed(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def nth(month: int, weekday: int, number: int) -> Rule:
    """The `number`-th such weekday of the month; -1 is the last."""

    def rule(year: int) -> date:
        if number > 0:
            return on_or_after(date(year, month, 1), weekday) + timedelta(weeks=number - 1)
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)

    return rule


def after(month: int, day: int, weekday: int) -> Rule:
    """The first such weekday on that date or after it."""
    return lambda year: on_or_after(date(year, month, day), weekday)


def from_easter(days: int) -> Rule:
    return lambda year: easter(year) + timedelta(days=days)


def on_or_after(on: date, weekday: int) -> date:
    return on + timedelta(days=(weekday - on.weekday()) % 7)


def kings_day(year: int) -> date:
    """27 April, and on the Saturday before it when that is a Sunday."""
    on = date(year, 4, 27)
    return on - timedelta(days=1) if on.weekday() == SUNDAY else on


def honours_day(year: int) -> date:
    """The last working day before King's Day."""
    on = kings_day(year) - timedelta(days=1)
    return on - timedelta(days=max(0, on.weekday() - FRIDAY))


def _next(rule: Rule) -> Rule:
    return lambda year: rule(year) + timedelta(days=1)


# -- the days ----------------------------------------------------------------------------------------------------------

COMMEMORATION, AWARENESS = "commemoration", "awareness"
_SECOND_WEEKEND = nth(9, SATURDAY, 2)
_YEARLY = (
    # Commemorations
    Yearly(_("Nationale Holocaustherdenking"), COMMEMORATION, nth(1, SUNDAY, -1), "auschwitz.nl: laatste zondag van januari", is_sensitive=True),
    Yearly(_("Internationale herdenkingsdag voor de Holocaust"), COMMEMORATION, fixed(1, 27), "VN, A/RES/60/7", is_sensitive=True),
    Yearly(_("Nationale Herdenking (Dodenherdenking)"), COMMEMORATION, fixed(5, 4), "4en5mei.nl", is_sensitive=True),
    Yearly(_("Herdenking van het slavernijverleden en Keti Koti"), COMMEMORATION, fixed(7, 1), "slavernijenjij.nl: 1 juli 1863", is_sensitive=True),
    Yearly(_("Herdenking einde Tweede Wereldoorlog in Azië"), COMMEMORATION, fixed(8, 15), "15augustus1945.nl", is_sensitive=True),
    # The state
    Yearly(_("Lintjesregen"), AWARENESS, honours_day, "lintjes.nl: laatste werkdag voor Koningsdag"),
    Yearly(_("Nederlandse Veteranendag"), AWARENESS, nth(6, SATURDAY, -1), "veteranendag.nl: laatste zaterdag van juni"),
    Yearly(_("Prinsjesdag"), AWARENESS, nth(9, TUESDAY, 3), "Grondwet, artikel 65: derde dinsdag van september"),
    Yearly(_("Europadag"), AWARENESS, fixed(5, 9), "Europese Raad, Milaan 1985"),
    Yearly(_("Dag van de democratie"), AWARENESS, fixed(9, 15), "VN, A/RES/62/7"),
    # Safety
    Yearly(_("Dag van het alarmnummer 112"), AWARENESS, fixed(2, 11), "Europese Commissie, Raad en Parlement 2009"),
    Yearly(_("Safer Internet Day"), AWARENESS, after(2, 5, TUESDAY), "betterinternetforkids.eu: dinsdag in de tweede week van februari", is_announced=True),
    Yearly(_("Controlebericht NL-Alert (juni)"), AWARENESS, nth(6, MONDAY, 1), "nl-alert.nl: eerste maandag van juni", is_announced=True),
    Yearly(_("Controlebericht NL-Alert (december)"), AWARENESS, nth(12, MONDAY, 1), "nl-alert.nl: eerste maandag van december", is_announced=True),
    Yearly(_("Zomertijd gaat in"), AWARENESS, nth(3, SUNDAY, -1), "Richtlijn 2000/84/EG: laatste zondag van maart"),
    Yearly(_("Wintertijd gaat in"), AWARENESS, nth(10, SUNDAY, -1), "Richtlijn 2000/84/EG: laatste zondag van oktober"),
    # Care and health
    Yearly(_("Wereldkankerdag"), AWARENESS, fixed(2, 4), "UICC, worldcancerday.org"),
    Yearly(_("Wereldgezondheidsdag"), AWARENESS, fixed(4, 7), "WHO, WHA2.35"),
    Yearly(_("Dag van de Verpleging"), AWARENESS, fixed(5, 12), "ICN"),
    Yearly(_("Wereld Niet Roken Dag"), AWARENESS, fixed(5, 31), "WHO, WHA42.19"),
    Yearly(_("Wereld Alzheimer Dag"), AWARENESS, fixed(9, 21), "Alzheimer's Disease International"),
    Yearly(_("Dag van de ouderen"), AWARENESS, fixed(10, 1), "VN, A/RES/45/106"),
    Yearly(_("Dag van de psychische gezondheid"), AWARENESS, fixed(10, 10), "WFMH, WHO"),
    Yearly(_("Dag van de Mantelzorg"), AWARENESS, fixed(11, 10), "mantelzorg.nl"),
    # Taking part
    Yearly(_("Internationale Vrouwendag"), AWARENESS, fixed(3, 8), "VN, A/RES/32/142"),
    Yearly(_("Dag tegen racisme en discriminatie"), AWARENESS, fixed(3, 21), "VN, A/RES/2142(XXI)"),
    Yearly(_("Wereld Autisme Dag"), AWARENESS, fixed(4, 2), "VN, A/RES/62/139"),
    Yearly(_("Dag van de persvrijheid"), AWARENESS, fixed(5, 3), "VN, decision 48/432"),
    Yearly(_("Dag tegen homofobie en transfobie (IDAHOT)"), AWARENESS, fixed(5, 17), "may17.org"),
    Yearly(_("Dag van de digitale toegankelijkheid (GAAD)"), AWARENESS, nth(5, THURSDAY, 3), "accessibility.day: derde donderdag van mei"),
    Yearly(_("Dag van de alfabetisering"), AWARENESS, fixed(9, 8), "UNESCO 1966"),
    Yearly(_("Coming-Outdag"), AWARENESS, fixed(10, 11), "National Coming Out Day 1988"),
    Yearly(_("Wereldarmoededag"), AWARENESS, fixed(10, 17), "VN, A/RES/47/196"),
    Yearly(_("Dag van de rechten van het kind"), AWARENESS, fixed(11, 20), "VN, A/RES/836(IX)"),
    Yearly(_("Orange the World: stop geweld tegen vrouwen"), AWARENESS, fixed(11, 25), "VN, A/RES/54/134; tot en met 10 december"),
    Yearly(_("Dag van mensen met een beperking"), AWARENESS, fixed(12, 3), "VN, A/RES/47/3"),
    Yearly(_("Dag van de vrijwilliger"), AWARENESS, fixed(12, 5), "VN, A/RES/40/212"),
    Yearly(_("Dag van de mensenrechten"), AWARENESS, fixed(12, 10), "VN, A/RES/423(V)"),
    Yearly(_("Paarse Vrijdag"), AWARENESS, nth(12, FRIDAY, 2), "gsanetwerk.nl: tweede vrijdag van december"),
    # Surroundings
    Yearly(_("Wereldwaterdag"), AWARENESS, fixed(3, 22), "VN, A/RES/47/193"),
    Yearly(_("Landelijke Opschoondag"), AWARENESS, after(3, 18, SATURDAY), "supportervanschoon.nl: zaterdag bij het begin van de lente", is_announced=True),
    Yearly(_("Dag van de Aarde"), AWARENESS, fixed(4, 22), "VN, A/RES/63/278"),
    Yearly(_("Wereldmilieudag"), AWARENESS, fixed(6, 5), "VN, A/RES/2994(XXVII)"),
    Yearly(_("World Cleanup Day"), AWARENESS, fixed(9, 20), "VN, A/RES/78/122"),
    Yearly(_("Autovrije Dag"), AWARENESS, fixed(9, 22), "mobilityweek.eu"),
    Yearly(_("Nationale Boomfeestdag"), AWARENESS, nth(11, WEDNESDAY, 2), "boomfeestdag.nl: tweede woensdag van november", is_announced=True),
    # Together
    Yearly(_("Moederdag"), AWARENESS, nth(5, SUNDAY, 2), "tweede zondag van mei"),
    Yearly(_("Vaderdag"), AWARENESS, nth(6, SUNDAY, 3), "derde zondag van juni"),
    Yearly(_("Open Monumentendag"), AWARENESS, _SECOND_WEEKEND, "openmonumentendag.nl: tweede weekend van september"),
    Yearly(_("Open Monumentendag"), AWARENESS, _next(_SECOND_WEEKEND), "openmonumentendag.nl: tweede weekend van september"),
    Yearly(_("Burendag"), AWARENESS, nth(9, SATURDAY, 4), "burendag.nl: vierde zaterdag van september"),
    Yearly(_("Dierendag"), AWARENESS, fixed(10, 4), "dierenbescherming.nl"),
    Yearly(_("Dag van de Leraar"), AWARENESS, fixed(10, 5), "UNESCO 1994"),
    Yearly(_("Carnaval"), AWARENESS, from_easter(-49), "zeven weken voor Pasen, zondag tot en met dinsdag"),
    Yearly(_("Carnaval"), AWARENESS, from_easter(-48), "zeven weken voor Pasen, zondag tot en met dinsdag"),
    Yearly(_("Carnaval"), AWARENESS, from_easter(-47), "zeven weken voor Pasen, zondag tot en met dinsdag"),
    Yearly(_("Goede Vrijdag"), AWARENESS, from_easter(-2), "twee dagen voor Pasen; geen officiële vrije dag"),
    Yearly(_("Sint-Maarten"), AWARENESS, fixed(11, 11), "11 november"),
    Yearly(_("Landelijke intocht van Sinterklaas"), AWARENESS, after(11, 12, SATURDAY), "ntr.nl: eerste zaterdag na 11 november", is_announced=True),
    Yearly(_("Sinterklaasavond"), AWARENESS, fixed(12, 5), "5 december"),
    Yearly(_("Oudejaarsdag"), AWARENESS, fixed(12, 31), "31 december"),
)  # fmt: skip

# What `holidays` calls them, said in other languages as well.
_PUBLIC = (
    _("Nieuwjaarsdag"), _("Eerste paasdag"), _("Tweede paasdag"), _("Koningsdag"), _("Bevrijdingsdag"), _("Hemelvaartsdag"),
    _("Eerste pinksterdag"), _("Tweede pinksterdag"), _("Eerste kerstdag"), _("Tweede kerstdag"),
)  # fmt: skip


@lru_cache(maxsize=64)
def days_of(year: int) -> tuple[Day, ...]:
    """Everything of a year, by date: public holidays first. Liberation Day counts every year, also when people work.

    Empty outside 2000–2199."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    found = [
        Day(on, name, "holiday")
        for on, each in public_holidays([year], liberation_day=LiberationDay.ALWAYS).items()
        for name in each.name.split(", ")
    ]
    found += [
        Day(each.rule(year), each.title, each.kind, each.is_announced, each.is_sensitive)
        for each in sorted(_YEARLY, key=lambda each: each.kind != COMMEMORATION)
    ]
    return tuple(sorted(found, key=lambda day: day.on))


def days_within(first: date, last: date) -> Iterator[Day]:
    """From `first` up to and including `last`."""
    for year in range(first.year, last.year + 1):
        yield from (day for day in days_of(year) if first <= day.on <= last)


# -- tables to pre-fill with -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prefilled:
    """`key` tells it apart, also after somebody changed it. `region`: "" for the whole country."""

    key: str
    title: str
    kind: str
    first: date
    last: date
    region: str = ""


REGIONS = ("noord", "midden", "zuid")
RESERVE_WEEKS = 6  # before an election; each municipality decides for itself

# Kieswet, artikel F 1 and Ya 14; dates as the Kiesraad gives them.
ELECTIONS = (
    ("raad-2026", _("Gemeenteraadsverkiezingen"), date(2026, 3, 18)),
    ("staten-2027", _("Verkiezingen van Provinciale Staten en waterschappen"), date(2027, 3, 17)),
)

# Rijksoverheid.nl, schoolvakanties 2026–2027; primary and secondary schools. Schools may deviate in spring.
SCHOOL_HOLIDAYS = (
    ("herfst-2026", _("Herfstvakantie"), {"noord": (date(2026, 10, 10), date(2026, 10, 18)), "midden": (date(2026, 10, 17), date(2026, 10, 25)), "zuid": (date(2026, 10, 17), date(2026, 10, 25))}),
    ("kerst-2026", _("Kerstvakantie"), dict.fromkeys(REGIONS, (date(2026, 12, 19), date(2027, 1, 3)))),
    ("voorjaar-2027", _("Voorjaarsvakantie"), {"noord": (date(2027, 2, 20), date(2027, 2, 28)), "midden": (date(2027, 2, 20), date(2027, 2, 28)), "zuid": (date(2027, 2, 13), date(2027, 2, 21))}),
    ("mei-2027", _("Meivakantie"), dict.fromkeys(REGIONS, (date(2027, 4, 24), date(2027, 5, 2)))),
    ("zomer-2027", _("Zomervakantie"), {"noord": (date(2027, 7, 10), date(2027, 8, 22)), "midden": (date(2027, 7, 17), date(2027, 8, 29)), "zuid": (date(2027, 7, 24), date(2027, 9, 5))}),
)  # fmt: skip


def prefilled_of(region: str) -> list[Prefilled]:
    """Elections with the weeks before them, and the school holidays of one region ("noord", "midden", "zuid")."""
    found = []
    for key, title, on in ELECTIONS:
        found.append(Prefilled(f"election:{key}", title, "election", on, on))
        found.append(
            Prefilled(
                f"election-period:{key}",
                _("Verkiezingsperiode"),
                "election",
                on - timedelta(weeks=RESERVE_WEEKS),
                on - timedelta(days=1),
            )
        )
    for key, title, dates in SCHOOL_HOLIDAYS:
        first, last = dates[region]
        found.append(Prefilled(f"school:{region}:{key}", title, "school_holiday", first, last, region))
    return found
