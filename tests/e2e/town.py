"""One conversation of each kind and every state that a page must be looked at in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.e2e.browser import words
from tests.stack import Stack, wait_for


@dataclass
class Town:
    conversations: dict[str, int] = field(default_factory=dict)
    newcomer: str = "nieuw"  # signs in, and belongs to no team yet


def live_through(stack: Stack, mark: Callable[[str], str] = words) -> Town:
    """Residents speak on every platform and are answered, with all that goes wrong on the way.

    `mark` makes each text the only one of its kind; in a town where nobody else says these things it may be `str`."""
    town = Town()

    def say(name: str, platform: str, kind: str, text: str, **more: object) -> dict[str, object]:
        text = mark(text)
        said = stack.say(platform, kind, text, **more)
        town.conversations[name] = stack.conversation_with(text)
        return said

    comment = say("comment", "facebook", "comment", "De container bij de flat zit al een week vol. Wanneer wordt hij geleegd?",
                  resident="Ayşe Demir", attachment="afval")  # fmt: skip
    say("dm", "facebook", "dm", "Hallo, ik verhuis volgende maand. Waar geef ik dat door?", resident="Ayşe Demir")
    say(
        "mention",
        "twitter",
        "mention",
        "De lantaarnpaal op de Lindelaan is stuk, het is er nu erg donker.",
        resident="Joris Kok",
    )
    say(
        "linkedin",
        "linkedin",
        "comment",
        "Mooi initiatief! Kunnen ondernemers zich hiervoor nog aanmelden?",
        resident="Eva Bos",
    )
    say("untagged", "twitter", "reply", "Nou, dat geloof ik pas als ik het zie.", resident="Kees Vonk", untagged=True)
    say(
        "visitor_post",
        "facebook",
        "visitor_post",
        "Complimenten voor de nieuwe speeltuin!",
        resident="Mirjam Vos",
        attachment="speeltuin",
    )

    edited = say("edited", "facebook", "comment", "Is het zwembad zondag open?", resident="Piet Smit")
    stack.control(
        "POST", "edit", {"platform": "facebook", "id": edited["id"], "text": "Is het zwembad zondagmiddag open?"}
    )
    deleted = say("deleted", "facebook", "comment", "Dit had ik niet moeten schrijven.", resident="Piet Smit")
    stack.control("POST", "delete", {"platform": "facebook", "id": deleted["id"]})

    answer(stack, town.conversations["dm"], "Dat kan op onze website of aan de balie.", mode="direct_message")
    answer(stack, town.conversations["visitor_post"], "Dank u wel! Wij geven het door aan de bouwers.")
    trouble(stack, town, mark)
    add_newcomer(stack, town.newcomer)
    wait_for(
        lambda: stack.rows("SELECT 1 FROM inbox_message WHERE edited_at IS NOT NULL AND text LIKE 'Is het zwembad zondagmiddag%%'"),
        message="the edit arrives",
    )  # fmt: skip
    assert comment["id"]
    return town


def answer(stack: Stack, conversation: int, text: str, *, mode: str = "reply", state: str = "sent") -> None:
    key = stack.reply(conversation, text, mode=mode)
    wait_for(lambda: stack.delivery_state(key) == state, message=f"the answer is {state}")


def trouble(stack: Stack, town: Town, mark: Callable[[str], str]) -> None:
    """One answer of which nobody knows whether it arrived, and one that certainly did not."""
    text = mark("Mag ik mijn boot hier aanleggen?")
    stack.say("facebook", "comment", text, resident="Wim Pech")
    town.conversations["trouble"] = stack.conversation_with(text)
    fault = {"platform": "facebook", "endpoint": "comments", "method": "POST", "times": 1}
    stack.control("POST", "faults", {**fault, "fault": "closed_before"})
    answer(stack, town.conversations["trouble"], "Aan de Oostkade mag dat.", state="unknown")
    text = mark("Kunt u mij vertellen hoe mijn bezwaar ervoor staat?")
    stack.control("POST", "residents", {"resident": "Bas Dicht", "no_dms": True})
    stack.say("twitter", "mention", text, resident="Bas Dicht")
    answer(stack, stack.conversation_with(text), "Stuurt u ons uw zaaknummer.", mode="direct_message", state="failed")


def add_newcomer(stack: Stack, username: str) -> None:
    """Somebody with a demo password who is in no team."""
    make = "from accounts.models import User; User.objects.filter(username={0!r}).exists() or User.objects.create_user({0!r}, password='balie-demo', first_name='Nienke')"
    stack.manage("shell", "-v", "0", "-c", make.format(username))
