"""Put the default matrix, subjects and opening hours in place: `manage.py install_matrix --by bea`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from responsematrix.defaults import install_default_matrix
from responsematrix.models import Matrix


class Command(BaseCommand):
    help = "Installs the default response matrix, unless there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="username of the administrator who approves it")
        parser.add_argument("--good-friday", action="store_true", help="the town hall is closed on Good Friday")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None or not by.is_administrator:
            raise CommandError(f"There is no administrator called {options['by']!r}.")
        if Matrix.objects.filter(is_main=True).exists():
            self.stdout.write("There is a matrix already: nothing was changed.")
            return
        matrix = install_default_matrix(by=by, good_friday=options["good_friday"])
        self.stdout.write(f"“{matrix.name}” is in force, with {matrix.versions.get().rules.count()} rules.")
