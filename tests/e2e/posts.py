"""Posts in every state that the page of a post must be looked at in, made inside of the running product."""

import json

from tests.stack import Stack

MAKE = """
import datetime, io, json
from PIL import Image
from django.utils import timezone
from accounts.models import User
from calendar_app import approval, composing, publishing
from calendar_app.media import add_picture_file
from calendar_app.models import Campaign, MediaItem, Post
from channels.models import Channel

editor, approver = (User.objects.get(username=name) for name in ("editor", "approver"))
channels = list(Channel.objects.filter(platform__in=["twitter", "facebook", "linkedin"]).order_by("platform"))
later = timezone.now() + datetime.timedelta(days=9)
TEXT = (
    "De Molenstraat gaat maandag 6 april dicht voor nieuw asfalt. Fietsers en voetgangers kunnen er langs, auto's rijden om via de "
    "Kerkweg. De bus stopt tijdelijk op het Marktplein. Vrijdag is de straat weer open. #Molenstraat "
)
LINK = "https://www.eikenrode.example/wegwerk/molenstraat"

def picture(name, colour):
    drawn = io.BytesIO()
    Image.new("RGB", (1200, 800), colour).save(drawn, "JPEG")
    return add_picture_file(upload=drawn.getvalue(), name=name, by=editor, alt="Een straat met hekken.", rights="own")

pictures = [picture(f"Molenstraat {number}", (60 + 60 * number, 140, 120)) for number in range(3)]
campaign, _made = Campaign.objects.get_or_create(code="molenstraat", defaults={"name": "Molenstraat opnieuw"})

def full(title, **more):
    made = composing.create_post(
        by=editor, title=title, text=TEXT, link=LINK, campaign=campaign, channels=channels, planned_at=later, **more
    )
    for item in pictures[:2]:
        composing.add_picture(post=made, by=editor, item=item)
    return made

made = {"full": full("Molenstraat dicht")}
own = made["full"].targets.get(channel__platform="twitter")
composing.change_target(
    target=own, by=editor, revision=None, has_own_text=True, text="Eerst dit.\\n---\\nDan dat.", has_own_link=True, link=LINK,
    has_own_pictures=True,
)
made["empty"] = composing.create_post(by=editor)
made["too long"] = composing.create_post(by=editor, text=TEXT * 3, link=LINK, channels=channels)
made["idea"] = composing.create_post(by=editor, kind="idea", title="Fietsverlichting", text="Iets over licht.")
made["template"] = composing.copy_post(post=made["full"], by=editor, kind="template")
made["review"] = full("Ter beoordeling")
approval.submit(post=made["review"], by=editor)
made["asked"] = full("Wijziging gevraagd")
approval.submit(post=made["asked"], by=editor)
approval.ask_change(post=made["asked"], by=approver, text="Noem ook de bus.")
made["agreed"] = full("Goedgekeurd")
approval.submit(post=made["agreed"], by=editor)
approval.approve(post=made["agreed"], by=approver)
made["published"] = full("Geplaatst")
approval.submit(post=made["published"], by=editor)
approval.approve(post=made["published"], by=approver)
for target in made["published"].targets.all():
    publishing.publish_now(target=target, by=approver)
print(json.dumps({name: post.pk for name, post in made.items()}))
"""


def make_posts(stack: Stack) -> dict[str, int]:
    """Keys by name: full, empty, too long, idea, template, review, asked, agreed, published."""
    made: dict[str, int] = json.loads(stack.manage("shell", "-v", "0", "-c", MAKE).stdout)
    return made
