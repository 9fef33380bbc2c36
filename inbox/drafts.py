"""Drafts: what somebody typed is kept per person, conversation and mode, until it is sent or thrown away."""

from django.db import transaction

from accounts.models import User
from channels.messages import SendMode
from inbox.models import Conversation, Draft
from inbox.sanitise import clean


class DraftConflict(Exception):
    """Another tab saved a newer version: `draft` is that one. Neither text is thrown away."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("newer version exists")
        self.draft = draft


def drafts_of(user: User, conversation: Conversation) -> dict[str, Draft]:
    """What `user` left unsent here, by mode."""
    return {draft.mode: draft for draft in Draft.objects.filter(user=user, conversation=conversation)}


@transaction.atomic
def save_draft(*, conversation: Conversation, mode: SendMode, text: str, version: int, by: User) -> Draft | None:
    """Keep `text`. `version` is the one the typist started from (0: none). Empty text throws the draft away (None)."""
    draft = Draft.objects.select_for_update(no_key=True).filter(user=by, conversation=conversation, mode=mode).first()
    text = clean(text, 100_000)
    if draft is None and text.strip():
        draft, created = Draft.objects.get_or_create(
            user=by, conversation=conversation, mode=mode, defaults={"text": text, "version": version + 1}
        )
        if created:
            return draft
        # Another tab made one a moment ago, after we looked.
    if draft is not None and draft.version > version and draft.text != text:
        raise DraftConflict(draft)
    if draft is None or not text.strip():
        if draft is not None:
            draft.delete()
        return None
    if draft.text != text:
        draft.text, draft.version = text, max(draft.version, version) + 1
        draft.save()
    return draft


def discard_draft(*, conversation: Conversation, mode: SendMode, by: User) -> None:
    Draft.objects.filter(user=by, conversation=conversation, mode=mode).delete()
