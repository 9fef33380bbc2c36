"""Demo data on first run: people of each role, teams, and channels that are connected to the simulated platforms."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from channels import errors
from channels.models import Channel, ChannelTeam
from channels.platforms import Platform
from channels.state import connect
from channels.wording import explain_error
from inbox.polling import poll
from responsematrix.defaults import TEAMS as MATRIX_TEAMS
from responsematrix.defaults import install_default_matrix

PASSWORD = "balie-demo"  # noqa: S105  printed at every start of the demo
TEAMS = tuple(MATRIX_TEAMS.values())
PEOPLE = (
    ("agent", "Sanne", "de Vries", Role.AGENT, "Webcare"),
    ("agent2", "Mehmet", "Yılmaz", Role.AGENT, "Webcare"),
    ("editor", "Lotte", "van den Heuvel", Role.EDITOR, "Communicatie"),
    ("approver", "Willem", "Jansen", Role.APPROVER, "Communicatie"),
    ("manager", "Nadia", "el Amrani", Role.MANAGER, "Webcare"),
    ("administrator", "Bea", "Smit", Role.ADMINISTRATOR, "Webcare"),
    ("groen", "Joris", "Bakker", Role.AGENT, "Openbare ruimte"),
    ("loket", "Aylin", "Demir", Role.AGENT, "Publiekszaken"),
    ("toezicht", "Ruben", "de Haan", Role.AGENT, "Toezicht en veiligheid"),
    ("zorg", "Fleur", "van Dijk", Role.AGENT, "Sociaal domein"),
    ("manager2", "Karel", "Postma", Role.MANAGER, "Publiekszaken"),
)
# As if the channels had been connected a day ago: what residents asked since then has a term.
CONNECTED_SINCE = timedelta(days=1)


class Command(BaseCommand):
    help = "Make demo people and connect channels to the sandbox. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people-only", action="store_true", help="no channels (real platforms are connected by hand)"
        )
        parser.add_argument("--wait", type=float, default=30.0, help="seconds to wait for the sandbox")
        parser.add_argument("--no-poll", action="store_true", help="leave the first reading to the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            teams = {name: Team.objects.get_or_create(name=name)[0] for name in TEAMS}
            for person in PEOPLE:
                self.make_person(*person, teams=teams)
            install_default_matrix(
                by=User.objects.get(username="administrator"), active_from=timezone.now() - timedelta(days=40)
            )
        self.stdout.write(f"{len(PEOPLE)} people, password {PASSWORD}")
        if options["people_only"]:
            return
        self.wait_for_sandbox(options["wait"])
        for platform in Platform.values:
            channel = self.connect(platform, list(teams.values()))
            if not options["no_poll"]:
                done = poll(channel.pk, force=True)
                self.stdout.write(f"{channel}: {done.messages if done else 0} messages")

    def make_person(
        self, username: str, first: str, last: str, role: str, team: str, *, teams: dict[str, Team]
    ) -> None:
        user, created = User.objects.get_or_create(
            username=username,
            defaults={"first_name": first, "last_name": last, "email": f"{username}@eikenrode.example"},
        )
        if created:
            user.set_password(PASSWORD)
            user.is_staff = role == Role.ADMINISTRATOR
            user.save()
            Membership.objects.create(user=user, team=teams[team], role=role)

    def wait_for_sandbox(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{settings.SANDBOX_URL}/health", timeout=2):  # noqa: S310  our own setting
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise CommandError(f"The sandbox does not answer at {settings.SANDBOX_URL}.") from None
                time.sleep(0.2)

    def connect(self, platform: str, teams: list[Team]) -> Channel:
        printed = subprocess.run(
            [sys.executable, "-m", "sandbox", "credentials", platform],
            capture_output=True,
            text=True,
            check=True,
            cwd=settings.BASE_DIR,
        )
        credentials = json.loads(printed.stdout)
        is_known = Channel.objects.filter(platform=platform).exists()
        tier = credentials.pop("access_tier", "")
        try:
            channel = connect(
                platform=platform, credentials=credentials, by=None, settings_={"access_tier": tier} if tier else None
            )
        except errors.ConnectorError as error:
            why = explain_error(error, platform=platform)
            raise CommandError(f"{platform}: the sandbox refused the connection: {why}") from error
        if not is_known:
            Channel.objects.filter(pk=channel.pk).update(connected_at=timezone.now() - CONNECTED_SINCE)
        for team in teams:
            ChannelTeam.objects.get_or_create(channel=channel, team=team)
        return channel
