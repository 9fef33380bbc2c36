"""What each role may do, in one place. Which objects somebody sees is decided by `visible_to` of each model."""

from accounts.models import Role, Team, User

ANSWERS = frozenset({Role.AGENT, Role.EDITOR, Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR})


def may_answer(user: User) -> bool:
    """Reply, resolve, snooze: everybody who works in a team."""
    return user.has_role(*ANSWERS)


def may_manage_channels(user: User) -> bool:
    return user.is_administrator


def shared_with(user: User) -> Team | None:
    """The team that sees what `user` shares: the first one that this person manages."""
    if not user.is_active:
        return None
    managed = (each for each in user.cached_memberships if each.role in (Role.MANAGER, Role.ADMINISTRATOR))
    return next((each.team for each in managed), None)


def may_share_views(user: User) -> bool:
    return shared_with(user) is not None
