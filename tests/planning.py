"""Approved posts on the channels of a running stack, due some seconds from now, straight into the rows.

`python -m tests.planning JSON` runs in the environment of a stack; see `plan` for what the JSON holds."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

from tests.stack import PATIENCE, ROOT, Stack

# X takes a hundred posts in a quarter of an hour: more of them would wait their turn, and what comes after them too.
MORE = {"factor": 20}


def plan(
    stack: Stack, number: int, *, seconds: float, mark: str = "", spread: float = 0, text: str = "", platform: str = ""
) -> dict[str, Any]:
    """`number` posts, one target each, in turn on every channel (of `platform`), due `seconds` from now, spread over `spread` seconds.
    Each says `text`, or a sentence with `mark` and its number. Returns `at`, the keys of `targets`, and the platforms."""
    stack.control("POST", "rates", MORE)
    asked = {
        "number": number, "seconds": seconds, "mark": mark, "spread": spread, "text": text, "platform": platform,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.planning", json.dumps(asked)],
        cwd=ROOT, env=stack.command_env(), capture_output=True, text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(*, number: int, seconds: float, mark: str, spread: float, text: str, platform: str) -> None:
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
    channels = [each for each in channels if platform in ("", each.platform)]
    now = timezone.now()
    posts = Post.objects.bulk_create(
        Post(owner=editor, edited_by=editor, text=text or f"{mark} De Molenstraat is maandag dicht, bericht {n}.")
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
    main(**json.loads(sys.argv[1]))
