"""Root posts: the public post that a conversation takes place under, whoever published it."""

from collections.abc import Iterable

from django.db import connection

from channels.messages import AttachmentKind, InboundMessage, RootPost
from channels.models import Channel
from inbox.models.messages import MAX_TEXT
from inbox.sanitise import clean


def upsert_roots(channel: Channel, messages: Iterable[InboundMessage]) -> dict[str, int]:
    """Know the root post of every message. Returns {external id: id}."""
    roots: dict[str, RootPost] = {}
    for message in messages:
        if message.root and message.root.external_id and (message.root.text or message.root.external_id not in roots):
            roots[message.root.external_id] = message.root
    if not roots:
        return {}
    pictures = {
        key: next((a for a in root.attachments if a.kind == AttachmentKind.IMAGE and a.url), None)
        for key, root in roots.items()
    }
    with connection.cursor() as cursor:
        # What is known is never overwritten by an empty value; a row without news is not written again.
        cursor.execute(
            """INSERT INTO inbox_rootpost AS r (channel_id, external_id, text, author_name, is_ours, permalink, posted_at,
                   picture_url, picture, picture_alt, picture_state)
               SELECT %s, external, body, author, ours, link, posted, picture, '', alt, CASE WHEN picture = '' THEN 'none' ELSE 'pending' END
               FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[], %s::timestamptz[], %s::text[], %s::text[])
                    AS t(external, body, author, ours, link, posted, picture, alt)
               ON CONFLICT (channel_id, external_id) DO UPDATE SET
                   text = CASE WHEN excluded.text = '' THEN r.text ELSE excluded.text END,
                   author_name = CASE WHEN excluded.author_name = '' THEN r.author_name ELSE excluded.author_name END,
                   is_ours = COALESCE(excluded.is_ours, r.is_ours),
                   permalink = CASE WHEN excluded.permalink = '' THEN r.permalink ELSE excluded.permalink END,
                   posted_at = COALESCE(excluded.posted_at, r.posted_at),
                   picture_url = CASE WHEN r.picture_url = '' THEN excluded.picture_url ELSE r.picture_url END,
                   picture_alt = CASE WHEN r.picture_url = '' THEN excluded.picture_alt ELSE r.picture_alt END,
                   picture_state = CASE WHEN r.picture_url = '' THEN excluded.picture_state ELSE r.picture_state END
               WHERE (excluded.text <> '' AND excluded.text <> r.text) OR (r.permalink = '' AND excluded.permalink <> '')
                   OR (r.picture_url = '' AND excluded.picture_url <> '') OR (r.posted_at IS NULL AND excluded.posted_at IS NOT NULL)""",
            [
                channel.pk,
                list(roots),
                [clean(root.text, MAX_TEXT) for root in roots.values()],
                [clean(root.author.name or root.author.handle, 200) for root in roots.values()],
                [root.is_ours for root in roots.values()],
                [clean(root.permalink, 600) for root in roots.values()],
                [root.posted_at for root in roots.values()],
                [picture.url[:1000] if picture else "" for picture in pictures.values()],
                [clean(picture.alt, 1000) if picture else "" for picture in pictures.values()],
            ],
        )
        cursor.execute(
            "SELECT external_id, id FROM inbox_rootpost WHERE channel_id = %s AND external_id = ANY(%s)",
            [channel.pk, list(roots)],
        )
        return dict(cursor.fetchall())
