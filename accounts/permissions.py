"""What each role may do, in one place. Which objects somebody sees is decided by `visible_to` of each model."""

from accounts.models import Role, User

ANSWERS = frozenset({Role.AGENT, Role.EDITOR, Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR})


def may_answer(user: User) -> bool:
    """Reply, resolve, snooze: everybody who works in a team."""
    return user.has_role(*ANSWERS)


def may_manage_channels(user: User) -> bool:
    return user.is_administrator


def may_share_views(user: User) -> bool:
    return user.has_role(Role.MANAGER, Role.ADMINISTRATOR)
