"""Why something went wrong, with the platform's own words in small print."""

from django import template
from django.utils.html import format_html

from channels.models import Delivery
from channels.wording import Explanation
from core.templatetags.ui import bare

register = template.Library()


@register.filter
def explained(delivery: Delivery, platform: str) -> Explanation:
    return delivery.explained(platform)


@register.filter
def told(explanation: Explanation) -> str:
    if not explanation.detail:
        return explanation.text
    return format_html('{} <small class="technical" dir="auto">{}</small>', explanation.text, bare(explanation.detail))
