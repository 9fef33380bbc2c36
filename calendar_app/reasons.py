"""Why a target is where it is, in the words of who reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calendar_app.models import PostTarget, TargetState
from channels.state import BLOCKS_SENDING
from channels.wording import Explanation, explain

# Codes of ours; what a platform said is in channels.wording.
SENTENCES = {
    "paused": gettext_noop("Alles was gepauzeerd toen dit aan de beurt was."),
    "too_late": gettext_noop("Het moment was al te lang voorbij om vanzelf te plaatsen."),
    "halfway": gettext_noop("Het stopte halverwege. Wat er staat, blijft staan; het vervolg kan nog."),
    "no_place": gettext_noop("Het vervolg kan niet vanzelf onder het eerste deel. Plaats het op het platform zelf."),
    "too_early": gettext_noop("Het wacht op zijn moment."),
    # The approval holds no longer: see approval.approval_problem.
    "content_changed": gettext_noop("De inhoud is veranderd na de goedkeuring."),
    "edited": gettext_noop("De inhoud is veranderd na de goedkeuring."),
    "not_approved": gettext_noop("Het was niet goedgekeurd."),
    "own_approval": gettext_noop("Wie goedkeurde schreef de tekst zelf."),
    "approver_gone": gettext_noop("Wie goedkeurde mag dat op dit kanaal niet meer, of werkt hier niet meer."),
    "picture_archived": gettext_noop("Een afbeelding is uit de bibliotheek gehaald."),
    "picture_expired": gettext_noop("Een afbeelding mag niet meer worden gebruikt: de datum is voorbij."),
    "picture_consent": gettext_noop("Voor een afbeelding ontbreekt toestemming van wie erop staat."),
    "picture_rights": gettext_noop("Van een afbeelding is niet bekend of wij die mogen gebruiken."),
    "changes_asked": gettext_noop("Een collega vraagt een wijziging."),
    "withdrawn": gettext_noop("Een medewerker heeft het teruggetrokken."),
    "cancelled": gettext_noop("Een medewerker heeft het teruggetrokken."),
    "removed": gettext_noop("Het bericht is weggegooid."),
}  # fmt: skip
BRANCHES = {TargetState.FAILED: "rejected", TargetState.UNKNOWN: "outcome_unknown"}


def why(target: PostTarget) -> Explanation:
    """An empty text when there is nothing to say. Reads `target.channel`."""
    channel = target.channel
    if target.state == TargetState.PUBLISHING:
        if target.reason_code == "paused":
            return Explanation(_("Het wacht: alles is gepauzeerd."))
        if channel.state in BLOCKS_SENDING:
            known = channel.state_explained
            return known if known.text else explain(f"channel_{channel.state}", "", platform=channel.platform)
    if sentence := SENTENCES.get(target.reason_code):
        return Explanation(_(sentence))
    branch = BRANCHES.get(TargetState(target.state), "transient")
    return explain(target.reason_code, target.reason, platform=channel.platform, branch=branch)
