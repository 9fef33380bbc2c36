"""What the product is for: a resident's words arrive in an open inbox, the answer arrives at the resident."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Desk, words
from tests.e2e.screens import Inbox, Resident, received_at
from tests.stack import Stack

SOON = 3.0  # seconds between the webhook or the poll and the screen

WAYS = [
    ("twitter", "mention", "reply", "openbaar"),
    ("twitter", "dm", "direct_message", "privé"),
    ("facebook", "comment", "reply", "openbaar"),
    ("facebook", "dm", "direct_message", "privé"),
    ("linkedin", "comment", "reply", "openbaar"),
]


@pytest.mark.parametrize(("platform", "kind", "mode", "visibility"), WAYS)
def test_words_of_a_resident_arrive_by_themselves_and_the_answer_reaches_the_resident(
    desk: Desk, stack: Stack, platform: str, kind: str, mode: str, visibility: str
) -> None:
    question, answer = words("Wanneer gaat de milieustraat open?"), words("Morgen om acht uur.")
    inbox = Inbox(desk.page("/inbox?sort=newest"))
    inbox.wait_until_live()
    resident = Resident(desk.context("").new_page(), stack, platform, "Noor van der Berg")

    inbox.note_arrival(question)
    resident.say(kind, question)
    seen_at = inbox.arrived_at(question)
    assert seen_at - received_at(stack, question) <= SOON

    inbox.open(question)
    expect(inbox.page.locator(".thread__facts .tag").first).to_have_text(re.compile(visibility))
    inbox.answer(answer, mode=mode)
    expect(inbox.bubble(answer)).to_be_visible()
    resident.expect_answer(answer)
    inbox.expect_sent(answer)

    assert inbox.page.evaluate("window.isSamePage === true")
    assert len(stack.sent_by_us(platform, answer)) == 1


def test_a_public_question_on_x_is_answered_in_private(desk: Desk, stack: Stack) -> None:
    question, answer = words("Kan ik mijn paspoort online verlengen?"), words("Stuurt u ons uw geboortedatum.")
    inbox = Inbox(desk.page("/inbox?sort=newest"))
    resident = Resident(desk.context("").new_page(), stack, "twitter", "Emre Yilmaz")
    resident.say("mention", question)
    inbox.open(question)

    inbox.answer(answer, mode="direct_message")

    sent = resident.expect_answer(answer)
    expect(sent.locator("xpath=ancestor::article")).to_contain_text("Privé")
    expect_linked_private_conversation(inbox, answer)


def test_a_private_reply_to_a_comment_opens_a_linked_private_conversation(desk: Desk, stack: Stack) -> None:
    question, answer = words("Mijn buurman heeft weer klachten, wie belt mij?"), words("Wij bellen u vanmiddag.")
    follow_up = words("Fijn, na drie uur graag.")
    inbox = Inbox(desk.page("/inbox?sort=newest"))
    resident = Resident(desk.context("").new_page(), stack, "facebook", words("Henk de Wit"))
    resident.say("comment", question)
    inbox.open(question)

    inbox.answer(answer, mode="private_reply")

    sent = resident.expect_answer(answer)
    expect(sent.locator("xpath=ancestor::article")).to_contain_text("Privé")
    expect_linked_private_conversation(inbox, answer)

    # What the resident says next in Messenger stands in that same conversation.
    resident.say("dm", follow_up)
    expect(inbox.bubble(follow_up)).to_be_visible()
    inbox.answer(follow_up, mode="direct_message")
    inbox.expect_sent(follow_up)
    assert len(stack.sent_by_us("facebook", follow_up)) == 1


def expect_linked_private_conversation(inbox: Inbox, answer: str) -> None:
    """The public conversation leads to the private one, where the answer stands, and back."""
    public = inbox.page.url
    link = inbox.page.locator("#messages .linked--private", has_text=answer)
    expect(link).to_be_visible()
    link.click()
    inbox.expect_sent(answer)
    expect(inbox.page.locator("#header .tag--private")).to_be_visible()
    assert inbox.page.url != public
    expect(inbox.page.locator("#origin")).to_be_visible()
