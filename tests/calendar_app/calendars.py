"""Calendar files as servers of others give them."""


def vcalendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//NL", *events, "END:VCALENDAR", ""]).encode()


def vevent(uid: str = "1", start: str = ":20261208T190000Z", summary: str = "Raad", *more: str) -> str:
    """`start` with its parameters: ";VALUE=DATE:20261208"."""
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART{start}",
            f"SUMMARY:{summary}",
            *more,
            "END:VEVENT",
        ]
    )
