"""Views worth keeping: personal, or shared with a team."""

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Team, User
from inbox.listing import Filter
from inbox.models import SavedView


class NameTaken(Exception):
    """There is a view with this name already."""


@transaction.atomic
def save_view(*, name: str, query: str, team: Team | None, by: User) -> SavedView:
    """Keep the filter that `query` stands for (only what the list knows of it). Raises NameTaken."""
    view = SavedView(name=name.strip(), owner=by, team=team, query=Filter.of(QueryDict(query).dict()).query)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise NameTaken(_("Er is al een weergave met deze naam.")) from error
    record("view.saved", view, by=by, query=view.query)
    return view


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    record("view.deleted", view, by=by)
    view.delete()
