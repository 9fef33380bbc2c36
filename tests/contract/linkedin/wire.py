"""A connector that talks to a real (hostile) server on the loopback, and answers for it in LinkedIn's shapes."""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from channels.connectors.linkedin.connector import LinkedInConnector
from channels.http import make_session
from channels.messages import Account, OutboundMessage, SendMode
from tests.channels.hostile_server import HostileServer, Request, json_answer
from tests.contract.linkedin.payloads import ACTIVITY, FATMA, US, number, urn

TOKEN = "AQuserTokenOfThePage0123456789"
CREDENTIALS = {
    "account_id": US, "access_token": TOKEN, "refresh_token": "AQrefresh-1", "client_id": "client-1", "client_secret": "secret-1",
}  # fmt: skip
REST = "/linkedin/rest"
NOTIFICATIONS = f"{REST}/organizationalEntityNotifications"
POSTS = f"{REST}/posts"
ROLES = f"{REST}/organizationAcls"
TOKENS = "/linkedin/oauth/v2/accessToken"
INTROSPECT = "/linkedin/oauth/v2/introspectToken"


def comments_of(place: str) -> str:
    return f"{REST}/socialActions/{quote(place, safe='')}/comments"


def one(comment_number: str, post: str = ACTIVITY) -> str:
    return f"{comments_of(post)}/{comment_number}"


QUESTION = urn()  # the comment that `message` answers
READ_QUESTION = one(number(1_764_500_000_000))
WRITE = comments_of(QUESTION)


def connector(
    server: HostileServer, *, credentials: dict[str, str] | None = None, **settings: Any
) -> LinkedInConnector:
    account = Account(
        external_id=US,
        base_url=f"{server.url}/linkedin",
        name="Gemeente Eikenrode",
        credentials=CREDENTIALS if credentials is None else credentials,
        settings={"backfill_days": 7, **settings},
    )
    return LinkedInConnector(account, make_session(account.base_url, read_timeout=1, total_timeout=2))


def message(**changed: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "key": "9f1c", "mode": SendMode.REPLY, "text": "Ja, ook daar", "in_reply_to": QUESTION, "root_id": ACTIVITY,
        "recipient_id": FATMA, "thread_id": f"post:{ACTIVITY}:{FATMA}", **changed,
    }  # fmt: skip
    return OutboundMessage(**values)


def listed(*found: Any, total: int | None = None, more: bool = False) -> dict[str, Any]:
    links = [{"type": "application/json", "rel": "next", "href": "/rest/elsewhere?start=100"}] if more else []
    return {"paging": {"start": 0, "count": 100, "links": links, "total": total}, "elements": list(found)}


def quiet(server: HostileServer) -> None:
    """Nothing new anywhere."""
    for path in (NOTIFICATIONS, POSTS):
        server.on[path] = json_answer(listed())


def query(request: Request) -> dict[str, str]:
    return {key: found[0] for key, found in parse_qs(urlsplit(request.target).query).items()}


def calls(server: HostileServer, path: str) -> list[dict[str, str]]:
    return [query(request) for request in server.seen if request.target.partition("?")[0] == path]
