"""Subjects: the list, the words that recognise them, and a box to try those words in before they are kept."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import UserRequest
from responsematrix.explain import words_for_query
from responsematrix.models import State, Subject
from responsematrix.permissions import may_edit_matrix
from responsematrix.refusals import Refused
from responsematrix.subject_list import create_subject, edit_subject, retire_subject
from responsematrix.subjects import (
    MAXIMUM_LENGTH,
    MAXIMUM_TEXT,
    BadQuery,
    Recogniser,
    SubjectWords,
    parse_keywords,
    parse_query,
)
from responsematrix.tables import subject_names
from responsematrix.views.access import editors_only, find_subject, go_to, members_only

FIELDS = ("name", "name_en", "keywords", "query")


@require_GET
def subjects(request: UserRequest) -> HttpResponse:
    in_rules = Count("rules", filter=Q(rules__version__state=State.ACTIVE), distinct=True)
    found = Subject.objects.visible_to(request.user).annotate(rule_count=in_rules)
    context = {
        "part": "subjects",
        "subjects": [each for each in found if each.retired_at is None],
        "retired": [each for each in found if each.retired_at is not None],
        "may_edit": may_edit_matrix(request.user),
    }
    return render(request, "matrix/_subjects.html" if request.htmx else "matrix/subjects.html", context)


@require_http_methods(["GET", "POST"])
def subject_add(request: UserRequest) -> HttpResponse:
    editors_only(request)
    if request.method == "GET":
        return render(request, "matrix/subject.html", {"part": "subjects", "typed": {}})
    typed = _typed(request)
    try:
        create_subject(by=request.user, **typed)
    except Refused as refused:
        return _form(request, None, typed, refused)
    messages.success(request, _("Onderwerp toegevoegd."))
    return redirect("matrix_subjects")


@require_http_methods(["GET", "POST"])
def subject(request: UserRequest, pk: int) -> HttpResponse:
    """The form of one subject; 422 with the reason at the field."""
    found = find_subject(request, pk)
    if request.method == "GET":
        typed = {name: getattr(found, name) for name in FIELDS}
        return render(request, "matrix/subject.html", {"part": "subjects", "subject": found, "typed": typed})
    typed = _typed(request)
    try:
        edit_subject(subject=found, by=request.user, **typed)
    except Refused as refused:
        return _form(request, found, typed, refused)
    messages.success(request, _("Onderwerp bewaard."))
    return redirect("matrix_subjects")


@require_POST
def subject_retire(request: UserRequest, pk: int) -> HttpResponse:
    found = find_subject(request, pk)
    try:
        retire_subject(subject=found, by=request.user)
    except Refused as refused:
        if request.htmx:
            return render(request, "matrix/_problem.html", {"problem": str(refused)}, status=422)
        typed = {name: getattr(found, name) for name in FIELDS}
        return _form(request, found, typed, refused, field="retire")
    messages.success(request, _("Dit onderwerp wordt niet meer herkend."))
    return go_to(reverse("matrix_subjects")) if request.htmx else redirect("matrix_subjects")


@require_POST
def subjects_try(request: UserRequest) -> HttpResponse:
    """What a text is about by the words that are kept, and by those in the form that are not kept yet."""
    members_only(request)
    text = request.POST.get("text", "")[:MAXIMUM_TEXT]
    names = subject_names()
    kept = Subject.objects.visible_to(request.user).filter(retired_at=None)
    code = request.POST.get("code", "")
    name = request.POST.get("name", "").strip()[:80] or _("dit onderwerp")
    known = [each.to_words() for each in kept if each.code != code]
    context: dict[str, Any] = {"text": text, "name": name, "has_form": "keywords" in request.POST}
    if context["has_form"]:
        problems, queries = _problems(_typed(request))
        context["problems"] = problems
        if not problems:
            # The form's words take the place of those that are kept.
            known.append(SubjectWords("*form", tuple(queries)))
            names = names | {"*form": name}
    context["found"] = [(names.get(one.subject, one.subject), one.words) for one in Recogniser(known).recognise(text)]
    return render(request, "matrix/_subject_try.html", context, status=422 if context.get("problems") else 200)


def _typed(request: UserRequest) -> dict[str, str]:
    typed = {name: request.POST.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    return typed | {"name": typed["name"][:80], "name_en": typed["name_en"][:80]}


def _problems(typed: dict[str, str]) -> tuple[dict[str, str], list[Any]]:
    """By field, in words; and what could be read."""
    problems: dict[str, str] = {}
    queries = []
    for field, parse in (("keywords", parse_keywords), ("query", parse_query)):
        if typed[field]:
            try:
                queries.append(parse(typed[field]))
            except BadQuery as error:
                problems[field] = words_for_query(error)
    return problems, queries


def _form(
    request: UserRequest, found: Subject | None, typed: dict[str, str], refused: Refused, *, field: str = ""
) -> HttpResponse:
    """The reason stands at the field that it is about."""
    problems = {field: str(refused)} if field else _problems(typed)[0] or {"name": str(refused)}
    context = {"part": "subjects", "subject": found, "typed": typed, "problems": problems, "longest": MAXIMUM_LENGTH}
    return render(request, "matrix/subject.html", context, status=422)
