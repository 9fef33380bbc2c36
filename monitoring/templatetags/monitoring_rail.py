"""Whether the rail shows Monitoring: so far it holds what-if alone."""

from django import template

from accounts.models import User
from monitoring.permissions import may_use_whatif

register = template.Library()


@register.simple_tag
def sees_monitoring(user: User) -> bool:
    """Asks the database nothing: roles are read once per request."""
    return may_use_whatif(user)
