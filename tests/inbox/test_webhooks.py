"""The door for platforms: signed or refused, kept before it is understood, answered at once."""

import json
from unittest import mock

import pytest
from cryptography.fernet import Fernet
from django.test import Client

from channels.models import RawEvent, RawState
from inbox.models import Message
from inbox.webhooks import UNKNOWN_ACCOUNT
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


def post(client: Client, body: bytes | dict, signature: str = "sleutel"):
    data = json.dumps(body) if isinstance(body, dict) else body
    return client.post("/webhooks/facebook", data, content_type="application/json", headers={"X-Signature": signature})


def events(*numbers: int, account: str = "") -> dict:
    return {"items": [{"event": f"e{n}", "id": f"m{n}", "account": account} for n in numbers]}


def test_a_signed_event_is_kept_and_understood_by_a_task(client, channel, scripted, django_capture_on_commit_callbacks):
    from inbox import tasks

    with (
        mock.patch.object(tasks.ingest_channel, "apply_async") as enqueue,
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert post(client, events(1)).status_code == 200

    assert RawEvent.objects.get().state == RawState.NEW
    enqueue.assert_called_once_with((channel.pk,), retry=False)
    tasks.ingest_channel(channel.pk)
    assert Message.objects.get().external_id == "m1"


@pytest.mark.parametrize("signature", ["", "oud", "sleutel "])
def test_a_wrong_signature_is_refused_and_nothing_kept(client, channel, scripted, signature):
    assert post(client, events(1), signature=signature + "x").status_code == 401
    assert RawEvent.objects.count() == 0


def test_without_any_channel_every_signature_is_wrong(client, db, scripted):
    assert post(client, events(1)).status_code == 401


def test_the_same_call_again_is_the_same_rows(client, channel, scripted):
    for _again in range(3):
        assert post(client, events(1, 2)).status_code == 200

    assert RawEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "reason"), [(b"{half", "not_json"), (b"[]", "no_items"), (b"null", "no_items"), (b"\xff\xfe", "not_json")]
)
def test_a_signed_body_that_is_not_understood_is_kept_whole(client, channel, scripted, body, reason):
    assert post(client, body).status_code == 200

    assert RawEvent.objects.values_list("state", "reason").get() == (RawState.FAILED, reason)


def test_an_event_of_an_unknown_account_is_set_apart_and_adopted_when_that_is_connected(client, channel, scripted):
    assert post(client, events(1, account="555")).status_code == 200
    assert RawEvent.objects.values_list("channel", "reason").get() == (None, UNKNOWN_ACCOUNT)

    ChannelFactory(external_id="555")
    from django.core.management import call_command

    call_command("replay", "--error", UNKNOWN_ACCOUNT)
    call_command("replay", "--all")

    assert RawEvent.objects.get().channel.external_id == "555"
    assert Message.objects.get().channel.external_id == "555"


def test_an_account_whose_credentials_can_not_be_read_shuts_no_door_for_the_others(client, channel, scripted):
    broken = ChannelFactory()
    broken.encrypted_credentials = Fernet(Fernet.generate_key()).encrypt(b"{}")
    broken.save()

    assert post(client, events(1, account=channel.external_id)).status_code == 200
    assert client.get("/webhooks/facebook", {"token": "sleutel", "challenge": "42"}).content == b"42"
    assert RawEvent.objects.get().channel == channel


def test_a_handshake_is_answered_to_who_knows_our_secret(client, channel, scripted):
    asked = {"challenge": "<script>alert(1)</script>"}

    assert client.get("/webhooks/facebook", asked | {"token": "fout"}).status_code == 403
    assert client.get("/webhooks/facebook", asked).status_code == 403
    answer = client.get("/webhooks/facebook", asked | {"token": "sleutel"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert RawEvent.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "delete", "patch", "head", "options"])
def test_the_door_knows_two_knocks(client, channel, scripted, method):
    assert getattr(client, method)("/webhooks/facebook").status_code == 405


def test_a_platform_that_we_do_not_know_has_no_door(client, channel, scripted):
    assert client.post("/webhooks/myspace", b"{}", content_type="application/json").status_code == 404


def test_a_body_larger_than_we_take_is_refused(client, channel, scripted):
    assert post(client, b" " * 6_000_000).status_code == 413
    assert RawEvent.objects.count() == 0
