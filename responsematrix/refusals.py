"""Why a write was refused. `str(error)` is for the person at the screen, in the active language."""

from collections.abc import Sequence

from responsematrix.checks import Finding
from responsematrix.wording import words_for_finding


class Refused(ValueError):
    """The base of all: nothing was written."""


class NotADraft(Refused):
    """Approved and active versions do not change; begin a new draft."""


class NotTheirOwn(Refused):
    """Four eyes: who made or changed it can not approve it."""


class WrongMoment(Refused):
    """Active from a moment that has passed or is taken, or withdrawn after it began."""


class NotReady(Refused):
    """The whole version can not be approved; `findings` (errors only) say why."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = list(findings)


class RowRefused(Refused):
    """One row can not be kept; `findings` name the cells."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(words_for_finding(finding) for finding in findings))
        self.findings = list(findings)
