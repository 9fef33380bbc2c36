"""Access that ends: renewed by one worker where no person is needed, and told in time where one is."""

import threading
import time
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.models import Channel
from channels.state import note_error, note_success, refresh_credentials, renew_if_expiring
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db

SOON = timedelta(minutes=10)


def fresh(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def unreadable(channel: Channel) -> Channel:
    """Its credentials were encrypted with a key that is gone."""
    Channel.objects.filter(pk=channel.pk).update(encrypted_credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"))
    return fresh(channel)


def test_a_token_that_no_machine_can_renew_is_told_a_week_before(channel, scripted, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(scripted, "capabilities", replace(scripted.capabilities, refreshes_tokens=False))
    for left, state in ((timedelta(days=8), "ok"), (timedelta(days=6), "expiring")):
        Channel.objects.update(token_expires_at=timezone.now() + left)
        renew_if_expiring(fresh(channel))
        assert fresh(channel).state == state
    assert "koppel het kanaal opnieuw" in fresh(channel).state_explained.text
    assert fresh(channel).state_until == fresh(channel).token_expires_at


DAYS = {left: timedelta(days=left) for left in (1, 6, 8, 300)}


def holding(channel: Channel, **credentials: str) -> Channel:
    channel.set_credentials(credentials)
    channel.token_expires_at = timezone.now() + DAYS[1]
    channel.save()
    return fresh(channel)


@pytest.mark.parametrize(("left", "state"), [(300, "ok"), (8, "ok"), (6, "expiring")])
def test_a_right_to_renew_that_ends_is_told_a_week_before(channel, scripted, left, state):
    ends = timezone.now() + DAYS[left]

    renew_if_expiring(holding(channel, refresh_token="r", refresh_expires_at=ends.isoformat()))

    assert fresh(channel).state == state
    assert fresh(channel).state_until == (ends if state == "expiring" else None)
    assert scripted.renewals == []


def test_tokens_that_end_without_a_right_to_renew_them_are_told(channel, scripted):
    renew_if_expiring(holding(channel))

    assert (fresh(channel).state, fresh(channel).state_code) == ("expiring", "expiring")


def test_a_right_to_renew_of_which_no_end_is_known_is_no_warning(channel, scripted):
    renew_if_expiring(holding(channel, refresh_token="r"))
    assert fresh(channel).state == "ok"

    renew_if_expiring(holding(channel, refresh_token="r", refresh_expires_at="bald"))
    assert fresh(channel).state == "ok"


def test_a_warning_ends_when_the_right_to_renew_is_a_new_one(channel, scripted):
    soon, later = (timezone.now() + DAYS[left] for left in (6, 300))
    renew_if_expiring(holding(channel, refresh_token="r", refresh_expires_at=soon.isoformat()))
    assert fresh(channel).state == "expiring"

    renew_if_expiring(holding(fresh(channel), refresh_token="r2", refresh_expires_at=later.isoformat()))
    assert (fresh(channel).state, fresh(channel).state_until) == ("ok", None)


@pytest.mark.parametrize(("left", "state"), [(300, "ok"), (6, "expiring")])
def test_a_call_that_works_again_does_not_hide_the_warning(channel, scripted, left, state):
    ends = timezone.now() + DAYS[left]
    channel = holding(channel, refresh_token="r", refresh_expires_at=ends.isoformat())
    note_error(channel, errors.CredentialsRejected("verlopen"))

    note_success(fresh(channel))

    assert fresh(channel).state == state


def test_a_rejected_token_is_renewed_and_kept_encrypted(channel, scripted):
    assert refresh_credentials(channel, rejected_token="geheim")

    credentials = fresh(channel).get_credentials()
    assert (credentials["access_token"], credentials["app_secret"]) == ("nieuw-1", "sleutel")
    assert b"nieuw" not in bytes(fresh(channel).encrypted_credentials)
    assert AuditEvent.objects.get(action="channel.tokens_refreshed").data == {}


def test_who_comes_second_uses_what_the_first_one_brought(channel, scripted):
    refresh_credentials(channel, rejected_token="geheim")

    assert refresh_credentials(channel, rejected_token="geheim")
    assert scripted.renewals == ["geheim"]


@pytest.mark.parametrize("renewed", [{}, {"access_token": ""}, {"access_token": "geheim"}])
def test_a_renewal_that_brings_nothing_new_is_none_and_overwrites_nothing(channel, scripted, monkeypatch, renewed):
    monkeypatch.setattr(scripted, "refresh", lambda self: renewed)

    assert not refresh_credentials(channel, rejected_token="geheim")
    assert fresh(channel).get_credentials()["access_token"] == "geheim"


@pytest.mark.parametrize(
    "error", [errors.CredentialsRejected("x"), errors.TransientError("x"), errors.OutcomeUnknown("x")]
)
def test_a_renewal_that_fails_is_told_and_overwrites_nothing(channel, scripted, monkeypatch, error):
    def refuse(self):
        raise error

    monkeypatch.setattr(scripted, "refresh", refuse)

    assert not refresh_credentials(channel, rejected_token="geheim")
    assert fresh(channel).get_credentials()["access_token"] == "geheim"


def test_an_empty_value_never_overwrites_a_known_one(channel):
    channel.set_credentials({"access_token": "", "app_secret": "nieuw"})

    assert channel.get_credentials()["access_token"] == "geheim"
    assert channel.get_credentials()["app_secret"] == "nieuw"


@pytest.mark.parametrize(
    ("left", "is_renewed"), [(timedelta(minutes=29), True), (timedelta(hours=2), False), (-SOON, True)]
)
def test_a_short_lived_token_is_renewed_before_it_ends(channel, scripted, left, is_renewed):
    channel = holding(channel, refresh_token="r")
    Channel.objects.update(token_expires_at=timezone.now() + left)

    renew_if_expiring(fresh(channel))

    assert bool(scripted.renewals) is is_renewed
    assert fresh(channel).state == "ok"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_renewal(scripted, monkeypatch):
    """X gives a new refresh token each time and voids the old one: a second renewal would lock us out."""
    channel, start, outcomes = ChannelFactory(), threading.Barrier(2), []

    def refresh(self) -> dict[str, str]:
        scripted.renewals.append(self.account.credentials["access_token"])
        time.sleep(0.2)
        return {**self.account.credentials, "access_token": f"nieuw-{len(scripted.renewals)}"}

    def work() -> None:
        start.wait()
        outcomes.append(refresh_credentials(Channel.objects.get(pk=channel.pk), rejected_token="geheim"))
        connection.close()

    monkeypatch.setattr(scripted, "refresh", refresh)
    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (outcomes, scripted.renewals) == ([True, True], ["geheim"])
    assert fresh(channel).get_credentials()["access_token"] == "nieuw-1"


def test_tokens_of_one_channel_that_can_not_be_read_stop_no_other(channel, scripted):
    broken = unreadable(ChannelFactory())
    Channel.objects.update(token_expires_at=timezone.now() + SOON)
    from inbox.tasks import refresh_tokens

    refresh_tokens()

    assert fresh(channel).get_credentials()["access_token"] == "nieuw-1"
    assert fresh(broken).state == "reauthorise"
