"""What state a channel is in and why: told once, and ended by itself or by a person."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.delivery import deliver
from channels.encryption import CredentialsUnreadable
from channels.messages import AccountStatus, Budget, OutboundMessage, Receipt
from channels.models import Channel, ChannelState, DeliveryState, RateBudget
from channels.state import (
    check_channel,
    connect,
    end_expired_states,
    note_error,
    note_success,
    retry_at,
    set_state,
    store_budgets,
)
from tests.factories import ChannelFactory, DeliveryFactory
from tests.scripted import ScriptedConnector

pytestmark = pytest.mark.django_db

SOON = timedelta(minutes=10)


def fresh(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def unreadable(channel: Channel) -> Channel:
    """Its credentials were encrypted with a key that is gone."""
    Channel.objects.filter(pk=channel.pk).update(encrypted_credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"))
    return fresh(channel)


# -- states ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.CredentialsRejected("ingetrokken"), "reauthorise"),
        (errors.StoppedByPlatform("geblokkeerd"), "stopped"),
        (errors.Misconfigured("recht ontbreekt"), "reauthorise"),
        (errors.OutOfCredit("tegoed op"), "limited"),
        (errors.RateLimited("te vaak", retry_after=SOON), "limited"),
        (errors.TransientError("even weg"), "ok"),
        (errors.PermanentError("mag niet"), "ok"),
        (errors.OutcomeUnknown("time-out"), "ok"),
        (errors.PayloadError("raar", reason="odd"), "ok"),
    ],
)
def test_a_failure_shows_on_the_channel_when_it_concerns_all_of_it(channel, error, state):
    note_error(channel, error)

    known = fresh(channel)
    assert (known.state, known.state_reason) == (state, str(error) if state != "ok" else "")
    assert (known.state_until is not None) is (state == "limited")


def test_the_same_state_again_is_told_once(channel):
    for _again in range(3):
        note_error(channel, errors.CredentialsRejected("ingetrokken"))

    assert AuditEvent.objects.filter(action="channel.state").count() == 1


@pytest.mark.parametrize(
    "error", [errors.CredentialsRejected("x"), errors.StoppedByPlatform("x"), errors.RateLimited("x", retry_after=SOON)]
)
def test_only_a_person_switches_a_channel_on_again(channel, agent, scripted, error):
    set_state(channel, ChannelState.OFF, reason="vakantie", by=agent)

    note_error(fresh(channel), error)
    note_success(fresh(channel))
    end_expired_states()
    assert (fresh(channel).state, fresh(channel).state_reason) == ("off", "vakantie")

    set_state(fresh(channel), ChannelState.OK, by=agent)
    assert fresh(channel).state == "ok"


@pytest.mark.parametrize("error", [None, errors.CredentialsRejected("x"), errors.StoppedByPlatform("x")])
def test_testing_the_connection_of_a_channel_that_is_off_does_not_switch_it_on(
    channel, administrator, scripted, monkeypatch, error
):
    set_state(channel, ChannelState.OFF, reason="vakantie", by=administrator)
    if error:
        monkeypatch.setattr(scripted, "check", raising(error))

    assert bool(check_channel(fresh(channel), by=administrator)) is (error is not None)
    assert (fresh(channel).state, fresh(channel).state_reason) == ("off", "vakantie")


def raising(error: Exception):
    def call(*args, **kwargs):
        raise error

    return call


def test_a_limit_ends_by_itself_and_not_before(channel, scripted):
    note_error(channel, errors.RateLimited("te vaak", retry_after=SOON))
    note_success(fresh(channel))
    assert (end_expired_states(), fresh(channel).state) == (0, "limited")

    Channel.objects.update(state_until=timezone.now())
    assert (end_expired_states(), fresh(channel).state, fresh(channel).state_until) == (1, "ok", None)


@pytest.mark.parametrize(
    ("error", "least", "most"),
    [
        (errors.RateLimited(retry_after=timedelta(0)), 0, 2),
        (errors.RateLimited(retry_after=timedelta(days=400)), 24 * 3600, 25 * 3600 + 1),
        (errors.RateLimited(until=datetime(1970, 1, 1, tzinfo=UTC)), 0, 2),
        (errors.RateLimited(), 14 * 60, 16 * 60),
    ],
)
def test_a_moment_to_try_again_that_can_not_be_right_is_not_believed(error, least, most):
    assert least <= (retry_at(error) - timezone.now()).total_seconds() <= most


def test_a_reason_that_is_too_long_is_cut(channel):
    set_state(channel, ChannelState.STOPPED, reason="x" * 5000)

    assert fresh(channel).state_reason == "x" * 300


def test_limits_are_remembered_as_they_were_last_told(channel):
    for left in (9, 7):
        store_budgets(channel, [Budget(name="mentions" * 20, limit=10, remaining=left)])

    assert RateBudget.objects.values_list("remaining", flat=True).get() == 7
    store_budgets(channel, [])


@pytest.mark.parametrize(
    "told",
    [
        [Budget(name="a" * 60 + end, limit=10, remaining=9) for end in "12"],  # one name, once it is cut
        [Budget(name="a", limit=2**40, remaining=9)],  # more than a column holds
    ],
)
def test_limits_that_can_not_be_kept_do_not_cost_the_receipt_that_they_came_with(channel, scripted, monkeypatch, told):
    def send(self: ScriptedConnector, message: OutboundMessage) -> Receipt:
        self.budgets = {budget.name: budget for budget in told}
        return Receipt(external_id="c1")

    monkeypatch.setattr(scripted, "send", send)

    done = deliver(DeliveryFactory(channel=channel).pk, on_outcome=lambda delivery: None)

    assert done.state == DeliveryState.SENT


# -- who are we ------------------------------------------------------------------------------------------------------------------------


def test_a_check_that_works_stores_what_the_platform_says(channel, scripted, monkeypatch):
    Channel.objects.update(state="reauthorise", state_reason="ingetrokken")
    until = timezone.now() + timedelta(days=60)
    status = AccountStatus(external_id=channel.external_id, name="Eikenrode", handle="eik", expires_at=until)
    monkeypatch.setattr(scripted, "check", lambda self: status)

    assert check_channel(fresh(channel)) is None
    known = fresh(channel)
    assert (known.name, known.handle, known.token_expires_at, known.state) == ("Eikenrode", "eik", until, "ok")


def test_a_check_renews_a_rejected_token_once(channel, scripted, monkeypatch):
    def check(self):
        if self.account.credentials["access_token"] == "geheim":
            raise errors.CredentialsRejected("verlopen")
        return AccountStatus(external_id=self.account.external_id)

    monkeypatch.setattr(scripted, "check", check)
    assert (check_channel(channel), fresh(channel).state) == (None, "ok")

    monkeypatch.setattr(scripted, "check", raising(errors.CredentialsRejected("ingetrokken")))
    problem = check_channel(fresh(channel))
    assert "accepteert onze toegang niet meer" in problem.text
    assert problem == fresh(channel).state_explained
    assert (fresh(channel).state, len(scripted.renewals)) == ("reauthorise", 2)


def test_credentials_of_another_account_are_refused_and_said_to_be(channel, scripted, monkeypatch):
    monkeypatch.setattr(scripted, "check", lambda self: AccountStatus(external_id="999", name="Buurgemeente"))

    problem = check_channel(channel)

    assert "Buurgemeente" in problem.text
    assert (fresh(channel).state, fresh(channel).state_reason) == ("reauthorise", problem.text)
    assert fresh(channel).name == "Gemeente Eikenrode"


def test_a_check_without_a_key_says_so_instead_of_failing(channel, scripted):
    problem = check_channel(unreadable(channel))

    assert "met een andere sleutel versleuteld" in problem.text
    assert fresh(channel).state_explained == problem
    assert fresh(channel).state == "reauthorise"


# -- connecting ------------------------------------------------------------------------------------------------------------------------

CREDENTIALS = {"access_token": "vers", "account_id": "100"}


def test_connecting_is_proved_by_the_platform_and_stored(scripted, administrator):
    channel = connect(platform="facebook", credentials=CREDENTIALS, by=administrator, settings_={"a": "b"})

    assert (channel.external_id, channel.name, channel.state) == ("100", "Gemeente Eikenrode", "ok")
    assert (channel.get_credentials()["access_token"], channel.settings) == ("vers", {"a": "b"})
    assert AuditEvent.objects.get(action="channel.connected").actor == administrator


def test_what_the_platform_refuses_is_not_stored(db, scripted, monkeypatch):
    monkeypatch.setattr(scripted, "check", raising(errors.CredentialsRejected("ongeldig")))

    with pytest.raises(errors.CredentialsRejected):
        connect(platform="facebook", credentials=CREDENTIALS, by=None)
    assert Channel.objects.count() == 0


@pytest.mark.parametrize("state", ["reauthorise", "stopped", "off", "limited"])
def test_connecting_again_opens_the_same_channel_and_keeps_its_history(scripted, state):
    known = ChannelFactory(
        external_id="100",
        state=state,
        state_reason="x",
        closed_at=timezone.now(),
        poll_cursor={"since": "7"},
        settings={"c": "d"},
    )

    channel = connect(platform="facebook", credentials=CREDENTIALS | {"app_secret": ""}, by=None, settings_={"a": "b"})

    assert (channel.pk, channel.state, channel.closed_at, channel.poll_cursor) == (known.pk, "ok", None, {"since": "7"})
    assert channel.settings == {"a": "b", "c": "d"}
    assert channel.get_credentials() == {
        "access_token": "vers",
        "app_secret": "sleutel",
        "consumer_secret": "sleutel",
        "account_id": "100",
    }
    assert AuditEvent.objects.filter(action="channel.reconnected").count() == 1


def test_a_channel_whose_key_was_lost_can_be_connected_again(scripted):
    known = unreadable(ChannelFactory(external_id="100"))
    with pytest.raises(CredentialsUnreadable):
        known.get_credentials()

    connect(platform="facebook", credentials=CREDENTIALS, by=None)

    assert fresh(known).get_credentials() == CREDENTIALS


@pytest.mark.parametrize("keys", [[], ["geen sleutel"]])
def test_without_a_key_nothing_is_stored_and_nothing_overwritten(channel, scripted, settings, keys):
    before = bytes(channel.encrypted_credentials)
    settings.CREDENTIALS_KEYS = keys

    with pytest.raises(CredentialsUnreadable):
        connect(platform="facebook", credentials=CREDENTIALS | {"account_id": channel.external_id}, by=None)
    assert bytes(fresh(channel).encrypted_credentials) == before


def test_a_key_is_rotated_without_a_stop(channel, settings):
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIALS_KEYS]
    assert channel.get_credentials()["access_token"] == "geheim"

    channel.set_credentials({"access_token": "nieuw"})
    settings.CREDENTIALS_KEYS = settings.CREDENTIALS_KEYS[:1]
    assert channel.get_credentials()["access_token"] == "nieuw"
