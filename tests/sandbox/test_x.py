"""X API v2: what is read and written is as the recorded exchanges and the published specification say."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from sandbox.accounts import CREDENTIALS
from sandbox.x.weight import weighted_length
from tests.sandbox.conftest import US, Client

SPEC = Path(__file__).resolve().parents[3] / "shared" / "payloads" / "x" / "openapi-2.167.json"
OLD = {
    "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,attachments,entities,lang,"
    "note_tweet,reply_settings,possibly_sensitive,edit_controls,display_text_range,public_metrics",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
    "user.fields": "username,name,profile_image_url,verified,created_at,public_metrics",
    "media.fields": "url,alt_text,width,height",
}
NEW = {
    "post.fields": OLD["tweet.fields"]
    .replace("referenced_tweets", "referenced_posts")
    .replace("note_tweet", "note_post"),
    "expansions": "author_id,attachments.media_keys,referenced_posts.id",
}


def test_a_mention_has_few_fields_unless_more_are_asked(sandbox: Client) -> None:
    said = sandbox.say("twitter", "mention", attachment="afval")
    plain = sandbox.x("GET", f"users/{US}/mentions").json()
    assert plain["data"] == [{"id": said["id"], "text": said["text"], "edit_history_tweet_ids": [said["id"]]}]
    assert plain["meta"] == {"result_count": 1, "newest_id": said["id"], "oldest_id": said["id"]}
    full = sandbox.x("GET", f"users/{US}/mentions", params=OLD).json()
    post, (author,), (media,) = full["data"][0], full["includes"]["users"], full["includes"]["media"]
    assert post["author_id"] == author["id"]
    assert author["name"] == "Fatima"
    assert post["entities"]["mentions"][0] == {"start": 0, "end": 14, "username": "gem_eikenrode", "id": US}
    assert post["attachments"]["media_keys"] == [media["media_key"]]
    assert sandbox.http.get(media["url"]).content.startswith(b"\x89PNG")


def test_an_answer_uses_the_words_of_the_question(sandbox: Client) -> None:
    first = sandbox.say("twitter", "mention")
    sandbox.x("POST", "tweets", json={"text": "Dank u", "reply": {"in_reply_to_tweet_id": first["id"]}})
    for params, names in (
        (OLD, ("referenced_tweets", "edit_history_tweet_ids", "tweets")),
        (NEW, ("referenced_posts", "edit_history_post_ids", "posts")),
    ):
        found = sandbox.x("GET", f"users/{US}/tweets", params=params).json()
        assert found["data"][0][names[0]] == [{"type": "replied_to", "id": first["id"]}]
        assert names[1] in found["data"][0]
        assert found["includes"][names[2]][0]["id"] == first["id"]


def test_pages_and_since_id_lead_through_everything_once(sandbox: Client) -> None:
    ids = [sandbox.say("twitter", "mention", f"Melding {number}")["id"] for number in range(13)]
    seen: list[str] = []
    params: dict[str, Any] = {"max_results": 5}
    while True:
        page = sandbox.x("GET", f"users/{US}/mentions", params=params).json()
        seen += [post["id"] for post in page["data"]]
        if "next_token" not in page["meta"]:
            break
        params["pagination_token"] = page["meta"]["next_token"]
    assert seen == ids[::-1]
    newer = sandbox.x("GET", f"users/{US}/mentions", params={"since_id": ids[10]}).json()
    assert [post["id"] for post in newer["data"]] == [ids[12], ids[11]]
    assert sandbox.x("GET", f"users/{US}/mentions", params={"since_id": ids[12]}).json() == {
        "meta": {"result_count": 0}
    }


def test_search_finds_a_conversation_and_knows_operators(sandbox: Client) -> None:
    root = sandbox.say("twitter", "mention", "Vraag over afval")
    reply = sandbox.say("twitter", "reply", "Hier ook", resident="Bram", in_reply_to=root["id"], untagged=True)

    def search(query: str) -> list[str]:
        found = sandbox.x("GET", "tweets/search/recent", params={"query": query}).json()
        return [post["id"] for post in found.get("data", [])]

    assert search(f"conversation_id:{root['id']}") == [reply["id"], root["id"]]
    assert search("@gem_eikenrode -is:reply") == [root["id"]]
    assert search('from:bram OR "over afval"') == [reply["id"], root["id"]]
    assert search("(afval OR hier) from:fatima") == [root["id"]]
    assert sandbox.x("GET", "tweets/search/recent", params={"query": "(afval"}).status_code == 400
    old = sandbox.x("GET", "tweets/search/recent", params={"query": "afval", "since_id": "1000"})
    assert "since_id" in old.json()["errors"][0]["message"]


def test_deleted_and_unknown_posts_are_partial_errors(sandbox: Client) -> None:
    kept, lost = sandbox.say("twitter", "mention", "Blijft"), sandbox.say("twitter", "mention", "Gaat weg")
    sandbox.control("POST", "delete", platform="twitter", id=lost["id"])
    answer = sandbox.x("GET", "tweets", params={"ids": f"{kept['id']},{lost['id']}"})
    assert answer.status_code == 200
    assert [post["id"] for post in answer.json()["data"]] == [kept["id"]]
    (error,) = answer.json()["errors"]
    assert (error["resource_id"], error["type"].rpartition("/")[2]) == (lost["id"], "resource-not-found")
    assert "data" not in sandbox.x("GET", f"tweets/{lost['id']}").json()


def test_an_edited_post_has_a_new_id_and_a_history(sandbox: Client) -> None:
    old = sandbox.say("twitter", "mention", "Typfuot")
    new = sandbox.control("POST", "edit", platform="twitter", id=old["id"], text="@gem_eikenrode Typfout")
    for own_id in (old["id"], new["id"]):
        post = sandbox.x("GET", f"tweets/{own_id}").json()["data"]
        assert post == {
            "id": new["id"],
            "text": "@gem_eikenrode Typfout",
            "edit_history_tweet_ids": [old["id"], new["id"]],
        }


def test_a_long_post_is_whole_only_in_its_note(sandbox: Client) -> None:
    text = "@gem_eikenrode " + "Een lang verhaal. " * 30
    sandbox.say("twitter", "mention", text.strip())
    post = sandbox.x("GET", f"users/{US}/mentions", params=OLD).json()["data"][0]
    assert len(post["text"]) <= 280
    assert post["note_tweet"]["text"] == text.strip()


def test_only_who_named_us_can_be_answered(sandbox: Client) -> None:
    named, unnamed = sandbox.say("twitter", "mention"), sandbox.say("twitter", "reply", "Zonder naam", untagged=True)
    for own_id, status in ((named["id"], 201), (unnamed["id"], 403)):
        answer = sandbox.x("POST", "tweets", json={"text": "Dank u", "reply": {"in_reply_to_tweet_id": own_id}})
        assert answer.status_code == status
    assert answer.json()["detail"].startswith(
        "Reply to this conversation is not allowed because you have not been mentioned"
    )
    sandbox.control("POST", "tier", tier="enterprise")
    assert (
        sandbox.x("POST", "tweets", json={"text": "Toch", "reply": {"in_reply_to_tweet_id": unnamed["id"]}}).status_code
        == 201
    )


def test_a_reply_names_the_resident_and_can_not_be_given_twice(sandbox: Client) -> None:
    said = sandbox.say("twitter", "mention")
    body = {"text": "Dank u", "reply": {"in_reply_to_tweet_id": said["id"]}}
    answer = sandbox.x("POST", "tweets", json=body)
    assert answer.json()["data"]["text"] == "@fatima Dank u"
    assert answer.headers["location"].endswith(answer.json()["data"]["id"])
    again = sandbox.x("POST", "tweets", json=body)
    assert (again.status_code, again.json()["detail"]) == (
        403,
        "You are not allowed to create a Tweet with duplicate content.",
    )
    assert sandbox.ours("twitter") == ["@fatima Dank u"]


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("a" * 280, 280),
        ("é" * 3, 3),
        ("字", 2),
        ("👨‍👩‍👧", 2),
        ("kijk op https://eikenrode.example/een/heel/lang/adres", 31),
        ("🇳🇱 top", 6),
    ],
)
def test_length_is_weighted(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


def test_what_is_too_long_is_refused(sandbox: Client) -> None:
    assert sandbox.x("POST", "tweets", json={"text": "a" * 281}).status_code == 400
    assert sandbox.x("POST", "tweets", json={"text": "字" * 141}).status_code == 400
    assert sandbox.ours("twitter") == []


def test_own_posts_are_deleted_and_replies_hidden(sandbox: Client) -> None:
    own = sandbox.x("POST", "tweets", json={"text": "Welkom"}).json()["data"]["id"]
    reply = sandbox.say("twitter", "reply", in_reply_to=own)
    assert sandbox.x("PUT", f"tweets/{reply['id']}/hidden", json={"hidden": True}).json() == {"data": {"hidden": True}}
    assert sandbox.x("DELETE", f"tweets/{reply['id']}").status_code == 403
    assert sandbox.x("DELETE", f"tweets/{own}").json() == {"data": {"deleted": True}}


def test_direct_messages_go_both_ways(sandbox: Client) -> None:
    said = sandbox.say("twitter", "dm", "Kan dit vertrouwelijk?")
    answer = sandbox.x("POST", f"dm_conversations/{said['thread']}/messages", json={"text": "Zeker"})
    assert answer.status_code == 201
    assert answer.json()["data"]["dm_conversation_id"] == said["thread"]
    params = {"dm_event.fields": "created_at,sender_id,dm_conversation_id", "expansions": "sender_id"}
    found = sandbox.x("GET", "dm_events", params=params).json()
    assert [(event["text"], event["sender_id"] == US) for event in found["data"]] == [
        ("Zeker", True),
        ("Kan dit vertrouwelijk?", False),
    ]
    smaller, larger = said["thread"].split("-")
    assert int(smaller) < int(larger)


def test_who_takes_no_messages_can_not_be_written_to(sandbox: Client) -> None:
    resident = sandbox.control("POST", "residents", resident="Stille Willie", no_dms=True)
    answer = sandbox.x("POST", f"dm_conversations/with/{resident['x_id']}/messages", json={"text": "Hallo"})
    assert answer.status_code == 403


def test_the_window_of_an_endpoint_is_counted_and_ends(sandbox: Client) -> None:
    left = [sandbox.x("GET", "dm_events").headers["x-rate-limit-remaining"] for _ in range(15)]
    assert left == [str(number) for number in range(14, -1, -1)]
    answer = sandbox.x("GET", "dm_events")
    assert answer.status_code == 429
    assert int(answer.headers["x-rate-limit-reset"]) > 0
    assert sandbox.x("GET", "users/me").status_code == 200


def test_refresh_tokens_rotate_and_need_the_client(sandbox: Client) -> None:
    own = CREDENTIALS["twitter"]
    form = {"grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
    client = (own["client_id"], own["client_secret"])
    assert sandbox.http.post("/x/2/oauth2/token", data=form).status_code == 401
    fresh = sandbox.http.post("/x/2/oauth2/token", data=form, auth=client).json()
    assert sandbox.x("GET", "users/me", token=fresh["access_token"]).json()["data"]["id"] == US
    assert sandbox.http.post("/x/2/oauth2/token", data=form, auth=client).status_code == 400
    sandbox.control("POST", "token/revoke", platform="twitter", what="access")
    assert sandbox.x("GET", "users/me", token=fresh["access_token"]).status_code == 401
    sandbox.control("POST", "token/restore", platform="twitter")
    assert sandbox.x("GET", "users/me").status_code == 200


def test_an_app_can_not_act_as_a_user(sandbox: Client) -> None:
    answer = sandbox.x("GET", "users/me", token="bearer_token")
    assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")
    assert sandbox.x("GET", "usage/tweets", token="bearer_token").status_code == 200


# -- the published specification ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not SPEC.exists(), reason="X's specification is not beside this checkout (../shared/payloads/x)")
def test_every_answer_fits_the_specification(sandbox: Client) -> None:
    spec = json.loads(SPEC.read_text())
    first = sandbox.say("twitter", "mention", "Foto erbij", attachment="boom")
    sandbox.x("POST", "tweets", json={"text": "Dank", "reply": {"in_reply_to_tweet_id": first["id"]}})
    dm = sandbox.say("twitter", "dm")
    other = dm["thread"].replace(US, "").strip("-")
    dms = {"dm_event.fields": "created_at,sender_id,dm_conversation_id,attachments,entities", "expansions": "sender_id"}
    asked: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET", "/2/users/me", "users/me", {}),
        ("GET", "/2/users/{id}", f"users/{other}", {}),
        ("GET", "/2/users/{id}/mentions", f"users/{US}/mentions", {"params": NEW}),
        ("GET", "/2/users/{id}/mentions", f"users/{US}/mentions", {"params": OLD}),
        ("GET", "/2/users/{id}/mentions", f"users/{US}/mentions", {"params": {"since_id": "9" * 18 + "0"}}),
        ("GET", "/2/users/{id}/tweets", f"users/{US}/tweets", {"params": NEW}),
        ("GET", "/2/tweets", "tweets", {"params": {"ids": f"{first['id']},12"}}),
        ("GET", "/2/tweets/{id}", f"tweets/{first['id']}", {"params": NEW}),
        ("GET", "/2/tweets/{id}", "tweets/12", {}),
        ("GET", "/2/tweets/search/recent", "tweets/search/recent", {"params": {"query": "foto", **NEW}}),
        ("GET", "/2/dm_events", "dm_events", {"params": dms}),
        ("GET", "/2/dm_conversations/{id}/dm_events", f"dm_conversations/{dm['thread']}/dm_events", {"params": dms}),
        ("GET", "/2/dm_conversations/with/{participant_id}/dm_events", f"dm_conversations/with/{other}/dm_events", {}),
        ("POST", "/2/dm_conversations/with/{participant_id}/messages", f"dm_conversations/with/{other}/messages", {"json": {"text": "a"}}),
        ("POST", "/2/dm_conversations/{dm_conversation_id}/messages", f"dm_conversations/{dm['thread']}/messages", {"json": {"text": "b"}}),
        ("POST", "/2/tweets", "tweets", {"json": {"text": "Nieuws"}}),
        ("PUT", "/2/tweets/{tweet_id}/hidden", f"tweets/{sandbox.say('twitter', 'reply')['id']}/hidden", {"json": {"hidden": True}}),
        ("GET", "/2/usage/tweets", "usage/tweets", {"token": "bearer_token"}),
        ("GET", "/2/webhooks", "webhooks", {"token": "bearer_token"}),
        ("GET", "/2/activity/subscriptions", "activity/subscriptions", {}),
    ]  # fmt: skip
    for method, name, path, more in asked:
        answer = sandbox.x(method, path, **more)
        responses = spec["paths"][name][method.lower()]["responses"]
        assert str(answer.status_code) in responses, (name, answer.status_code, answer.text)
        schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        found = list(OAS30Validator({**schema, "components": spec["components"]}).iter_errors(answer.json()))
        assert not found, (name, found[0].message, answer.text)
