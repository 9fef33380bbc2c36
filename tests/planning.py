"""`python -m tests.planning NUMBER SECONDS [MARK] [SPREAD]`: so many approved posts on the stack's channels, due so many seconds from now
(spread over SPREAD seconds). Runs in the environment of a stack; writes the moment and the keys of the targets as JSON."""

import json
import os
import sys
from datetime import timedelta
from typing import Any

from tests.stack import ROOT, Stack


def plan(stack: Stack, number: int, *, seconds: float, mark: str = "", spread: float = 0) -> dict[str, Any]:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "tests.planning", str(number), str(seconds), mark, str(spread)],
        cwd=ROOT, env=stack.command_env(), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(number: int, seconds: float, mark: str, spread: float) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from calendar_app.content import content_of, digest_of, with_content
    from calendar_app.models import Post, PostTarget, TargetState
    from channels.models import Channel

    editor, approver = User.objects.get(username="editor"), User.objects.get(username="approver")
    channels = list(Channel.objects.visible_to(approver).open().order_by("pk"))
    now = timezone.now()
    posts = Post.objects.bulk_create(
        Post(owner=editor, edited_by=editor, text=f"{mark} De Molenstraat is maandag dicht, bericht {n}.".strip())
        for n in range(number)
    )
    rows = [PostTarget(post=post, channel=channels[n % len(channels)]) for n, post in enumerate(posts)]
    keys = [target.pk for target in PostTarget.objects.bulk_create(rows)]
    targets = with_content(keys)
    for target in targets:
        target.state, target.approved_by, target.approved_at = TargetState.SCHEDULED, approver, now
        target.approved_digest = digest_of(content_of(target))
    PostTarget.objects.bulk_update(targets, ["state", "approved_by", "approved_at", "approved_digest"])
    at = timezone.now() + timedelta(seconds=seconds)
    for n, post in enumerate(posts):
        post.planned_at = at + timedelta(seconds=spread * n / number)
    Post.objects.bulk_update(posts, ["planned_at"])
    print(json.dumps({"at": at.isoformat(), "targets": keys, "channels": [each.platform for each in channels]}))


if __name__ == "__main__":
    main(
        int(sys.argv[1]),
        float(sys.argv[2]),
        sys.argv[3] if len(sys.argv) > 3 else "",
        float((sys.argv[4:] or ["0"])[0]),
    )
