"""What a post shows (pictures, a link) and how it does (reactions, shares, insights), as far as `fields` asks."""

from typing import Any
from urllib.parse import quote, urlsplit

from sandbox import uploads
from sandbox.figures import figures
from sandbox.graph.errors import GraphError
from sandbox.graph.fields import Field
from sandbox.media import PICTURE_SIZE
from sandbox.state import Row
from sandbox.world import World

LIVE_METRICS = {"post_total_media_view_unique", "post_media_view", "post_clicks", "post_reactions_like_total"}


def shown(world: World, item: Row, fields: dict[str, Field]) -> dict[str, Any]:
    """Pictures, link and figures of a post, as far as `fields` asks; what there is none of is left out, as Graph does."""
    every: dict[str, Any] = {}
    pictures = uploads.of(world.state, item)
    if pictures:
        every["full_picture"] = uploads.upload_url(world.settings.url, pictures[0])
        every["status_type"] = "added_photos"
        every["attachments"] = {"data": [_album([_photo(world, picture) for picture in pictures])]}
    elif item["kind"] == "post" and item["metadata"]:
        every["status_type"] = "shared_story"
        every["attachments"] = {"data": [_link(item["metadata"])]}
    if item["resident"]:
        return every
    told = figures(item)
    if "reactions" in fields:
        reactions: dict[str, Any] = {"data": []}
        if "summary" in fields["reactions"].options:
            reactions["summary"] = {"total_count": told.reactions, "viewer_reaction": "NONE"}
        every["reactions"] = reactions
    if told.shares:
        every["shares"] = {"count": told.shares}
    if "insights" in fields:
        every["insights"] = {"data": _insights(item, fields["insights"].options.get("metric", ""))}
    return every


def _insights(item: Row, metrics: str) -> list[dict[str, Any]]:
    """One retired or unknown name fails the whole question."""
    names = [name.strip() for name in metrics.split(",") if name.strip()]
    if not names or set(names) - LIVE_METRICS:
        raise GraphError("(#100) The value must be a valid insights metric", 100)
    told = figures(item)
    amounts = {"post_media_view": told.views, "post_clicks": told.clicks, "post_reactions_like_total": told.reactions}
    return [
        {
            "name": name, "period": "lifetime", "values": [{"value": amounts.get(name, told.reach)}], "title": name,
            "description": name, "id": f"{item['id']}/insights/{name}/lifetime",
        }
        for name in names
    ]  # fmt: skip


def _photo(world: World, picture: Row) -> dict[str, Any]:
    width, height = PICTURE_SIZE
    where = f"https://www.facebook.com/photo.php?fbid={picture['id']}"
    url = uploads.upload_url(world.settings.url, picture)
    return {
        "media": {"image": {"height": height, "src": url, "width": width}}, "media_type": "photo", "type": "photo",
        "target": {"id": picture["id"], "url": where}, "url": where,
    }  # fmt: skip


def _album(photos: list[dict[str, Any]]) -> dict[str, Any]:
    if len(photos) == 1:
        return photos[0]
    return {**photos[0], "media_type": "album", "type": "album", "subattachments": {"data": photos}}


def _link(link: str) -> dict[str, Any]:
    shim = f"https://l.facebook.com/l.php?u={quote(link, safe='')}&h=AT0"
    return {
        "media_type": "link", "type": "share", "title": urlsplit(link).netloc, "target": {"url": shim}, "url": shim,
        "unshimmed_url": link,
    }  # fmt: skip
