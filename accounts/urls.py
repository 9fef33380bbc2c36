from django.urls import path

from accounts import views

urlpatterns = [
    path("login", views.login, name="login"),
    path("logout", views.logout, name="logout"),
    path("language", views.set_language, name="set_language"),
    path("profile", views.profile, name="profile"),
    path("profile/availability", views.availability, name="availability"),
    path("teams/<int:pk>/routing", views.team_routing, name="team_routing"),
]
