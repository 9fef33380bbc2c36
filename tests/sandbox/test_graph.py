"""Facebook Graph: lists, writes, Messenger windows and error bodies, as recorded and documented."""

import hashlib
import hmac
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.accounts import CREDENTIALS
from tests.sandbox.conftest import PAGE, Client

DAY = 86_400_000
TOKEN = CREDENTIALS["facebook"]["access_token"]


def ago(milliseconds: float) -> int:
    return int(time.time() * 1000 - milliseconds)


def test_comments_are_listed_at_one_level_or_at_every_depth(sandbox: Client) -> None:
    first = sandbox.say("facebook", "comment", "Eerste")
    second = sandbox.say("facebook", "comment", "Antwoord", in_reply_to=first["id"], resident="Bram")
    third = sandbox.say("facebook", "comment", "Dieper", in_reply_to=second["id"])
    path, fields = f"{first['post']}/comments", {"fields": "id,message,from,parent{id},comment_count"}
    top = sandbox.graph("GET", path, params=fields).json()["data"]
    assert [(one["id"], one["comment_count"], one["from"]["name"]) for one in top] == [(first["id"], 1, "Fatima")]
    every = sandbox.graph("GET", path, params={"filter": "stream", **fields}).json()["data"]
    assert [one.get("parent", {}).get("id") for one in every] == [None, first["id"], second["id"]]
    newest = sandbox.graph(
        "GET", path, params={"filter": "stream", "order": "reverse_chronological", "summary": "1"}
    ).json()
    assert newest["data"][0]["id"] == third["id"]
    assert newest["summary"]["total_count"] == 3


def test_next_leads_to_the_real_host_and_after_to_the_next_page(sandbox: Client) -> None:
    said = [sandbox.say("facebook", "comment", f"Reactie {number}") for number in range(5)]
    path, found = f"{said[0]['post']}/comments", []
    params = {"limit": "2", "fields": "id"}
    while True:
        page = sandbox.graph("GET", path, params=params).json()
        found += [one["id"] for one in page["data"]]
        if "next" not in page["paging"]:
            break
        address = urlsplit(page["paging"]["next"])
        assert (address.hostname, parse_qs(address.query)["access_token"]) == ("graph.facebook.com", [TOKEN])
        params["after"] = page["paging"]["cursors"]["after"]
    assert found == [one["id"] for one in said]


def test_edges_nest_inside_fields(sandbox: Client) -> None:
    for number in range(3):
        sandbox.say("facebook", "comment", f"Reactie {number}")
    fields = "id,message,from{id,name,picture{url}},comments.limit(1).order(reverse_chronological){id,message}"
    (post,) = sandbox.graph("GET", f"{PAGE}/feed", params={"fields": fields}).json()["data"]
    assert [one["message"] for one in post["comments"]["data"]] == ["Reactie 2"]
    assert "next" in post["comments"]["paging"]
    assert post["from"]["picture"]["data"]["url"].startswith(sandbox.url)
    wrong = sandbox.graph("GET", f"{PAGE}/feed", params={"fields": "id,from{id"}).json()
    assert wrong["error"]["code"] == 2500


def test_visitors_and_mentions_have_lists_of_their_own(sandbox: Client) -> None:
    visit, tagged = sandbox.say("facebook", "visitor_post"), sandbox.say("facebook", "mention")
    assert [one["id"] for one in sandbox.graph("GET", f"{PAGE}/feed").json()["data"]] == [visit["id"]]
    assert [one["id"] for one in sandbox.graph("GET", f"{PAGE}/tagged").json()["data"]] == [tagged["id"]]
    later = {"since": str(int(time.time()) + 60)}
    assert sandbox.graph("GET", f"{PAGE}/feed", params=later).json() == {"data": []}


def test_a_comment_is_answered_hidden_edited_and_deleted(sandbox: Client) -> None:
    said = sandbox.say("facebook", "comment")
    own = sandbox.graph(
        "POST", f"{said['id']}/comments", data={"message": "We komen kijken", "fields": "id,permalink_url"}
    ).json()
    assert own["permalink_url"].endswith(own["id"].partition("_")[2])
    assert sandbox.graph("POST", said["id"], data={"is_hidden": "true"}).json() == {"success": True}
    assert sandbox.graph("GET", said["id"], params={"fields": "is_hidden"}).json()["is_hidden"] is True
    assert sandbox.graph("POST", said["id"], data={"message": "x"}).json()["error"]["code"] == 200
    assert sandbox.graph("POST", own["id"], data={"message": "We komen morgen"}).json() == {"success": True}
    assert sandbox.ours("facebook") == ["We komen morgen"]
    assert sandbox.graph("DELETE", said["id"]).json() == {"success": True}
    error = sandbox.graph("GET", said["id"]).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


def test_several_objects_come_by_their_ids(sandbox: Client) -> None:
    one, two = sandbox.say("facebook", "comment"), sandbox.say("facebook", "comment", "Nog een")
    found = sandbox.graph("GET", "", params={"ids": f"{one['id']},{two['id']}", "fields": "message"}).json()
    assert [value["message"] for value in found.values()] == [one["text"], "Nog een"]
    sandbox.control("POST", "delete", platform="facebook", id=one["id"])
    assert sandbox.graph("GET", "", params={"ids": f"{one['id']},{two['id']}"}).json()["error"]["code"] == 100


def psid_of(sandbox: Client, name: str = "Fatima") -> str:
    return str(sandbox.control("POST", "residents", resident=name)["psid"])


def send(sandbox: Client, psid: str, **more: str) -> tuple[int, int]:
    """(code, subcode) of the error, (0, 0) when it was sent."""
    body = {"recipient": {"id": psid}, "message": {"text": "Dank u", "metadata": "sleutel"}, **more}
    error = sandbox.graph("POST", f"{PAGE}/messages", json=body).json().get("error", {})
    return error.get("code", 0), error.get("error_subcode", 0)


@pytest.mark.parametrize(
    ("age", "response", "human"),
    [
        (0, (0, 0), (0, 0)),
        (DAY - 60_000, (0, 0), (0, 0)),
        (DAY + 60_000, (10, 2018278), (0, 0)),
        (7 * DAY - 60_000, (10, 2018278), (0, 0)),
        (7 * DAY + 60_000, (10, 2018278), (10, 2018278)),
    ],
)
def test_messenger_windows(sandbox: Client, age: int, response: tuple[int, int], human: tuple[int, int]) -> None:
    sandbox.say("facebook", "dm", at=ago(age))
    psid = psid_of(sandbox)
    assert send(sandbox, psid, messaging_type="RESPONSE") == response
    assert send(sandbox, psid, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT") == human


def test_messenger_refuses_strangers_retired_tags_and_long_texts(sandbox: Client) -> None:
    sandbox.say("facebook", "dm")
    psid = psid_of(sandbox)
    assert send(sandbox, "123", messaging_type="RESPONSE") == (100, 2018001)
    assert send(sandbox, psid, messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE")[0] == 100
    body = {"recipient": {"id": psid}, "message": {"text": "x" * 2_001}}
    assert sandbox.graph("POST", f"{PAGE}/messages", json=body).json()["error"]["code"] == 100
    # What facebook-sdk would make of nested objects: their keys.
    assert sandbox.graph("POST", f"{PAGE}/messages", data={"recipient": "id", "message": "text"}).status_code == 400
    assert sandbox.ours("facebook") == []


def test_a_comment_is_answered_privately_once_and_within_a_week(sandbox: Client) -> None:
    said, old = sandbox.say("facebook", "comment"), sandbox.say("facebook", "comment", "Oud", at=ago(8 * DAY))

    def private(comment: str) -> dict[str, object]:
        body = {"recipient": {"comment_id": comment}, "message": {"text": "Privé", "metadata": "k"}}
        found: dict[str, object] = sandbox.graph("POST", f"{PAGE}/messages", json=body).json()
        return found

    sent = private(said["id"])
    assert sent["recipient_id"] == psid_of(sandbox)
    assert "error" in private(said["id"])
    assert "error" in private(old["id"])
    (thread,) = sandbox.graph(
        "GET", f"{PAGE}/conversations", params={"fields": "id,participants,messages{id,message}"}
    ).json()["data"]
    assert thread["messages"]["data"] == [{"id": sent["message_id"], "message": "Privé"}]


def test_conversations_show_both_sides_newest_first(sandbox: Client) -> None:
    sandbox.say("facebook", "dm", "Vraag", attachment="stoeptegel")
    psid = psid_of(sandbox)
    send(sandbox, psid)
    (thread,) = sandbox.graph(
        "GET", f"{PAGE}/conversations", params={"user_id": psid, "fields": "id,unread_count"}
    ).json()["data"]
    assert thread["unread_count"] == 0
    fields = {"fields": "id,message,from,to,created_time,attachments"}
    ours, theirs = sandbox.graph("GET", f"{thread['id']}/messages", params=fields).json()["data"]
    assert (ours["from"]["id"], ours["to"]["data"][0]["id"]) == (PAGE, psid)
    assert theirs["attachments"]["data"][0]["image_data"]["url"].startswith(sandbox.url)


def test_tokens_proofs_and_versions(sandbox: Client) -> None:
    http, own = sandbox.http, CREDENTIALS["facebook"]
    proof = hmac.new(own["app_secret"].encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert http.get("/graph/v26.0/me", params={"access_token": TOKEN, "appsecret_proof": proof}).json()["id"] == PAGE
    assert http.get("/graph/v26.0/me", params={"access_token": TOKEN, "appsecret_proof": "0"}).status_code == 400
    assert http.get("/graph/v26.0/me").json()["error"]["code"] == 104
    assert http.get("/graph/v26.0/me", params={"access_token": "EAAwrong"}).json()["error"]["code"] == 190
    for asked, answered in (("v26.0", "v26.0"), ("v24.0", "v24.0"), ("v2.8", "v21.0"), ("v99.0", "v21.0")):
        answer = http.get(f"/graph/{asked}/me", params={"access_token": TOKEN})
        assert answer.headers["facebook-api-version"] == answered
        assert set(json.loads(answer.headers["x-app-usage"])) == {"call_count", "total_time", "total_cputime"}


def test_a_token_is_looked_at_inside_a_batch(sandbox: Client) -> None:
    own = CREDENTIALS["facebook"]
    batch = [
        {"method": "GET", "relative_url": f"v26.0/debug_token?input_token={TOKEN}"},
        {"method": "GET", "relative_url": "nope"},
    ]
    form = {"access_token": f"{own['app_id']}|{own['app_secret']}", "batch": json.dumps(batch)}
    looked, refused = sandbox.http.post("/graph/", data=form).json()
    assert json.loads(looked["body"])["data"]["is_valid"] is True
    assert "error" in json.loads(refused["body"])


def test_who_has_left_has_no_name_any_more(sandbox: Client) -> None:
    said = sandbox.say("facebook", "comment", resident="Vertrokken")
    sandbox.control("POST", "residents", resident="Vertrokken", gone=True)
    assert "from" not in sandbox.graph("GET", said["id"], params={"fields": "id,from,message"}).json()
