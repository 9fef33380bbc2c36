"""The town: enough people, enough words, the same every time, and still there after kill -9."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import setup
from sandbox.accounts import CREDENTIALS, PLATFORMS
from sandbox.ids import now_ms
from sandbox.state import State
from sandbox.town.life import Life
from sandbox.world import Settings, World
from tests.sandbox.conftest import eventually, free_port

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(State(tmp_path_factory.mktemp("town") / "state.sqlite3"), Settings(pace=20))
    setup.reset(world, 30)
    yield world
    world.state.close()


def test_four_hundred_residents_with_all_kinds_of_names(town: World) -> None:
    people = town.state.rows("SELECT * FROM residents")
    assert len(people) == 400
    assert len({one["name"] for one in people}) == 400
    assert {one["language"] for one in people} == {"nl", "en", "tr", "pl", "ar"}
    assert max(len(one["name"]) for one in people) > 50
    assert all(len(one["handle"]) <= 15 for one in people)
    assert sum(one["gone"] for one in people) == 8


def test_a_month_of_traffic_on_all_platforms_most_of_it_recent(town: World) -> None:
    items = town.state.rows("SELECT * FROM items")
    now = now_ms()
    inbound = [item for item in items if item["resident"]]
    assert 700 <= len(inbound) <= 1_000
    assert all(now - 31 * DAY < item["created"] <= now for item in items)
    assert sum(item["created"] > now - 7 * DAY for item in inbound) > 0.4 * len(inbound)
    for platform in PLATFORMS:
        posts = [item for item in items if item["platform"] == platform and item["kind"] == "post"]
        assert 12 <= len(posts) <= 20
    assert {item["kind"] for item in inbound} == {"mention", "reply", "comment", "visitor_post", "dm"}
    assert any(json.loads(item["history"]) for item in inbound)
    assert any(item["deleted"] for item in inbound)
    assert any(item["attachment"] for item in inbound)


def test_a_list_of_fifty_hardly_repeats_itself(town: World) -> None:
    for platform in PLATFORMS:
        rows = town.state.rows(
            "SELECT text FROM items WHERE platform = ? AND resident <> 0 ORDER BY created DESC LIMIT 50", platform
        )
        assert len({row["text"] for row in rows}) >= 40


def test_comments_go_several_levels_deep_and_linkedin_two(town: World) -> None:
    def depth(item: Any) -> int:
        above = town.state.item(item["platform"], item["parent"]) if item["parent"] else None
        return 1 + depth(above) if above is not None else 0

    found = {
        name: max(map(depth, town.state.rows("SELECT * FROM items WHERE platform = ?", name))) for name in PLATFORMS
    }
    assert found["facebook"] >= 4
    assert found["linkedin"] == 2


def test_the_same_seed_makes_the_same_people_and_words(tmp_path: Path) -> None:
    texts = []
    for number in range(2):
        world = World(State(tmp_path / f"{number}.sqlite3"), Settings())
        setup.reset(world, 3)
        texts.append([row["name"] for row in world.state.rows("SELECT name FROM residents ORDER BY id")])
        world.state.close()
    assert texts[0] == texts[1]


def test_it_goes_on_living_and_answers_back(tmp_path: Path) -> None:
    town = World(State(tmp_path / "state.sqlite3"), Settings(pace=20))
    setup.reset(town, 2)
    life = Life(town)
    before = town.state.value("SELECT count(*) FROM items")
    for _ in range(30):
        life.somebody_writes()
    assert town.state.value("SELECT count(*) FROM items") == before + 30
    resident = town.resident_named("Terugschrijver")
    question = town.add("facebook", "dm", "Vraag", resident=resident)
    for number in range(20):
        town.add("facebook", "dm", f"Antwoord {number}", to=resident, origin="api")
    town.state.run("UPDATE plans SET at = 0")
    life.do_planned()
    back = town.state.value(
        "SELECT count(*) FROM items WHERE resident = ? AND seq > ?", resident["id"], question["seq"]
    )
    assert 4 <= back <= 18
    kinds = {row[0] for row in town.state.rows("SELECT DISTINCT kind FROM events WHERE seq > 0")}
    assert {"delivered", "read"} <= kinds
    town.state.close()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_new_post_gets_reactions(tmp_path: Path, platform: str) -> None:
    town = World(State(tmp_path / "state.sqlite3"), Settings(pace=20))
    setup.reset(town, 2)
    life = Life(town)
    post = town.add(platform, "post", "Het zwembad gaat open.", origin="api")
    town.add(platform, "post", "Van de site zelf.", origin="elsewhere")
    town.state.run("UPDATE plans SET at = 0")
    life.do_planned()
    under = town.state.rows("SELECT * FROM items WHERE seq > ? AND resident <> 0", post["seq"])
    assert 1 <= len(under) <= 4
    assert {item["root"] for item in under} == {post["id"]}
    town.state.close()


def test_reading_is_quick(town: World) -> None:
    from sandbox.graph.edges import Asked, conversations, feed

    def seconds() -> float:
        begun = time.process_time()  # of work: what else the machine does is not counted
        feed(town, Asked("v26.0", "feed", {"fields": "id,message,from,updated_time", "limit": "50"}))
        conversations(town, Asked("v26.0", "conversations", {"fields": "id,updated_time,participants", "limit": "50"}))
        return time.process_time() - begun

    assert min(seconds() for _turn in range(5)) < 0.1


def serve(state: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "SANDBOX_STATE": str(state),
        "SANDBOX_SEED_DAYS": "0",
        "SANDBOX_PACE": "0",
        "BALIE_BASE_URL": "",
    }
    return subprocess.Popen([sys.executable, "-m", "sandbox", "serve", "--port", str(port)], cwd=ROOT, env=environment)


def test_what_was_said_survives_kill_9(tmp_path: Path) -> None:
    port, state = free_port(), tmp_path / "state.sqlite3"
    url = f"http://127.0.0.1:{port}"

    def is_up() -> bool:
        try:
            return httpx.get(f"{url}/health", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    process = serve(state, port)
    try:
        eventually(is_up)
        body = {"platform": "twitter", "kind": "mention", "resident": "Fatima", "text": "Blijft dit staan?"}
        said = httpx.post(f"{url}/control/say", json=body, trust_env=False).json()
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process = serve(state, port)
        eventually(is_up)
        items = httpx.get(f"{url}/control/items?by=resident", trust_env=False).json()["items"]
        assert [item["id"] for item in items] == [said["id"]]
    finally:
        process.kill()
        process.wait(60)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_credentials_are_printed_as_one_json_object(platform: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "sandbox", "credentials", platform], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(printed.stdout) == CREDENTIALS[platform]


def test_the_sandbox_knows_nothing_of_django() -> None:
    code = "import sys, sandbox.app; print([m for m in sys.modules if m.split('.')[0] in {'django', 'inbox', 'channels', 'core', 'accounts', 'config'}])"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
