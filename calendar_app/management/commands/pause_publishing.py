"""Stop everything that would go out, without a browser: before workers start on a database that was put back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from calendar_app.pause import PauseRefused, pause


class Command(BaseCommand):
    help = "Pause all posts; a person resumes in the calendar."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reason", help="shown on every page")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who does it; may plan posts")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["by"], is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active person {options['by']}.")
        try:
            made = pause(reason=options["reason"], by=person)
        except PauseRefused as refused:
            raise CommandError(str(refused)) from refused
        left = made.already_left
        self.stdout.write(
            f"Paused. Under way or unknown: {len(left['in_flight'])}; published in the hour before: {len(left['published'])}."
        )
