"""The calls before the one that makes a post visible: uploads of its pictures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from channels.errors import OutcomeUnknown, PayloadError, PermanentError, TransientError


@contextmanager
def nothing_seen_yet(still_allowed: Callable[[], None]) -> Iterator[None]:
    """Whatever may have happened to these calls, nobody sees anything of it: they are made again later, as a whole. Afterwards
    `still_allowed` is asked, for they took their time.

    Turns OutcomeUnknown and PayloadError into TransientError, and says of a refusal that it is the picture's."""
    try:
        yield
    except (OutcomeUnknown, PayloadError) as error:
        raise TransientError(str(error), code="picture_unsure") from error
    except PermanentError as error:
        raise PermanentError(str(error), code="picture_refused") from error
    still_allowed()
