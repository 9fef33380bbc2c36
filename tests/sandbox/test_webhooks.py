"""Webhooks: signed in three ways, in each platform's shapes, retried, and out of order when a fault says so."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from sandbox.accounts import CREDENTIALS
from tests.sandbox.conftest import ORGANIZATION, PAGE, US, Client, Receiver, eventually

Pair = tuple[Client, Receiver]


def received(receiver: Receiver, platform: str, number: int = 1) -> list[Any]:
    eventually(lambda: len(receiver.bodies(platform)) >= number)
    return receiver.bodies(platform)


def test_x_signs_in_base64_over_the_raw_body(webhooks: Pair) -> None:
    client, receiver = webhooks
    said = client.say("twitter", "mention", "Café dicht / é", attachment="boom")
    (body,) = received(receiver, "twitter")
    _, headers, raw = receiver.posts[0]
    mac = hmac.digest(CREDENTIALS["twitter"]["consumer_secret"].encode(), raw, "sha256")
    assert headers["x-twitter-webhooks-signature"] == "sha256=" + base64.b64encode(mac).decode()
    data = body["data"]
    assert (data["event_type"], data["filter"]) == ("post.mention.create", {"user_id": US})
    assert (data["payload"]["id"], data["payload"]["text"]) == (said["id"], said["text"])
    assert data["includes"]["users"][0]["name"] == "Fatima"
    assert data["includes"]["media"][0]["url"].startswith(client.url)


def test_x_tells_of_replies_messages_and_deletions(webhooks: Pair) -> None:
    client, receiver = webhooks
    reply = client.say("twitter", "reply", "Zonder naam", untagged=True)
    dm = client.say("twitter", "dm", "Vertrouwelijk")
    client.x("POST", f"dm_conversations/{dm['thread']}/messages", json={"text": "Dank u"})
    client.control("POST", "delete", platform="twitter", id=reply["id"])
    data = [body["data"] for body in received(receiver, "twitter", 4)]
    assert [one["event_type"] for one in data] == ["post.reply.create", "dm.received", "dm.sent", "post.delete"]
    assert data[0]["payload"]["in_reply_to_tweet_id"] == reply["in_reply_to"]
    event = data[1]["payload"]["direct_message_events"][0]["message_create"]
    assert event["message_data"]["text"] == "Vertrouwelijk"
    assert set(data[1]["payload"]["users"]) == {US, event["sender_id"]}
    assert data[3]["payload"]["id"] == reply["id"]
    assert len({one["event_uuid"] for one in data}) == 4


def test_meta_escapes_its_body_and_signs_those_bytes(webhooks: Pair) -> None:
    client, receiver = webhooks
    said = client.say("facebook", "comment", "Café <dicht> / é 😀")
    eventually(lambda: len(receiver.bodies("facebook")) >= 2)
    _, headers, raw = receiver.posts[-1]
    secret = CREDENTIALS["facebook"]["app_secret"].encode()
    assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
    assert raw.isascii()
    assert rb"\u00e9" in raw
    assert rb"\/" in raw
    assert b" / " not in raw
    (entry,) = receiver.bodies("facebook")[-1]["entry"]
    value = entry["changes"][0]["value"]
    assert (value["item"], value["verb"], value["comment_id"], value["message"]) == (
        "comment",
        "add",
        said["id"],
        said["text"],
    )
    assert value["parent_id"] == value["post_id"] == said["post"]


def test_facebook_tells_of_edits_hiding_removal_and_who_did_it(webhooks: Pair) -> None:
    client, receiver = webhooks
    visit = client.say("facebook", "visitor_post", "Dag")
    said = client.say("facebook", "comment", post=visit["id"], resident="Bram")
    client.control("POST", "edit", platform="facebook", id=said["id"], text="Anders")
    client.graph("POST", said["id"], data={"is_hidden": "true"})
    client.graph("DELETE", said["id"])
    values = [body["entry"][0]["changes"][0]["value"] for body in received(receiver, "facebook", 5)]
    assert [one["verb"] for one in values] == ["add", "add", "edited", "hide", "remove"]
    assert values[1]["post"]["status_type"] == "wall_post"
    assert [one["from"]["id"] == PAGE for one in values] == [False, False, False, True, True]
    assert "message" not in values[4]


def test_an_echo_carries_our_metadata(webhooks: Pair) -> None:
    client, receiver = webhooks
    client.say("facebook", "dm", "Vraag")
    psid = client.control("POST", "residents", resident="Fatima")["psid"]
    body = {
        "recipient": {"id": psid},
        "messaging_type": "RESPONSE",
        "message": {"text": "Dank", "metadata": "sleutel-1"},
    }
    sent = client.graph("POST", f"{PAGE}/messages", json=body).json()
    client.control("POST", "elsewhere", platform="facebook", resident="Fatima", kind="dm", text="Vanaf mijn telefoon")
    events = [body["entry"][0]["messaging"][0] for body in received(receiver, "facebook", 3)]
    question, echo, elsewhere = events
    assert (question["sender"]["id"], question["message"]["text"]) == (psid, "Vraag")
    assert (echo["message"]["mid"], echo["message"]["metadata"], echo["message"]["is_echo"]) == (
        sent["message_id"],
        "sleutel-1",
        True,
    )
    assert "metadata" not in elsewhere["message"]
    assert "app_id" not in elsewhere["message"]


def test_linkedin_signs_with_a_prefix_and_sends_batches(webhooks: Pair) -> None:
    client, receiver = webhooks
    said = client.say("linkedin", "comment")
    (body, *_) = received(receiver, "linkedin")
    platform, headers, raw = receiver.posts[0]
    secret = CREDENTIALS["linkedin"]["client_secret"].encode()
    assert platform == "linkedin"
    assert headers["x-li-signature"] == hmac.new(secret, b"hmacsha256=" + raw, hashlib.sha256).hexdigest()
    assert body["type"] == "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
    assert body["notifications"][-1]["decoratedGeneratedActivity"]["comment"]["entity"] == said["id"]
    path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={quote(ORGANIZATION, safe='')}"
    polled = client.linkedin("GET", path).json()["elements"]
    assert body["notifications"][-1]["notificationId"] == polled[0]["notificationId"]


def test_a_webhook_that_is_not_taken_comes_again(webhooks: Pair) -> None:
    client, receiver = webhooks
    receiver.answers[:] = [500]
    client.say("twitter", "mention")
    assert len(received(receiver, "twitter")) == 1
    delivery = eventually(
        lambda: next((one for one in client.control("GET", "deliveries")["deliveries"] if one["done"]), None)
    )
    assert (delivery["attempts"], delivery["status"]) == (2, 200)


def test_a_webhook_comes_twice_or_late_when_ordered(webhooks: Pair) -> None:
    client, receiver = webhooks
    client.fault("twitter", "duplicate_webhook")
    client.say("twitter", "mention", "Dubbel")
    first, second = received(receiver, "twitter", 2)
    assert first == second
    receiver.posts.clear()
    client.fault("twitter", "out_of_order_webhook")
    client.say("twitter", "mention", "Eerst gezegd")
    client.say("twitter", "mention", "Later gezegd")
    texts = [body["data"]["payload"]["text"] for body in received(receiver, "twitter", 1)]
    assert texts[0].endswith("Later gezegd")
    eventually(lambda: len(receiver.bodies("twitter")) == 2)


def test_an_app_registers_its_own_address(webhooks: Pair) -> None:
    client, receiver = webhooks
    url = f"{receiver.url}/webhooks/twitter"
    made = client.x("POST", "webhooks", token="bearer_token", json={"url": url}).json()["data"]
    assert (made["url"], made["valid"]) == (url, True)
    refused = client.x("POST", "webhooks", token="bearer_token", json={"url": "http://127.0.0.1:1/nee"})
    assert refused.status_code == 400
    assert client.x("PUT", f"webhooks/{made['id']}", token="bearer_token").json() == {"data": {"valid": True}}
    body = {"event_type": "dm.received", "filter": {"user_id": US}, "webhook_id": made["id"]}
    subscribed = client.x("POST", "activity/subscriptions", json=body).json()
    assert subscribed["meta"]["total_subscriptions"] == 1
    gone = client.x("DELETE", f"activity/subscriptions/{subscribed['data']['subscription_id']}").json()
    assert gone["meta"]["total_subscriptions"] == 0
