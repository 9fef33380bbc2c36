"""Messages while a batch is worked through, and how they reach the database: one statement per table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.messages import Attachment as WireAttachment
from channels.messages import AttachmentKind, Change, Direction, InboundMessage
from core.sql import bulk
from inbox.models.messages import Attachment, MessageVersion
from inbox.sanitise import clean, web_address


@dataclass(slots=True)
class Row:
    """A message: known (has `pk` and is in the database) or new."""

    pk: int
    is_new: bool
    conversation_id: int
    text: str
    direction: str
    sent_at: datetime
    event: InboundMessage | None = None
    is_changed: bool = False
    is_sanitised: bool = False
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    hidden_at: datetime | None = None
    # When it was last hidden or shown: what is told later about an earlier moment is old news.
    hiding_changed_at: datetime | None = None
    versions: list[tuple[str, datetime]] = field(default_factory=list)
    in_reply_to: str = ""
    permalink: str = ""
    has_attachments: bool = False
    attachments: tuple[WireAttachment, ...] = ()  # not yet in the database

    def complete(self, event: InboundMessage) -> None:
        """Take over what was empty: another road may know more. What is known is never overwritten, but for an answer that
        was only known to be under the root post."""
        if self.deleted_at:
            return
        answered = event.in_reply_to[:300]
        root_id = event.root.external_id[:300] if event.root else ""
        if answered and answered != self.in_reply_to and self.in_reply_to in ("", root_id):
            self.in_reply_to, self.is_changed = answered, True
        if not self.permalink and (permalink := web_address(event.permalink)):
            self.permalink, self.is_changed = permalink, True
        if event.attachments and not self.has_attachments:
            self.attachments, self.has_attachments, self.is_changed = event.attachments, True, True

    def edit(self, text: str, at: datetime) -> None:
        if self.deleted_at or (self.edited_at and at < self.edited_at) or text == self.text:
            return
        self.versions.append((self.text, at))
        self.text, self.edited_at, self.is_changed = text, at, True

    def alter(self, change: Change, at: datetime) -> None:
        """Delete, hide or show it, if nothing is known of a later moment."""
        if change == Change.DELETED and not self.deleted_at:
            # Blanked here as at the platform; what it said is kept as a version, as long as retention allows.
            if self.text:
                self.versions.append((self.text, at))
            self.text, self.deleted_at, self.is_changed = "", at, True
        elif change in (Change.HIDDEN, Change.UNHIDDEN):
            last = self.hiding_changed_at or self.hidden_at
            if last and at < last:
                return
            hidden_at = at if change == Change.HIDDEN else None
            self.is_changed = self.is_changed or (self.hidden_at, self.hiding_changed_at) != (hidden_at, at)
            self.hidden_at, self.hiding_changed_at = hidden_at, at


def insert_rows(rows: Sequence[Row], channel_id: int, authors: Mapping[str, tuple[int, int | None]]) -> None:
    """`authors`: the identity of each person, by the platform's id."""
    values = []
    for row in rows:
        event = row.event
        assert event is not None
        author = authors.get(event.author.external_id) if event.direction == Direction.IN else None
        values.append((
            row.pk, row.conversation_id, event.external_id[:300], event.direction, event.kind, event.visibility,
            author[0] if author else None, row.text, event.language[:12], row.in_reply_to,
            row.permalink, event.is_summons, event.is_encrypted, row.is_sanitised,
            row.sent_at, row.edited_at, row.deleted_at, row.hidden_at, row.hiding_changed_at,
        ))  # fmt: skip
    bulk(
        """INSERT INTO inbox_message (channel_id, id, conversation_id, external_id, direction, kind, visibility, author_id,
               text, language, in_reply_to, permalink, is_summons, is_encrypted, is_sanitised, sent_at, received_at,
               edited_at, deleted_at, hidden_at, hiding_changed_at)
           SELECT %s, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, now(), c15, c16, c17, c18
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 text, c3 text, c4 text, c5 text, c6 bigint, c7 text, c8 text,
               c9 text, c10 text, c11 boolean, c12 boolean, c13 boolean, c14 timestamptz, c15 timestamptz, c16 timestamptz,
               c17 timestamptz, c18 timestamptz)""",
        values,
        channel_id,
    )


def update_rows(rows: Sequence[Row]) -> None:
    bulk(
        """UPDATE inbox_message m SET text = c1, edited_at = c2, deleted_at = c3, hidden_at = c4, hiding_changed_at = c5,
               in_reply_to = c6, permalink = c7
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 text, c2 timestamptz, c3 timestamptz, c4 timestamptz, c5 timestamptz,
               c6 text, c7 text)
           WHERE m.id = c0""",
        [
            (
                row.pk,
                row.text,
                row.edited_at,
                row.deleted_at,
                row.hidden_at,
                row.hiding_changed_at,
                row.in_reply_to,
                row.permalink,
            )
            for row in rows
        ],
    )


def insert_versions(rows: Sequence[Row]) -> None:
    versions = [
        MessageVersion(message_id=row.pk, text=text, replaced_at=at) for row in rows for text, at in row.versions
    ]
    MessageVersion.objects.bulk_create(versions)


def insert_attachments(rows: Sequence[Row]) -> None:
    attachments = [
        Attachment(
            message_id=row.pk,
            kind=attachment.kind,
            url=attachment.url[:2000],
            name=clean(attachment.name, 200),
            alt=clean(attachment.alt, 1000),
            state="pending" if attachment.url and attachment.kind == AttachmentKind.IMAGE else "none",
        )
        for row in rows
        if not row.deleted_at
        for attachment in row.attachments
    ]
    if attachments:
        Attachment.objects.bulk_create(attachments)
