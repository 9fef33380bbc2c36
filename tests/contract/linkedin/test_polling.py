"""Polling step by step, with a real server that answers in LinkedIn's shapes."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from channels.connectors.linkedin.connector import LinkedInConnector
from channels.connectors.linkedin.little import plain
from channels.connectors.linkedin.polling import OVERLAP, SWEEP_EVERY
from channels.errors import Misconfigured, PayloadError, TransientError
from channels.messages import Change, Direction, InboundMessage
from tests.channels.hostile_server import HostileServer, Request, answer, hostile_server, json_answer
from tests.contract.linkedin.payloads import (
    ACTIVITY,
    FATMA,
    OMER,
    SHARE,
    US,
    account,
    comment,
    mention,
    notification,
    number,
    urn,
)
from tests.contract.linkedin.wire import NOTIFICATIONS, POSTS, calls, comments_of, connector, listed, one, query, quiet

NOW = int(time.time() * 1000) - 60_000
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        quiet(running)
        yield running


def run(server: HostileServer, cursor: dict[str, Any]) -> tuple[list[InboundMessage], dict[str, Any]]:
    """Poll to the end: messages and the last cursor, which goes through JSON as it does in the database."""
    found: list[InboundMessage] = []
    for _ in range(60):
        page = connector(server).poll(cursor)
        for item in page.items:
            for event in LinkedInConnector.parse(item.payload, account()):
                assert isinstance(event, InboundMessage)
                found.append(event)
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return found, cursor
    raise AssertionError("polling never ends")


def later(**changed: Any) -> dict[str, Any]:
    """The cursor of a run that ended a minute ago and read all posts."""
    done = int(time.time() * 1000) - 60_000
    return {"since": done, "swept": done, "noted": [], "below": {}, "todo": [], "again": [], **changed}


def post(
    share: str = SHARE, *, made: int = NOW - HOUR, changed: int = NOW - HOUR, text: str = "Vrijdag"
) -> dict[str, Any]:
    return {"id": share, "author": US, "commentary": text, "publishedAt": made, "lastModifiedAt": changed}


def fresh(action: str = "COMMENT", at: int = NOW, who: str = FATMA, **more: Any) -> dict[str, Any]:
    return notification(action, who=who, at=at, **{"notificationId": at % 10**9, **more})


def with_below(at: int, total: int, *selected: str, who: str = FATMA) -> dict[str, Any]:
    return comment(at=at, who=who, commentsSummary={"aggregatedTotalComments": total, "selectedComments": [*selected]})


# -- the first run -----------------------------------------------------------------------------------------------------


def test_the_first_run_reads_posts_comments_and_what_is_below_them(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(post(text=r"Papier \(gratis\) op {hashtag|\#|vrijdag}")))
    top, answer_of_ours, under = NOW - 50_000, NOW - 40_000, NOW - 30_000
    server.on[comments_of(SHARE)] = json_answer(listed(with_below(top, 2, urn(under))))
    below = [
        comment("Dank", OMER, under, parentComment=urn(top)),
        comment("Dinsdag", US, answer_of_ours, parentComment=urn(top)),
    ]
    server.on[comments_of(urn(top))] = json_answer(listed(*below))
    server.on[NOTIFICATIONS] = json_answer(listed(fresh(at=under), mention(), fresh("COMMENT_DELETE", at=NOW)))
    found, cursor = run(server, {})
    by_id = {message.external_id: message for message in found}
    assert by_id[urn(top)].thread_id == f"post:{ACTIVITY}:{FATMA}"
    assert by_id[urn(under)].thread_id == f"post:{ACTIVITY}:{OMER}"
    ours = by_id[urn(answer_of_ours)]
    assert (ours.direction, ours.thread_id) == (Direction.OUT, f"post:{ACTIVITY}:{FATMA}")
    assert by_id[urn(NOW)].change == Change.DELETED
    assert any(message.external_id.startswith("urn:li:share:") for message in found)
    root = by_id[urn(top)].root
    assert root is not None
    assert root.text == "Papier (gratis) op #vrijdag"
    assert (root.external_id, root.is_ours) == (ACTIVITY, True)
    assert cursor["todo"] == []
    assert cursor["since"] == cursor["swept"] == cursor["started"]


def test_the_first_run_goes_back_as_far_as_the_backfill(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(post(), post("urn:li:share:9", made=NOW - 40 * DAY, changed=NOW - 40 * DAY)))
    server.on[comments_of(SHARE)] = json_answer(listed(comment(at=NOW - 6 * DAY), comment(at=NOW - 8 * DAY)))
    found, _ = run(server, {})
    assert [message.external_id for message in found] == [urn(NOW - 6 * DAY)]
    assert calls(server, comments_of("urn:li:share:9")) == []
    [asked] = calls(server, NOTIFICATIONS)
    begin = int(asked["timeRange"].removeprefix("(start:").partition(",")[0])
    assert abs(begin - (int(time.time() * 1000) - 7 * DAY)) < 60_000


# -- later runs --------------------------------------------------------------------------------------------------------


def test_a_quiet_run_is_one_question(server: HostileServer) -> None:
    before = later()
    found, cursor = run(server, before)
    assert found == []
    assert len(server.seen) == 1
    raw = server.seen[0].target.partition("?")[2]
    assert "actions=List(COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE_MENTION)" in raw
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A71820045" in raw
    assert query(server.seen[0])["timeRange"].startswith(f"(start:{before['since'] - OVERLAP},end:")
    assert cursor["swept"] < cursor["since"]


def test_a_comment_that_is_notified_of_is_read_by_itself_once(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(listed(fresh()))
    server.on[one(number(NOW))] = json_answer(comment(at=NOW, parentComment=urn(NOW - 5_000)))
    found, cursor = run(server, later())
    [message] = found
    assert (message.external_id, message.in_reply_to) == (urn(NOW), urn(NOW - 5_000))
    assert message.root is not None
    assert message.root.text == "Vrijdag: papier"
    again, _ = run(server, cursor)  # the overlap tells of it again
    assert again == []
    assert len(calls(server, one(number(NOW)))) == 1


def test_an_answer_of_ours_made_elsewhere_finds_whom_it_is_for(server: HostileServer) -> None:
    top, asked, said = NOW - 60_000, NOW - 30_000, NOW
    server.on[NOTIFICATIONS] = json_answer(listed(fresh("ADMIN_COMMENT", who=US)))
    ours = comment("Dinsdag", US, said, parentComment=urn(top))
    server.on[one(number(said))] = json_answer(ours)
    server.on[one(number(top))] = json_answer(comment(at=top))
    below = [ours, comment("En bij ons?", OMER, asked, parentComment=urn(top))]
    server.on[comments_of(urn(top))] = json_answer(listed(*below))
    found, _ = run(server, later())
    [message] = found
    assert (message.direction, message.contact.external_id) == (Direction.OUT, OMER)
    assert message.thread_id == f"post:{ACTIVITY}:{OMER}"
    server.on[comments_of(urn(top))] = json_answer(listed(ours))
    [message] = run(server, later())[0]
    assert message.contact.external_id == FATMA  # nobody in between: the comment at the top


def test_a_storm_under_one_post_is_read_as_a_list(server: HostileServer) -> None:
    times = [NOW - 1_000 * index for index in range(30)]
    server.on[NOTIFICATIONS] = json_answer(listed(*(fresh(at=at) for at in times)))
    server.on[comments_of(SHARE)] = json_answer(listed(*(comment(at=at) for at in times)))
    found, _ = run(server, later())
    assert {message.external_id for message in found} == {urn(at) for at in times}
    assert len(server.seen) == 2


def test_an_edit_and_a_deletion_come_by_their_notifications(server: HostileServer) -> None:
    gone = NOW - 5_000
    told = [fresh("COMMENT_EDIT", lastModifiedAt=NOW + 30_000), fresh("COMMENT_DELETE", at=gone)]
    server.on[NOTIFICATIONS] = json_answer(listed(*told))
    server.on[one(number(NOW))] = json_answer(comment("Anders", at=NOW, lastModified={"time": NOW + 30_000}))
    found, _ = run(server, later())
    assert {(message.external_id, message.change, message.text) for message in found} == {
        (urn(gone), Change.DELETED, ""),
        (urn(NOW), Change.EDITED, "Anders"),
    }


def test_a_comment_that_is_gone_meanwhile_stops_nothing(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(listed(fresh(at=NOW - 1_000), fresh()))
    gone = {"status": 404, "message": "Could not find entity", "code": "RESOURCE_NOT_FOUND"}
    server.on[one(number(NOW - 1_000))] = json_answer(gone, "404 X")
    server.on[one(number(NOW))] = json_answer(comment(at=NOW))
    found, cursor = run(server, later())
    assert [message.external_id for message in found] == [urn(NOW)]
    assert cursor["todo"] == []


# -- reading all posts ---------------------------------------------------------------------------------------------------


def test_all_posts_are_read_once_an_hour_and_only_below_what_changed(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(post()))
    top = NOW - 2 * HOUR
    server.on[comments_of(SHARE)] = json_answer(listed(with_below(top, 1, urn(NOW))))
    server.on[comments_of(urn(top))] = json_answer(listed(comment(at=NOW, parentComment=urn(top))))
    overdue = int(time.time() * 1000) - SWEEP_EVERY - 1_000
    found, cursor = run(server, later(swept=overdue))
    assert [message.external_id for message in found] == [urn(NOW)]  # the old one above it is known
    assert cursor["swept"] == cursor["since"]
    found, _ = run(server, {**cursor, "swept": overdue})
    assert found == []
    assert len(calls(server, comments_of(urn(top)))) == 1


def test_pages_overlap_and_end_where_linkedin_says(server: HostileServer) -> None:
    all_of_them = [comment(at=NOW - index * 1_000) for index in range(150)]

    def page(conn: Any, request: Request) -> None:
        start = int(query(request)["start"])
        json_answer(listed(*all_of_them[start : start + 100], more=start + 100 < 150))(conn, request)

    server.on[POSTS] = json_answer(listed(post()))
    server.on[comments_of(SHARE)] = page
    found, _ = run(server, {})
    assert {message.external_id for message in found} == {urn(NOW - index * 1_000) for index in range(150)}
    assert [asked["start"] for asked in calls(server, comments_of(SHARE))] == ["0", "95"]
    assert all("elsewhere" not in request.target for request in server.seen)


def test_one_call_makes_a_handful_of_requests_and_the_next_goes_on(server: HostileServer) -> None:
    shares = [f"urn:li:share:{number(NOW - index)}" for index in range(20)]
    server.on[POSTS] = json_answer(listed(*(post(share) for share in shares)))
    for index, share in enumerate(shares):
        server.on[comments_of(share)] = json_answer(listed(comment(at=NOW - index * 1_000)))
    page = connector(server).poll({})
    assert page.more
    assert len(server.seen) <= 6
    assert page.cursor["since"] == 0
    found, cursor = run(server, dict(page.cursor))
    assert len(found) + len(page.items) == 20
    assert cursor["since"] == page.cursor["started"]


# -- when it goes wrong ------------------------------------------------------------------------------------------------


def test_what_was_read_before_a_failure_is_kept_and_the_failure_comes_next(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(listed(fresh("COMMENT_DELETE", at=NOW - 1_000), fresh()))
    server.on[one(number(NOW))] = json_answer({}, "500 X")
    page = connector(server).poll(later())
    assert len(page.items) == 1
    assert page.more
    assert page.cursor["since"] < page.cursor["started"]
    with pytest.raises(TransientError):
        connector(server).poll(page.cursor)
    server.on[one(number(NOW))] = json_answer(comment(at=NOW))
    found, _ = run(server, dict(page.cursor))
    assert [message.external_id for message in found] == [urn(NOW)]


def test_one_answer_that_can_not_be_read_stops_nothing_and_is_tried_again(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(listed(fresh(at=NOW - 1_000), fresh()))
    server.on[one(number(NOW - 1_000))] = answer(b"<html>oops</html>")
    server.on[one(number(NOW))] = json_answer(comment(at=NOW))
    page = connector(server).poll(later())
    told, understood = page.items
    assert understood.event_id.startswith(f"comment:{urn(NOW)}:")
    with pytest.raises(PayloadError) as caught:
        LinkedInConnector.parse(told.payload, account())
    assert caught.value.reason == "unreadable"
    assert not page.more
    server.on[one(number(NOW - 1_000))] = json_answer(comment(at=NOW - 1_000))
    found, cursor = run(server, dict(page.cursor))
    assert [message.external_id for message in found] == [urn(NOW - 1_000)]
    assert cursor["again"] == []


def test_a_broken_element_in_a_list_is_kept_and_the_rest_goes_on(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(listed(None, 7, {"action": {}}, {"action": "COMMENT"}))
    server.on[POSTS] = json_answer(listed(None, "x", {"id": {}}, {}, post()))
    broken = [
        None,
        7,
        {},
        {"actor": 7, "message": 7},
        comment(at=NOW),
        {**comment(at=NOW - 1_000), "commentsSummary": 7},
    ]
    server.on[comments_of(SHARE)] = json_answer(listed(*broken))
    items = connector(server).poll({}).items
    understood = []
    for item in items:
        try:
            understood += LinkedInConnector.parse(item.payload, account())
        except PayloadError:
            continue
    assert len(understood) == 2
    assert len(items) == 10


@pytest.mark.parametrize("path", [NOTIFICATIONS, POSTS])
def test_a_list_that_can_not_be_read_stops_the_run_where_it_was(server: HostileServer, path: str) -> None:
    for behaviour in (answer(b"<html>Log in to this network</html>"), json_answer({"paging": {}}), json_answer([])):
        server.on[path] = behaviour
        cursor: dict[str, Any] = {}
        if path == POSTS:  # the second thing that is read: what came before it is kept
            page = connector(server).poll({})
            assert page.more
            cursor = dict(page.cursor)
        with pytest.raises(PayloadError):
            connector(server).poll(cursor)


def test_a_page_that_is_gone_is_for_an_administrator(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer({"status": 404, "message": "Could not find entity"}, "404 X")
    with pytest.raises(Misconfigured) as caught:
        connector(server).poll({})
    assert caught.value.code == "page_unlinked"


@pytest.mark.parametrize(
    "cursor",
    [
        {"todo": 7},
        {"todo": [{"do": "x"}, 7]},
        {"todo": [{"do": "notifications"}]},
        {"todo": [{"do": "posts", "start": "x"}]},
        {"again": "x"},
        {"below": [], "noted": {}},
        {"since": "x", "swept": {}, "started": []},
    ],
)
def test_an_odd_cursor_starts_anew(server: HostileServer, cursor: dict[str, Any]) -> None:
    assert run(server, cursor)[1]["todo"] == []


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        ("Gewoon", "Gewoon"),
        (r"Kom naar de markt \(gratis\)\!", r"Kom naar de markt (gratis)\!"),
        ("Dank @[Ömer Yıldız](urn:li:person:x)!", "Dank Ömer Yıldız!"),
        (r"{hashtag|\#|afval} en {hashtag|#|papier}", "#afval en #papier"),
        (r"a \\ b", r"a \ b"),
        ("a (b) [c] {d", "a (b) [c] {d"),
    ],
)
def test_little_text_is_shown_as_it_was_meant(commentary: str, shown: str) -> None:
    assert plain(commentary) == shown
