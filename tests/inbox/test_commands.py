"""Commands for operators: what they print, what they refuse, and with which exit code."""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels import errors
from channels.messages import Page, RawItem
from channels.models import Channel, DeliveryState, RawEvent, RawState
from inbox.ingest import ingest, store_raw
from inbox.models import Message
from tests.factories import ChannelFactory, DeliveryFactory, TeamFactory

pytestmark = pytest.mark.django_db

CREDENTIALS = {"access_token": "vers", "account_id": "100"}


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*[str(each) for each in arguments], stdout=out, stderr=out)
    return out.getvalue()


def refused(*arguments: object) -> CommandError:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return error.value


def item(number: int, **values) -> RawItem:
    return RawItem(event_id=f"e{number}", payload={"id": f"m{number}", **values})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(CREDENTIALS))
    return path


# -- connect_channel -----------------------------------------------------------------------------------------------------------------


def test_a_channel_is_connected_for_every_team(file, team, scripted):
    other = TeamFactory()

    printed = run("connect_channel", "facebook", file, "--setting", "access_tier=enterprise")

    channel = Channel.objects.get()
    assert printed.strip() == f"channel {channel.pk}: Facebook · Gemeente Eikenrode (100)"
    assert set(channel.teams.all()) == {team, other}
    assert channel.settings == {"access_tier": "enterprise"}
    assert "vers" not in printed


def test_a_channel_is_connected_for_one_team_and_again_for_another(file, team, scripted):
    TeamFactory(name="Communicatie")

    run("connect_channel", "facebook", file, "--team", "Webcare")
    run("connect_channel", "facebook", file, "--team", "Communicatie")

    assert Channel.objects.get().teams.count() == 2


def test_a_tier_in_the_file_is_a_setting_and_no_credential(file, scripted):
    file.write_text(json.dumps(CREDENTIALS | {"access_tier": "basic"}))

    run("connect_channel", "facebook", file)

    channel = Channel.objects.get()
    assert (channel.settings, "access_tier" in channel.get_credentials()) == ({"access_tier": "basic"}, False)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{half", "is not JSON"),
        ("[]", "must hold one JSON object of texts"),
        ('{"access_token": 7}', "must hold one JSON object of texts"),
        ("{}", "lacks: access_token"),
        ('{"access_token": ""}', "lacks: access_token"),
    ],
)
def test_credentials_that_are_none_are_refused(file, scripted, content, reason):
    file.write_text(content)

    assert reason in str(refused("connect_channel", "facebook", file))
    assert Channel.objects.count() == 0


def test_a_file_or_team_that_is_not_there_is_named(file, scripted):
    assert "No such file" in str(refused("connect_channel", "facebook", "/nergens/x.json"))
    assert "There is no team 'Nergens'." in str(refused("connect_channel", "facebook", file, "--team", "Nergens"))
    assert "invalid choice" in str(refused("connect_channel", "myspace", file))


def test_what_the_platform_refuses_is_said_and_not_stored(file, scripted, monkeypatch):
    def check(self):
        raise errors.CredentialsRejected("Het token is ingetrokken.")

    monkeypatch.setattr(scripted, "check", check)

    said = str(refused("connect_channel", "facebook", file))
    assert said == "Facebook refused: Facebook accepteert onze toegang niet meer. Koppel het kanaal opnieuw."
    assert Channel.objects.count() == 0


# -- poll ----------------------------------------------------------------------------------------------------------------------------


def test_polling_once_reads_every_channel_to_the_end_and_says_what_came(channel, scripted):
    like = RawItem(event_id="like", payload={"kind": "like"})
    bad = RawItem(event_id="bad", payload={})
    scripted.pages += [
        Page(items=(item(1), like), cursor={"since": "1"}, more=True),
        Page(items=(item(2), bad), cursor={"since": "2"}),
    ]

    assert run("poll", "--once") == f"channel {channel.pk}: 2 new, 1 ignored, 1 not understood\n"
    assert (
        run("poll", "--once", "--channel", channel.pk) == f"channel {channel.pk}: 0 new, 0 ignored, 0 not understood\n"
    )


def test_one_channel_that_fails_is_told_and_the_others_are_read(channel, scripted):
    other = ChannelFactory()
    scripted.pages += [errors.TransientError("weg"), Page(items=(item(1),), cursor={})]
    out = io.StringIO()

    with pytest.raises(CommandError) as error:
        call_command("poll", "--once", stdout=out)

    assert error.value.returncode == 1
    assert "is even niet bereikbaar. (weg)" in out.getvalue()
    assert "1 new" in out.getvalue()
    assert Message.objects.get().channel in (channel, other)


def test_a_channel_that_is_being_read_or_is_not_there_is_said_to_be(channel, scripted):
    Channel.objects.update(poll_lease_until=timezone.now() + timedelta(minutes=1))

    assert "not everything could be read" in str(refused("poll", "--once"))
    assert "There is no channel 99999." in str(refused("poll", "--once", "--channel", 99999))


# -- parse_payload -------------------------------------------------------------------------------------------------------------------


def body(*payloads: dict) -> str:
    return json.dumps({"items": [{"event": f"e{n}", **payload} for n, payload in enumerate(payloads)]})


def test_each_event_is_one_line_of_json(file, scripted):
    file.write_text(body({"id": "m1", "text": "regel\neen é 👍"}, {"kind": "like"}, {"id": "m2"}))

    lines = [json.loads(line) for line in run("parse_payload", "facebook", file).splitlines()]

    assert [(line["event"], line["external_id"]) for line in lines] == [
        ("InboundMessage", "m1"),
        ("InboundMessage", "m2"),
    ]
    assert (lines[0]["text"], lines[0]["direction"]) == ("regel\neen é 👍", "in")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{half", "not_json"), ("", "not_json"), ("[" * 100_000, "not_json"), ("\x00", "not_json"), ("null", "no_items"),
        ("[]", "no_items"), ('"tekst"', "no_items"), ('{"items": []}', "empty"), (body({}), "missing_id"),
        (body({"kind": "like"}), "reaction"), (body({"kind": "like"}, {}), "missing_id"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name_with_exit_one(file, scripted, content, reason):
    file.write_text(content)
    error = refused("parse_payload", "facebook", file)

    assert (str(error), error.returncode) == (f"refused: {reason}", 1)


@pytest.mark.parametrize("key", ["json", "body", "content"])
def test_a_recording_of_exchanges_is_unwrapped(file, scripted, key):
    inner = json.loads(body({"id": "m1"}))
    file.write_text(
        json.dumps([{"request": {}, "response": {key: json.dumps(inner) if key == "body" else inner}}, {"response": 7}])
    )
    assert "m1" in run("parse_payload", "facebook", file)

    file.write_text(json.dumps([{"section": "een", "json": inner}, {"section": "twee", "json": None}]))
    assert "m1" in run("parse_payload", "facebook", file)


def test_in_a_terminal_it_reads_what_is_piped_in_and_can_write_whatever_it_read():
    """Half of a surrogate pair is in JSON and is no text: still one line, and exit 0."""
    comment = {
        "from": {"id": "9", "name": "Fatima \ud83d"}, "item": "comment", "verb": "add", "comment_id": "100_7", "post_id": "100_1",
        "parent_id": "100_1", "message": "half \ud83d", "created_time": 1762077600,
    }  # fmt: skip
    hook = {
        "object": "page",
        "entry": [{"id": "100", "time": 1762077600, "changes": [{"field": "feed", "value": comment}]}],
    }
    command = [sys.executable, "manage.py", "parse_payload", "facebook", "-", "--account", "100"]

    def pipe(text: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, cwd=configured.BASE_DIR, input=text.encode(), capture_output=True, timeout=60)

    read, refusal = pipe(json.dumps(hook)), pipe("{half")

    assert (read.returncode, read.stderr) == (0, b"")
    assert json.loads(read.stdout)["text"] == "half \ud83d"
    assert (refusal.returncode, b"refused: not_json" in refusal.stderr) == (1, True)
    assert b"Traceback" not in refusal.stderr


# -- replay --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(channel, scripted, monkeypatch) -> list[int]:
    """Three events that a bug did not understand, and that a fix does."""
    other = ChannelFactory()

    def crash(payload, account):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(scripted, "parse", crash)
        for where, number in ((channel, 1), (channel, 2), (other, 3)):
            ingest(where, store_raw(where, [item(number)], source="poll"))
    RawEvent.objects.filter(event_id="e2").update(reason="missing_id")
    return list(RawEvent.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], ["m1", "m2", "m3"]),
        (["{1}"], ["m2"]),
        (["{0}", "{2}"], ["m1", "m3"]),
        (["--error", "missing_id"], ["m2"]),
        (["--channel", "{channel}"], ["m1", "m2"]),
        (["--channel", "{channel}", "--error", "internal"], ["m1"]),
        (["--error", "bestaat-niet"], []),
    ],
)
def test_what_failed_is_understood_again_by_id_channel_or_reason(channel, failed, arguments, found):
    printed = run("replay", *[each.format(*failed, channel=channel.pk) for each in arguments])

    assert sorted(Message.objects.values_list("external_id", flat=True)) == found
    assert (
        printed.strip() == f"{len(found)} replayed, 0 routed again, {len(found)} new messages, 0 still not understood"
    )
    assert RawEvent.objects.filter(state=RawState.FAILED).count() == 3 - len(found)


def test_replaying_everything_again_doubles_nothing(channel, failed):
    for _again in range(3):
        run("replay", "--all")

    assert Message.objects.count() == 3


def test_what_is_still_not_understood_stays_where_it_is(channel, scripted):
    ingest(channel, store_raw(channel, [RawItem(event_id="bad", payload={})], source="poll"))

    assert "1 replayed, 0 routed again, 0 new messages, 1 still not understood" in run("replay")
    assert RawEvent.objects.get().reason == "missing_id"


def test_a_list_changes_nothing(channel, failed):
    printed = run("replay", "--list")

    assert len(printed.splitlines()) == 3
    assert f"{failed[1]}\t{channel.pk}\tfailed\tmissing_id\te2" in printed
    assert (Message.objects.count(), RawEvent.objects.filter(state=RawState.FAILED).count()) == (0, 3)
    assert "There is no channel 99999." in str(refused("replay", "--channel", 99999))


# -- deliveries ----------------------------------------------------------------------------------------------------------------------


def test_what_is_not_certainly_sent_is_listed_with_its_cause(channel):
    shown = {}
    for state in DeliveryState.values:
        proof = {"sent": {"external_id": "x"}, "sending": {"started_at": timezone.now()}}.get(state, {})
        shown[state] = DeliveryFactory(channel=channel, state=state, error_code="c", error="reden", **proof).pk

    printed = run("deliveries")

    for state, pk in shown.items():
        assert (f"{pk}\t{state}\t" in printed) is (state in {"queued", "claimed", "sending", "unknown", "failed"})
    assert "attempts 0" in printed
    assert "c\tFacebook neemt dit bericht niet aan.\treden" in printed
    assert printed.endswith("5 deliveries\n")


def test_deliveries_can_be_asked_by_state_and_channel(channel):
    mine = DeliveryFactory(channel=channel, state="sent", external_id="x")
    DeliveryFactory(state="sent", external_id="y")

    printed = run("deliveries", "--state", "sent", "--channel", channel.pk)

    assert printed.splitlines()[0].startswith(f"{mine.pk}\tsent")
    assert printed.endswith("1 deliveries\n")
    assert "Morgen" not in printed, "no words of people"
