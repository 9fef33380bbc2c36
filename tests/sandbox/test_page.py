"""The trainers' page and the control API behind it."""

import re

from tests.sandbox.conftest import Client


def test_a_trainer_picks_a_new_resident_and_speaks_without_script(sandbox: Client) -> None:
    page = sandbox.http.get("/", params={"platform": "facebook", "resident": "Proef Persoon"})
    assert "OEFENING" in page.text
    assert "Proef Persoon</strong> is nieuw" in page.text
    form = {
        "platform": "facebook",
        "resident": "Proef Persoon",
        "kind": "comment",
        "text": "Is de balie <open>?",
        "post": "",
    }
    answer = sandbox.http.post("/do/say", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?platform=facebook&resident=proef_persoon")
    after = sandbox.http.get(answer.headers["location"]).text
    assert "Is de balie &lt;open&gt;?" in after
    assert after.count('data-testid="message"') == 1


def test_the_answer_of_the_municipality_appears_in_the_moving_parts(sandbox: Client) -> None:
    said = sandbox.say("facebook", "comment", "Vraag")
    query = {"platform": "facebook", "resident": "fatima"}
    first = sandbox.http.get("/parts", params=query).json()
    assert sandbox.http.get("/parts", params={**query, "version": first["version"]}).status_code == 204
    sandbox.graph("POST", f"{said['id']}/comments", data={"message": "Wij komen kijken"})
    parts = sandbox.http.get("/parts", params={**query, "version": first["version"]}).json()["parts"]
    assert "Wij komen kijken" in parts["threads"]
    assert "via Balie" in parts["threads"]


def test_words_are_changed_and_taken_back(sandbox: Client) -> None:
    said = sandbox.say("twitter", "mention", "Eerste versie")
    page = sandbox.http.get("/", params={"platform": "twitter", "resident": "fatima", "edit": said["id"]}).text
    assert 'data-testid="edit-form"' in page
    form = {"platform": "twitter", "resident": "fatima", "item": said["id"], "text": "Tweede versie"}
    assert sandbox.http.post("/do/edit", data=form).status_code == 303
    assert sandbox.http.post("/do/delete", data=form).status_code == 303
    page = sandbox.http.get("/", params={"platform": "twitter", "resident": "fatima"}).text
    assert "Tweede versie" in page
    assert "verwijderd" in page


def test_what_is_missing_is_said_in_dutch(sandbox: Client) -> None:
    form = {"platform": "facebook", "resident": "", "kind": "dm", "text": "Hallo"}
    told = sandbox.http.post("/do/say", data=form, headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["error"]) == (400, "Kies eerst een inwoner.")
    empty = sandbox.http.post(
        "/do/say", data={**form, "resident": "Bram", "text": " "}, headers={"Accept": "application/json"}
    )
    assert empty.json()["error"] == "Typ eerst een bericht."


def test_faults_and_pace_are_set_from_the_page(sandbox: Client) -> None:
    seat = {"platform": "facebook", "resident": ""}
    sandbox.http.post(
        "/do/fault",
        data={**seat, "fault_platform": "twitter", "fault": "429", "method": "POST", "endpoint": "", "times": "3"},
    )
    (fault,) = sandbox.control("GET", "faults")["faults"]
    assert (fault["platform"], fault["fault"], fault["endpoint"], fault["times"]) == ("twitter", "429", "*", 3)
    assert "nog 3 keer" in sandbox.http.get("/").text
    sandbox.http.post("/do/clear", data={**seat, "item": "all"})
    assert sandbox.control("GET", "faults")["faults"] == []
    sandbox.http.post("/do/pace", data={**seat, "seconds": "0"})
    assert sandbox.control("GET", "health")["pace"] == 0


def test_the_page_allows_nothing_inline_and_no_other_site(sandbox: Client) -> None:
    page = sandbox.http.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|\son\w+=|<script(?! src)", page.text)
    foreign = sandbox.http.post("/do/pace", data={"seconds": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    for path in ("/static/sandbox.css", "/static/sandbox.js", "/media/avatar/fatima.png", "/media/picture/afval.png"):
        assert sandbox.http.get(path).status_code == 200


def test_threads_and_items_tell_who_said_what(sandbox: Client) -> None:
    said = sandbox.say("linkedin", "comment", "Vraag")
    sandbox.control("POST", "elsewhere", platform="linkedin", in_reply_to=said["id"], text="Op de site zelf beantwoord")
    (thread,) = sandbox.control("GET", "threads?resident=fatima&platform=linkedin")["threads"]
    assert [(item["by"], item["text"]) for item in thread["items"]] == [
        ("resident", "Vraag"),
        ("page", "Op de site zelf beantwoord"),
    ]
    assert thread["items"][1]["origin"] == "elsewhere"
    assert sandbox.ours("linkedin") == []
    found = sandbox.control("GET", f"items?platform=linkedin&by=resident&since={said['created_at']}&text=Vraag")[
        "items"
    ]
    assert [item["id"] for item in found] == [said["id"]]


def test_what_a_platform_does_not_know_is_refused_in_words(sandbox: Client) -> None:
    for body in (
        {"platform": "linkedin", "kind": "dm", "resident": "Bram", "text": "x"},
        {"platform": "twitter", "kind": "visitor_post", "resident": "Bram", "text": "x"},
        {"platform": "facebook", "kind": "comment", "resident": "Bram", "text": "x", "in_reply_to": "1_2"},
        {"platform": "facebook", "kind": "comment", "text": "x"},
    ):
        answer = sandbox.http.post("/control/say", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]
