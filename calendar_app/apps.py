from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core.events import keep_stamp


class CalendarConfig(AppConfig):
    name = "calendar_app"
    verbose_name = _("Kalender")

    def ready(self) -> None:
        keep_stamp("calendar")
