"""Raw event first; then understood, once, and one bad event never stops the others."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from channels import errors
from channels.messages import Page, RawItem
from channels.models import Channel, ChannelState, RawEvent, RawState
from inbox import ingest
from inbox.models import Message
from inbox.polling import due_channels, poll, recheck
from tests.factories import ChannelFactory
from tests.scripted import inbound

pytestmark = pytest.mark.django_db


def item(number: int, **values) -> RawItem:
    return RawItem(event_id=f"e{number}", payload={"id": f"m{number}", **values})


def test_an_event_is_kept_exactly_as_it_came(channel, scripted):
    payload = {"id": "m1", "text": "NUL \x00 half \ud83d emoji 👍"}

    ingest.store_raw(channel, [RawItem(event_id="e1", payload=payload)], source="poll")

    assert RawEvent.objects.get().payload == payload


def test_the_same_event_twice_is_one_row(channel, scripted):
    assert len(ingest.store_raw(channel, [item(1), item(1), item(2)], source="poll")) == 2
    assert ingest.store_raw(channel, [item(1)], source="webhook") == []


def test_ingesting_twice_changes_nothing(channel, scripted):
    ids = ingest.store_raw(channel, [item(1), item(2)], source="poll")

    assert ingest.ingest(channel, ids).messages == 2
    assert ingest.ingest(channel, ids).messages == 0

    RawEvent.objects.update(state=RawState.NEW)
    assert ingest.ingest_new(channel).messages == 0
    assert Message.objects.count() == 2


def test_what_is_not_understood_is_kept_with_its_reason_and_the_rest_goes_on(channel, scripted):
    bad = RawItem(event_id="bad", payload={"text": "zonder id"})
    like = RawItem(event_id="like", payload={"kind": "like"})
    ids = ingest.store_raw(channel, [item(1), bad, like, item(2)], source="webhook")

    done = ingest.ingest(channel, ids)

    assert (done.messages, done.failed, done.ignored) == (2, 1, 1)
    assert dict(RawEvent.objects.values_list("event_id", "state")) == {
        "e1": RawState.PROCESSED,
        "bad": RawState.FAILED,
        "like": RawState.IGNORED,
        "e2": RawState.PROCESSED,
    }
    assert RawEvent.objects.get(event_id="bad").reason == "missing_id"


def test_a_poisonous_event_is_set_apart_and_the_others_are_stored(channel, scripted, monkeypatch):
    def parse(payload, account):
        if payload["id"] == "m2":
            # More than an id may be: the database refuses what the parser let through.
            return [inbound("m2", kind="x" * 40)]
        return [inbound(payload["id"])]

    monkeypatch.setattr(scripted, "parse", parse)
    ids = ingest.store_raw(channel, [item(1), item(2), item(3)], source="poll")

    done = ingest.ingest(channel, ids, cursor={"since": "3"})

    assert (done.messages, done.failed) == (2, 1)
    assert RawEvent.objects.get(event_id="e2").reason == "internal"
    assert Channel.objects.get().poll_cursor == {"since": "3"}


def test_replaying_after_a_fix_stores_what_failed(channel, scripted, monkeypatch):
    def crash(payload, account):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(scripted, "parse", crash)
        ingest.ingest(channel, ingest.store_raw(channel, [item(1)], source="poll"))
    assert RawEvent.objects.get().state == RawState.FAILED

    from django.core.management import call_command

    call_command("replay", "--error", "internal")
    call_command("replay", "--all")

    assert Message.objects.count() == 1
    assert RawEvent.objects.get().state == RawState.PROCESSED


def test_a_poll_reads_every_page_and_remembers_where_it_was(channel, scripted):
    scripted.pages += [
        Page(items=(item(1), item(2)), cursor={"since": "2"}, more=True),
        Page(items=(item(3),), cursor={"since": "3"}),
    ]

    assert poll(channel.pk).messages == 3

    channel.refresh_from_db()
    assert (channel.poll_cursor, channel.poll_failures, channel.poll_lease_until) == ({"since": "3"}, 0, None)
    assert channel.polled_at is not None
    assert due_channels() == []


def test_a_page_that_was_kept_but_not_understood_is_finished_by_the_next_poll(channel, scripted):
    ingest.store_raw(channel, [item(1)], source="poll")  # and then the process died

    scripted.pages.append(Page(items=(item(1), item(2)), cursor={"since": "2"}))
    poll(channel.pk)

    assert Message.objects.count() == 2


def test_a_failing_channel_backs_off_and_says_why(channel, scripted):
    other = ChannelFactory(external_id="other")
    scripted.pages += [errors.TransientError("platform weg"), Page(items=(item(9),), cursor={})]

    poll(channel.pk)
    poll(other.pk)

    channel.refresh_from_db()
    assert (channel.poll_failures, channel.poll_error) == (1, "platform weg")
    assert channel.next_poll_at > timezone.now() + timedelta(seconds=60)
    assert Message.objects.get().channel == other


def test_a_limit_on_reading_leaves_sending_alone(channel, scripted):
    scripted.pages.append(errors.RateLimited(retry_after=timedelta(minutes=10)))

    poll(channel.pk)

    channel.refresh_from_db()
    assert channel.state == ChannelState.OK
    assert channel.next_poll_at > timezone.now() + timedelta(minutes=9)


def test_a_revoked_token_makes_the_channel_red_once_and_is_not_hammered(channel, scripted):
    scripted.pages += [errors.CredentialsRejected("ingetrokken"), errors.CredentialsRejected("ingetrokken")]

    poll(channel.pk)

    channel.refresh_from_db()
    assert (channel.state, len(scripted.renewals)) == (ChannelState.REAUTHORISE, 1)
    assert channel.next_poll_at > timezone.now() + timedelta(minutes=4)


def test_a_channel_that_works_again_is_green_again(channel, scripted):
    Channel.objects.update(state=ChannelState.REAUTHORISE, state_reason="ingetrokken")

    poll(channel.pk)

    assert Channel.objects.get().state == ChannelState.OK


def test_a_switched_off_channel_is_not_read(channel, scripted):
    Channel.objects.update(state=ChannelState.OFF)

    assert due_channels() == []


def test_two_workers_read_a_channel_one_at_a_time(channel, scripted):
    Channel.objects.update(poll_lease_until=timezone.now() + timedelta(minutes=1))

    assert poll(channel.pk) is None


def test_what_was_deleted_at_the_platform_is_blanked_by_a_recheck(channel, scripted):
    ingest.ingest(channel, ingest.store_raw(channel, [item(1), item(2)], source="poll"))
    Message.objects.update(sent_at=timezone.now())
    scripted.changes.append(inbound("m1", change="deleted", thread_id="", text=""))

    assert recheck(channel.pk) == 1

    assert Message.objects.get(external_id="m1").deleted_at is not None
    assert Message.objects.get(external_id="m2").deleted_at is None


def test_bodies_are_stored_as_ascii(channel):
    assert ingest.to_text({"a": "é\x00"}).isascii()
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [ingest.to_text({"a": "\x00"})])
        assert json.loads(cursor.fetchone()[0]) == {"a": "\x00"}
