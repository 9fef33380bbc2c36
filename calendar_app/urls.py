from django.urls import path

from calendar_app.views import pages

# Below /calendar.
urlpatterns = [
    path("", pages.calendar, name="calendar"),
]
