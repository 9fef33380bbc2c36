"""A connector that talks to a real (hostile) server on the loopback, and answers for it in X's shapes."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.connectors.twitter.connector import TwitterConnector
from channels.http import make_session
from channels.messages import Account, OutboundMessage, SendMode
from tests.channels.hostile_server import Behaviour, HostileServer, Request, json_answer
from tests.contract.twitter.payloads import FATMA, HANDLE, QUESTION, US

TOKEN = "user-token-0123456789"
CREDENTIALS = {
    "account_id": US, "access_token": TOKEN, "refresh_token": "refresh-1", "client_id": "client-1", "client_secret": "secret-1",
    "consumer_secret": "consumer-1", "bearer_token": "app-token", "access_tier": "self-serve",
}  # fmt: skip
MENTIONS = f"/x/2/users/{US}/mentions"
OWN = f"/x/2/users/{US}/tweets"
SEARCH = "/x/2/tweets/search/recent"
LOOKUP = "/x/2/tweets"
DMS = "/x/2/dm_events"
TOKENS = "/x/2/oauth2/token"
ME = "/x/2/users/me"
EMPTY = {"meta": {"result_count": 0}}


def connector(server: HostileServer, *, credentials: dict[str, str] | None = None, **settings: Any) -> TwitterConnector:
    account = Account(
        external_id=US,
        base_url=f"{server.url}/x",
        name="Gemeente Eikenrode",
        handle=HANDLE,
        credentials=CREDENTIALS if credentials is None else credentials,
        settings={"backfill_days": 7, **settings},
    )
    session = make_session(
        account.base_url, rebased_hosts=TwitterConnector.rebased_hosts, read_timeout=1, total_timeout=2
    )
    return TwitterConnector(account, session)


def message(mode: SendMode = SendMode.REPLY, **changed: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "key": "9f1c", "mode": mode, "text": "Ja, ook daar", "in_reply_to": QUESTION, "recipient_id": FATMA,
        "thread_id": f"dm:{US}-{FATMA}" if mode == SendMode.DIRECT_MESSAGE else f"1:{FATMA}", **changed,
    }  # fmt: skip
    return OutboundMessage(**values)


def quiet(server: HostileServer) -> None:
    """Nothing new anywhere."""
    for path in (MENTIONS, OWN, SEARCH, DMS):
        server.on[path] = json_answer(EMPTY)


def query(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}


def calls(server: HostileServer, path: str) -> list[dict[str, str]]:
    return [query(request) for request in server.seen if request.target.partition("?")[0] == path]


def by_query(choose: Callable[[dict[str, str]], Behaviour]) -> Behaviour:
    return lambda conn, request: choose(query(request))(conn, request)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Each once, then the last one for ever."""
    left: Iterator[Behaviour] = iter(behaviours)
    last = behaviours[-1]
    return lambda conn, request: next(left, last)(conn, request)


def rates(limit: int, remaining: int, reset_in: int = 600) -> dict[str, str]:
    return {
        "x_rate_limit_limit": str(limit),
        "x_rate_limit_remaining": str(remaining),
        "x_rate_limit_reset": str(int(time.time()) + reset_in),
    }


def sent_json(request: Request) -> Any:
    return json.loads(request.body)
