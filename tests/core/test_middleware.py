"""Around every request: a name, headers, and an honest answer when the database is away."""

import re

import psycopg
import pytest
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from psycopg_pool import PoolTimeout
from structlog.testing import capture_logs

from core.errors import DATABASE_DOWN

FAILURES = {
    "away": OperationalError("server closed the connection"),
    "closed": InterfaceError("connection already closed"),
    "exhausted": PoolTimeout("no connection after 10 s"),
    "bug": ZeroDivisionError("geheim van een inwoner"),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    raise FAILURES[kind]


def log(request: HttpRequest) -> HttpResponse:
    structlog.get_logger(__name__).info("here")
    return HttpResponse(structlog.contextvars.get_contextvars()["request_id"])


urlpatterns = [path("fail/<str:kind>", fail), path("log", log), path("", include("config.urls"))]
handler500 = "core.errors.server_error"
handler404 = "core.errors.not_found"


@pytest.fixture
def visitor(settings, agent) -> Client:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(agent)
    return client


@pytest.mark.parametrize("kind", ["away", "closed", "exhausted"])
def test_a_database_that_is_away_is_a_reason_to_come_back(visitor, kind):
    response = visitor.get(f"/fail/{kind}")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["X-Request-Id"] in response.content.decode()
    assert type(FAILURES[kind]) in DATABASE_DOWN


def test_a_bug_of_ours_tells_its_number_and_nothing_else(visitor):
    response = visitor.get("/fail/bug")

    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.content.decode()
    assert "inwoner" not in response.content.decode()
    assert "Retry-After" not in response.headers


def test_a_request_has_a_name_of_its_own_that_nobody_can_choose(visitor):
    names = set()
    for _request in range(3):
        response = visitor.get("/log", headers={"X-Request-Id": "gekozen"})
        assert response.content.decode() == response.headers["X-Request-Id"]
        names.add(response.headers["X-Request-Id"])

    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9a-f]{12}", name) for name in names)
    assert "request_id" not in structlog.contextvars.get_contextvars(), "the next request starts clean"


def test_after_a_crash_the_name_is_not_left_to_the_next_request(visitor):
    visitor.get("/fail/bug")

    assert "request_id" not in structlog.contextvars.get_contextvars()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login", "/inbox", "/profile", "/health/live", "/nergens"])
def test_every_answer_is_kept_by_nobody_and_framed_by_nobody(client, agent, address):
    if address not in {"/login", "/health/live"}:
        client.force_login(agent)
    headers = client.get(address).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["Remote-User", "X-Forwarded-User", "X-Remote-User", "X-On-Behalf-Of", "X-Original-User", "Authorization"]
)
def test_nobody_is_believed_to_be_somebody_by_a_header(client, agent, header):
    assert client.get(reverse("inbox"), headers={header: agent.username}).status_code == 302


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(client):
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_a_form_with_very_many_fields_or_very_much_text_is_refused(visitor):
    many = visitor.post(reverse("profile"), {f"f{n}": "x" for n in range(600)})
    much = visitor.post(
        reverse("profile"), "first_name=" + "x" * 5_100_000, content_type="application/x-www-form-urlencoded"
    )

    assert {many.status_code, much.status_code} <= {400, 413}


@pytest.mark.parametrize(
    "address", ["/.env", "/.git/config", "/metrics", "/setup", "/static/../config/settings.py", "/media/x"]
)
def test_what_is_no_page_is_not_found(visitor, address):
    assert visitor.get(address).status_code == 404


def test_a_line_break_in_an_address_makes_no_second_line_in_the_log(visitor):
    with capture_logs():
        response = visitor.get("/inbox/%0d%0aSet-Cookie:%20x=1")

    assert response.status_code == 404
    assert "x" not in response.cookies


def test_a_database_that_refuses_the_connection_is_known_to_be_away():
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect("postgres://x@127.0.0.1:1/x", connect_timeout=2)
