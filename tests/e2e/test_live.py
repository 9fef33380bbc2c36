"""Nothing typed is lost, nothing is sent twice, nothing pretends to be sent; and what happens is on the screen by itself."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Desk, arrive, words
from tests.e2e.line import Line
from tests.e2e.screens import Inbox
from tests.stack import Stack, wait_for


@pytest.fixture
def line(stack: Stack, desk: Desk) -> Iterator[Line]:
    opened = Line(stack.port)
    desk.eye.hosts.add(opened.url.removeprefix("http://"))
    yield opened
    desk.close()
    opened.close()


def said(stack: Stack, text: str = "Wanneer wordt er gestrooid?", **more: str) -> tuple[str, int, dict[str, str]]:
    """A new comment, arrived: its text, its conversation, and what the platform holds of it."""
    text = words(text)
    item = stack.say("facebook", "comment", text, resident=f"Live {text[-8:]}", **more)
    return text, stack.conversation_with(text), item


def open_inbox(desk: Desk, conversation: int, **how: str) -> Inbox:
    # Newest first: by term, what came in last may stand below what is shown at once.
    inbox = Inbox(desk.page(f"/inbox/{conversation}?sort=newest", **how))
    inbox.wait_until_live()
    return inbox


def answers(stack: Stack, text: str) -> list[tuple[str]]:
    return stack.rows(
        "SELECT d.state FROM inbox_message m JOIN channels_delivery d ON d.id = m.delivery_id WHERE m.text = %s", text
    )


# -- The line ------------------------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_told_and_nothing_is_missed_when_it_returns(desk: Desk, stack: Stack, line: Line) -> None:
    first, conversation, item = said(stack)
    inbox = open_inbox(desk, conversation, url=line.url)
    banner = inbox.page.locator("#connection-lost")
    inbox.type("Wij strooien")

    line.cut()
    expect(banner).to_be_visible()
    expect(inbox.field()).to_be_focused()
    inbox.page.keyboard.type(" vannacht.")
    second, _other, _item = said(stack)
    follow_up = words("En op de fietspaden?")
    stack.say("facebook", "comment", follow_up, resident=f"Live {first[-8:]}", in_reply_to=item["id"])
    stack.conversation_with(follow_up)
    expect(inbox.row(second)).to_have_count(0)

    line.mend()
    expect(banner).to_be_hidden()
    expect(inbox.row(second)).to_be_visible()
    expect(inbox.bubble(follow_up)).to_be_visible()
    expect(inbox.field()).to_have_value("Wij strooien vannacht.")
    expect(inbox.page.locator("[data-saved]").first).to_have_text("Concept bewaard")


def test_one_blink_of_the_line_is_no_news(desk: Desk, stack: Stack, line: Line) -> None:
    _text, conversation, _item = said(stack)
    page = open_inbox(desk, conversation, url=line.url).page
    page.clock.install()  # a blink takes no time, however slow the machine
    page.clock.pause_at(time.time() + 60)
    page.evaluate("""() => {
      window.heard = [];
      addEventListener("balie:connection", (event) => window.heard.push(event.detail.isLive), true);
      const banner = document.getElementById("connection-lost");
      const look = () => { window.wasTold ||= !banner.hidden; };
      new MutationObserver(look).observe(banner, { attributes: true });
    }""")

    line.cut()
    line.mend()
    wait_for(lambda: page.evaluate("window.heard") == [False, True], message="the line was gone, and is back")

    page.clock.run_for(3500)
    assert not page.evaluate("window.wasTold")


def test_an_answer_given_without_a_line_stays_in_the_field(desk: Desk, stack: Stack, line: Line) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Vannacht, als het vriest.")
    inbox = open_inbox(desk, conversation, url=line.url)
    line.cut()
    inbox.answer(answer)
    expect(inbox.page.locator("#alerts .toast--error")).to_be_visible()
    expect(inbox.field()).to_have_value(answer)
    assert answers(stack, answer) == []

    line.mend()
    inbox.field().press("Control+Enter")
    expect(inbox.bubble(answer)).to_be_visible()
    inbox.expect_sent(answer)
    assert len(stack.sent_by_us("facebook", answer)) == 1


# -- Two tabs, two colleagues ---------------------------------------------------------------------------------------------------


def test_both_tabs_hear_of_everything_also_when_the_first_is_closed(desk: Desk, stack: Stack) -> None:
    context = desk.context()
    first, second = Inbox(context.new_page()), Inbox(context.new_page())
    for tab in (first, second):
        tab.page.goto(f"{stack.url}/inbox?sort=newest")
        tab.wait_until_live()
    text, _pk, _item = said(stack)
    for tab in (first, second):
        expect(tab.row(text)).to_be_visible()

    first.page.close()
    later, _pk, _item = said(stack)
    expect(second.row(later)).to_be_visible()


def test_a_newer_draft_in_another_tab_is_shown_beside_mine(desk: Desk, stack: Stack) -> None:
    _text, conversation, _item = said(stack)
    context = desk.context()
    tabs = [Inbox(context.new_page()), Inbox(context.new_page())]
    for tab in tabs:
        tab.page.goto(f"{stack.url}/inbox/{conversation}")
        tab.wait_until_live()
    tabs[0].type("Eerste versie")
    expect(tabs[0].page.locator("[data-saved]").first).to_have_text("Concept bewaard")
    tabs[1].type("Tweede versie")

    conflict = tabs[1].page.locator("#answer-reply [data-conflict]")
    expect(conflict).to_contain_text("Eerste versie")
    expect(tabs[1].field()).to_have_value("Tweede versie")
    conflict.locator("[data-keep]").click()
    expect(conflict).to_be_hidden()
    expect(tabs[1].field()).to_be_focused()
    wait_for(
        lambda: stack.rows("SELECT 1 FROM inbox_draft WHERE text = 'Tweede versie' AND conversation_id = %s", conversation),
        message="the chosen draft is kept",
    )  # fmt: skip


def test_a_colleague_sees_the_answer_and_its_state(desk: Desk, stack: Stack) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Dat regelen wij.")
    mine, hers = open_inbox(desk, conversation), open_inbox(desk, conversation, username="manager")
    mine.answer(answer)
    expect(hers.bubble(answer)).to_be_visible()
    hers.expect_sent(answer)
    expect(hers.page.locator(".fact--owner")).to_be_visible()
    expect(hers.page.locator(".tag--status")).to_have_text("wacht op inwoner")


# -- While a conversation is open ----------------------------------------------------------------------------------------------


def test_a_new_message_is_shown_beside_what_is_being_typed(desk: Desk, stack: Stack) -> None:
    text, conversation, item = said(stack)
    inbox = open_inbox(desk, conversation)
    inbox.type("Dat is een goede vr")
    more = words("Laat maar, ik zie het al op de site.")
    stack.say("facebook", "comment", more, resident=f"Live {text[-8:]}", in_reply_to=item["id"])

    expect(inbox.bubble(more)).to_be_visible()
    notice = inbox.page.locator(".composer__new")
    expect(notice).to_be_visible()
    expect(inbox.field()).to_be_focused()
    inbox.page.keyboard.type("aag")
    expect(inbox.field()).to_have_value("Dat is een goede vraag")

    notice.locator("[data-show-new]").click()
    expect(notice).to_be_hidden()
    expect(inbox.bubble(more)).to_be_in_viewport()
    expect(inbox.field()).to_have_value("Dat is een goede vraag")


def test_an_edit_and_a_deletion_are_marked_at_once(desk: Desk, stack: Stack) -> None:
    text, conversation, item = said(stack)
    inbox = open_inbox(desk, conversation)
    changed = words("Wanneer wordt er in mijn straat gestrooid?")
    stack.control("POST", "edit", {"platform": "facebook", "id": item["id"], "text": changed})
    bubble = inbox.bubble(changed)
    expect(bubble.locator(".versions summary")).to_contain_text("bewerkt")
    bubble.locator(".versions summary").click()
    expect(bubble.locator(".versions__text")).to_contain_text(text)

    stack.control("POST", "delete", {"platform": "facebook", "id": item["id"]})
    gone = inbox.page.locator("#messages .bubble.is-deleted")
    expect(gone).to_contain_text("Verwijderd door de afzender op Facebook")
    expect(gone.locator("> .bubble__text")).to_have_count(0)


# -- Sessions and drafts ---------------------------------------------------------------------------------------------------------


def test_a_session_that_ends_while_typing_is_renewed_in_a_dialog_and_the_text_is_kept(desk: Desk, stack: Stack) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Vanavond rond tien uur.")
    inbox = open_inbox(desk, conversation)
    inbox.type(answer[:10])
    expect(inbox.page.locator("[data-saved]").first).to_have_text("Concept bewaard")
    session = next(each["value"] for each in inbox.page.context.cookies() if each["name"] == "sessionid")
    stack.rows("DELETE FROM django_session WHERE session_key = %s", session)
    inbox.page.keyboard.insert_text(answer[10:])

    dialog = inbox.page.locator("#sign-in")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[name=username]")).to_have_value("agent")
    expect(dialog.locator("[name=password]")).to_be_focused()
    inbox.page.keyboard.type("mistaken")
    inbox.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.locator("[name=password]").fill("balie-demo")
    inbox.page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(inbox.field()).to_have_value(answer)
    expect(inbox.page.locator("[data-saved]").first).to_have_text("Concept bewaard")

    inbox.field().press("Control+Enter")
    expect(inbox.bubble(answer)).to_be_visible()
    inbox.expect_sent(answer)
    # And the page still hears of news.
    text, _other, _more = said(stack)
    expect(inbox.row(text)).to_be_visible()


def test_a_session_that_ended_before_sending_sends_after_signing_in_and_once(desk: Desk, stack: Stack) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Om elf uur.")
    inbox = open_inbox(desk, conversation)
    inbox.type(answer)
    expect(inbox.page.locator("[data-saved]").first).to_have_text("Concept bewaard")
    session = next(each["value"] for each in inbox.page.context.cookies() if each["name"] == "sessionid")
    stack.rows("DELETE FROM django_session WHERE session_key = %s", session)
    inbox.page.keyboard.press("Control+Enter")
    dialog = inbox.page.locator("#sign-in")
    expect(dialog).to_be_visible()
    dialog.locator("[name=password]").fill("balie-demo")
    inbox.page.keyboard.press("Enter")

    expect(inbox.bubble(answer)).to_be_visible()
    inbox.expect_sent(answer)
    expect(inbox.field()).to_have_value("")
    assert len(stack.sent_by_us("facebook", answer)) == 1


def test_a_draft_survives_a_reload_another_conversation_and_a_new_sign_in(desk: Desk, stack: Stack) -> None:
    text, conversation, _item = said(stack)
    other, _pk, _more = said(stack)
    inbox = open_inbox(desk, conversation)
    inbox.type("Hier ben ik nog niet")
    inbox.page.reload()  # at once: before the server was told
    expect(inbox.field()).to_have_value("Hier ben ik nog niet")
    inbox.type("")
    inbox.page.keyboard.press("Control+End")
    inbox.page.keyboard.type(" klaar mee.")
    inbox.open(other)
    expect(inbox.field()).to_have_value("")
    inbox.open(text)
    expect(inbox.field()).to_have_value("Hier ben ik nog niet klaar mee.")
    kept = "SELECT 1 FROM inbox_draft WHERE text = 'Hier ben ik nog niet klaar mee.' AND conversation_id = %s"
    wait_for(lambda: stack.rows(kept, conversation), message="the draft is kept")

    elsewhere = open_inbox(desk, conversation)  # another browser, another session
    expect(elsewhere.field()).to_have_value("Hier ben ik nog niet klaar mee.")


# -- Sending -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["keys", "clicks"])
def test_sent_twice_in_a_hurry_is_one_message(desk: Desk, stack: Stack, how: str) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Dank voor uw melding.")
    inbox = open_inbox(desk, conversation)
    inbox.type(answer)
    if how == "keys":
        for _press in range(3):
            inbox.page.keyboard.press("Control+Enter")
    else:
        inbox.page.locator("#answer-reply button[type=submit]").dblclick()

    inbox.expect_sent(answer)
    expect(inbox.bubble(answer)).to_have_count(1)
    assert answers(stack, answer) == [("sent",)]
    assert len(stack.sent_by_us("facebook", answer)) == 1
    expect(inbox.page.locator("#composer [role=alert]:visible")).to_have_count(0)


@pytest.mark.parametrize("is_there", [True, False], ids=["it is there", "it is not there"])
def test_an_unknown_outcome_is_told_honestly_and_settled_by_a_person(desk: Desk, stack: Stack, is_there: bool) -> None:
    _text, conversation, _item = said(stack)
    answer = words("Wij komen langs.")
    inbox = open_inbox(desk, conversation)
    fault = {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "closed_before", "times": 1}
    stack.control("POST", "faults", fault)
    inbox.answer(answer)

    state = inbox.bubble(answer).locator(".delivery--unknown")
    expect(state).to_contain_text("Onbekend of dit is verzonden")
    expect(inbox.bubble(answer).locator(".delivery--sent")).to_have_count(0)
    expect(inbox.page.locator(".view--alarm")).to_be_visible()
    state.get_by_role("link").click()
    arrive(inbox.page, "/inbox/outcomes")
    outcome = inbox.page.locator(".outcome", has_text=answer)
    expect(outcome).to_contain_text("onbekend of het is verzonden")
    watcher = desk.page("/inbox/outcomes", username="manager")
    expect(watcher.locator(".outcome", has_text=answer)).to_be_visible()

    if is_there:
        outcome.get_by_role("button", name="Verzonden: het staat er").click()
    else:
        outcome.get_by_role("button", name="Niet verzonden, opnieuw").click()
        expect(inbox.page.locator("#confirm")).to_be_visible()
        inbox.page.locator("#confirm button[value=yes]").click()
    expect(outcome).to_have_count(0)
    expect(watcher.locator(".outcome", has_text=answer)).to_have_count(0)
    inbox.page.goto(f"{stack.url}/inbox/{conversation}")
    inbox.expect_sent(answer)
    assert len(stack.sent_by_us("facebook", answer)) == (0 if is_there else 1)


def test_what_the_platform_refused_says_why_and_can_be_tried_again(desk: Desk, stack: Stack) -> None:
    question, answer = words("Kunt u mij een bericht sturen?"), words("Wij kijken het na.")
    who = f"Weiger {question[-8:]}"
    stack.control("POST", "residents", {"resident": who, "no_dms": True})
    stack.say("twitter", "mention", question, resident=who)
    inbox = open_inbox(desk, stack.conversation_with(question))
    inbox.answer(answer, mode="direct_message")
    inbox.page.locator("#messages .linked--private", has_text=answer).click()
    failed = inbox.bubble(answer).locator(".delivery--failed")
    expect(failed).to_contain_text(re.compile(r"niet verzonden: .{10,}"))
    expect(inbox.page.locator(".view--alarm")).to_be_visible()

    stack.control("POST", "residents", {"resident": who, "no_dms": False})
    inbox.bubble(answer).get_by_role("button", name="Opnieuw proberen").click()
    inbox.expect_sent(answer)
    assert len(stack.sent_by_us("twitter", answer)) == 1


def test_a_channel_is_switched_off_and_on_and_tested_on_its_card(desk: Desk, stack: Stack) -> None:
    page: Page = desk.page("/channels", username="administrator")
    card = page.locator("article.channel", has_text="LinkedIn")
    card.get_by_role("button", name="Uitzetten").click()
    expect(card.locator(".state")).to_have_text("uitgeschakeld")
    card.get_by_role("button", name="Weer aanzetten").click()
    expect(card.locator(".state")).to_have_text("in orde")
    card.get_by_role("button", name="Verbinding testen").click()
    expect(card.get_by_role("status")).to_be_visible()
