from django.contrib import admin
from django.http import HttpRequest

from channels.models import Channel, ChannelTeam, Delivery, RawEvent


class ChannelTeamInline(admin.TabularInline):  # type: ignore[type-arg]
    """Which teams work on a channel is the one thing that is set here."""

    model = ChannelTeam
    extra = 0


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]
    """Made by Balie, never by hand, and never deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Channel)
class ChannelAdmin(Kept):
    """Connecting takes a proof by the platform (`manage.py connect_channel`); credentials are not shown, nor edited."""

    list_display = ["platform", "name", "handle", "state", "polled_at", "token_expires_at"]
    list_filter = ["platform", "state"]
    inlines = [ChannelTeamInline]
    readonly_fields = [
        "platform", "external_id", "name", "handle", "state", "state_code", "state_reason", "state_until", "token_expires_at", "polled_at",
        "next_poll_at", "poll_failures", "poll_error_code",
        "poll_error", "last_event_at", "connected_at", "closed_at",
    ]  # fmt: skip
    exclude = ["settings", "poll_cursor", "poll_lease_until"]


class ReadOnly(Kept):
    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["id", "channel", "mode", "state", "attempts", "created_at", "finished_at", "error_code"]
    list_filter = ["state", "channel"]
    list_select_related = ["channel"]


@admin.register(RawEvent)
class RawEventAdmin(ReadOnly):
    list_display = ["id", "platform", "channel", "source", "state", "reason", "received_at"]
    list_filter = ["state", "platform", "source"]
    list_select_related = ["channel"]
    show_full_result_count = False
