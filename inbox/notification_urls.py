from django.urls import path

from inbox.views import notifications

urlpatterns = [
    path("", notifications.notifications, name="notifications"),
    path("/count", notifications.count, name="notification_count"),
    path("/read", notifications.read_all, name="read_notifications"),
    path("/<int:pk>/follow", notifications.follow, name="follow_notification"),
]
