"""Trouble on order: what strikes, how often, what is stored, and what the caller sees."""

import time

import httpx
import pytest

from sandbox.answers import HTML
from tests.sandbox.conftest import PAGE, US, Client


def comment(sandbox: Client, text: str, **more: object) -> httpx.Response:
    post = sandbox.say("facebook", "comment")["post"]
    return sandbox.graph("POST", f"{post}/comments", data={"message": text}, **more)


@pytest.mark.parametrize(
    ("platform", "fault", "status", "mark"),
    [
        ("twitter", "401", 401, "about:blank"),
        ("twitter", "402", 402, "CreditsDepleted"),
        ("twitter", "403", 403, "client-forbidden"),
        ("twitter", "429", 429, "Too Many Requests"),
        ("twitter", "500", 500, "internal-error"),
        ("twitter", "platform_ban", 403, "suspended"),
        ("facebook", "401", 401, '"code":190'),
        ("facebook", "403", 403, '"code":200'),
        ("facebook", "429", 400, '"code":80001'),
        ("facebook", "500", 500, '"is_transient":true'),
        ("facebook", "platform_ban", 400, '"code":368'),
        ("linkedin", "401", 401, "EXPIRED_ACCESS_TOKEN"),
        ("linkedin", "403", 403, "ACCESS_DENIED"),
        ("linkedin", "429", 429, "throttle limit"),
        ("linkedin", "revoked_token", 401, "65601"),
    ],
)
def test_each_platform_fails_in_its_own_words(
    sandbox: Client, platform: str, fault: str, status: int, mark: str
) -> None:
    sandbox.fault(platform, fault, times=1)
    calls = {
        "twitter": lambda: sandbox.x("GET", f"users/{US}/mentions"),
        "facebook": lambda: sandbox.graph("GET", f"{PAGE}/feed"),
        "linkedin": lambda: sandbox.linkedin("GET", "organizationAcls?q=roleAssignee"),
    }
    answer = calls[platform]()
    assert (answer.status_code, mark in answer.text) == (status, True)
    assert calls[platform]().status_code == 200


def test_a_limit_tells_until_when_or_does_not(sandbox: Client) -> None:
    for fault, has_reset in (("429", True), ("429_no_reset", False)):
        sandbox.fault("twitter", fault, seconds=90)
        answer = sandbox.x("GET", "users/me")
        assert answer.status_code == 429
        assert ("x-rate-limit-reset" in answer.headers) is has_reset
        if has_reset:
            assert int(answer.headers["x-rate-limit-reset"]) == pytest.approx(time.time() + 90, abs=3)
        sandbox.fault("facebook", fault, seconds=600)
        told = sandbox.graph("GET", "me").headers.get("X-Business-Use-Case-Usage", "")
        assert ('"estimated_time_to_regain_access": 10' in told) is has_reset


def test_a_fault_strikes_only_where_and_as_often_as_ordered(sandbox: Client) -> None:
    sandbox.fault("twitter", "500", endpoint="tweets", method="POST", times=2)
    assert sandbox.x("GET", f"users/{US}/tweets").status_code == 200
    assert [sandbox.x("POST", "tweets", json={"text": f"Nieuws {n}"}).status_code for n in range(3)] == [500, 500, 201]
    sandbox.fault("twitter", "500", endpoint="/2/users/*/mentions", times=1)
    assert sandbox.x("GET", f"users/{US}/tweets").status_code == 200
    assert sandbox.x("GET", f"users/{US}/mentions").status_code == 500


def test_a_ban_lasts_until_it_is_lifted(sandbox: Client) -> None:
    sandbox.fault("facebook", "platform_ban")
    assert {sandbox.graph("GET", "me").status_code for _ in range(3)} == {400}
    sandbox.control("DELETE", "faults")
    assert sandbox.graph("GET", "me").status_code == 200


@pytest.mark.parametrize(
    ("fault", "is_stored"), [("timeout_before", False), ("timeout_after", True), ("closed_before", False), ("closed_after", True)]
)  # fmt: skip
def test_silence_before_and_after_accepting(sandbox: Client, fault: str, is_stored: bool) -> None:
    sandbox.fault("facebook", fault, endpoint="comments", method="POST")
    with pytest.raises((httpx.ReadTimeout, httpx.RemoteProtocolError)):
        comment(sandbox, "Dank u", timeout=1)
    assert sandbox.ours("facebook") == (["Dank u"] if is_stored else [])
    assert comment(sandbox, "Nog eens").status_code == 200


def test_half_an_answer_is_stored_and_can_not_be_read(sandbox: Client) -> None:
    sandbox.fault("facebook", "half_json", endpoint="comments", method="POST")
    answer = comment(sandbox, "Dank u")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()
    assert sandbox.ours("facebook") == ["Dank u"]


def test_a_page_of_html_comes_with_200_and_stores_nothing(sandbox: Client) -> None:
    sandbox.fault("linkedin", "html_200")
    answer = sandbox.linkedin("GET", "organizationAcls?q=roleAssignee")
    assert (answer.status_code, answer.text) == (200, HTML)


def test_a_dripping_answer_outlasts_a_time_out_per_read(sandbox: Client) -> None:
    sandbox.fault("twitter", "slow_drip", seconds=0.02)
    begun = time.monotonic()
    assert sandbox.x("GET", "users/me", timeout=0.9).json()["data"]["id"] == US
    assert time.monotonic() - begun > 1


def test_the_log_of_calls_counts_and_hides_tokens(sandbox: Client) -> None:
    sandbox.http.get("/graph/v26.0/me", params={"access_token": "geheim", "fields": "id"})
    sandbox.fault("facebook", "500")
    sandbox.graph("GET", "me")
    told = sandbox.control("GET", "calls?platform=facebook")
    assert told["counts"] == {"facebook GET 401": 1, "facebook GET 500": 1}
    assert "geheim" not in str(told)
    assert [one["fault"] for one in told["calls"]] == ["", "500"]
    assert told["calls"][0]["path"] == "/v26.0/me"


def test_unknown_faults_and_platforms_are_refused_in_words(sandbox: Client) -> None:
    for body in ({"platform": "twitter", "fault": "brand"}, {"platform": "hyves", "fault": "500"}, {"fault": "500"}):
        answer = sandbox.http.post("/control/faults", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]
