"""A year of a town's traffic, made inside PostgreSQL: Dutch words in a realistic distribution, 2 % open."""

from datetime import UTC, datetime

from django.db import connection

from accounts.models import Membership, Role, Team, User
from channels.models import Channel, ChannelTeam
from responsematrix.defaults import TEAMS, install_default_matrix

WORDS = [
    "de",
    "het",
    "een",
    "van",
    "in",
    "is",
    "dat",
    "op",
    "te",
    "en",
    "voor",
    "met",
    "niet",
    "aan",
    "er",
    "om",
    "maar",
    "dan",
    "zou",
    "wat",
    "bij",
    "als",
    "door",
    "over",
    "wij",
    "jullie",
    "gemeente",
    "straat",
    "afval",
    "container",
    "vuilnis",
    "parkeren",
    "vergunning",
    "melding",
    "lantaarnpaal",
    "kapot",
    "stoep",
    "fiets",
    "auto",
    "lawaai",
    "overlast",
    "hond",
    "school",
    "kinderen",
    "park",
    "bomen",
    "gras",
    "maaien",
    "weg",
    "afsluiting",
    "omleiding",
    "bus",
    "halte",
    "paspoort",
    "rijbewijs",
    "afspraak",
    "balie",
    "telefoon",
    "antwoord",
    "wachten",
    "gisteren",
    "vandaag",
    "morgen",
    "week",
    "maandag",
    "bedankt",
    "groeten",
    "vraag",
    "klacht",
    "compliment",
    "evenement",
    "markt",
    "muziek",
    "feest",
    "avond",
    "nacht",
    "politie",
    "brand",
    "water",
    "riool",
    "stank",
    "ratten",
    "duiven",
    "zwerfvuil",
    "boete",
    "bezwaar",
    "subsidie",
    "uitkering",
    "bijstand",
    "zorg",
    "wmo",
    "jeugd",
    "belasting",
    "ozb",
    "aanslag",
]
CONTACTS = 50_000
CHANNELS = 3


# Before every message that is measured: they all start terms.
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def people() -> User:
    """An agent of the team that every rule of the default matrix names, on three channels."""
    team, _ = Team.objects.get_or_create(name="Bench")
    user, created = User.objects.get_or_create(username="bench")
    if created:
        user.set_unusable_password()
        user.save()
        Membership.objects.create(user=user, team=team, role=Role.AGENT)
    for platform in ("twitter", "facebook", "linkedin"):
        channel, _ = Channel.objects.get_or_create(
            platform=platform, external_id="bench", defaults={"name": "Eikenrode", "connected_at": LONG_AGO}
        )
        ChannelTeam.objects.get_or_create(channel=channel, team=team)
    install_default_matrix(by=user, teams=dict.fromkeys(TEAMS, team), active_from=LONG_AGO)
    return user


def conversations(total: int) -> None:
    """Bring the database to `total` conversations of 4 messages; what is there stays. Then statistics, as autovacuum would."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT count(*) FROM inbox_conversation WHERE thread_id LIKE 'bench:%'")
        start = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM inbox_contact")
        if cursor.fetchone()[0] < CONTACTS:
            _contacts(cursor)
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS word (n int PRIMARY KEY, w text)")
        cursor.execute(
            "INSERT INTO word SELECT o, w FROM unnest(%s::text[]) WITH ORDINALITY AS t(w, o) ON CONFLICT DO NOTHING",
            [WORDS],
        )
        cursor.execute("SELECT array_agg(id ORDER BY platform) FROM channels_channel WHERE external_id = 'bench'")
        channels = cursor.fetchone()[0]
        cursor.execute("SELECT min(id) FROM inbox_contactidentity WHERE external_id LIKE 'bench-%'")
        first_identity = cursor.fetchone()[0]
        step = 50_000
        for low in range(start, total, step):
            high = min(low + step, total) - 1
            _block(cursor, low, high, channels, first_identity)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inbox_conversation")
        assert cursor.fetchone()[0] >= total, "fewer conversations than asked for: the measure would flatter"
        cursor.execute("VACUUM (ANALYZE) inbox_conversation")
        cursor.execute("VACUUM (ANALYZE) inbox_message")
        cursor.execute("VACUUM (ANALYZE) inbox_contactidentity")


def _contacts(cursor) -> None:
    cursor.execute(
        """WITH c AS (INSERT INTO inbox_contact (name, created_at)
               SELECT 'Inwoner ' || g, now() FROM generate_series(1, %s) g RETURNING id, name)
           INSERT INTO inbox_contactidentity (contact_id, platform, scope, external_id, name, handle, profile_url, avatar_url, avatar, avatar_state)
           SELECT id, 'facebook', 'bench', 'bench-' || id, name, 'inwoner' || id, '', '', '', 'none' FROM c ORDER BY id""",
        [CONTACTS],
    )


def _block(cursor, low: int, high: int, channels: list[int], first_identity: int) -> None:
    # Zipf-like: a low word number is far more frequent than a high one.
    cursor.execute(
        """INSERT INTO inbox_conversation (channel_id, thread_id, kind, visibility, contact_id, identity_id, status, resolve_reason,
               preview, is_preview_ours, message_count, unread_count, last_message_at, last_inbound_at, last_outbound_at,
               awaiting_since, next_due_at, created_at, updated_at)
           SELECT (%(channels)s::bigint[])[1 + g %% 3], 'bench:' || g, 'comment', 'public', i.contact_id, i.id,
               CASE WHEN g %% 50 = 0 THEN 'open' WHEN g %% 50 = 1 THEN 'waiting' ELSE 'resolved' END, '',
               'Wanneer komt het antwoord op mijn vraag ' || g, g %% 50 <> 0, 4, CASE WHEN g %% 50 = 0 THEN 1 ELSE 0 END,
               at, at, at - interval '1 hour', CASE WHEN g %% 50 = 0 THEN at END, CASE WHEN g %% 50 = 0 THEN at + interval '1 day' END, at, at
           FROM generate_series(%(low)s, %(high)s) g
           CROSS JOIN LATERAL (SELECT now() - (((g::bigint * 7919) %% 31536000) || ' seconds')::interval AS at) t
           JOIN inbox_contactidentity i ON i.id = %(first)s + (g %% %(contacts)s)""",
        {"channels": channels, "low": low, "high": high, "first": first_identity, "contacts": CONTACTS},
    )
    cursor.execute(
        """INSERT INTO inbox_message (conversation_id, channel_id, external_id, direction, kind, visibility, author_id, text, language,
               in_reply_to, permalink, is_encrypted, is_sanitised, sent_at, received_at)
           SELECT c.id, c.channel_id, c.thread_id || ':' || n, CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END, 'comment', 'public',
               CASE WHEN n %% 2 = 0 THEN c.identity_id END,
               (SELECT COALESCE(string_agg(w, ' '), 'bedankt') FROM (SELECT w.w FROM generate_series(1, 6 + (c.id + n)::int %% 18) k
                    JOIN word w ON w.n = 1 + floor(power(random(), 2.2) * %(words)s * (k - k + 1))::int LIMIT 24) t),
               '', '', '', false, false, c.last_message_at - ((3 - n) || ' hours')::interval, now()
           FROM inbox_conversation c CROSS JOIN generate_series(0, 3) n
           WHERE c.thread_id = ANY(SELECT 'bench:' || g FROM generate_series(%(low)s, %(high)s) g)""",
        {"words": len(WORDS) - 1, "low": low, "high": high},
    )
