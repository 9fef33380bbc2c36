"""LinkedIn REST: versions, addresses, comments on two levels, notifications."""

from urllib.parse import quote

import pytest

from sandbox.accounts import CREDENTIALS
from tests.sandbox.conftest import ORGANIZATION, Client

OURS = quote(ORGANIZATION, safe="")


def comments(urn: str) -> str:
    return f"socialActions/{quote(urn, safe='')}/comments"


def reply(text: str) -> dict[str, object]:
    return {"actor": ORGANIZATION, "object": "urn:li:activity:1", "message": {"text": text}}


def test_comments_have_opaque_authors_and_the_activity_as_object(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    found = sandbox.linkedin("GET", comments(said["post"])).json()
    (one,) = found["elements"]
    assert found["paging"] == {"start": 0, "count": 10, "links": [], "total": 1}
    assert one["$URN"] == said["id"]
    assert said["id"] == f"urn:li:comment:({one['object']},{one['id']})"
    assert one["actor"].startswith("urn:li:person:")
    assert one["message"]["text"] == said["text"]
    assert "Fatima" not in str(found)
    by_activity = sandbox.linkedin("GET", comments(one["object"])).json()
    assert by_activity["elements"] == found["elements"]


def test_an_answer_is_a_comment_below_and_never_deeper(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    answer = sandbox.linkedin("POST", comments(said["id"]), json=reply("Dank u"))
    assert answer.status_code == 201
    own = answer.json()
    assert answer.headers["x-restli-id"] == own["id"]
    assert (own["parentComment"], own["commentUrn"]) == (said["id"], own["$URN"])
    assert own["created"]["impersonator"].startswith("urn:li:person:")
    deeper = sandbox.say("linkedin", "comment", "En nu?", in_reply_to=own["$URN"])
    assert deeper["in_reply_to"] == said["id"]
    below = sandbox.linkedin("GET", comments(said["id"])).json()["elements"]
    assert [one["message"]["text"] for one in below] == ["En nu?", "Dank u"]


def test_our_comment_is_edited_and_deleted_by_its_number(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    number = sandbox.linkedin("POST", comments(said["post"]), json=reply("Tiepfout")).json()["id"]
    path = f"{comments(said['post'])}/{number}?actor={OURS}"
    patch = {"patch": {"message": {"$set": {"text": "Typfout"}}}}
    assert sandbox.linkedin("POST", path, json=patch).status_code == 400
    changed = sandbox.linkedin("POST", path, {"X-RestLi-Method": "PARTIAL_UPDATE"}, json=patch).json()
    assert changed["message"]["text"] == "Typfout"
    assert sandbox.linkedin("DELETE", path).status_code == 204
    assert sandbox.linkedin("GET", path).status_code == 404
    assert sandbox.ours("linkedin") == []


def test_paging_goes_by_start_and_count(sandbox: Client) -> None:
    said = [sandbox.say("linkedin", "comment", f"Reactie {number}") for number in range(5)]
    path, texts, start = comments(said[0]["post"]), [], 0
    while True:
        page = sandbox.linkedin("GET", f"{path}?start={start}&count=2").json()
        texts += [one["message"]["text"] for one in page["elements"]]
        if not any(link["rel"] == "next" for link in page["paging"]["links"]):
            break
        start += 2
    assert texts == [f"Reactie {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"LinkedIn-Version": "202511"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "202512"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": "209901"}, 426, "NONEXISTENT_VERSION"),
        ({"LinkedIn-Version": ""}, 400, "VERSION_MISSING"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
        ({"Authorization": "Bearer wrong"}, 401, "INVALID_ACCESS_TOKEN"),
    ],
)
def test_headers_are_checked(sandbox: Client, headers: dict[str, str], status: int, code: str) -> None:
    answer = sandbox.linkedin("GET", f"posts?q=author&author={OURS}", headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_urns_stand_encoded_in_a_path_and_lists_raw_in_a_query(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    assert sandbox.linkedin("GET", f"socialActions/{said['id']}/comments").status_code == 400
    good = f"organizationalEntityNotifications?q=criteria&actions=List(COMMENT)&organizationalEntity={OURS}"
    assert len(sandbox.linkedin("GET", good).json()["elements"]) == 1
    encoded = good.replace("List(COMMENT)", "List%28COMMENT%29")
    assert sandbox.linkedin("GET", encoded).status_code == 400
    assert sandbox.linkedin("GET", "posts?q=author&x=" + "a" * 5_000).status_code == 414


def test_notifications_tell_what_happened_in_linkedins_two_spellings(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    sandbox.linkedin("POST", comments(said["id"]), json=reply("Dank u"))
    sandbox.control("POST", "edit", platform="linkedin", id=said["id"], text="Anders")
    sandbox.control("POST", "delete", platform="linkedin", id=said["id"])
    sandbox.say("linkedin", "mention", "Mooi werk van de gemeente")
    path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={OURS}&timeRange=(start:1,end:9999999999999)"
    found = sandbox.linkedin("GET", path).json()["elements"]
    actions = ["SHARE_MENTION", "COMMENT_DELETE", "COMMENT_EDIT", "ADMIN_COMMENT", "COMMENT"]
    assert [one["action"] for one in found] == actions
    assert len({one["notificationId"] for one in found}) == 5
    first = found[-1]
    assert first["generatedActivity"] == said["id"].replace("urn:li:activity", "activity")
    assert first["decoratedGeneratedActivity"]["comment"]["entity"] == said["id"]
    only = sandbox.linkedin("GET", path + "&actions=List(ADMIN_COMMENT)").json()["elements"]
    assert [one["action"] for one in only] == ["ADMIN_COMMENT"]


def test_a_post_ends_at_the_first_sign_that_is_not_escaped(sandbox: Client) -> None:
    body = {
        "author": ORGANIZATION, "commentary": r"Kom naar de markt \(gratis\)! Meer info (online)", "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED"}, "lifecycleState": "PUBLISHED",
    }  # fmt: skip
    answer = sandbox.linkedin("POST", "posts", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    urn = answer.headers["x-restli-id"]
    kept = sandbox.linkedin("GET", f"posts/{quote(urn, safe='')}").json()
    assert kept["commentary"] == r"Kom naar de markt \(gratis\)! Meer info "
    assert sandbox.linkedin("POST", "posts", json=body).status_code == 422
    del body["visibility"]
    assert sandbox.linkedin("POST", "posts", json=body).json()["code"] == "MISSING_FIELD"


def test_others_can_not_be_spoken_for(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment")
    body = {**reply("Hallo"), "actor": "urn:li:organization:1"}
    assert sandbox.linkedin("POST", comments(said["id"]), json=body).json()["code"] == "ACCESS_DENIED"
    acls = sandbox.linkedin("GET", "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED").json()
    assert [one["organization"] for one in acls["elements"]] == [ORGANIZATION]


def test_tokens_are_refreshed_and_looked_at(sandbox: Client) -> None:
    own = CREDENTIALS["linkedin"]
    client = {"client_id": own["client_id"], "client_secret": own["client_secret"]}
    form = {**client, "grant_type": "refresh_token", "refresh_token": own["refresh_token"]}
    fresh = sandbox.http.post("/linkedin/oauth/v2/accessToken", data=form).json()
    assert fresh["refresh_token"] == own["refresh_token"]
    assert fresh["refresh_token_expires_in"] <= 365 * 86_400
    headers = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert sandbox.linkedin("GET", f"posts?q=author&author={OURS}", headers).status_code == 200
    sandbox.control("POST", "token/revoke", platform="linkedin")
    assert sandbox.linkedin("GET", f"posts?q=author&author={OURS}").json()["serviceErrorCode"] == 65601
    told = sandbox.http.post(
        "/linkedin/oauth/v2/introspectToken", data={**client, "token": fresh["access_token"]}
    ).json()
    assert (told["active"], told["status"]) == (False, "revoked")
    assert sandbox.http.post("/linkedin/oauth/v2/accessToken", data=form).status_code == 400
