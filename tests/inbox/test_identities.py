"""Residents as platforms know them, and the posts they speak under: known once, told anew, never emptied."""

from dataclasses import replace

import pytest

from channels.messages import Attachment, AttachmentKind, Author, Direction, RootPost
from channels.models import Channel
from core.sql import bulk
from inbox.identities import people_of, upsert_identities
from inbox.models import Contact, ContactIdentity
from inbox.models import RootPost as StoredRoot
from inbox.rootposts import upsert_roots
from inbox.sanitise import clean, first_line, web_address
from tests.factories import ChannelFactory
from tests.scripted import RESIDENT, SENT_AT, inbound

pytestmark = pytest.mark.django_db

FATIMA = Author(
    external_id="psid-1", name="Fatima", handle="fatima", avatar_url="https://cdn/f.jpg", profile_url="https://p/fatima"
)


def learn(channel: Channel, person: Author, scope: str = "100") -> ContactIdentity:
    identity, _contact = upsert_identities(channel, scope, {person.external_id: person})[person.external_id]
    return ContactIdentity.objects.get(pk=identity)


def test_somebody_new_is_an_identity_with_a_contact_of_its_own(channel):
    identity = learn(channel, FATIMA)

    assert (identity.name, identity.handle, identity.contact.name) == ("Fatima", "fatima", "Fatima")
    assert (identity.profile_url, identity.avatar_state) == ("https://p/fatima", "pending")


def test_the_same_person_again_is_the_same_row(channel):
    assert {learn(channel, FATIMA).pk for _again in range(3)} == {ContactIdentity.objects.get().pk}
    assert Contact.objects.count() == 1


def test_a_new_name_is_taken_over_and_an_empty_one_is_not(channel):
    learn(channel, FATIMA)
    known = learn(channel, replace(FATIMA, name="Fatima Yıldız", handle="", avatar_url="", profile_url=""))

    assert (known.name, known.handle, known.avatar_url) == ("Fatima Yıldız", "fatima", "https://cdn/f.jpg")
    assert known.profile_url == "https://p/fatima"


def test_another_picture_is_fetched_and_the_same_one_is_not(channel):
    learn(channel, FATIMA)
    ContactIdentity.objects.update(avatar_state="stored", avatar="aa/b.webp")

    assert learn(channel, replace(FATIMA, name="Fatima Y.")).avatar_state == "stored"
    assert learn(channel, replace(FATIMA, avatar_url="https://cdn/nieuw.jpg")).avatar_state == "pending"


def test_an_id_of_one_page_says_nothing_of_another_page(channel):
    assert learn(channel, FATIMA, "100").pk != learn(channel, FATIMA, "200").pk
    assert Contact.objects.count() == 2, "linking them is a human decision"


def test_an_id_of_one_platform_says_nothing_of_another_platform(channel):
    assert learn(channel, FATIMA, "").pk != learn(ChannelFactory(platform="linkedin"), FATIMA, "").pk


def test_nobody_asks_for_nothing(channel, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert upsert_identities(channel, "", {}) == {}
        assert upsert_roots(channel, []) == {}
        assert bulk("SELECT 1", []) == []


def test_of_two_of_the_same_the_one_with_a_name_counts_and_we_are_nobody():
    nameless = Author(external_id="psid-1")
    ours = inbound("m2", direction=Direction.OUT, author=Author(external_id="page", name="Gemeente"), contact=nameless)
    people = people_of([inbound("m1"), ours, inbound("m3", author=Author(), contact=Author())])

    assert people == {"psid-1": RESIDENT}


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example",
     "http:\\evil", "java\x00script:alert(1)", "https://x\n/y", "https ://x", "file:///etc/passwd", "\u202ehttps://x"],
)  # fmt: skip
def test_what_is_no_web_address_never_becomes_a_link(channel, address):
    person = learn(channel, replace(FATIMA, profile_url=address))
    upsert_roots(channel, [inbound("m1", root=RootPost(external_id="p1", permalink=address))])

    assert (person.profile_url, StoredRoot.objects.get().permalink, web_address(address)) == ("", "", "")


def test_a_web_address_stays_as_it_is():
    assert web_address("https://x.com/a?b=1#c") == "https://x.com/a?b=1#c"
    assert web_address("http://eikenrode.example/é") == "http://eikenrode.example/é"
    assert web_address("") == ""


# -- posts ---------------------------------------------------------------------------------------------------------------------------


def test_a_post_learns_what_it_was_not_told_before_and_forgets_nothing(channel):
    picture = Attachment(kind=AttachmentKind.IMAGE, url="https://cdn/p.jpg", alt="een kaart")
    whole = RootPost(
        external_id="p1", text="De Molenstraat is dicht.", author=Author(name="Gemeente"), is_ours=True, posted_at=SENT_AT,
        permalink="https://p/1", attachments=(picture,),
    )  # fmt: skip
    for told in (
        RootPost(external_id="p1"),
        whole,
        RootPost(external_id="p1"),
        replace(whole, text="", attachments=()),
    ):
        upsert_roots(channel, [inbound("m1", root=told)])

    root = StoredRoot.objects.get()
    assert (root.text, root.author_name, root.is_ours, root.posted_at) == (whole.text, "Gemeente", True, SENT_AT)
    assert (root.permalink, root.picture_url, root.picture_alt) == ("https://p/1", "https://cdn/p.jpg", "een kaart")
    assert root.picture_state == "pending"


def test_a_post_that_was_changed_says_what_it_says_now_and_keeps_its_picture(channel):
    first = Attachment(kind=AttachmentKind.IMAGE, url="https://cdn/1.jpg")
    upsert_roots(channel, [inbound("m1", root=RootPost(external_id="p1", text="oud", attachments=(first,)))])
    StoredRoot.objects.update(picture_state="stored", picture="aa/b.webp")
    second = Attachment(kind=AttachmentKind.IMAGE, url="https://cdn/1.jpg?andere-handtekening")
    upsert_roots(channel, [inbound("m1", root=RootPost(external_id="p1", text="nieuw", attachments=(second,)))])

    assert StoredRoot.objects.values_list("text", "picture", "picture_state").get() == ("nieuw", "aa/b.webp", "stored")


def test_of_two_in_one_batch_the_one_with_words_counts(channel):
    told = [RootPost(external_id="p1", text="De Molenstraat is dicht."), RootPost(external_id="p1")]

    ids = upsert_roots(channel, [inbound(f"m{n}", root=root) for n, root in enumerate(told)])

    assert ids == {"p1": StoredRoot.objects.get().pk}
    assert StoredRoot.objects.get().text == "De Molenstraat is dicht."


# -- words ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b", "ab"),
        ("é\ud83d!", "é!"),
        ("\ufffe\uffff", ""),
        ("👍", "👍"),
        ("a\u202eb", "a\u202eb"),
        ("x" * 30, "x" * 20),
    ],
)
def test_only_what_no_database_holds_is_taken_out(text, cleaned):
    assert clean(text, 20) == cleaned


def test_the_beginning_of_a_text_stands_on_one_line():
    assert first_line("Beste\r\n\r\ngemeente,\t wanneer\u2003komt het?") == "Beste gemeente, wanneer komt het?"
    assert len(first_line("woord " * 500)) == 200
