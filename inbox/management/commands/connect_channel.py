"""Connect an account of ours with credentials from a file, without a browser."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Team
from channels import errors
from channels.encryption import CredentialsUnreadable
from channels.models import ChannelTeam
from channels.platforms import Platform
from channels.registry import CONNECTORS
from channels.state import connect
from channels.wording import explain


class Command(BaseCommand):
    help = "Connect (or connect again) a channel: PLATFORM and a JSON file with its credentials."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("platform", choices=Platform.values)
        parser.add_argument("credentials", help="JSON object; keys per platform, see docs/platforms/")
        parser.add_argument("--team", help="name of the team that handles it (default: every team)")
        parser.add_argument(
            "--setting", action="append", default=[], metavar="KEY=VALUE", help="e.g. access_tier=enterprise"
        )

    def handle(
        self, *args: Any, platform: str, credentials: str, team: str | None, setting: list[str], **options: Any
    ) -> None:
        try:
            loaded = json.loads(Path(credentials).read_text())
        except OSError as error:
            raise CommandError(f"{credentials}: {error.strerror}") from error
        except ValueError as error:
            raise CommandError(f"{credentials} is not JSON: {error}") from error
        if not isinstance(loaded, dict) or not all(isinstance(value, str) for value in loaded.values()):
            raise CommandError(f"{credentials} must hold one JSON object of texts.")
        missing = CONNECTORS[platform].required_credentials - {key for key, value in loaded.items() if value}
        if missing:
            raise CommandError(f"{credentials} lacks: {', '.join(sorted(missing))}")
        settings_: dict[str, object] = {}
        for pair in setting:
            key, _equals, value = pair.partition("=")
            settings_[key] = value
        if tier := loaded.pop("access_tier", ""):
            settings_.setdefault("access_tier", tier)
        teams = Team.objects.filter(name=team) if team else Team.objects.all()
        if team and not teams:
            raise CommandError(f"There is no team {team!r}.")
        try:
            with transaction.atomic():
                channel = connect(platform=platform, credentials=loaded, by=None, settings_=settings_)
                for each in teams:
                    ChannelTeam.objects.get_or_create(channel=channel, team=each)
        except (errors.ConnectorError, CredentialsUnreadable) as error:
            why = explain(error.code, str(error), platform=platform)
            raise CommandError(f"{Platform(platform).label} refused: {why}") from error
        self.stdout.write(f"channel {channel.pk}: {channel} ({channel.external_id})")
