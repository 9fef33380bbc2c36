"""Who may do what on the calendar. Which posts somebody sees is decided by `visible_to`."""

from accounts.models import Role, User

PLANS = frozenset({Role.EDITOR, Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR})
APPROVES = frozenset({Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR})


def may_read_calendar(user: User) -> bool:
    """Everybody who works in a team: whoever answers residents wants to know what goes out."""
    return user.is_administrator or bool(user.team_ids)


def may_plan(user: User) -> bool:
    """Write, plan, submit, keep pictures and events, and press the pause button."""
    return user.has_role(*PLANS)


def may_approve(user: User) -> bool:
    """Approve the posts of others, and end a pause."""
    return user.has_role(*APPROVES)
