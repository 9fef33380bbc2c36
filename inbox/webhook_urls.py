from django.urls import path

from inbox.webhooks import webhook

urlpatterns = [path("<slug:platform>", webhook, name="webhook")]
