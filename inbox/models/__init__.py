from inbox.models.contacts import Contact, ContactIdentity, MediaState
from inbox.models.conversations import Conversation, ResolveReason, RootPost, Status
from inbox.models.escalations import Escalation, Mail, MailState
from inbox.models.messages import Attachment, Message, MessageVersion, PendingChange
from inbox.models.notifications import Notification, NotificationKind
from inbox.models.obligations import Expectation, Obligation, ObligationKind, ObligationState, WaiveReason
from inbox.models.promises import Promise, PromiseState
from inbox.models.views import Draft, SavedView

__all__ = [
    "Attachment",
    "Contact",
    "ContactIdentity",
    "Conversation",
    "Draft",
    "Escalation",
    "Expectation",
    "Mail",
    "MailState",
    "MediaState",
    "Message",
    "MessageVersion",
    "Notification",
    "NotificationKind",
    "Obligation",
    "ObligationKind",
    "ObligationState",
    "PendingChange",
    "Promise",
    "PromiseState",
    "ResolveReason",
    "RootPost",
    "SavedView",
    "Status",
    "WaiveReason",
]
