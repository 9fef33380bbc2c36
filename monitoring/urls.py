from django.urls import path
from django.views.generic import RedirectView

from monitoring import service_views, views

urlpatterns = [
    path("monitoring", RedirectView.as_view(pattern_name="whatif"), name="monitoring"),
    path("monitoring/what-if", views.whatif, name="whatif"),
    path("monitoring/what-if/<int:pk>", views.whatif_result, name="whatif_result"),
    path("monitoring/what-if/<int:pk>/<slug:table>.csv", views.whatif_csv, name="whatif_csv"),
    path("service", service_views.service, name="service"),
    path("en/service", service_views.service, {"language": "en"}, name="service_en"),
    path("api/v1/service", service_views.api_service, name="api_service"),
    path("api/v1/openapi.json", service_views.openapi, name="openapi"),
    path("api/<path:rest>", service_views.api_unknown, name="api_unknown"),
]
