"""What a post says on a channel, and the fingerprint that an approval is bound to."""

import pytest

from accounts.models import User
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import Campaign, MediaItem, Post, PostTarget
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, show
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


def content(post: Post):
    (target,) = targets_of(post)
    return content_of(target)


def test_the_link_gets_its_origin_and_keeps_the_tags_that_it_has(channel: Channel, agent: User) -> None:
    campaign = Campaign.objects.create(name="Afval", code="afval")
    link = "https://eikenrode.example/afval?utm_source=folder&x=1#top"
    post = make_post(channel, owner=agent, link=link, campaign=campaign)

    assert content(post).link == (
        "https://eikenrode.example/afval?utm_source=folder&x=1&utm_medium=social&utm_campaign=afval#top"
    )
    post.has_utm = False
    post.save()
    assert content(post).link == link


def test_a_channel_says_its_own_words_and_shows_its_own_pictures(channel: Channel, agent: User) -> None:
    post = make_post(channel, owner=agent)
    shared, own = make_picture(by=agent), make_picture(by=agent, alt="Een kraan.")
    show(post, shared, alt="De dichte straat.")
    target = post.targets.get()
    assert [each.alt for each in content(post).pictures] == ["De dichte straat."]

    PostTarget.objects.update(has_own_text=True, text="Anders.", has_own_pictures=True)
    show(post, own, target=target)

    assert content(post).parts == ("Anders.",)
    assert [(each.digest, each.alt) for each in content(post).pictures] == [(own.digest, "Een kraan.")]


def test_the_fingerprint_changes_with_every_word_link_picture_and_alt_text(channel: Channel, agent: User) -> None:
    post = make_post(channel, owner=agent)
    seen = {digest_of(content(post))}
    picture = show(post, make_picture(by=agent))
    seen.add(digest_of(content(post)))
    picture.alt = "Een ander bijschrift."
    picture.save()
    seen.add(digest_of(content(post)))
    # The same row, another picture behind it.
    MediaItem.objects.update(digest="f" * 64)
    seen.add(digest_of(content(post)))
    Post.objects.update(text="De Molenstraat is dinsdag dicht.")
    post.refresh_from_db()
    seen.add(digest_of(content(post)))
    Post.objects.update(link="https://eikenrode.example/")
    post.refresh_from_db()
    seen.add(digest_of(content(post)))

    assert len(seen) == 6
    Post.objects.update(title="Een andere titel")
    post.refresh_from_db()
    assert digest_of(content(post)) in seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zie https://a.nl/x.", "Zie {}."),
        ("https://a.nl/x", "{}"),
        ("(https://a.nl/x), of https://a.nl/x!", "({}), of {}!"),
        ("Zie https://a.nl/xyz", "Zie https://a.nl/xyz\n{}"),
        ("Zie https://a.nl/x/afval en https://a.nl/x?y=1", "Zie https://a.nl/x/afval en https://a.nl/x?y=1\n{}"),
        ("Zie https://a.nl/x.html en https://a.nl/x", "Zie https://a.nl/x.html en {}"),
        ("Zie \\1 https://a.nl/x", "Zie \\1 {}"),
    ],
)
def test_a_link_in_the_text_gets_its_origin_and_a_longer_address_stays_whole(agent, text, expected) -> None:
    post = make_post(ChannelFactory(platform="twitter"), owner=agent, text=text, link="https://a.nl/x")

    assert content(post).parts == (expected.replace("{}", "https://a.nl/x?utm_source=twitter&utm_medium=social"),)


def test_three_hyphens_cut_a_thread_only_where_there_are_threads(channel: Channel, agent: User) -> None:
    post = make_post(channel, owner=agent, text="Eerst dit.\r\n---\r\n\r\n---\nDan dat.")

    assert content(post).parts == ("Eerst dit.\n\nDan dat.",)


def test_reading_many_asks_a_fixed_number_of_questions(
    channel: Channel, agent: User, django_assert_num_queries
) -> None:
    post = make_post(channel, *ChannelFactory.create_batch(4), owner=agent)
    show(post, make_picture(by=agent))

    with django_assert_num_queries(4):
        assert len([content_of(target) for target in targets_of(post)]) == 5
