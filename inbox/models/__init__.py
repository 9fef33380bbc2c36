from inbox.models.contacts import Contact, ContactIdentity, MediaState
from inbox.models.conversations import Conversation, ResolveReason, RootPost, Status
from inbox.models.messages import Attachment, Message, MessageVersion, PendingChange
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
    "PendingChange",
    "ResolveReason",
    "RootPost",
    "SavedView",
    "Status",
]
