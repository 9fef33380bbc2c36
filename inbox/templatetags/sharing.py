"""Parts of a page that many people's screens share: rendered once for all who see the same (inbox.sharing)."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context

register = template.Library()


class SharedNode(template.Node):
    def __init__(self, parts: list[FilterExpression], nodelist: NodeList) -> None:
        self.parts, self.nodelist = parts, nodelist

    def render(self, context: Context) -> str:
        sharing = context.get("sharing")
        if sharing is None:
            return self.nodelist.render(context)
        key = tuple(part.resolve(context) for part in self.parts)
        rendered: str = sharing.get(key, lambda: self.nodelist.render(context))
        return rendered


@register.tag
def shared(parser: Parser, token: Token) -> SharedNode:
    """`{% shared "name" value … %}…{% endshared %}`: the values are everything that the block depends on, apart from what
    is read of the channels that this person sees. Without `sharing` in the context it is rendered each time."""
    parts = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endshared",))
    parser.delete_first_token()
    return SharedNode(parts, nodelist)
