"""How each platform shows a post: what it folds, how it shortens addresses, and where a link goes."""

import pytest

from accounts.models import User
from calendar_app.content import targets_of
from calendar_app.models import Post
from calendar_app.previews import pieces, preview_of
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, show
from tests.factories import ChannelFactory

LINK = "https://www.eikenrode.example/wegwerk/molenstraat"


def shown(post: Post):
    (target,) = targets_of(post)
    return preview_of(target)


def words(parts) -> str:
    return "".join(piece.text for piece in parts)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("twitter", "eikenrode.example/wegwerk/…"),
        ("linkedin", "https://lnkd.in/…"),
        ("facebook", LINK),
    ],
)
def test_an_address_is_shortened_as_the_platform_does(platform: str, expected: str) -> None:
    found = pieces(f"Zie {LINK} en #straat van @eikenrode, niet a@b.nl", platform)

    assert [piece.text for piece in found if piece.kind == "mark"] == [expected, "#straat", "@eikenrode"]


@pytest.mark.django_db
@pytest.mark.parametrize(("platform", "fold"), [("twitter", 0), ("facebook", 477), ("linkedin", 210)])
def test_a_long_text_is_folded_at_a_word(agent: User, platform: str, fold: int) -> None:
    text = "straat " * (35 if platform == "twitter" else 100)
    (part,) = shown(make_post(ChannelFactory(platform=platform), owner=agent, text=text.strip())).parts

    assert words(part.seen) + words(part.folded) == text.strip()
    assert bool(part.folded) == bool(fold)
    if fold:
        assert fold - 8 <= len(words(part.seen)) <= fold
        assert words(part.folded).startswith(" straat")


@pytest.mark.django_db
def test_what_is_too_long_for_x_is_told_apart_by_its_own_counting(agent: User) -> None:
    preview = shown(make_post(ChannelFactory(platform="twitter"), owner=agent, text="漢" * 150))

    (part,) = preview.parts
    assert (part.length, part.longest, part.excess, preview.excess) == (300, 280, 20, 20)
    assert (words(part.seen), part.over) == ("漢" * 140, "漢" * 10)


@pytest.mark.django_db
def test_a_link_is_a_card_until_there_is_a_picture(agent: User) -> None:
    post = make_post(ChannelFactory(platform="facebook"), owner=agent, text="Dicht.", link=LINK, has_utm=False)
    assert (shown(post).card, words(shown(post).parts[0].seen)) == ("eikenrode.example", "Dicht.")

    show(post, make_picture(by=agent))

    assert (shown(post).card, words(shown(post).parts[0].seen)) == ("", f"Dicht.\n{LINK}")


@pytest.mark.django_db
def test_more_pictures_than_are_laid_out_are_counted(channel: Channel, agent: User) -> None:
    post = make_post(channel, owner=agent)
    for _number in range(7):
        show(post, make_picture(by=agent))
    preview = shown(post)

    assert (len(preview.shown_pictures), preview.more_pictures) == (5, 2)
    assert preview.shown_pictures[0].alt == "Een lege straat met hekken."
