"""What a person sees of the terms: the chip in the list and above a conversation, why it is what it is, and how it ended."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from channels.messages import Direction
from core.templatetags.ui import deadline
from inbox.batch import Batch
from inbox.lifecycle import resolve
from inbox.models import Conversation
from inbox.terms import SHOWN, terms_of
from responsematrix.models import Subject
from tests.inbox.pages import text_of
from tests.scripted import inbound

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def asked(channel, matrix) -> Conversation:
    """A question of an hour ago about the pavement, through the real pipeline."""
    sent_at = timezone.now() - timedelta(hours=1)
    Batch(channel).run([inbound("m1", thread_id="t1", sent_at=sent_at, text="De stoep is stuk.")])
    return Conversation.objects.get(thread_id="t1")


@pytest.mark.parametrize(
    ("away", "state", "words"),
    [
        (timedelta(minutes=-5), "late", "te laat 5 min"),
        (timedelta(hours=-30), "late", "te laat 1 d"),
        (timedelta(minutes=25, seconds=30), "soon", "over 25 min"),
        (timedelta(days=30), "later", ""),
    ],
)
def test_the_chip_says_how_much_time_is_left(away, state, words):
    shown = deadline(timezone.now() + away)

    assert f"due--{state}" in shown
    assert words in shown
    assert "Antwoord uiterlijk " in shown


def test_the_list_shows_the_term_and_the_subject(signed_in, asked):
    page = text_of(signed_in.get(reverse("inbox")))

    assert 'class="due due--' in page
    assert '<span class="row__subject">Wegen</span>' in page


def test_a_conversation_says_why_in_both_languages(signed_in, asked, agent):
    url = reverse("conversation", args=[asked.pk])

    assert "4 werkuren" in text_of(signed_in.get(url))
    agent.language = "en"
    agent.save()
    with translation.override("en"):
        assert "4 working hours" in text_of(signed_in.get(url, headers={"Accept-Language": "en"}))


def test_a_person_says_what_it_is_about(signed_in, asked, agent):
    answer = signed_in.post(reverse("facts", args=[asked.pk]), {"subject": "afval", "urgency": "high"}, headers=HX)

    asked.refresh_from_db()
    assert answer.status_code == 200
    assert "2 werkuren" in text_of(answer)
    assert (asked.subject, asked.urgency, asked.is_subject_chosen) == (Subject.objects.get(code="afval"), "high", True)


@pytest.mark.parametrize("wrong", [{"subject": "bestaat-niet"}, {"audience": "koning"}, {"urgency": "%(x)s"}])
def test_what_is_not_on_the_list_is_refused_and_changes_nothing(signed_in, asked, wrong):
    before = Conversation.objects.values().get(pk=asked.pk)

    assert signed_in.post(reverse("facts", args=[asked.pk]), wrong, headers=HX).status_code == 422

    assert Conversation.objects.values().get(pk=asked.pk) == before


def test_how_a_term_ended_stays_visible(signed_in, asked, agent):
    resolve(conversation=asked, by=agent, reason="thanks")

    page = text_of(signed_in.get(reverse("conversation", args=[asked.pk])))

    assert "vervallen (bedankje, geen antwoord nodig)" in page
    assert "waarom?" not in page


def test_the_conclusion_that_runs_is_shown_after_any_number_of_answers(asked, agent):
    for turn in range(15):
        at = timezone.now() - timedelta(minutes=50 - 2 * turn)
        Batch(asked.channel).run([
            inbound(f"o{turn}", thread_id="t1", sent_at=at, direction=Direction.OUT),
            inbound(f"n{turn}", thread_id="t1", sent_at=at + timedelta(minutes=1)),
        ])  # fmt: skip

    terms = terms_of(asked, [])

    assert [term.obligation.kind for term in terms.running] == ["next_response", "resolution"]
    assert len(terms.ended) == SHOWN
