"""Residents as their platforms know them: found or added in bulk."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from channels.messages import Author, Direction, InboundMessage
from channels.models import Channel
from core.sql import bulk
from inbox.sanitise import clean, web_address


def people_of(messages: Iterable[InboundMessage]) -> dict[str, Author]:
    """Everybody in these messages who is not us, by external id; of two of the same the one with a name."""
    people: dict[str, Author] = {}
    for message in messages:
        candidates = [message.contact]
        if message.direction == Direction.IN:
            candidates.append(message.author)
        for person in candidates:
            if person.external_id and (person.external_id not in people or person.name):
                people[person.external_id] = person
    return people


def next_ids(cursor: Any, table: str, count: int) -> list[int]:
    """Reserve `count` primary keys, so that rows that refer to each other go out in one statement per table."""
    if not count:
        return []
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [row[0] for row in cursor.fetchall()]


def upsert_identities(channel: Channel, scope: str, people: dict[str, Author]) -> dict[str, tuple[int, int]]:
    """Know every one of `people` ({external id: author}). Returns {external id: (identity, contact)}.

    A new identity gets a contact of its own: linking identities to one person is a human decision."""
    identities: dict[str, tuple[int, int]] = {}
    if not people:
        return identities
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT external_id, id, contact_id, name, handle, avatar_url FROM inbox_contactidentity
               WHERE platform = %s AND scope = %s AND external_id = ANY(%s)""",
            [channel.platform, scope, list(people)],
        )
        changed = []
        for external_id, pk, contact_id, name, handle, avatar_url in cursor.fetchall():
            identities[external_id] = (pk, contact_id)
            person = people[external_id]
            new = (
                clean(person.name, 200) or name,
                clean(person.handle, 200) or handle,
                person.avatar_url[:1000] or avatar_url,
            )
            if new != (name, handle, avatar_url):
                changed.append((pk, *new, web_address(person.profile_url)))
        bulk(
            """UPDATE inbox_contactidentity i SET name = c1, handle = c2, avatar_url = c3,
                   profile_url = CASE WHEN c4 = '' THEN i.profile_url ELSE c4 END,
                   avatar_state = CASE WHEN i.avatar_url = c3 THEN i.avatar_state ELSE 'pending' END
               FROM json_to_recordset(%s) AS t(c0 bigint, c1 text, c2 text, c3 text, c4 text) WHERE i.id = c0""",
            changed,
        )
        new_people = [person for external_id, person in people.items() if external_id not in identities]
        contact_ids = next_ids(cursor, "inbox_contact", len(new_people))
        identity_ids = next_ids(cursor, "inbox_contactidentity", len(new_people))
    rows = [
        (identity, contact, person.external_id[:300], clean(person.name, 200), clean(person.handle, 200),
         web_address(person.profile_url), person.avatar_url[:1000])
        for person, identity, contact in zip(new_people, identity_ids, contact_ids, strict=True)
    ]  # fmt: skip
    bulk(
        """INSERT INTO inbox_contact (id, name, created_at)
           SELECT c0, c1, now() FROM json_to_recordset(%s) AS t(c0 bigint, c1 text)""",
        [(row[1], row[3]) for row in rows],
    )
    bulk(
        """INSERT INTO inbox_contactidentity
               (platform, scope, id, contact_id, external_id, name, handle, profile_url, avatar_url, avatar, avatar_state)
           SELECT %s, %s, c0, c1, c2, c3, c4, c5, c6, '', CASE WHEN c6 = '' THEN 'none' ELSE 'pending' END
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 text, c3 text, c4 text, c5 text, c6 text)""",
        rows,
        channel.platform,
        scope,
    )
    identities.update({row[2]: (row[0], row[1]) for row in rows})
    return identities
