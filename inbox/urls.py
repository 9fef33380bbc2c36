from django.urls import path

from inbox.views import actions, composing, media, pages, promises, saved

urlpatterns = [
    path("", pages.inbox, name="inbox"),
    path("/rows", pages.conversation_rows, name="conversation_rows"),
    path("/live", pages.live, name="inbox_live"),
    path("/outcomes", pages.outcomes, name="outcomes"),
    path("/views", saved.save, name="save_view"),
    path("/views/<int:pk>/delete", saved.delete, name="delete_view"),
    path("/media/<str:kind>/<int:pk>", media.picture, name="inbox_media"),
    path("/<int:pk>", pages.conversation, name="conversation"),
    path("/<int:pk>/messages", pages.messages, name="messages"),
    path("/<int:pk>/composer", composing.composer, name="composer"),
    path("/<int:pk>/reply", composing.reply, name="reply"),
    path("/<int:pk>/draft", composing.draft, name="draft"),
    path("/<int:pk>/elsewhere", composing.elsewhere, name="elsewhere"),
    path("/<int:pk>/resolve", actions.resolve_conversation, name="resolve"),
    path("/<int:pk>/reopen", actions.reopen_conversation, name="reopen"),
    path("/<int:pk>/snooze", actions.snooze_conversation, name="snooze"),
    path("/<int:pk>/wait", actions.wait, name="wait"),
    path("/<int:pk>/facts", actions.facts, name="facts"),
    path("/<int:pk>/read", actions.read, name="mark_read"),
    path("/<int:pk>/unread", actions.unread, name="mark_unread"),
    path("/<int:pk>/promises", promises.promises, name="promises"),
    path("/<int:pk>/promise", promises.promise, name="promise"),
    path("/messages/<int:pk>", pages.message, name="message"),
    path("/messages/<int:pk>/retry", actions.retry, name="retry"),
    path("/messages/<int:pk>/settle", actions.settle, name="settle"),
]
