"""Reading: the longer it fails the later it tries again, one worker at a time, and whatever a platform does stays on its channel."""

import threading
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from channels import errors
from channels.messages import Budget, Change, Page, RawItem
from channels.models import Channel, ChannelState, RateBudget, RawEvent, RawState
from inbox import tasks
from inbox.ingest import ingest, store_raw
from inbox.models import Conversation, Message
from inbox.polling import MAX_PAGES, due_channels, poll, recheck, unprocessed
from tests.factories import ChannelFactory, MessageFactory
from tests.scripted import inbound

pytestmark = pytest.mark.django_db


def item(number: int, **values) -> RawItem:
    return RawItem(event_id=f"e{number}", payload={"id": f"m{number}", **values})


def known(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def wait_of(channel: Channel) -> float:
    return (known(channel).next_poll_at - timezone.now()).total_seconds()


def test_the_longer_it_fails_the_later_it_tries_again(channel, scripted):
    waits = []
    for _failure in range(12):
        scripted.pages.append(errors.TransientError("weg"))
        poll(channel.pk, force=True)
        waits.append(wait_of(channel))

    base = configured.POLL_SECONDS
    for number, wait in enumerate(waits, start=1):
        expected = min(base * 2 ** min(number, 10), 3600)
        assert 0.79 * expected - 1 <= wait <= 1.21 * expected + 1
    assert known(channel).poll_failures == 12


def test_one_success_forgets_every_failure(channel, scripted):
    Channel.objects.update(poll_failures=9, poll_error="weg")

    poll(channel.pk, force=True)

    assert (known(channel).poll_failures, known(channel).poll_error) == (0, "")
    assert wait_of(channel) <= configured.POLL_SECONDS + 1


@pytest.mark.parametrize(
    "error",
    [
        errors.TransientError("weg"),
        errors.OutcomeUnknown("time-out"),
        errors.PermanentError("nee"),
        errors.Gone("verdwenen"),
        errors.StoppedByPlatform("geblokkeerd"),
        errors.Misconfigured("recht ontbreekt"),
        errors.OutOfCredit("tegoed op"),
        errors.PayloadError("raar", reason="odd"),
        KeyError("een nieuw veld"),
        TypeError("null"),
        ZeroDivisionError(),
        RecursionError(),
    ],
    ids=repr,
)
def test_whatever_a_platform_does_stays_on_its_channel(channel, scripted, error):
    other = ChannelFactory()
    scripted.pages += [error, Page(items=(item(1),), cursor={"since": "1"})]

    for pk in (channel.pk, other.pk):
        poll(pk, force=True)

    failed = known(channel)
    assert (failed.poll_failures, bool(failed.poll_error), failed.poll_lease_until) == (1, True, None)
    assert wait_of(channel) > 60, "it is not tried again at once"
    assert Message.objects.get().channel == other


def test_a_bug_of_ours_tells_staff_nothing_of_what_it_read(channel, scripted):
    scripted.pages.append(KeyError("geheim veld van een inwoner"))

    poll(channel.pk, force=True)

    assert "inwoner" not in known(channel).poll_error


def test_what_was_read_before_the_failure_is_kept_and_not_read_again(channel, scripted):
    scripted.pages += [Page(items=(item(1),), cursor={"since": "1"}, more=True), errors.TransientError("weg")]

    poll(channel.pk, force=True)

    assert (known(channel).poll_cursor, Message.objects.count()) == ({"since": "1"}, 1)


def test_an_expired_token_is_renewed_and_the_reading_goes_on(channel, scripted):
    scripted.pages += [
        Page(items=(item(1),), cursor={"since": "1"}, more=True),
        errors.CredentialsRejected("verlopen"),
        Page(items=(item(2),), cursor={"since": "2"}),
    ]

    assert poll(channel.pk, force=True).messages == 2
    assert (known(channel).state, known(channel).poll_failures, len(scripted.renewals)) == ("ok", 0, 1)
    assert known(channel).get_credentials()["access_token"] == "nieuw-1"


def test_a_channel_with_very_much_to_read_lets_the_others_have_their_turn(channel, scripted):
    scripted.pages += [Page(items=(item(n),), cursor={"since": str(n)}, more=True) for n in range(MAX_PAGES + 5)]

    assert poll(channel.pk, force=True).messages == MAX_PAGES
    assert (len(scripted.pages), known(channel).poll_failures) == (5, 0)
    assert poll(channel.pk, force=True).messages == 5


def test_a_lease_that_ended_is_taken_over(channel, scripted):
    Channel.objects.update(poll_lease_until=timezone.now() - timedelta(seconds=1))
    assert due_channels() == [channel.pk]

    assert poll(channel.pk) is not None
    assert known(channel).poll_lease_until is None


@pytest.mark.parametrize(
    ("values", "is_due"),
    [
        ({}, True),
        ({"next_poll_at": timezone.now() + timedelta(days=999)}, False),
        ({"poll_lease_until": timezone.now() + timedelta(days=999)}, False),
        ({"closed_at": timezone.now()}, False),
        ({"state": "off"}, False),
        ({"state": "stopped"}, False),
        ({"state": "reauthorise"}, True),
        ({"state": "limited"}, True),
        ({"state": "expiring"}, True),
    ],
)
def test_only_what_is_due_is_read(channel, scripted, values, is_due):
    Channel.objects.update(**values)

    assert (due_channels() == [channel.pk]) is is_due


def test_a_closed_channel_is_not_read_even_when_asked(channel, scripted):
    Channel.objects.update(closed_at=timezone.now())

    assert poll(channel.pk, force=True) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_reads(scripted, monkeypatch):
    channel, reading, go_on, done = ChannelFactory(), threading.Event(), threading.Event(), []

    def slow(self, cursor):
        reading.set()
        assert go_on.wait(10)
        return Page(items=(item(1),), cursor={"since": "1"})

    def work() -> None:
        done.append(poll(channel.pk, force=True))
        connection.close()

    monkeypatch.setattr(scripted, "poll", slow)
    first = threading.Thread(target=work)
    first.start()
    assert reading.wait(10)
    assert poll(channel.pk, force=True) is None
    go_on.set()
    first.join(60)

    assert done[0].messages == Message.objects.count() == 1


def test_credentials_that_can_not_be_read_are_for_an_administrator(channel, scripted):
    other_key = Fernet(Fernet.generate_key())
    Channel.objects.update(encrypted_credentials=other_key.encrypt(b"{}"))

    poll(channel.pk, force=True)

    assert (known(channel).state, known(channel).poll_failures) == (ChannelState.REAUTHORISE, 1)


def test_limits_are_remembered_even_when_the_reading_failed(channel, scripted, monkeypatch):
    def poll_(self, cursor):
        self.budgets["page"] = Budget(name="page", limit=200, remaining=0)
        raise errors.RateLimited("te vaak", retry_after=timedelta(minutes=5))

    monkeypatch.setattr(scripted, "poll", poll_)
    poll(channel.pk, force=True)

    assert RateBudget.objects.values_list("name", "remaining").get() == ("page", 0)


# -- quarantine --------------------------------------------------------------------------------------------------------------------


def test_what_nobody_understood_yet_is_found_by_the_sweep(channel, scripted):
    assert unprocessed() == []
    store_raw(channel, [item(1)], source="webhook")
    assert unprocessed() == [channel.pk]

    tasks.ingest_channel(channel.pk)

    assert (unprocessed(), Message.objects.count()) == ([], 1)


def test_an_event_that_is_not_understood_is_kept_whole_and_understood_after_a_fix(channel, scripted, monkeypatch):
    body = {"id_new": "m1", "text": "Nieuw veld \x00"}
    scripted.pages.append(Page(items=(RawItem(event_id="e1", payload=body), item(2)), cursor={"since": "2"}))
    assert (poll(channel.pk, force=True).failed, Message.objects.count()) == (1, 1)
    event = RawEvent.objects.get(state=RawState.FAILED)
    assert (event.payload, event.reason, event.attempts) == (body, "missing_id", 1)

    monkeypatch.setattr(scripted, "parse", lambda payload, account: [inbound(payload.get("id") or payload["id_new"])])
    RawEvent.objects.filter(pk=event.pk).update(state=RawState.NEW)
    tasks.ingest_channel(channel.pk)

    event.refresh_from_db()
    assert (event.state, event.reason, event.attempts, Message.objects.count()) == (RawState.PROCESSED, "", 2, 2)


# -- looking again -----------------------------------------------------------------------------------------------------------------


def test_looking_again_finds_edits_and_deletions_and_tells_how_many(channel, scripted):
    ingest(channel, store_raw(channel, [item(n, thread_id=f"t{n}") for n in (1, 2, 3)], source="poll"))
    Message.objects.update(sent_at=timezone.now())
    scripted.changes += [
        inbound("m1", change=Change.DELETED, thread_id="", text=""),
        inbound("m2", change=Change.EDITED, text="anders gezegd", changed_at=timezone.now()),
        inbound("m3"),  # as it was
    ]

    assert recheck(channel.pk) == 2
    assert recheck(channel.pk) == 0
    assert Conversation.objects.get(thread_id="t2").preview == "anders gezegd"


@pytest.mark.parametrize("state", [ChannelState.OFF, ChannelState.STOPPED])
def test_a_channel_that_is_off_is_not_looked_at_again(channel, scripted, state):
    MessageFactory(conversation__channel=channel, external_id="m1", sent_at=timezone.now())
    Channel.objects.update(state=state)
    scripted.changes.append(inbound("m1", change=Change.DELETED, thread_id="", text=""))

    assert recheck(channel.pk) == 0


@pytest.mark.parametrize(
    "error", [errors.RateLimited("te vaak"), errors.CredentialsRejected("x"), errors.TransientError("weg")]
)
def test_looking_again_that_fails_changes_nothing(channel, scripted, monkeypatch, error):
    MessageFactory(conversation__channel=channel, external_id="m1", sent_at=timezone.now())

    def fail(self, ids):
        raise error

    monkeypatch.setattr(scripted, "recheck", fail)

    assert recheck(channel.pk) == 0
    assert known(channel).state == ChannelState.OK


def test_looking_again_without_readable_credentials_fails_quietly(channel, scripted):
    MessageFactory(conversation__channel=channel, external_id="m1", sent_at=timezone.now())
    Channel.objects.update(encrypted_credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"))

    assert recheck(channel.pk) == 0


def test_private_old_deleted_and_our_own_messages_are_not_looked_at(channel, scripted, monkeypatch):
    asked = []
    monkeypatch.setattr(scripted, "recheck", lambda self, ids: asked.extend(ids) or [])
    now = timezone.now()
    for external_id, values in {
        "wel": {},
        "oud": {"sent_at": now - timedelta(days=configured.BACKFILL_DAYS + 1)},
        "weg": {"deleted_at": now},
        "van-ons": {"direction": "out"},
        "prive": {"kind": "direct_message"},
    }.items():
        MessageFactory(conversation__channel=channel, external_id=external_id, **{"sent_at": now} | values)

    recheck(channel.pk)

    assert asked == ["wel"]
