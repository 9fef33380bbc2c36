"""Drafts: kept per person, conversation and mode; two tabs never overwrite each other."""

import threading

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.messages import SendMode
from inbox.drafts import DraftConflict, save_draft
from inbox.models import Draft
from tests.factories import ChannelFactory, ConversationFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def keep(client, conversation, /, text: str, version: object = 0, mode: str = "reply", **more):
    data = {"mode": mode, "text": text, "version": version} | more
    return client.post(reverse("draft", args=[conversation.pk]), data, headers={"X-Requested-With": "fetch"})


def test_what_is_typed_is_kept_with_its_version_and_stands_there_again(signed_in, conversation):
    first = keep(signed_in, conversation, "Beste Fat")
    second = keep(signed_in, conversation, "Beste Fatima", first.json()["version"])

    assert (first.json(), second.json()) == ({"version": 1}, {"version": 2})
    page = signed_in.get(reverse("conversation", args=[conversation.pk])).content.decode()
    assert "Beste Fatima</textarea>" in page
    assert 'data-version="2"' in page


def test_another_tab_that_was_first_is_told_and_neither_text_is_lost(signed_in, conversation):
    keep(signed_in, conversation, "tab een", 0)
    keep(signed_in, conversation, "tab een, verder", 1)

    conflict = keep(signed_in, conversation, "tab twee", 0)

    assert (conflict.status_code, conflict.json()) == (409, {"text": "tab een, verder", "version": 2})
    assert Draft.objects.get().text == "tab een, verder"
    taken = keep(signed_in, conversation, "tab twee", conflict.json()["version"])
    assert (taken.status_code, Draft.objects.get().text) == (200, "tab twee")


def test_the_same_text_again_is_no_conflict(signed_in, conversation):
    keep(signed_in, conversation, "een", 0)
    keep(signed_in, conversation, "twee", 1)

    assert keep(signed_in, conversation, "twee", 0).status_code == 200


def test_an_emptied_draft_is_thrown_away(signed_in, conversation):
    keep(signed_in, conversation, "een", 0)

    assert keep(signed_in, conversation, "  ", 1).json() == {"version": 0}
    assert Draft.objects.count() == 0


def test_public_and_private_words_are_kept_apart_and_so_are_people(signed_in, client, team, conversation):
    colleague = client.__class__()
    colleague.force_login(UserFactory(teams=[team]))
    keep(signed_in, conversation, "voor iedereen", mode="reply")
    keep(signed_in, conversation, "voor u alleen", mode="private_reply")
    keep(colleague, conversation, "van een ander")

    assert Draft.objects.count() == 3
    assert "van een ander" not in signed_in.get(reverse("composer", args=[conversation.pk])).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", "x"), ("version", "-1"), ("version", ""), ("version", str(2**31)), ("version", "9" * 50), ("mode", "nota"),
     ("mode", ""), ("text", "a" * 100_001), ("text", "a\x00")],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(signed_in, conversation, field, value):
    response = keep(signed_in, conversation, **{"text": "een", "version": 0} | {field: value})

    assert (response.status_code, list(response.json()["errors"])) == (422, [field])
    assert Draft.objects.count() == 0


def test_an_outsider_leaves_no_draft_and_nobody_writes_in_anothers_name(foreign, signed_in, agent, conversation):
    assert keep(foreign, conversation, "x").status_code == 404
    keep(signed_in, conversation, "x", user=UserFactory().pk, conversation=99)

    assert Draft.objects.values_list("user", "conversation").get() == (agent.pk, conversation.pk)


def test_a_version_out_of_nowhere_is_the_next_one(signed_in, conversation):
    keep(signed_in, conversation, "een", 2**31 - 2)

    assert keep(signed_in, conversation, "twee", 2**31 - 2).status_code in (200, 409)
    assert Draft.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_the_same_moment_make_one_draft():
    team = TeamFactory()
    user, conversation = UserFactory(teams=[team]), ConversationFactory(channel=ChannelFactory(teams=[team]))
    start, outcomes = threading.Barrier(2), []

    def save(text: str) -> None:
        start.wait()
        try:
            save_draft(conversation=conversation, mode=SendMode.REPLY, text=text, version=0, by=user)
            outcomes.append(text)
        except DraftConflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[text]) for text in ("een", "twee")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(outcomes) == 2
    # Whoever was told that it was kept finds the own text there.
    assert Draft.objects.get().text in [each for each in outcomes if each != "conflict"]
    assert "conflict" in outcomes


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 1), st.text(alphabet="ab ", max_size=3)), max_size=12))
def test_a_tab_never_overwrites_what_it_has_not_seen(conversation, agent, steps):
    """Two tabs save in any order: a text is only replaced by a tab that knew it."""
    Draft.objects.all().delete()
    known, current = {0: 0, 1: 0}, ""
    for tab, text in steps:
        draft = Draft.objects.first()
        has_seen = draft is None or draft.version <= known[tab] or draft.text == text
        try:
            kept = save_draft(conversation=conversation, mode=SendMode.REPLY, text=text, version=known[tab], by=agent)
        except DraftConflict:
            assert not has_seen
            assert Draft.objects.get().text == current
        else:
            assert has_seen
            known[tab], current = (kept.version, text) if kept else (0, "")
