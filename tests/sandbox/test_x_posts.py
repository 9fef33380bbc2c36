"""Posts with pictures, and how a post does: as X's specification says."""

import base64
import io
import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from PIL import Image

from tests.sandbox.conftest import US, Client
from tests.sandbox.test_x import OLD, SPEC


def picture(kind: str = "PNG", colour: str = "teal") -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def uploaded(sandbox: Client, alt: str = "", kind: str = "PNG") -> str:
    answer = sandbox.x("POST", "media/upload", json={"media": picture(kind), "media_category": "tweet_image"})
    own_id: str = answer.json()["data"]["id"]
    if alt:
        told = sandbox.x("POST", "media/metadata", json={"id": own_id, "metadata": {"alt_text": {"text": alt}}})
        assert told.status_code == 200
    return own_id


def test_a_post_shows_the_pictures_that_were_uploaded_for_it(sandbox: Client) -> None:
    ids = [uploaded(sandbox, "Een boom"), uploaded(sandbox, kind="JPEG")]
    answer = sandbox.x("POST", "tweets", json={"text": "Nieuwe bomen", "media": {"media_ids": ids}})
    assert answer.status_code == 201
    found = sandbox.x("GET", f"users/{US}/tweets", params=OLD).json()
    (post,), media = found["data"], found["includes"]["media"]
    assert post["attachments"]["media_keys"] == [f"3_{one}" for one in ids]
    assert [one.get("alt_text") for one in media] == ["Een boom", None]
    assert sandbox.http.get(media[0]["url"]).content == base64.b64decode(picture())
    assert sandbox.http.get(media[1]["url"]).headers["content-type"] == "image/jpeg"
    # X puts a link of its own behind the text.
    link = post["entities"]["urls"][0]["url"]
    assert post["text"] == f"Nieuwe bomen {link}"
    (item,) = sandbox.control("GET", "items?platform=twitter&by=page&kind=post")["items"]
    assert (item["text"], item["pictures"], item["alts"]) == ("Nieuwe bomen", 2, ["Een boom", ""])


@pytest.mark.parametrize(
    ("media", "category"),
    [("bm8gcGljdHVyZQ==", "tweet_image"), ("%%%", "tweet_image"), ("", "tweet_image"), (picture(), "selfie")],
    ids=["no picture", "no base64", "empty", "category"],
)
def test_what_is_no_picture_is_refused(sandbox: Client, media: str, category: str) -> None:
    assert sandbox.x("POST", "media/upload", json={"media": media, "media_category": category}).status_code == 400


def test_a_picture_belongs_to_one_post_and_there_are_four_at_most(sandbox: Client) -> None:
    own_id = uploaded(sandbox)
    for ids, status in (([own_id], 201), ([own_id], 400), (["12"], 400), ([uploaded(sandbox) for _ in range(5)], 400)):
        answer = sandbox.x("POST", "tweets", json={"text": f"Tekst {len(ids)} {status}", "media": {"media_ids": ids}})
        assert answer.status_code == status
    assert (
        sandbox.x("POST", "tweets", json={"text": "", "media": {"media_ids": [uploaded(sandbox)]}}).status_code == 201
    )
    late = {"id": own_id, "metadata": {"alt_text": {"text": "Te laat"}}}
    assert sandbox.x("POST", "media/metadata", json=late).status_code == 400


def test_the_windows_of_uploads_are_told(sandbox: Client) -> None:
    answer = sandbox.x("POST", "media/upload", json={"media": picture(), "media_category": "tweet_image"})
    assert (answer.headers["x-rate-limit-limit"], answer.headers["x-rate-limit-remaining"]) == ("1875", "1874")


def test_metrics_are_told_when_asked(sandbox: Client) -> None:
    own_id = sandbox.x("POST", "tweets", json={"text": "Hallo"}).json()["data"]["id"]
    sandbox.say("twitter", "reply", in_reply_to=own_id)
    found = sandbox.x("GET", "tweets", params={"ids": own_id, "tweet.fields": "public_metrics"}).json()
    metrics = found["data"][0]["public_metrics"]
    assert metrics["reply_count"] == 1
    assert {"impression_count", "like_count", "retweet_count", "quote_count"} <= metrics.keys()


@pytest.mark.skipif(not SPEC.exists(), reason="X's specification is not beside this checkout (../shared/payloads/x)")
def test_answers_about_posts_and_pictures_fit_the_specification(sandbox: Client) -> None:
    spec = json.loads(SPEC.read_text())
    own_id = uploaded(sandbox)
    post = sandbox.x("POST", "tweets", json={"text": "Met foto", "media": {"media_ids": [own_id]}}).json()["data"]["id"]
    other = uploaded(sandbox)
    upload = {"media": picture(), "media_category": "tweet_image"}
    described = {"id": other, "metadata": {"alt_text": {"text": "Een boom"}}}
    fields = {"post.fields": "public_metrics,attachments,entities", "expansions": "attachments.media_keys"}
    asked: list[tuple[str, str, str, dict[str, Any]]] = [
        ("POST", "/2/media/upload", "media/upload", {"json": upload}),
        ("POST", "/2/media/metadata", "media/metadata", {"json": described}),
        ("GET", "/2/tweets", "tweets", {"params": {"ids": post, **fields}}),
        ("DELETE", "/2/tweets/{id}", f"tweets/{post}", {}),
        ("DELETE", "/2/tweets/{id}", f"tweets/{post}", {}),
    ]
    for method, name, path, more in asked:
        answer = sandbox.x(method, path, **more)
        schema = spec["paths"][name][method.lower()]["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]  # fmt: skip
        found = list(OAS30Validator({**schema, "components": spec["components"]}).iter_errors(answer.json()))
        assert not found, (name, found[0].message, answer.text)
