"""One cell of a draft as a form: which fields it has, and what was typed read back into the values that `editing` takes."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Team
from responsematrix.choices import RECIPIENT_LABELS, UNIT_LABELS, AnswerChannel, value_label
from responsematrix.expectations import MAXIMUM_LENGTH, NAMES
from responsematrix.matching import Recipient
from responsematrix.models import Calendar, Rule, Subject
from responsematrix.refusals import Refused
from responsematrix.rows import EXPECTATIONS, TERMS
from responsematrix.tables import CELLS, TEXT_LABELS
from responsematrix.versions import known_values

OBJECTS: Mapping[str, type[Subject] | type[Team] | type[Calendar]] = {
    "subject": Subject,
    "owner_team": Team,
    "backup_team": Team,
    "calendar": Calendar,
}
VALUES = ("kind", "platform", "audience", "urgency")
LARGEST = 2_000_000_000  # what an integer column holds; `checks` refuses much less
Typed = Mapping[str, str]


class CellRefused(Refused):
    """What was typed can not be read at all."""


def options(column: str) -> list[tuple[str, str]]:
    """(value, word) of what a cell can be, the empty choice first."""
    match column:
        case "subject":
            subjects = Subject.objects.filter(retired_at=None)
            return [("", _("elk onderwerp")), *((str(one.pk), one.local_name()) for one in subjects)]
        case "owner_team":
            return [(str(team.pk), team.name) for team in Team.objects.all()]
        case "backup_team":
            return [("", _("geen achterwacht")), *((str(team.pk), team.name) for team in Team.objects.all())]
        case "calendar":
            return [("", _("de gewone openingstijden")), *((str(one.pk), one.name) for one in Calendar.objects.all())]
    known = known_values().space.values(column)
    return [("", _("alle")), *((value, capfirst(value_label(column, value))) for value in known)]


def unit_options() -> list[tuple[str, str]]:
    return [(unit.value, str(label)) for unit, label in UNIT_LABELS.items()]


def form_of(rule: Rule, column: str, typed: Typed | None = None) -> dict[str, Any]:
    """What the template of a cell's form needs: its sort, its present value (or what was typed), and the choices."""
    said: Typed = typed if typed is not None else _present(rule, column)
    form: dict[str, Any] = {"column": column, "head": CELLS[column], "said": said}
    if column in TERMS:
        return form | {"sort": "term", "units": unit_options()}
    match column:
        case "answer":
            ways = [("", _("keuze van de inwoner")), *((str(way.value), str(way.label)) for way in AnswerChannel)]
            return form | {"sort": "answer", "options": ways}
        case "steps":
            fields = [(one.value, capfirst(str(RECIPIENT_LABELS[one])), said.get(one.value, "")) for one in Recipient]
            return form | {"sort": "steps", "recipients": fields}
        case "texts":
            texts = [(_text_name(key), TEXT_LABELS[key], said.get(_text_name(key), "")) for key in EXPECTATIONS]
            return form | {"sort": "texts", "texts": texts, "names": NAMES, "longest": MAXIMUM_LENGTH}
    return form | {"sort": "choice", "options": options(column)}


def read_cell(column: str, typed: Typed) -> dict[str, Any]:
    """The values for `editing.edit_rule`. Raises CellRefused."""
    if column in TERMS:
        return read_term(column, typed)
    match column:
        case "answer":
            return {
                "answer_channel": typed.get("value", "")[:16],
                "needs_approval": typed.get("needs_approval") == "on",
            }
        case "steps":
            return {"steps": [step for one in Recipient for step in _step(one, typed)]}
        case "texts":
            return {
                _text_name(key): typed.get(_text_name(key), "").replace("\r\n", "\n").strip() for key in EXPECTATIONS
            }
    return {column: read_choice(column, typed.get("value", ""))}


def read_choice(column: str, value: str) -> Any:
    """An object for a column that refers to one, else the value. Raises CellRefused for an object that is not there."""
    if column in VALUES:
        return value[:20]
    if not value:
        if column == "owner_team":
            raise CellRefused(_("Kies een team."))
        return None
    found = OBJECTS[column]._default_manager.filter(pk=value).first() if value.isdecimal() and len(value) < 10 else None
    if found is None:
        raise CellRefused(_("Dat is er niet meer. Kies iets anders."))
    return found


def read_term(column: str, typed: Typed) -> dict[str, Any]:
    """Amount and unit; no amount is no promise."""
    amount, unit = typed.get("amount", "").strip(), typed.get("unit", "")
    if not amount:
        return {f"{column}_amount": None, f"{column}_unit": ""}
    return {f"{column}_amount": _whole(amount), f"{column}_unit": unit[:20]}


def _step(recipient: Recipient, typed: Typed) -> list[list[int | str]]:
    percent = typed.get(recipient.value, "").strip().removesuffix("%").strip()
    return [[_whole(percent), recipient.value]] if percent else []


def _whole(text: str) -> int:
    try:
        number = int(text) if len(text) < 12 else LARGEST + 1
    except ValueError:
        raise CellRefused(_("Vul een heel getal in.")) from None
    if abs(number) > LARGEST:
        raise CellRefused(_("Dit getal is te groot."))
    return number


def _present(rule: Rule, column: str) -> dict[str, str]:
    if column in TERMS:
        amount, unit = rule.term(column) or ("", "working_hours")
        return {"amount": str(amount), "unit": unit}
    match column:
        case "answer":
            return {"value": rule.answer_channel, "needs_approval": "on" if rule.needs_approval else ""}
        case "steps":
            return {str(to): str(percent) for percent, to in rule.steps}
        case "texts":
            return {_text_name(key): getattr(rule, _text_name(key)) for key in EXPECTATIONS}
        case _ if column in OBJECTS:
            return {"value": str(getattr(rule, f"{column}_id") or "")}
    return {"value": getattr(rule, column)}


def _text_name(key: tuple[str, str]) -> str:
    return f"expectation_{key[0]}_{key[1]}"
