from inbox.models.contacts import Contact, ContactIdentity, MediaState
from inbox.models.conversations import Conversation, ResolveReason, RootPost, Status
from inbox.models.messages import Attachment, Message, MessageVersion, PendingChange
from inbox.models.obligations import Obligation, ObligationKind, ObligationState, WaiveReason
from inbox.models.views import Draft, SavedView

__all__ = [
    "Attachment",
    "Contact",
    "ContactIdentity",
    "Conversation",
    "Draft",
    "MediaState",
    "Message",
    "MessageVersion",
    "Obligation",
    "ObligationKind",
    "ObligationState",
    "PendingChange",
    "ResolveReason",
    "RootPost",
    "SavedView",
    "Status",
    "WaiveReason",
]
