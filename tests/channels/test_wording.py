"""Nobody reads an error in a language that is not theirs, and no code is without its sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation

from channels import errors
from channels.connectors.facebook.graph_errors import LOGIN_SUBCODES
from channels.connectors.linkedin.problems import LOGIN_CODES
from channels.connectors.twitter.problems import RULES
from channels.models import Channel, ChannelState, Delivery, DeliveryState
from channels.wording import NEEDS_DETAIL, SENTENCES, Explanation, explain, explain_error

ROOT = Path(settings.BASE_DIR) / "channels"
SOURCES = [*sorted((ROOT / "connectors").rglob("*.py")), ROOT / "http.py", ROOT / "errors.py", ROOT / "encryption.py"]
# Codes that a connector takes from its own table: read from there.
TABLES = {
    "twitter/problems.py": {rule.code for rule in RULES},
    "facebook/graph_errors.py": {code for code, _said in LOGIN_SUBCODES.values()},
    "linkedin/problems.py": {code for code, _said in LOGIN_CODES.values()},
}
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"BadRequest", "ChannelNotice", "CredentialsUnreadable"}  # fmt: skip


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                yield code
            case ast.Call(func=ast.Name(id=name)) if name in ERRORS:
                yield from (code for each in node.keywords if each.arg == "code" for code in literals(each.value, path))


def literals(value: ast.expr, path: Path) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=first, orelse=second):
            yield from (*literals(first, path), *literals(second, path))
        case _:
            # A variable: then the codes must come out of a table that this test knows.
            assert str(path).endswith(tuple(TABLES)), f"{path}: {ast.unparse(value)}"


def test_every_code_that_can_be_raised_has_its_sentence() -> None:
    raised = {code: path.name for path in SOURCES for code in codes_in(path)}
    raised |= {code: name for name, codes in TABLES.items() for code in codes}
    assert {
        "recipient_unavailable",
        "too_long",
        "page_unlinked",
        "checkpoint",
        "credentials_other_key",
    } <= raised.keys()
    assert {code: place for code, place in raised.items() if code not in SENTENCES} == {}


def test_what_balie_itself_says_has_its_sentence_too() -> None:
    said = {
        "refreshed",
        "worker_lost",
        "not_sent",
        "channel_closed",
        *(f"channel_{state}" for state in ("off", "limited")),
    }
    assert said <= SENTENCES.keys()
    assert SENTENCES.keys() >= NEEDS_DETAIL


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "Deze persoon ontvangt geen privéberichten van ons."),
        ("en", "This person takes no direct messages from us."),
    ],
)
def test_a_known_code_is_told_in_the_readers_language_and_needs_no_detail(language: str, text: str) -> None:
    error = errors.PermanentError("This person takes no direct messages from us.", code="recipient_unavailable")
    with translation.override(language):
        assert explain_error(error, platform="twitter") == Explanation(text)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.TransientError("503 upstream", code="new"), "Facebook is even niet bereikbaar."),
        (errors.PermanentError("no such thing", code="new"), "Facebook neemt dit bericht niet aan."),
        (errors.ReplyWindowClosed("late", code="new"), "Het is te laat: Facebook neemt hier geen antwoord meer aan."),
        (errors.ChannelError("odd", code="new"), "Het kanaal werkt niet. Een beheerder moet kijken wat er is."),
        (errors.Misconfigured("scope", code="new"), "Het kanaal is niet goed ingesteld. Een beheerder moet kijken."),
        (errors.OutcomeUnknown("reset", code="new"), "We weten niet of Facebook het bericht heeft aangenomen."),
        (errors.ConnectorError("?", code="new"), "Er ging iets mis met Facebook."),
    ],
)
def test_an_unknown_code_gets_the_sentence_of_its_branch_and_the_technical_detail(
    error: errors.ConnectorError, text: str
) -> None:
    assert explain_error(error, platform="facebook") == Explanation(text, str(error))


def test_a_detail_is_one_line_of_a_bearable_length() -> None:
    told = explain("rejected", "Too\n many " + "words " * 100, platform="twitter")
    assert told.detail.startswith("Too many words")
    assert len(told.detail) == 201


def test_a_sentence_of_our_own_stays_as_it_is() -> None:
    assert explain("", "Uitgezet door Sanne", platform="twitter") == Explanation("Uitgezet door Sanne")
    assert explain("", "", platform="twitter").text == ""


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (DeliveryState.FAILED, "X (Twitter) neemt dit bericht niet aan."),
        (DeliveryState.UNKNOWN, "We weten niet of X (Twitter) het bericht heeft aangenomen."),
        (DeliveryState.QUEUED, "X (Twitter) is even niet bereikbaar."),
    ],
)
def test_a_delivery_with_an_unknown_code_is_told_by_what_came_of_it(state: DeliveryState, text: str) -> None:
    delivery = Delivery(state=state, error_code="something_new", error="Technical words")
    assert delivery.explained("twitter") == Explanation(text, "Technical words")
    assert delivery.explained("X (Twitter)") == delivery.explained("twitter")


def test_the_detail_stands_in_small_print_and_is_escaped() -> None:
    channel = Channel(
        platform="facebook", state=ChannelState.STOPPED, state_code="stopped", state_reason="<b>\u202espam"
    )
    page = engines["django"].from_string("{% load wording %}{{ channel.state_explained|told }}")
    assert page.render({"channel": channel}) == (
        'Facebook heeft ons account of onze app geblokkeerd. <small class="technical" dir="auto">&lt;b&gt;·spam</small>'
    )
