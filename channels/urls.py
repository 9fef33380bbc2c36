from django.urls import path

from channels import views

urlpatterns = [
    path("channels", views.cards, name="channels"),
    path("channels/warnings", views.warnings, name="channel_warnings"),
    path("channels/<int:pk>/card", views.card, name="channel_card"),
    path("channels/<int:pk>/check", views.check, name="channel_check"),
    path("channels/<int:pk>/pause", views.pause, name="channel_pause"),
    path("channels/<int:pk>/resume", views.resume, name="channel_resume"),
    path("channels/<int:pk>/expectation/<str:visibility>", views.expectation, name="channel_expectation"),
    path("events", views.events, name="events"),
]
