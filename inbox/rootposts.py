"""Root posts: the public post that a conversation takes place under, whoever published it."""

from collections.abc import Iterable

from django.db import connection

from channels.messages import AttachmentKind, InboundMessage, RootPost
from channels.models import Channel
from core.sql import bulk
from inbox.models.messages import MAX_TEXT
from inbox.sanitise import clean, web_address


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
    rows = []
    for external_id, root in roots.items():
        picture = pictures[external_id]
        rows.append((
            external_id[:300], clean(root.text, MAX_TEXT), clean(root.author.name or root.author.handle, 200), root.is_ours,
            web_address(root.permalink), root.posted_at, picture.url[:1000] if picture else "",
            clean(picture.alt, 1000) if picture else "",
        ))  # fmt: skip
    # What is known is never overwritten by an empty value; a row without news is not written again.
    bulk(
        """INSERT INTO inbox_rootpost AS r (channel_id, external_id, text, author_name, is_ours, permalink, posted_at,
               picture_url, picture, picture_alt, picture_state)
           SELECT %s, c0, c1, c2, c3, c4, c5, c6, '', c7, CASE WHEN c6 = '' THEN 'none' ELSE 'pending' END
           FROM json_to_recordset(%s) AS t(c0 text, c1 text, c2 text, c3 boolean, c4 text, c5 timestamptz, c6 text, c7 text)
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
        rows,
        channel.pk,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, id FROM inbox_rootpost WHERE channel_id = %s AND external_id = ANY(%s)",
            [channel.pk, [row[0] for row in rows]],
        )
        return dict(cursor.fetchall())
