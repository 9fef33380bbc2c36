"""One batch of events of one channel, applied to the database: a handful of statements, whatever the batch's size.

Order inside the batch does not matter much and order between batches does not either: an edit may come before its
creation, a deletion before both; the latest known truth wins and a deleted message stays deleted.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from channels.messages import Change, Direction, InboundMessage, StatusUpdate
from channels.models import Channel, Delivery
from channels.platforms import Platform
from core.events import publish_on_commit
from core.sql import bulk
from inbox.echoes import deliveries_to_prove, find_echo, link_echo
from inbox.identities import next_ids, people_of, upsert_identities
from inbox.message_rows import Row, insert_attachments, insert_rows, insert_versions, update_rows
from inbox.models.messages import MAX_TEXT, Attachment, Message, PendingChange
from inbox.obligations import follow
from inbox.replies import record_outcome
from inbox.rootposts import upsert_roots
from inbox.sanitise import clean
from inbox.turns import (
    NewConversation,
    Turns,
    insert_conversations,
    refresh_previews,
    reopen_crossed,
    update_conversations,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)  # as far as clocks may differ


class Batch:
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        # Facebook's ids of people hold for one page only; X's and LinkedIn's for the whole platform.
        self.scope = channel.external_id if channel.platform == Platform.FACEBOOK else ""
        self.touched: set[int] = set()
        self.now = timezone.now()

    def lock(self) -> None:
        """One batch at a time per platform and scope: two of them would deadlock on each other's people. Held to the
        end of the transaction; agents' clicks do not wait for it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"ingest:{self.channel.platform}:{self.scope}"]
            )

    def apply(self, messages: Sequence[InboundMessage], updates: Sequence[StatusUpdate]) -> int:
        """Store everything. Returns how many messages were new."""
        fresh = 0
        if messages:
            self._load_known(messages)
            creations = [m for m in messages if self._creates(m)]
            self.identities = upsert_identities(self.channel, self.scope, people_of(creations))
            self.roots = upsert_roots(self.channel, creations)
            self._upsert_conversations(creations)
            self._walk(messages)
            fresh = self._write_messages()
            for delivery in self.proved:
                record_outcome(delivery)
        follow(self.touched)
        for update in updates:
            self._apply_status(update)
        return fresh

    def run(self, messages: Sequence[InboundMessage]) -> int:
        """Apply changes that did not come as raw events (a recheck), in a transaction of their own. Returns how many
        conversations changed."""
        with transaction.atomic():
            self.lock()
            self.apply(messages, [])
            if self.touched:
                publish_on_commit(f"channel-{self.channel.pk}", "list", *(f"conversation-{pk}" for pk in self.touched))
        return len(self.touched)

    def _creates(self, message: InboundMessage) -> bool:
        return (
            bool(message.thread_id)
            and message.change in (Change.CREATED, Change.EDITED)
            and (message.external_id not in self.rows)
        )

    # -- what is known -----------------------------------------------------------------------------------------------

    def _load_known(self, messages: Sequence[InboundMessage]) -> None:
        self.rows: dict[str, Row] = {}
        self.proved: list[Delivery] = []  # ours, seen at the platform
        self._load_rows({message.external_id for message in messages})
        self.pending: dict[str, list[PendingChange]] = {}
        self.came: list[str] = []  # ids of messages that something was pending for
        for change in PendingChange.objects.filter(
            channel=self.channel, external_id__in={m.external_id for m in messages} - self.rows.keys()
        ):
            self.pending.setdefault(change.external_id, []).append(change)

    def _look_again(self, messages: Sequence[InboundMessage]) -> None:
        """A worker may have written down an answer as sent while we waited for its row: then its echo is known by now."""
        ours = {message.external_id for message in messages if message.direction == Direction.OUT}
        self._load_rows(ours - self.rows.keys())

    def _load_rows(self, external_ids: Collection[str]) -> None:
        known = Message.objects.filter(channel=self.channel, external_id__in=external_ids).values_list(
            "external_id",
            "pk",
            "conversation_id",
            "text",
            "direction",
            "sent_at",
            "edited_at",
            "deleted_at",
            "hidden_at",
            "hiding_changed_at",
            "in_reply_to",
            "permalink",
            Exists(Attachment.objects.filter(message=OuterRef("pk"))),
        )
        for external_id, pk, conversation_id, text, direction, sent_at, *more in known:
            assert external_id is not None
            edited_at, deleted_at, hidden_at, hiding_changed_at, in_reply_to, permalink, has_attachments = more
            self.rows[external_id] = Row(
                pk,
                False,
                conversation_id,
                text,
                direction,
                sent_at,
                edited_at=edited_at,
                deleted_at=deleted_at,
                hidden_at=hidden_at,
                hiding_changed_at=hiding_changed_at,
                in_reply_to=in_reply_to,
                permalink=permalink,
                has_attachments=has_attachments,
            )

    def _upsert_conversations(self, messages: Sequence[InboundMessage]) -> None:
        threads: dict[str, InboundMessage] = {}
        for message in sorted(messages, key=lambda m: m.sent_at or EPOCH, reverse=True):
            threads[message.thread_id] = message  # the earliest one gives kind and contact
        self.conversations: dict[str, int] = {}
        self.incomplete: list[tuple[int, int | None, int | None, int | None]] = []
        self.new_conversations: dict[int, InboundMessage] = {}
        if not threads:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT thread_id, id, contact_id, root_id FROM inbox_conversation WHERE channel_id = %s AND thread_id = ANY(%s)",
                [self.channel.pk, list(threads)],
            )
            for thread_id, pk, contact_id, root_id in cursor.fetchall():
                self.conversations[thread_id] = pk
                message = threads[thread_id]
                person = self.identities.get(message.contact.external_id)
                root = self.roots.get(message.root.external_id) if message.root else None
                if (contact_id is None and person) or (root_id is None and root):
                    self.incomplete.append((pk, *(person or (None, None)), root))
            new = [thread for thread in threads if thread not in self.conversations]
            for thread, pk in zip(new, next_ids(cursor, "inbox_conversation", len(new)), strict=True):
                self.conversations[thread] = pk
                self.new_conversations[pk] = threads[thread]

    # -- what happened -----------------------------------------------------------------------------------------------

    def _walk(self, messages: Sequence[InboundMessage]) -> None:
        """Play the events in the order in which they were received on the rows in memory."""
        open_deliveries: list[Delivery] | None = None
        new_ids = iter(_reserve("inbox_message", sum(self._creates(message) for message in messages)))
        for event in messages:
            row = self.rows.get(event.external_id)
            if row is None and event.change in (Change.CREATED, Change.EDITED):
                if not event.thread_id:
                    continue
                if event.direction == Direction.OUT:
                    if open_deliveries is None:
                        open_deliveries = deliveries_to_prove(self.channel)
                        self._look_again(messages)
                        if event.external_id in self.rows:
                            self._change(self.rows[event.external_id], event)
                            continue
                    delivery = find_echo(event, open_deliveries)
                    if delivery is not None:
                        # Ours, and we do not yet know (or never heard) that it arrived: this is the proof.
                        open_deliveries.remove(delivery)
                        self.touched |= link_echo(delivery, event)
                        self.proved.append(delivery)
                        continue
                self._create(event, next(new_ids))
            elif row is None:
                self._remember(event)
            else:
                self._change(row, event)

    def _moment_of(self, event: InboundMessage) -> datetime:
        """By the platform's clock, unless that is plainly wrong: nobody waits for an answer from tomorrow on."""
        at = event.sent_at or event.changed_at or self.now
        return at if at <= self.now + AHEAD else self.now

    def _create(self, event: InboundMessage, pk: int) -> None:
        text = clean(event.text, MAX_TEXT)
        row = Row(
            pk,
            True,
            self.conversations[event.thread_id],
            text,
            event.direction,
            self._moment_of(event),
            event=event,
            is_sanitised=text != event.text,
            edited_at=(event.changed_at or self.now) if event.change == Change.EDITED else None,
        )
        row.complete(event)
        self.rows[event.external_id] = row
        if changes := self.pending.pop(event.external_id, None):
            self.came.append(event.external_id)
            for change in sorted(changes, key=lambda change: change.at):
                row.alter(Change(change.change), change.at)

    def _change(self, row: Row, event: InboundMessage) -> None:
        at = event.changed_at or self.now
        text = clean(event.text, MAX_TEXT)
        if event.change in (Change.CREATED, Change.EDITED):
            row.complete(event)
        if event.change == Change.CREATED:
            # Seen again. A poll tells of an edit by another text under the same id; a later known edit is not undone.
            if (
                row.deleted_at
                or row.is_new
                or not text
                or text == row.text
                or row.edited_at
                or event.changed_at is None
            ):
                return
        elif event.change != Change.EDITED:
            # Hiding without a moment of its own is news only where it says something else.
            is_same = event.change == (Change.HIDDEN if row.hidden_at else Change.UNHIDDEN)
            if event.changed_at or not is_same:
                row.alter(event.change, at)
            return
        row.edit(text, at)

    def _remember(self, event: InboundMessage) -> None:
        """Of a message that is not here yet: kept for when it comes, be it later in this very batch."""
        known = self.pending.setdefault(event.external_id, [])
        at = event.changed_at or self.now
        same = next((change for change in known if change.change == event.change), None)
        if same is not None:
            # The last time counts: between two times that it was hidden it may have been shown.
            if event.change == Change.DELETED or at <= same.at:
                return
            known.remove(same)
        known.append(
            PendingChange(channel=self.channel, external_id=event.external_id[:300], change=event.change, at=at)
        )

    def _write_pending(self) -> None:
        waiting = [change for changes in self.pending.values() for change in changes if change._state.adding]
        if waiting:
            PendingChange.objects.bulk_create(
                waiting, update_conflicts=True, unique_fields=["channel", "external_id", "change"], update_fields=["at"]
            )
        if self.came:
            PendingChange.objects.filter(channel=self.channel, external_id__in=self.came).delete()

    # -- writing -------------------------------------------------------------------------------------------------------

    def _write_messages(self) -> int:
        new = [row for row in self.rows.values() if row.is_new]
        changed = [row for row in self.rows.values() if row.is_changed and not row.is_new]
        by_conversation: dict[int, list[Row]] = {}
        for row in new:
            by_conversation.setdefault(row.conversation_id, []).append(row)
        self.touched |= by_conversation.keys() | {row.conversation_id for row in changed}
        with connection.cursor() as cursor:
            # All at once and in the order of their keys: an agent who answers in two of them never waits crosswise.
            cursor.execute(
                "SELECT FROM inbox_conversation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [[*self.touched, *(row[0] for row in self.incomplete)]],
            )
            self._complete_conversations()
            turns = {pk: Turns.of(rows) for pk, rows in by_conversation.items()}
            insert_conversations(self._new_conversations(turns))
            insert_rows(new, self.channel.pk, self.identities)
            known = {pk: turn for pk, turn in turns.items() if pk not in self.new_conversations}
            update_conversations(known)
            reopen_crossed(known)
            if changed:
                update_rows(changed)
                refresh_previews(cursor, {row.conversation_id for row in changed})
        insert_versions([*new, *changed])
        insert_attachments([*new, *changed])
        self._write_pending()
        return len(new)

    def _complete_conversations(self) -> None:
        bulk(
            """UPDATE inbox_conversation c SET identity_id = COALESCE(c.identity_id, c1),
                   contact_id = COALESCE(c.contact_id, c2), root_id = COALESCE(c.root_id, c3)
               FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 bigint, c3 bigint) WHERE c.id = c0""",
            self.incomplete,
        )

    def _new_conversations(self, turns: dict[int, Turns]) -> list[NewConversation]:
        found = []
        for pk, first in self.new_conversations.items():
            if pk in turns:
                identity, contact = self.identities.get(first.contact.external_id, (None, None))
                root = self.roots.get(first.root.external_id) if first.root else None
                found.append(NewConversation(pk, self.channel.pk, first, identity, contact, root, turns[pk]))
        return found

    def _apply_status(self, update: StatusUpdate) -> None:
        field_name = {"delivered": "delivered_at", "read": "read_at"}.get(update.status)
        if field_name is None:
            return
        messages = Message.objects.filter(
            channel=self.channel, direction=Direction.OUT, **{f"{field_name}__isnull": True}
        )
        if update.external_ids:
            messages = messages.filter(external_id__in=update.external_ids)
        elif update.thread_id and update.watermark:
            messages = messages.filter(
                conversation__channel=self.channel,
                conversation__thread_id=update.thread_id,
                external_id__isnull=False,
                sent_at__lte=update.watermark,
            )
        else:
            return
        found = list(messages.values_list("pk", "conversation_id"))
        if found:
            Message.objects.filter(pk__in=[pk for pk, _ in found]).update(
                **{field_name: update.at or update.watermark or self.now}
            )
            self.touched |= {conversation for _, conversation in found}


def _reserve(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        return next_ids(cursor, table, count)
