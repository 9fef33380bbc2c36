"""LinkedIn REST as one ASGI app, mounted at /linkedin: /rest/… and /oauth/v2/…"""

import json
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.accounts import ADMINISTRATOR, CREDENTIALS, HANDLE, LINKEDIN, NAME, ORGANIZATION
from sandbox.answers import json_answer
from sandbox.ids import now_ms
from sandbox.linkedin import comments, images, posts, statistics
from sandbox.linkedin.objects import notification
from sandbox.linkedin.restli import (
    Address,
    RestError,
    address_of,
    bad,
    bad_parameter,
    check_headers,
    common_headers,
    denied,
    gone,
    paged,
)
from sandbox.world import World

ACCESS_SECONDS, REFRESH_SECONDS = 60 * 86_400, 365 * 86_400
SCOPE = "r_organization_social,w_organization_social,r_organization_social_feed,w_organization_social_feed,rw_organization_admin"
NOTIFICATIONS_KEPT = 60 * 86_400_000  # milliseconds
KNOWN_ACTIONS = {"LIKE", "COMMENT", "SHARE", "SHARE_MENTION", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"}


async def rest(request: Request) -> Response:
    world: World = request.app.state.world
    try:
        address = address_of(request)
        check_headers(request, world.state)
        body = await _body(request)
        answer = _routed(request, world, address, body)
    except RestError as error:
        answer = error.answer()
    answer.headers.update(common_headers())
    return answer


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        raise bad("The request body is not valid JSON") from None
    if not isinstance(found, dict):
        raise bad("The request body is no record")
    return found


def _routed(request: Request, world: World, address: Address, body: dict[str, Any]) -> Response:
    parts, method = address.parts, request.method
    match parts, method:
        case ["organizationAcls"], "GET":
            return _acls(address)
        case ["organizations", number], "GET":
            return _organization(number)
        case ["posts"], "GET":
            return posts.by_author(world, address)
        case ["posts"], "POST":
            return posts.publish(world, body)
        case ["posts", urn], "GET":
            return posts.one(world, urn)
        case ["posts", urn], "DELETE":
            return posts.remove(world, urn)
        case ["images"], "POST":
            return images.initialize(world, address.plain("action"), body)
        case ["images", urn], "GET":
            return images.one(world, urn)
        case ["socialMetadata"], "GET":
            return statistics.metadata_of_many(world, address)
        case ["socialMetadata", urn], "GET":
            return statistics.metadata(world, urn)
        case ["organizationalEntityShareStatistics"], "GET":
            return statistics.of_shares(world, address)
        case ["socialActions", urn], "GET":
            return comments.summary(world, urn)
        case ["socialActions", urn, "comments"], "GET":
            return comments.listing(world, address, urn)
        case ["socialActions", urn, "comments"], "POST":
            return comments.create(world, urn, body)
        case ["socialActions", urn, "comments", number], "GET":
            return comments.one(world, urn, number)
        case ["socialActions", urn, "comments", number], "POST":
            if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
                raise bad("Header X-RestLi-Method with value PARTIAL_UPDATE is required")
            return comments.edit(world, address, urn, number, body)
        case ["socialActions", urn, "comments", number], "DELETE":
            return comments.remove(world, address, urn, number)
        case ["organizationalEntityNotifications"], "GET":
            return _notifications(world, address)
        case ["eventSubscriptions", key], _:
            return _subscription(world, method, key, body)
        case ["eventSubscriptions"], "GET":
            rows = world.state.rows("SELECT * FROM subscriptions WHERE platform = ?", LINKEDIN)
            found = [json.loads(row["data"]) for row in rows]
            return json_answer(paged(address, "/rest/eventSubscriptions", found, 0, 10, len(found)))
    raise RestError(404, f"No root resource defined for path '/{'/'.join(parts)}'", code="RESOURCE_NOT_FOUND")


def _acls(address: Address) -> Response:
    if address.plain("q") != "roleAssignee":
        raise bad_parameter("q", "QUERY_PARAM_NOT_ALLOWED")
    element = {
        "role": "ADMINISTRATOR",
        "organization": ORGANIZATION,
        "roleAssignee": ADMINISTRATOR,
        "state": "APPROVED",
    }
    is_asked = (
        address.plain("role", "ADMINISTRATOR") == "ADMINISTRATOR" and address.plain("state", "APPROVED") == "APPROVED"
    )
    found = [element] if is_asked else []
    return json_answer(paged(address, "/rest/organizationAcls", found, 0, 10, len(found)))


def _organization(number: str) -> Response:
    if number not in {ORGANIZATION, ORGANIZATION.rpartition(":")[2]}:
        raise gone(number)
    return json_answer(
        {
            "id": int(ORGANIZATION.rpartition(":")[2]),
            "localizedName": NAME,
            "vanityName": HANDLE.replace("_", "-"),
            "primaryOrganizationType": "NONE",
        }
    )


def _notifications(world: World, address: Address) -> Response:
    """Newest first; kept for 60 days."""
    if address.plain("q") != "criteria":
        raise bad_parameter("q", "QUERY_PARAM_NOT_ALLOWED")
    if address.plain("organizationalEntity") != ORGANIZATION:
        raise denied("organizationalEntityNotifications.FINDER-criteria")
    actions = set(address.listed("actions")) if "actions" in address.query else KNOWN_ACTIONS
    if actions - KNOWN_ACTIONS:
        raise bad_parameter("actions")
    begin, end = now_ms() - NOTIFICATIONS_KEPT, now_ms() + 1
    if "timeRange" in address.query:
        span = address.record("timeRange")
        if not all(span.get(name, "0").isdecimal() for name in ("start", "end")):
            raise bad_parameter("timeRange")
        begin, end = max(begin, int(span.get("start", "0"))), int(span.get("end", str(end)))
    start, count = address.number("start", 0), min(address.number("count", 10), 100)
    found = []
    for event in world.state.rows(
        "SELECT * FROM events WHERE platform = ? AND at >= ? AND at < ? ORDER BY at DESC, seq DESC",
        LINKEDIN,
        begin,
        end,
    ):
        item = world.state.item_at(event["item"])
        one = notification(world, event, item) if item is not None else None
        if one is not None and one["action"] in actions:
            found.append(one)
            if len(found) > start + count:
                break
    return json_answer(paged(address, "/rest/organizationalEntityNotifications", found[start:], start, count, None))


def _subscription(world: World, method: str, key: str, body: dict[str, Any]) -> Response:
    state = world.state
    if method == "PUT":
        url = str(body.get("webhook", ""))
        if not url.startswith("http"):
            raise bad_parameter("webhook")
        data = {"webhook": url, "expiresAt": now_ms() + ACCESS_SECONDS * 1000, "key": key}
        state.run(
            "INSERT OR REPLACE INTO subscriptions (id, platform, kind, data, at) VALUES (?, ?, 'event', ?, ?)",
            key, LINKEDIN, json.dumps(data), now_ms(),
        )  # fmt: skip
        return Response(status_code=204)
    row = state.row("SELECT * FROM subscriptions WHERE id = ? AND platform = ?", key, LINKEDIN)
    if row is None:
        raise gone(key)
    if method == "DELETE":
        state.run("DELETE FROM subscriptions WHERE id = ?", key)
        return Response(status_code=204)
    return json_answer(json.loads(row["data"]))


# -- OAuth -------------------------------------------------------------------------------------------------------------


async def access_token(request: Request) -> Response:
    """Refresh: a new access token (60 days); the refresh token stays, its remaining life counts down."""
    world: World = request.app.state.world
    form, own, state = await request.form(), CREDENTIALS[LINKEDIN], world.state
    if form.get("client_id") != own["client_id"] or form.get("client_secret") != own["client_secret"]:
        return json_answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    old = str(form.get("refresh_token", ""))
    known = state.row("SELECT * FROM tokens WHERE token = ? AND platform = ? AND kind = 'refresh'", old, LINKEDIN)
    if form.get("grant_type") != "refresh_token" or known is None or known["revoked"]:
        description = "The provided authorization grant or refresh token is invalid, expired or revoked"
        return json_answer({"error": "invalid_request", "error_description": description}, 400)
    access = "AQSandbox" + secrets.token_urlsafe(360)
    state.insert("tokens", token=access, platform=LINKEDIN, kind="access", expires=now_ms() + ACCESS_SECONDS * 1000)
    left = REFRESH_SECONDS - (now_ms() - int(state.setting("begun", now_ms()))) // 1000
    return json_answer(
        {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": old,
            "refresh_token_expires_in": left,
            "scope": SCOPE,
        }
    )


async def introspect(request: Request) -> Response:
    world: World = request.app.state.world
    form, own = await request.form(), CREDENTIALS[LINKEDIN]
    if form.get("client_id") != own["client_id"] or form.get("client_secret") != own["client_secret"]:
        return json_answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    known = world.state.row(
        "SELECT * FROM tokens WHERE token = ? AND platform = ?", str(form.get("token", "")), LINKEDIN
    )
    if known is None:
        return json_answer({"active": False})
    begun = int(world.state.setting("begun", now_ms())) // 1000
    status = "revoked" if known["revoked"] else "active"
    expires = known["expires"] // 1000 if known["expires"] else begun + REFRESH_SECONDS
    if status == "active" and expires < now_ms() // 1000:
        status = "expired"
    return json_answer(
        {
            "active": status == "active", "client_id": own["client_id"], "authorized_at": begun, "created_at": begun,
            "status": status, "expires_at": expires, "scope": SCOPE, "auth_type": "3L",
        }
    )  # fmt: skip


def build(world: World) -> Starlette:
    app = Starlette(
        routes=[
            Route("/oauth/v2/accessToken", access_token, methods=["POST"]),
            Route("/oauth/v2/introspectToken", introspect, methods=["POST"]),
            Route("/dms-uploads/{name}/uploaded-image/0", images.put, methods=["PUT"]),
            Route("/rest/{path:path}", rest, methods=["GET", "POST", "PUT", "DELETE"]),
        ]
    )
    app.state.world = world
    return app
