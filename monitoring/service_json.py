"""The service page as JSON, after the Dutch API design rules (Logius): Dutch names, camelCase, no trailing slash, the version
in the address and in a header, errors as problem+json. `openapi` describes it."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from monitoring.service_page import ChannelPromises, OpeningHours, Promise, Result, Service
from responsematrix.worktime import Unit, Window

VERSION = "1.0.0"
UNITS = {
    Unit.WORKING_MINUTES: "werkminuten",
    Unit.WORKING_HOURS: "werkuren",
    Unit.WORKING_DAYS: "werkdagen",
    Unit.CALENDAR_DAYS: "kalenderdagen",
    Unit.CLOCK_HOURS: "klokuren",
    Unit.CLOCK_MINUTES: "klokminuten",
}


def to_json(service: Service, language: str) -> dict[str, Any]:
    zone = ZoneInfo(settings.TIME_ZONE)
    matrix = None
    if service.version is not None and service.valid_from is not None:
        matrix = {"versie": service.version, "geldigVanaf": service.valid_from.astimezone(zone).isoformat()}
    return {
        "gemeente": service.municipality,
        "taal": language,
        "bijgewerktOp": service.changed_at.astimezone(UTC).astimezone(zone).isoformat(timespec="seconds"),
        "responsmatrix": matrix,
        "openingstijden": [_hours(hours) for hours in service.hours],
        "kanalen": [_channel(channel) for channel in service.channels],
        "onderwerpen": [{"onderwerp": promise.what, **_promise(promise)} for promise in service.subjects],
        "resultaten": _results(service),
    }


def _hours(hours: OpeningHours) -> dict[str, Any]:
    return {
        "naam": hours.name,
        "tijdzone": hours.time_zone,
        "week": [{"dag": day.name, "vensters": _windows(day.windows)} for day in hours.week],
        "uitzonderingen": [
            {"datum": day.on.isoformat(), "naam": day.name, "vensters": _windows(day.windows)} for day in hours.special
        ],
    }


def _windows(windows: tuple[Window, ...]) -> list[dict[str, str]]:
    return [{"van": _clock(opens), "tot": _clock(closes)} for opens, closes in windows]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _channel(channel: ChannelPromises) -> dict[str, Any]:
    return {
        "platform": channel.platform,
        "naam": channel.label,
        "account": channel.handle,
        "termijnen": [{"soort": promise.what, **_promise(promise)} for promise in channel.promises],
    }


def _promise(promise: Promise) -> dict[str, Any]:
    term = promise.term and {
        "aantal": promise.term.amount,
        "eenheid": UNITS[promise.term.unit],
        "omschrijving": promise.words,
    }
    return {"termijn": term, "team": promise.team}


def _results(service: Service) -> dict[str, Any] | None:
    if service.overall is None:
        return None
    return {
        "maand": f"{service.month:%Y-%m}",
        **_result(service.overall),
        "kanalen": [{"platform": result.platform, **_result(result)} for result in service.results],
    }


def _result(result: Result) -> dict[str, Any]:
    """With too few answers there is a number, and nothing is said about them."""
    return {
        "aantal": result.due,
        "opTijd": result.on_time if result.is_enough else None,
        "percentageOpTijd": result.percent,
        "mediaanWerkminuten": result.median_minutes if result.is_enough else None,
    }


def problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """RFC 9457."""
    found: dict[str, Any] = {"status": status, "title": title, "detail": detail}
    return found | ({"errors": errors} if errors else {})
