"""Changing the list of subjects and the words that recognise them. Not versioned: what a message was about does not change."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from responsematrix.explain import words_for_query
from responsematrix.models import MatrixVersion, State, Subject
from responsematrix.refusals import Refused
from responsematrix.subjects import BadQuery
from responsematrix.versions import tell

EDITABLE = frozenset({"name", "name_en", "keywords", "query", "position"})


class SubjectRefused(Refused):
    """Words that can not be used, or a subject that rules still name."""


@transaction.atomic
def create_subject(*, name: str, by: User | None, code: str = "", **values: Any) -> Subject:
    """`code` (else made of the name) is for good: rules, files and stored decisions refer to it. Raises SubjectRefused."""
    code = code or slugify(name)[:40]
    if not code or Subject.objects.filter(code=code).exists():
        raise SubjectRefused(_("Er is al een onderwerp met deze naam."))
    subject = Subject(code=code, name=name.strip()[:80], position=Subject.objects.count() + 1)
    _set(subject, values)
    subject.save()
    record("subject.created", subject, by=by, code=code)
    tell()
    return subject


@transaction.atomic
def edit_subject(*, subject: Subject, by: User, **values: Any) -> Subject:
    """Raises SubjectRefused with what is wrong in the words."""
    locked = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    _set(locked, values)
    locked.save()
    record("subject.edited", locked, by=by, fields=sorted(values))
    tell()
    return locked


@transaction.atomic
def retire_subject(*, subject: Subject, by: User) -> Subject:
    """No longer recognised or chosen. Raises SubjectRefused while a version that is in force or to come names it."""
    locked = Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    active, now = MatrixVersion.objects.filter(state=State.ACTIVE), timezone.now()
    begun = active.filter(active_from__lte=now).order_by("matrix_id", "-active_from").distinct("matrix_id")
    versions = [version.pk for version in [*begun, *active.filter(active_from__gt=now)]]
    if locked.rules.filter(version__in=versions).exists():
        raise SubjectRefused(_("Er zijn nog regels voor dit onderwerp. Haal het eerst uit de matrix."))
    locked.retired_at = locked.retired_at or timezone.now()
    locked.save()
    record("subject.retired", locked, by=by)
    tell()
    return locked


def _set(subject: Subject, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"a subject has no {name!r} to change")
        setattr(subject, name, value)
    if not subject.name.strip():
        raise SubjectRefused(_("Geef het onderwerp een naam."))
    if Subject.objects.filter(name__iexact=subject.name).exclude(pk=subject.pk).exists():
        raise SubjectRefused(_("Er is al een onderwerp met deze naam."))
    try:
        subject.to_words()
    except BadQuery as error:
        raise SubjectRefused(words_for_query(error)) from error
