from django.urls import path

from calendar_app.views import media, moving, pages

# Below /calendar.
urlpatterns = [
    path("", pages.calendar, name="calendar"),
    path("/ideas", moving.calendar_ideas, name="calendar_ideas"),
    path("/posts/<int:pk>/move", moving.post_move, name="post_move"),
    path("/media", media.media, name="media"),
    path("/media/upload", media.media_upload, name="media_upload"),
    path("/media/picker", media.media_picker, name="media_picker"),
    path("/media/<int:pk>", media.media_item, name="media_item"),
    path("/media/<int:pk>/file", media.media_file, name="media_file"),
    path("/media/<int:pk>/thumbnail", media.media_thumbnail, name="media_thumbnail"),
    path("/media/<int:pk>/archive", media.media_archive, name="media_archive"),
    path("/media/<int:pk>/restore", media.media_restore, name="media_restore"),
]
