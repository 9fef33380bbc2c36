from django.urls import path
from django.views.generic import RedirectView

from monitoring import views

urlpatterns = [
    path("monitoring", RedirectView.as_view(pattern_name="whatif"), name="monitoring"),
    path("monitoring/what-if", views.whatif, name="whatif"),
    path("monitoring/what-if/<int:pk>", views.whatif_result, name="whatif_result"),
    path("monitoring/what-if/<int:pk>/<slug:table>.csv", views.whatif_csv, name="whatif_csv"),
]
