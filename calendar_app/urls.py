from django.urls import path

from calendar_app.views import media, moving, pages, post_actions, post_pictures, posts, publishing

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
    path("/pause", publishing.publishing_pause, name="publishing_pause"),
    path("/pause/why", publishing.publishing_pause_form, name="publishing_pause_form"),
    path("/resume", publishing.publishing_resume, name="publishing_resume"),
    path("/review", publishing.publishing_review, name="publishing_review"),
    path("/review/decide", publishing.publishing_decide, name="publishing_decide"),
    path("/paused", publishing.publishing_banner, name="publishing_banner"),
    path("/switch", publishing.publishing_switch, name="publishing_switch"),
    path("/targets/<int:pk>/state", publishing.target_state, name="target_state"),
    path("/targets/<int:pk>/retry", publishing.target_retry, name="target_retry"),
    path("/targets/<int:pk>/settle", publishing.target_settle, name="target_settle"),
    path("/targets/<int:pk>/publish", publishing.target_publish, name="target_publish"),
    # One post: what it says, and how it looks.
    path("/posts", post_actions.new, name="post_new"),
    path("/templates", post_actions.templates, name="post_templates"),
    path("/posts/<int:pk>", posts.post, name="post"),
    path("/posts/<int:pk>/save", posts.save, name="post_save"),
    path("/posts/<int:pk>/channels", posts.channels, name="post_channels"),
    path("/posts/<int:pk>/preview", posts.preview, name="post_preview"),
    path("/posts/<int:pk>/moment", posts.moment, name="post_moment"),
    path("/posts/<int:pk>/copy", post_actions.copy, name="post_copy"),
    path("/posts/<int:pk>/remove", post_actions.remove, name="post_remove"),
    path("/posts/<int:pk>/pictures", post_pictures.pictures, name="post_pictures"),
    path("/targets/<int:pk>", posts.target, name="post_target"),
    path("/pictures/<int:pk>", post_pictures.picture, name="post_picture"),
    path("/pictures/<int:pk>/move", post_pictures.move, name="post_picture_move"),
    path("/pictures/<int:pk>/remove", post_pictures.remove, name="post_picture_remove"),
]
