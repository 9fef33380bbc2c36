"""Who may do what with the matrix. Everybody who works in a team may read what is in force."""

from accounts.models import Role, User


def may_edit_matrix(user: User) -> bool:
    """Draft, approve (never their own), activate; subjects and opening hours too."""
    return user.is_administrator or user.has_role(Role.MANAGER)
