"""Residents as their platforms know them: found or added in bulk."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from channels.messages import Author, Direction, InboundMessage
from channels.models import Channel
from inbox.sanitise import clean


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
                changed.append((pk, *new, clean(person.profile_url, 600)))
        if changed:
            cursor.execute(
                """UPDATE inbox_contactidentity i SET name = t.name, handle = t.handle, avatar_url = t.avatar,
                       profile_url = CASE WHEN t.profile = '' THEN i.profile_url ELSE t.profile END,
                       avatar_state = CASE WHEN i.avatar_url = t.avatar THEN i.avatar_state ELSE 'pending' END
                   FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[]) AS t(id, name, handle, avatar, profile)
                   WHERE i.id = t.id""",
                [list(column) for column in zip(*changed, strict=True)],
            )
        new_people = [person for external_id, person in people.items() if external_id not in identities]
        if not new_people:
            return identities
        contact_ids = next_ids(cursor, "inbox_contact", len(new_people))
        identity_ids = next_ids(cursor, "inbox_contactidentity", len(new_people))
        names = [clean(person.name, 200) for person in new_people]
        cursor.execute(
            """INSERT INTO inbox_contact (id, name, created_at) SELECT id, name, now() FROM unnest(%s::bigint[], %s::text[]) AS t(id, name)""",
            [contact_ids, names],
        )
        cursor.execute(
            """INSERT INTO inbox_contactidentity
                   (id, contact_id, platform, scope, external_id, name, handle, profile_url, avatar_url, avatar, avatar_state)
               SELECT id, contact, %s, %s, external, name, handle, profile, avatar, '', CASE WHEN avatar = '' THEN 'none' ELSE 'pending' END
               FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
                    AS t(id, contact, external, name, handle, profile, avatar)""",
            [
                channel.platform,
                scope,
                identity_ids,
                contact_ids,
                [person.external_id[:300] for person in new_people],
                names,
                [clean(person.handle, 200) for person in new_people],
                [clean(person.profile_url, 600) for person in new_people],
                [person.avatar_url[:1000] for person in new_people],
            ],
        )
        for person, identity, contact in zip(new_people, identity_ids, contact_ids, strict=True):
            identities[person.external_id] = (identity, contact)
    return identities
