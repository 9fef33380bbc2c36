"""Who may look at what."""

from accounts.models import User
from responsematrix.permissions import may_edit_matrix


def may_use_whatif(user: User) -> bool:
    """Who may draft the matrix may see what a draft would do."""
    return may_edit_matrix(user)
