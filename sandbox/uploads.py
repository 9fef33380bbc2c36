"""Pictures that are uploaded before the post that shows them, as every platform wants it: kept, described, served again."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.ids import now_ms
from sandbox.state import Row, State
from sandbox.world import World

KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def kind_of(content: bytes) -> str:
    """The content type by what it begins with; "" when it is no picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for sign, kind in KINDS.items() if content.startswith(sign)), "")


def keep(state: State, platform: str, upload_id: str, content: bytes = b"", *, alt: str = "") -> None:
    """A picture that no post shows yet; without content only its place is kept."""
    state.run(
        "INSERT OR REPLACE INTO uploads (platform, id, kind, content, alt, at) VALUES (?, ?, ?, ?, ?, ?)",
        platform, upload_id, kind_of(content), content, alt, now_ms(),
    )  # fmt: skip


def find(state: State, platform: str, upload_id: str) -> Row | None:
    return state.row("SELECT * FROM uploads WHERE platform = ? AND id = ?", platform, upload_id)


def describe(state: State, platform: str, upload_id: str, alt: str) -> None:
    state.run("UPDATE uploads SET alt = ? WHERE platform = ? AND id = ?", alt, platform, upload_id)


def attach(state: State, platform: str, upload_ids: list[str], item: Row) -> None:
    """The post shows these, in this order."""
    for place, upload_id in enumerate(upload_ids):
        state.run(
            "UPDATE uploads SET item = ?, place = ? WHERE platform = ? AND id = ?",
            item["seq"], place, platform, upload_id,
        )  # fmt: skip


def of(state: State, item: Row) -> list[Row]:
    """The pictures of a post, in order."""
    return state.rows("SELECT * FROM uploads WHERE item = ? ORDER BY place", item["seq"])


def upload_url(base: str, upload: Row) -> str:
    return f"{base}/media/upload/{upload['platform']}/{upload['id']}"


async def uploaded(request: Request) -> Response:
    world: World = request.app.state.world
    found = find(world.state, request.path_params["platform"], request.path_params["id"])
    if found is None or not found["kind"]:
        return Response(status_code=404)
    return Response(found["content"], media_type=found["kind"], headers={"X-Content-Type-Options": "nosniff"})


ROUTES = [Route("/media/upload/{platform}/{id}", uploaded)]
