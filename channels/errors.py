"""
What can go wrong with a platform, sorted by what to do next:

* ConnectorError            `code` has its sentence in channels.wording; str(error) is small print: no tokens
  + TransientError          proven not sent: try again later
    - RateLimited
  + PermanentError          never; tell the agent why
    - ReplyWindowClosed
    - ReplyNotAllowed
    - Gone
  + ChannelError            pause the channel, keep its queue, tell the coordinator
    - CredentialsRejected
    - StoppedByPlatform
    - Misconfigured
    - OutOfCredit
  + OutcomeUnknown          may have been sent: never resend; reconcile, then a person looks
  + PayloadError            not understood: keep the body, alert, go on
    - Refused               understood, and none of our business: keep the body, no alert
"""

from datetime import datetime, timedelta


class ConnectorError(Exception):
    """Any failure between Balie and a platform. `code` is a short stable word for lists and tests."""

    code = "error"

    def __init__(self, message: str = "", *, code: str = "") -> None:
        super().__init__(message or self.__class__.__name__)
        if code:
            self.code = code


class TransientError(ConnectorError):
    """Proven not accepted (never left us, or the platform said no for now): the same call may be made again later."""

    code = "transient"


class RateLimited(TransientError):
    """Nothing more on this endpoint before `until`; without it the caller backs off by itself.

    `retry_after` counts from now. `budget` names the endpoint family that ran out ("" means the whole account).
    """

    code = "rate_limited"

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: timedelta | None = None,
        until: datetime | None = None,
        budget: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after
        self.until = until
        self.budget = budget


class PermanentError(ConnectorError):
    """The platform will never accept this message. The agent is told why and keeps the text."""

    code = "rejected"


class ReplyWindowClosed(PermanentError):
    """Too late: the platform only takes answers for some time after the resident's last message."""

    code = "window_closed"


class ReplyNotAllowed(PermanentError):
    """The platform does not take this answer through its API (X: the author did not mention or quote us)."""

    code = "reply_not_allowed"


class Gone(PermanentError):
    """What we asked about or answer to was deleted, or is no longer visible to us."""

    code = "gone"


class ChannelError(ConnectorError):
    """Nothing more will work on this channel until a person does something. Its queue waits."""

    code = "channel"


class CredentialsRejected(ChannelError):
    """Token expired, revoked, password changed: the channel has to be connected again."""

    code = "credentials_rejected"


class StoppedByPlatform(ChannelError):
    """The platform blocked the account, the app, or our kind of organisation."""

    code = "stopped"


class Misconfigured(ChannelError):
    """A permission, scope, product or API version is missing or dead: for an administrator, retrying is useless."""

    code = "misconfigured"


class OutOfCredit(ChannelError):
    """The paid usage of the platform's API is spent."""

    code = "out_of_credit"


class OutcomeUnknown(ConnectorError):
    """The call may have been carried out: time-out, reset or 5xx after the body left, or "duplicate" on a retry."""

    code = "outcome_unknown"


class PayloadError(ConnectorError):
    """A body that is not what the platform's documentation promises. `reason` is a short stable word."""

    code = "payload"

    def __init__(self, message: str = "", *, reason: str) -> None:
        super().__init__(message or reason)
        self.reason = reason


class Refused(PayloadError):
    """A body that is understood and is not for the inbox: a like, a reaction, somebody else's business."""

    code = "refused"
