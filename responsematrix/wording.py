"""What `checks` finds, in words for the person at the table."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from responsematrix.checks import Code, Finding, Region
from responsematrix.choices import COLUMN_LABELS, RECIPIENT_LABELS, value_label
from responsematrix.expectations import NAMES
from responsematrix.matching import COLUMNS, Recipient

WORDS = {
    Code.TOO_MANY_ROWS: gettext_noop("De tabel heeft te veel regels: hoogstens %(detail)s."),
    Code.NO_ROWS: gettext_noop("De tabel heeft nog geen regels."),
    Code.UNKNOWN_VALUE: gettext_noop("“%(detail)s” is hier geen bekende waarde."),
    Code.NO_OWNER: gettext_noop("Er is geen team dat antwoordt."),
    Code.UNKNOWN_TEAM: gettext_noop("Dit team bestaat niet (meer)."),
    Code.BACKUP_IS_OWNER: gettext_noop("De achterwacht is hetzelfde team als dat wat antwoordt."),
    Code.UNKNOWN_CALENDAR: gettext_noop("Deze openingstijden bestaan niet (meer)."),
    Code.TERM_NOT_POSITIVE: gettext_noop("Een termijn is ten minste 1, niet %(detail)s."),
    Code.TERM_ABSURD: gettext_noop("Een termijn van %(detail)s is langer dan een jaar."),
    Code.UNKNOWN_UNIT: gettext_noop("“%(detail)s” is geen eenheid van tijd."),
    Code.NO_PROMISE: gettext_noop("Deze regel belooft niets: er is geen enkele termijn."),
    Code.RESOLUTION_FIRST: gettext_noop("De afhandeltermijn is korter dan de termijn voor het eerste antwoord."),
    Code.STEP_PERCENT: gettext_noop(
        "Een herinnering valt tussen 1 en 100 procent van de termijn, niet bij %(detail)s."
    ),
    Code.STEP_UNKNOWN: gettext_noop("“%(detail)s” kan geen herinnering krijgen."),
    Code.STEP_ORDER: gettext_noop("De herinnering bij %(detail)s procent komt niet na de vorige."),
    Code.STEP_LOOP: gettext_noop("De herinneringen gaan in een kring: %(detail)s was al aan de beurt."),
    Code.STEP_NO_BACKUP: gettext_noop("Er gaat een herinnering naar de achterwacht, maar die is er niet."),
    Code.TOO_MANY_STEPS: gettext_noop("Er zijn te veel herinneringen: hoogstens %(detail)s."),
    Code.TEXT_TOO_LONG: gettext_noop("Deze tekst is te lang: hoogstens %(detail)s tekens."),
    Code.TEXT_UNKNOWN_NAME: gettext_noop("{%(detail)s} kan niet worden ingevuld. Wel: %(names)s."),
    Code.CONTRADICTION: gettext_noop("Deze regel spreekt regel %(others)s tegen: zelfde voorwaarden, andere afspraak."),
    Code.DOUBLE: gettext_noop("Deze regel staat er twee keer: zie regel %(others)s."),
    Code.NEVER_WINS: gettext_noop("Deze regel geldt nooit: andere regels zijn altijd preciezer."),
}


def words_for_finding(finding: Finding, *, subjects: Mapping[str, str] | None = None) -> str:
    """One sentence in the active language; `subjects` has names by code."""
    match finding.code:
        case Code.GAP:
            return _("Geen regel voor %(region)s.") % {"region": words_for_region(finding.region, subjects or {})}
        case Code.OVERLAP:
            count = len(finding.others)
            words = {"others": _places(finding.others), "column": COLUMN_LABELS[finding.column]}
            return (
                ngettext(
                    "Overlapt met regel %(others)s; daar wint deze, omdat hij %(column)s noemt.",
                    "Overlapt met regels %(others)s; daar wint deze, omdat hij %(column)s noemt.",
                    count,
                )
                % words
            )
    detail = finding.detail
    if finding.code is Code.STEP_LOOP:
        detail = str(RECIPIENT_LABELS[Recipient(detail)])
    names = ", ".join(f"{{{name}}}" for name in NAMES)
    return _(WORDS[finding.code]) % {"detail": detail, "others": _places(finding.others), "names": names}


def words_for_region(region: Region, subjects: Mapping[str, str]) -> str:
    """ "soort privébericht, platform LinkedIn"; for the whole space "elk bericht"."""
    parts = []
    for column, values in zip(COLUMNS, region, strict=True):
        if values:
            labels = [_label(column, value, subjects) for value in values]
            parts.append(f"{COLUMN_LABELS[column]} {_(' of ').join(labels)}")
    return ", ".join(parts) or _("elk bericht")


def _label(column: str, value: str, subjects: Mapping[str, str]) -> str:
    if column != "subject":
        return value_label(column, value)
    return subjects.get(value, value) if value else _("onbekend")


def _places(places: tuple[int, ...]) -> str:
    return ", ".join(str(place) for place in places)
