"""The calls before the one that makes a post visible: uploads of its pictures."""

from collections.abc import Iterator
from contextlib import contextmanager

from channels.errors import OutcomeUnknown, PayloadError, TransientError


@contextmanager
def nothing_seen_yet() -> Iterator[None]:
    """Whatever may have happened to these calls, nobody sees anything of it: they are made again later, as a whole.

    Turns OutcomeUnknown and PayloadError into TransientError; refusals stay what they are."""
    try:
        yield
    except (OutcomeUnknown, PayloadError) as error:
        raise TransientError(str(error), code="picture_upload") from error
