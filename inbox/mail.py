"""E-mail to colleagues, through rows: a mail server that is away stops nothing, and one mail tells of many conversations.

A mail holds no word and no name of a resident: a link, the platform and the moment. What its reader may no longer see,
or what was settled meanwhile, is left out when it leaves. A worker that dies while sending leaves a mail that goes again
under the same Message-ID: told twice is better than not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from inbox.models import Conversation, Mail, MailState
from responsematrix.explain import words_for_moment

logger = structlog.get_logger(__name__)

COLLECTS = timedelta(minutes=1)  # what comes up within it goes along
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 12
SHOWN = 50


def queue_mail(lines: Mapping[int, Sequence[tuple[int, str]]]) -> None:
    """`lines` by person: conversation and kind of notification. Inside the transaction of what is told."""
    for user, added in sorted(lines.items()):
        mail, _created = Mail.objects.select_for_update(no_key=True).get_or_create(
            user_id=user, state=MailState.QUEUED, attempts=0, defaults={"not_before": timezone.now() + COLLECTS}
        )
        known = dict.fromkeys((pk, kind) for pk, kind in [*mail.lines, *added])
        mail.lines = [list(line) for line in known]
        mail.save(update_fields=["lines"])


def send_due(*, limit: int = 50) -> int:
    """Send what is due; what a lost worker left behind as well. Returns how many left."""
    Mail.objects.filter(state=MailState.SENDING, lease_until__lte=Now()).update(
        state=MailState.QUEUED, lease_until=None
    )
    due = Mail.objects.filter(state=MailState.QUEUED, not_before__lte=Now()).order_by("not_before")
    return sum(_send(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _send(pk: int) -> bool:
    # One table, one statement: of any number of workers one has it.
    if not Mail.objects.filter(pk=pk, state=MailState.QUEUED, not_before__lte=Now()).update(
        state=MailState.SENDING, lease_until=Now() + LEASE, attempts=F("attempts") + 1
    ):
        return False
    mail = Mail.objects.select_related("user").get(pk=pk)
    message = compose(mail)
    if message is None:
        _end(mail, MailState.CANCELLED)
        return False
    try:
        message.send()
    except (SMTPException, OSError) as error:
        logger.warning("mail.not_sent", mail=pk, error=type(error).__name__)
        is_last = mail.attempts >= MAX_ATTEMPTS
        wait = timedelta(seconds=min(30 * 2 ** (mail.attempts - 1), 3600))
        _end(mail, MailState.FAILED if is_last else MailState.QUEUED, error=type(error).__name__, wait=wait)
        return False
    _end(mail, MailState.SENT)
    return True


@transaction.atomic
def _end(mail: Mail, state: str, *, error: str = "", wait: timedelta = timedelta()) -> None:
    Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts).update(
        state=state,
        error=error,
        lease_until=None,
        not_before=timezone.now() + wait,
        sent_at=timezone.now() if state == MailState.SENT else None,
    )


def compose(mail: Mail) -> EmailMessage | None:
    """In the reader's language, from what they may see now; None when nothing is left to tell."""
    user = mail.user
    found = _still_owed(user, [pk for pk, _kind in mail.lines])
    if not user.is_active or not user.email or not found:
        return None
    with translation.override(user.language):
        number = len(found)
        subject = ngettext(
            "Balie: %(n)d gesprek vraagt uw aandacht", "Balie: %(n)d gesprekken vragen uw aandacht", number
        ) % {"n": number}
        said = [_line(conversation) for conversation in list(found.values())[:SHOWN]]
        if number > SHOWN:
            said.append(ngettext("En nog %(n)d.", "En nog %(n)d.", number - SHOWN) % {"n": number - SHOWN})
        said.append(_("U krijgt dit omdat u deze gesprekken behandelt of het team leidt."))
        host = urlsplit(settings.BALIE_BASE_URL).hostname or "localhost"
        return EmailMessage(
            subject,
            "\n\n".join(said) + "\n",
            to=[user.email],
            headers={"Message-ID": f"<balie-{mail.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        )


def _still_owed(user: User, pks: Sequence[int]) -> dict[int, Conversation]:
    """The first to end first."""
    conversations = Conversation.objects.visible_to(user).filter(pk__in=pks, next_due_at__isnull=False)
    return {each.pk: each for each in conversations.select_related("channel").order_by("next_due_at")}


def _line(conversation: Conversation) -> str:
    assert conversation.next_due_at is not None
    words = {
        "platform": conversation.channel.get_platform_display(),
        "kind": conversation.get_kind_display(),
        "moment": words_for_moment(timezone.localtime(conversation.next_due_at)),
    }
    said = (
        _("%(platform)s, %(kind)s: de termijn is voorbij sinds %(moment)s")
        if conversation.next_due_at <= timezone.now()
        else _("%(platform)s, %(kind)s: antwoord uiterlijk %(moment)s")
    ) % words
    return f"{said}\n{settings.BALIE_BASE_URL}{reverse('conversation', args=[conversation.pk])}"
