"""The one table of how a state looks: its icon, and the tone of what stands beside the word. The word is the state's own label."""

from calendar_app.models import TargetState

# What needs somebody has a tone of warning or danger.
LOOKS: dict[str, tuple[str, str]] = {
    TargetState.DRAFT: ("edited", ""),
    TargetState.IN_REVIEW: ("review", "warning"),
    TargetState.CHANGES_ASKED: ("comment", "warning"),
    TargetState.APPROVED: ("check", "success"),
    TargetState.SCHEDULED: ("scheduled", "success"),
    TargetState.MISSED: ("missed", "warning"),
    TargetState.PUBLISHING: ("sending", ""),
    TargetState.PUBLISHED: ("sent", "success"),
    TargetState.FAILED: ("failed", "danger"),
    TargetState.UNKNOWN: ("unknown", "warning"),
    TargetState.CANCELLED: ("cancelled", ""),
    TargetState.DELETED: ("deleted", ""),
    "none": ("edited", ""),  # a post without a channel
}
SIGNS = {str(state): icon for state, (icon, _tone) in LOOKS.items()}
TONES = {str(state): tone for state, (_icon, tone) in LOOKS.items()}
