"""Rows and cells of a draft, edited in place: each answers with the whole version, because what is marked may stand elsewhere."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Team
from accounts.requests import UserRequest
from responsematrix.cells import CellRefused, form_of, options, read_cell, read_choice, read_term, unit_options
from responsematrix.editing import EDITABLE, add_rule, delete_rule, edit_rule, move_rule
from responsematrix.models import MatrixVersion, Rule, Subject
from responsematrix.refusals import NotADraft, Refused, RowRefused
from responsematrix.tables import CELLS, cell_of, mark_for, rule_words, subject_names
from responsematrix.views.access import find_rule, find_version, saved
from responsematrix.views.pages import version_context

CONDITIONS = ("subject", "kind", "platform", "audience", "urgency")


@require_http_methods(["GET", "POST"])
def cell(request: UserRequest, pk: int, column: str) -> HttpResponse:
    """The form of one cell; POST keeps it, or answers 422 with the reason and what was typed."""
    if column not in CELLS:
        raise Http404
    rule = find_rule(request, pk)
    if request.method == "GET":
        return _cell_form(request, rule, column)
    try:
        edit_rule(rule=rule, by=request.user, **read_cell(column, request.POST))
    except Refused as refused:
        return _cell_form(request, rule, column, refused)
    return _table(request, rule.version)


@require_http_methods(["GET", "POST"])
def add(request: UserRequest, pk: int) -> HttpResponse:
    """A row at the end, or where it says. GET takes the values of a gap to fill."""
    version = find_version(request, pk, to_edit=True)
    if request.method == "GET":
        asked = request.GET.dict()
        if code := asked.get("subject"):  # a gap names it by its code
            asked["subject"] = str(Subject.objects.filter(code=code).values_list("pk", flat=True).first() or "")
        return render(request, "matrix/_add_rule.html", _add_context(version, asked))
    typed = request.POST.dict()
    try:
        if not version.is_draft:
            raise NotADraft(_("Deze versie is al goedgekeurd. Begin een nieuw concept."))
        values: dict[str, Any] = {name: read_choice(name, typed.get(name, "")) for name in (*CONDITIONS, "owner_team")}
        values |= read_term("first_response", typed)
        if version.rules.filter(**{name: values[name] for name in CONDITIONS}).exists():
            raise CellRefused(_("Er is al een regel voor deze berichten. Verander die, of kies andere voorwaarden."))
        add_rule(version=version, by=request.user, **values)
    except Refused as refused:
        context = _add_context(version, typed) | {"errors": _reasons(refused)}
        return render(request, "matrix/_add_rule.html", context, status=422)
    return _table(request, version, said=_("Regel toegevoegd."))


@require_POST
def delete(request: UserRequest, pk: int) -> HttpResponse:
    rule = find_rule(request, pk)
    return _write(request, rule, lambda: delete_rule(rule=rule, by=request.user), said=_("Regel verwijderd."))


@require_POST
def duplicate(request: UserRequest, pk: int) -> HttpResponse:
    """The same row once more, right below: to be changed, because two rows for the same messages are refused later."""
    rule = find_rule(request, pk)
    values = {name: getattr(rule, name) for name in EDITABLE}
    return _write(
        request,
        rule,
        lambda: add_rule(version=rule.version, by=request.user, position=rule.position + 1, **values),
        said=_("De regel staat er twee keer. Verander nu de voorwaarden."),
    )


@require_POST
def move(request: UserRequest, pk: int) -> HttpResponse:
    """One place `up` or down."""
    rule = find_rule(request, pk)
    position = rule.position + (-1 if request.POST.get("to") == "up" else 1)
    return _write(request, rule, lambda: move_rule(rule=rule, position=position, by=request.user))


def _write(request: UserRequest, rule: Rule, write: Any, *, said: str = "") -> HttpResponse:
    try:
        write()
    except Refused as refused:
        context = version_context(request, find_version(request, rule.version_id)) | {"error": str(refused)}
        return render(request, "matrix/_version.html", context, status=422)
    return _table(request, rule.version, said=said)


def _table(request: UserRequest, version: MatrixVersion, *, said: str = "") -> HttpResponse:
    if not request.htmx:
        return redirect("matrix_version", pk=version.pk)
    context = version_context(request, find_version(request, version.pk))
    return saved(request, "matrix/_version.html", context, target="#version", said=said)


def _cell_form(request: UserRequest, rule: Rule, column: str, refused: Refused | None = None) -> HttpResponse:
    typed = request.POST.dict() if refused else None
    context = {
        "form": form_of(rule, column, typed),
        "rule": rule,
        "words": rule_words(rule),
        "errors": _reasons(refused, column) if refused else [],
    }
    return render(request, "matrix/_cell.html", context, status=422 if refused else 200)


def _reasons(refused: Refused, column: str = "") -> list[str]:
    """In words; what is wrong in another cell of the row says which."""
    if not isinstance(refused, RowRefused):
        return [str(refused)]
    names = subject_names()
    reasons = []
    for finding in refused.findings:
        place = cell_of(finding.column)
        words = mark_for(finding, names).words
        reasons.append(f"{CELLS[place]}: {words}" if column and place in CELLS and place != column else words)
    return reasons


def _add_context(version: MatrixVersion, typed: dict[str, str]) -> dict[str, Any]:
    said = {"unit": "working_hours", "owner_team": str(version.matrix.default_team_id or "")} | typed
    return {
        "version": version,
        "said": said,
        "fields": [(name, CELLS[name], options(name)) for name in CONDITIONS],
        "teams": [(str(team.pk), team.name) for team in Team.objects.all()],
        "units": unit_options(),
    }
