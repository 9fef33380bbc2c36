"""The door for platforms: check the signature on the raw bytes, keep the event, answer at once, understand later."""

import hashlib
import json

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from channels import errors
from channels.encryption import CredentialsUnreadable
from channels.messages import RawItem
from channels.models import Channel, RawEvent
from channels.registry import CONNECTORS
from core.tasks import enqueue_on_commit
from inbox.ingest import keep_unroutable, store_raw, to_text

logger = structlog.get_logger(__name__)

UNKNOWN_ACCOUNT = "unknown_account"


@login_not_required
@csrf_exempt  # signed by the platform instead
def webhook(request: HttpRequest, platform: str) -> HttpResponse:
    """GET answers a handshake; POST takes events. 404 for a platform without webhooks, 401 for a wrong signature."""
    kind = CONNECTORS.get(platform)
    if kind is None or not kind.capabilities.receives_webhooks:
        return HttpResponse(status=404)
    channels = _with_credentials(platform)
    if request.method == "GET":
        return _handshake(request, platform, channels)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    # One app of ours may serve several accounts, so several channels may share a secret; each is tried.
    signers = [c for c, credentials in channels if kind.verify_webhook(body, headers, credentials)]
    if not signers:
        logger.warning("webhook.refused", platform=platform, size=len(body))
        return HttpResponse(status=401)
    keep(platform, body, signers)
    return HttpResponse(status=200)


def _with_credentials(platform: str) -> list[tuple[Channel, dict[str, str]]]:
    """Our accounts there, with what their signatures are checked by. One whose key is gone shuts no door for the others."""
    found = []
    for channel in Channel.objects.open().filter(platform=platform):
        try:
            credentials = channel.get_credentials()
        except CredentialsUnreadable:
            logger.warning("webhook.credentials_unreadable", channel=channel.pk)
            continue
        if credentials:
            found.append((channel, credentials))
    return found


def _handshake(request: HttpRequest, platform: str, channels: list[tuple[Channel, dict[str, str]]]) -> HttpResponse:
    params = {key: str(value)[:500] for key, value in request.GET.items()}
    for _channel, credentials in channels:
        answer = CONNECTORS[platform].answer_handshake(params, credentials)
        if answer is not None:
            return HttpResponse(answer.body, content_type=answer.content_type)
    return HttpResponse(status=403)


@transaction.atomic
def keep(platform: str, body: bytes, signers: list[Channel]) -> None:
    """Store every event of a signed body with the account that it belongs to."""
    from inbox.tasks import ingest_channel  # tasks call this package's functions

    name = f"body:{hashlib.sha256(body).hexdigest()}"
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        keep_unroutable(platform, name, body.decode("ascii", "backslashreplace"), reason="not_json", channel=signers[0])
        return
    try:
        items = CONNECTORS[platform].split(decoded)
    except errors.PayloadError as error:
        keep_unroutable(platform, name, to_text(decoded), reason=error.reason, channel=signers[0])
        return
    by_account = {channel.external_id: channel for channel in signers}
    for account_id in {item.account_id for item in items}:
        mine = [item for item in items if item.account_id == account_id]
        channel = by_account.get(account_id) if account_id else signers[0]
        if channel is None:
            # Signed with our secret, about an account that is not (or no longer) ours: kept apart.
            for item in mine:
                body_text = to_text({"account_id": account_id, "payload": item.payload})
                keep_unroutable(platform, item.event_id, body_text, reason=UNKNOWN_ACCOUNT)
            logger.warning("webhook.unknown_account", platform=platform, account=account_id, events=len(mine))
            continue
        if store_raw(channel, mine, source="webhook"):
            enqueue_on_commit(ingest_channel, channel.pk)


def public_url(platform: str) -> str:
    """The address to give the platform; always from the configured base address, never from a request."""
    return f"{settings.BALIE_BASE_URL}/webhooks/{platform}"


@transaction.atomic
def adopt_unroutable(events: list[RawEvent]) -> int:
    """Bodies that could not be cut up or handed to a channel: try again, now that a fix or a channel may be there.

    The old row goes when its events are stored as rows of their own. Returns how many were routed."""
    routed = 0
    for event in events:
        by_account = {channel.external_id: channel for channel in Channel.objects.filter(platform=event.platform)}
        try:
            items = _items_of(event)
        except (errors.PayloadError, ValueError, RecursionError):
            continue
        homes = {item.account_id: by_account.get(item.account_id) or event.channel for item in items}
        if not items or any(home is None for home in homes.values()):
            continue
        for item in items:
            home = homes[item.account_id]
            assert home is not None
            store_raw(home, [item], source="webhook")
        event.delete()
        routed += 1
    return routed


def _items_of(event: RawEvent) -> list[RawItem]:
    """What a body that was kept whole consists of; nothing when it is an ordinary event."""
    if event.reason == UNKNOWN_ACCOUNT:
        kept = json.loads(event.body)
        return [RawItem(event_id=event.event_id, payload=kept["payload"], account_id=kept["account_id"])]
    if event.event_id.startswith("body:"):
        return CONNECTORS[event.platform].split(json.loads(event.body))
    return []
