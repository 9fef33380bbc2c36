"""The matrix as a page: the version in force, any other, their history and what differs."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import UserRequest
from responsematrix.choices import Audience, Urgency, value_label
from responsematrix.defaults import install_default_matrix
from responsematrix.differences import difference
from responsematrix.editing import new_draft
from responsematrix.models import Matrix, MatrixVersion, State, Subject
from responsematrix.permissions import may_edit_matrix
from responsematrix.standing import may_approve, standings
from responsematrix.tables import CELLS, table_of
from responsematrix.versions import known_values
from responsematrix.views.access import editors_only, find_version, go_to


@require_GET
def matrix(request: UserRequest) -> HttpResponse:
    """What is in force; before anything is, the newest version that this person may see."""
    found = Matrix.objects.visible_to(request.user).filter(is_main=True).first()
    versions = MatrixVersion.objects.visible_to(request.user).filter(matrix=found) if found else None
    shown = None
    if versions is not None:
        begun = versions.filter(state=State.ACTIVE, active_from__lte=timezone.now())
        shown = begun.order_by("-active_from").first() or versions.first()
    if shown is None:
        context = {"part": "table", "matrix": found, "may_edit": may_edit_matrix(request.user)}
        return render(request, "matrix/nothing.html", context)
    return version(request, shown.pk)


@require_GET
def version(request: UserRequest, pk: int) -> HttpResponse:
    """htmx gets what changes of it: all but the box to try a message in. `?print` is a draft as it is read, for paper."""
    found = find_version(request, pk)
    context = version_context(request, found)
    if request.htmx:
        return render(request, "matrix/_version.html", context)
    return render(request, "matrix/version.html", context | try_choices())


def version_context(request: UserRequest, found: MatrixVersion) -> dict[str, Any]:
    """At most twelve queries, however many rules and versions there are."""
    may_edit = may_edit_matrix(request.user)
    siblings = list(
        MatrixVersion.objects.visible_to(request.user)
        .filter(matrix=found.matrix_id)
        .only("matrix", "number", "state", "active_from", "approved_at")
    )
    all_standings = standings(siblings)
    in_force = next((each for each in siblings if all_standings[each.pk].code == "now"), None)
    drafts = [each for each in siblings if all_standings[each.pk].code == "draft" and each.pk != found.pk]
    table = table_of(found, has_marks=may_edit)
    return {
        "part": "table",
        "version": found,
        "standing": all_standings[found.pk],
        "in_force": in_force if in_force and in_force.pk != found.pk else None,
        "drafts": drafts if may_edit else [],
        "before": before_of(found, siblings),
        "may_edit": may_edit,
        "is_open": may_edit and found.is_draft and "print" not in request.GET,
        "is_printed": "print" in request.GET,
        "now": timezone.now(),
        "may_approve": may_approve(found, request.user),
        "table": table,
        "heads": CELLS,
        "kind": "versions",
    }


def before_of(found: MatrixVersion, siblings: list[MatrixVersion]) -> MatrixVersion | None:
    """What it was made from, where this person may see that; else the number before it."""
    by_pk = {each.pk: each for each in siblings}
    if found.based_on_id in by_pk:
        return by_pk[found.based_on_id]
    return next((each for each in siblings if each.number < found.number), None)


def try_choices() -> dict[str, Any]:
    space = known_values().space
    return {
        "kinds": [(value, value_label("kind", value)) for value in space.kinds],
        "platforms": [(value, value_label("platform", value)) for value in space.platforms],
        "audiences": Audience.choices,
        "urgencies": Urgency.choices,
        "subjects": [(one.code, one.local_name()) for one in Subject.objects.filter(retired_at=None)],
        "received": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }


@require_GET
def versions(request: UserRequest) -> HttpResponse:
    found = list(
        MatrixVersion.objects.visible_to(request.user)
        .filter(matrix__is_main=True)
        .select_related("author", "approved_by", "based_on")
    )
    known = standings(found)
    context = {
        "part": "versions",
        "versions": [(each, known[each.pk], before_of(each, found)) for each in found],
        "may_edit": may_edit_matrix(request.user),
    }
    return render(request, "matrix/_versions.html" if request.htmx else "matrix/versions.html", context)


@require_GET
def version_difference(request: UserRequest, pk: int) -> HttpResponse:
    """With what it was made from, or with `?with=` another one."""
    found = find_version(request, pk)
    siblings = MatrixVersion.objects.visible_to(request.user).filter(matrix=found.matrix_id)
    wanted = request.GET.get("with", "")
    if wanted.isdecimal() and len(wanted) < 10:
        before: MatrixVersion | None = get_object_or_404(siblings, pk=wanted)
    else:
        before = before_of(found, list(siblings))
    context = {
        "part": "versions",
        "version": found,
        "before": before,
        "difference": difference(before, found) if before else None,
    }
    return render(request, "matrix/difference.html", context)


@require_POST
def begin(request: UserRequest) -> HttpResponse:
    """The matrix that Balie ships, in force at once: to be edited from there."""
    editors_only(request)
    install_default_matrix(by=request.user)
    messages.success(request, _("De matrix staat klaar. Begin een concept om hem aan te passen."))
    return go_to(reverse("matrix")) if request.htmx else redirect("matrix")


@require_POST
def draft(request: UserRequest) -> HttpResponse:
    """A new draft from a version (`from`), else from what is in force."""
    editors_only(request)
    main = get_object_or_404(Matrix.objects.visible_to(request.user), is_main=True)
    wanted = request.POST.get("from", "")
    source = find_version(request, int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else None
    made = new_draft(matrix=main, by=request.user, based_on=source, note=request.POST.get("note", "").strip())
    url = reverse("matrix_version", args=[made.pk])
    messages.success(request, _("Concept %(number)d is begonnen.") % {"number": made.number})
    return go_to(url) if request.htmx else redirect(url)
