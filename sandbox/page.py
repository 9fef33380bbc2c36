"""The page for trainers, in Dutch: speak as a resident, see the municipality's answers come in, order trouble, watch webhooks.

Plain forms work without script; static/sandbox.js sends them without reload and fetches the moving parts every second.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.accounts import FACEBOOK, HANDLE, LINKEDIN, NAME, PLATFORMS, TWITTER
from sandbox.control import found_item, speak, speak_elsewhere, threads_of
from sandbox.faults import KINDS, UNTIL_CLEARED, add_fault
from sandbox.media import PICTURES, avatar_url, picture_url
from sandbox.town.rhythm import HERE
from sandbox.world import Refused, World

HOME = Path(__file__).parent
LABELS = {TWITTER: "X", FACEBOOK: "Facebook", LINKEDIN: "LinkedIn"}
SPEAKING = {
    TWITTER: {
        "mention": "Bericht dat de gemeente noemt",
        "reply": "Reactie onder een bericht van de gemeente",
        "dm": "Privébericht",
    },
    FACEBOOK: {
        "comment": "Reactie onder een bericht van de gemeente",
        "visitor_post": "Bericht op de pagina van de gemeente",
        "mention": "Bericht elders dat de gemeente noemt",
        "dm": "Privébericht in Messenger",
    },
    LINKEDIN: {"comment": "Reactie onder een bericht van de gemeente", "mention": "Bericht dat de gemeente noemt"},
}
FAULTS = {
    "401": "Niet aangemeld (401)", "402": "Tegoed op (402)", "403": "Geen toestemming (403)", "429": "Te veel verzoeken, met hersteltijd",
    "429_no_reset": "Te veel verzoeken, zonder hersteltijd", "500": "Fout bij het platform (500)", "502": "Storing met HTML (502)",
    "html_200": "HTML in plaats van JSON (200)", "half_json": "Half antwoord", "slow_drip": "Antwoord druppelt binnen",
    "timeout_before": "Geen antwoord, niet opgeslagen", "timeout_after": "Geen antwoord, wel opgeslagen",
    "closed_before": "Verbinding breekt, niet opgeslagen", "closed_after": "Verbinding breekt, wel opgeslagen",
    "duplicate_webhook": "Webhook komt twee keer", "out_of_order_webhook": "Webhook komt te laat",
    "revoked_token": "Toegang ingetrokken", "platform_ban": "Account geblokkeerd",
}  # fmt: skip
KIND_NAMES = {
    "post": "bericht", "mention": "vermelding", "reply": "reactie", "comment": "reactie", "visitor_post": "bericht op pagina", "dm": "privé",
    "created": "nieuw", "edited": "bewerkt", "deleted": "verwijderd", "hidden": "verborgen", "unhidden": "getoond", "read": "gelezen",
    "delivered": "bezorgd", "revoked": "ingetrokken",
}  # fmt: skip
WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class Headers:
    """What a browser must know about our own pages; and no form of another site may act here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(("/x/", "/graph/", "/linkedin/")):
            await self.app(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"} and dict(scope["headers"]).get(b"sec-fetch-site") == b"cross-site":
            await PlainTextResponse("Not from another site.", 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, with_headers)


def when(ms: int) -> str:
    """ "14:05" today, "di 24 nov 14:05" before."""
    at, now = datetime.fromtimestamp(ms / 1000, UTC).astimezone(HERE), datetime.now(HERE)
    clock = at.strftime("%H:%M")
    return clock if at.date() == now.date() else f"{WEEKDAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {clock}"


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def kind_name(kind: str) -> str:
    return " ".join(KIND_NAMES.get(word, word) for word in kind.split())


templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HOME / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)  # fmt: skip
templates.filters |= {
    "when": when, "iso": iso, "kind_name": kind_name, "avatar": lambda handle: avatar_url("", handle),
    "picture": lambda name: picture_url("", name),
}  # fmt: skip


class Seat:
    """Where the trainer sits: which platform, as whom, answering or changing what."""

    def __init__(self, world: World, values: Any) -> None:
        self.world = world
        wanted = str(values.get("platform") or FACEBOOK)
        self.platform = wanted if wanted in PLATFORMS else FACEBOOK
        self.name = str(values.get("resident") or "").strip()
        self.resident = world.find_resident(self.name) if self.name else None
        self.mode = next((mode for mode in ("reply", "edit", "own") if values.get(mode)), "")
        self.target = world.state.item(self.platform, str(values.get(self.mode))) if self.mode else None

    def url(self, **more: str) -> str:
        """This seat with something changed; an empty value leaves it out."""
        who = self.resident["handle"] if self.resident is not None else self.name
        values = {"platform": self.platform, "resident": who, **more}
        return "/?" + urlencode({key: value for key, value in values.items() if value})

    @property
    def kinds(self) -> dict[str, str]:
        return SPEAKING[self.platform]

    @property
    def kind(self) -> str:
        """What is chosen beforehand."""
        if self.target is None:
            return next(iter(self.kinds))
        if self.target["kind"] == "dm":
            return "dm"
        return "reply" if self.platform == TWITTER else "comment"


def version(world: World) -> str:
    """Changes whenever something on the page could."""
    state = world.state
    return "-".join(
        str(state.value(query) or 0)
        for query in (
            "SELECT max(seq) FROM events",
            "SELECT max(seq) * 1000 + sum(attempts) FROM deliveries",
            "SELECT max(id) * 1000 + sum(hits) FROM faults",
            "SELECT count(*) FROM faults",
            "SELECT max(id) FROM residents",
        )
    )


def context(request: Request, seat: Seat) -> dict[str, Any]:
    world: World = request.app.state.world
    state, sender = world.state, request.app.state.sender
    recent = state.rows(
        "SELECT r.id, r.name, r.handle, max(i.created) AS newest FROM items i JOIN residents r ON r.id = i.resident "
        "WHERE i.platform = ? AND r.gone = 0 GROUP BY r.id ORDER BY newest DESC LIMIT 8",
        seat.platform,
    )
    posts = state.rows(
        "SELECT id, text, created FROM items WHERE platform = ? AND kind = 'post' AND deleted = 0 ORDER BY created DESC LIMIT 12",
        seat.platform,
    )
    threads = threads_of(world, seat.platform, seat.resident) if seat.resident is not None else []
    active = state.rows("SELECT * FROM faults WHERE times IS NULL OR times > 0 ORDER BY id DESC")
    return {
        "seat": seat, "labels": LABELS, "platforms": PLATFORMS, "recent": recent, "posts": posts, "threads": threads,
        "fault_names": {kind: FAULTS[kind] for kind in KINDS}, "faults": active, "pictures": {k: v[0] for k, v in PICTURES.items()},
        "deliveries": sender.recent(12) if sender is not None else [], "pace": state.setting("pace", 0), "until_cleared": UNTIL_CLEARED,
        "balie": world.settings.balie, "proved": dict(sender.proved) if sender is not None else {}, "own_name": NAME,
        "own_handle": HANDLE, "version": version(world), "error": request.query_params.get("error", ""),
    }  # fmt: skip


async def home(request: Request) -> Response:
    seat = Seat(request.app.state.world, request.query_params)
    return HTMLResponse(templates.get_template("page.html").render(context(request, seat)))


async def parts(request: Request) -> Response:
    """The moving parts, when they moved since `version`."""
    world: World = request.app.state.world
    if request.query_params.get("version") == version(world):
        return Response(status_code=204)
    values = context(request, Seat(world, request.query_params))
    found = {
        name: templates.get_template(f"_{name}.html").render(values) for name in ("threads", "faults", "deliveries")
    }
    return JSONResponse({"version": values["version"], "parts": found})


def _back(request: Request, seat: Seat, error: str = "") -> Response:
    """To the seat; a script gets the outcome as JSON instead."""
    if request.headers.get("accept") == "application/json":
        body = {"error": error, "resident": seat.resident["handle"] if seat.resident is not None else seat.name}
        return JSONResponse(body, 400 if error else 200)
    return RedirectResponse(seat.url(error=error), 303)


async def act(request: Request) -> Response:
    """One form of the page. Whatever is refused comes back as a sentence above the form."""
    world: World = request.app.state.world
    form, name = await request.form(), request.path_params["act"]
    error = ""
    try:
        ACTS[name](world, {key: str(value) for key, value in form.items()})
    except Refused as refused:
        error = REASONS.get(str(refused), str(refused))
    except (KeyError, ValueError):
        error = "Dat formulier is niet compleet."
    return _back(request, Seat(world, form), error)


REASONS = {"A resident needs a name.": "Kies eerst een inwoner.", "There is no text.": "Typ eerst een bericht."}


def _say(world: World, values: dict[str, str]) -> None:
    target = values.get("in_reply_to") or (values.get("post") if values["kind"] in {"reply", "comment"} else "")
    speak(world, {**values, "in_reply_to": target, "post": "", "untagged": values.get("untagged") == "on"})


def _elsewhere(world: World, values: dict[str, str]) -> None:
    if not values.get("text", "").strip():
        raise Refused("There is no text.")
    speak_elsewhere(world, values)


def _edit(world: World, values: dict[str, str]) -> None:
    if not values.get("text", "").strip():
        raise Refused("There is no text.")
    world.edit(found_item(world, values["platform"], values["item"]), values["text"].strip())


def _delete(world: World, values: dict[str, str]) -> None:
    world.delete(found_item(world, values["platform"], values["item"]))


def _add_fault(world: World, values: dict[str, str]) -> None:
    times = int(values["times"]) if values.get("times") else None
    add_fault(
        world.state, platform=values["fault_platform"], fault=values["fault"], endpoint=values.get("endpoint", "").strip() or "*",
        method=values.get("method", "*"), times=times,
    )  # fmt: skip


def _clear_fault(world: World, values: dict[str, str]) -> None:
    if values["item"] == "all":
        world.state.run("DELETE FROM faults")
    else:
        world.state.run("DELETE FROM faults WHERE id = ?", int(values["item"]))


def _pace(world: World, values: dict[str, str]) -> None:
    world.state.set("pace", max(float(values["seconds"].replace(",", ".")), 0))


ACTS = {
    "say": _say, "elsewhere": _elsewhere, "edit": _edit, "delete": _delete, "fault": _add_fault, "clear": _clear_fault, "pace": _pace,
}  # fmt: skip

ROUTES = [
    Route("/", home),
    Route("/parts", parts),
    Route("/do/{act:str}", act, methods=["POST"]),
    Mount("/static", StaticFiles(directory=HOME / "static")),
]
