from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="inbox"), name="home"),
    path("", include("core.urls")),
    path("", include("accounts.urls")),
    path("", include("channels.urls")),
    path("inbox", include("inbox.urls")),
    path("calendar", include("calendar_app.urls")),
    path("matrix", include("responsematrix.urls")),
    path("notifications", include("inbox.notification_urls")),
    path("", include("monitoring.urls")),
    path("webhooks/", include("inbox.webhook_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "core.errors.bad_request"
handler403 = "core.errors.forbidden"
handler404 = "core.errors.not_found"
handler500 = "core.errors.server_error"
