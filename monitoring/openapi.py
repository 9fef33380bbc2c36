"""The description of the public API, version 1: OpenAPI 3.0.3."""

from typing import Any

from django.conf import settings

from channels.platforms import Platform
from monitoring.service_json import UNITS, VERSION

_ROOT = "#/components"


def _text(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _object(properties: dict[str, Any], *, nullable: bool = False) -> dict[str, Any]:
    found = {"type": "object", "required": list(properties), "properties": properties}
    return found | ({"nullable": True} if nullable else {})


def _many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str, kind: str = "schemas") -> dict[str, str]:
    return {"$ref": f"{_ROOT}/{kind}/{name}"}


def _number(description: str, *, nullable: bool = False, kind: str = "integer") -> dict[str, Any]:
    return {"type": kind, "description": description, **({"nullable": True} if nullable else {})}


_PLATFORM = _text("Het platform.", enum=Platform.values)
_RESULT = {
    "aantal": _number("Beurten die beantwoord zijn of waarvan de termijn voorbij is."),
    "opTijd": _number("Daarvan op tijd; leeg bij minder dan tien.", nullable=True),
    "percentageOpTijd": _number("Op tijd, van 0 tot 100; leeg bij minder dan tien.", nullable=True, kind="number"),
    "mediaanWerkminuten": _number(
        "De helft kreeg binnen zoveel minuten open tijd antwoord; leeg bij minder dan tien.", nullable=True
    ),
}
SCHEMAS: dict[str, Any] = {
    "Venster": _object({"van": _text(pattern=r"^\d\d:\d\d$"), "tot": _text(pattern=r"^\d\d:\d\d$")}),
    "Openingstijden": _object(
        {
            "naam": _text(),
            "tijdzone": _text(),
            "week": _many(_object({"dag": _text(), "vensters": _many(_ref("Venster"))})),
            "uitzonderingen": _many(
                _object({"datum": _text(format="date"), "naam": _text(), "vensters": _many(_ref("Venster"))})
            ),
        }
    ),
    "Termijn": _object(
        {"aantal": _number("Hoeveel."), "eenheid": _text(enum=list(UNITS.values())), "omschrijving": _text()},
        nullable=True,
    ),
    "Kanaal": _object(
        {
            "platform": _PLATFORM,
            "naam": _text(),
            "account": _text(),
            "termijnen": _many(_object({"soort": _text(), "termijn": _ref("Termijn"), "team": _text()})),
        }
    ),
    "Onderwerp": _object({"onderwerp": _text(), "termijn": _ref("Termijn"), "team": _text()}),
    "Resultaten": _object(
        {
            "maand": _text(pattern=r"^\d{4}-\d\d$"),
            **_RESULT,
            "kanalen": _many(_object({"platform": _PLATFORM, **_RESULT})),
        },
        nullable=True,
    ),
    "Service": _object(
        {
            "gemeente": _text(),
            "taal": _text(enum=["nl", "en"]),
            "bijgewerktOp": _text(format="date-time"),
            "responsmatrix": _object(
                {"versie": _number("Nummer."), "geldigVanaf": _text(format="date-time")}, nullable=True
            ),
            "openingstijden": _many(_ref("Openingstijden")),
            "kanalen": _many(_ref("Kanaal")),
            "onderwerpen": _many(_ref("Onderwerp")),
            "resultaten": _ref("Resultaten"),
        }
    ),
    "Fout": {
        "type": "object",
        "required": ["status", "title", "detail"],
        "properties": {
            "status": {"type": "integer"},
            "title": _text(),
            "detail": _text(),
            "errors": _many(_object({"in": _text(), "location": _text(), "code": _text(), "detail": _text()})),
        },
    },
}


def _error(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"API-Version": _ref("API-Version", "headers")},
        "content": {"application/problem+json": {"schema": _ref("Fout")}},
    }


def description() -> dict[str, Any]:
    """For this installation: its address and its municipality."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Balie",
            "description": "Wat inwoners mogen verwachten van de gemeente op sociale media.",
            "version": VERSION,
            "contact": {
                "name": settings.MUNICIPALITY,
                "email": settings.CONTACT_EMAIL,
                "url": f"{settings.BALIE_BASE_URL}/service",
            },
            "license": {"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        },
        "servers": [{"url": f"{settings.BALIE_BASE_URL}/api/v1"}],
        "tags": [{"name": "service", "description": "Openingstijden, termijnen en resultaten."}],
        "paths": {
            "/service": {
                "get": {
                    "operationId": "getService",
                    "tags": ["service"],
                    "summary": "Openingstijden, termijnen en resultaten.",
                    "description": "Gemaakt uit de responsmatrix en de openingstijden die nu gelden.",
                    "parameters": [
                        {
                            "name": "taal",
                            "in": "query",
                            "description": "De taal van namen en omschrijvingen.",
                            "schema": _text(enum=["nl", "en"], default="nl"),
                        }
                    ],
                    "responses": {
                        "200": {
                            "description": "De afspraken van nu.",
                            "headers": {
                                "API-Version": _ref("API-Version", "headers"),
                                "ETag": {"description": "Vingerafdruk.", "schema": _text()},
                                "Last-Modified": {"description": "Laatste wijziging.", "schema": _text()},
                                "Cache-Control": {"description": "Hoe lang bewaard mag worden.", "schema": _text()},
                            },
                            "content": {"application/json": {"schema": _ref("Service")}},
                        },
                        "304": {
                            "description": "Niets veranderd sinds de vorige keer.",
                            "headers": {"API-Version": _ref("API-Version", "headers")},
                        },
                        "400": _error("De vraag klopt niet."),
                    },
                }
            }
        },
        "components": {
            "headers": {"API-Version": {"description": "De versie van deze API.", "schema": _text(example=VERSION)}},
            "schemas": SCHEMAS,
        },
    }
