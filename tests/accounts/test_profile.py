"""A person's own settings."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

FORM = {"first_name": "Sanne", "last_name": "de Vries", "language": "en", "theme": "dark"}


@pytest.fixture
def signed_in(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def test_theme_language_and_keys_are_kept_and_work_at_once(signed_in: Client, agent: User) -> None:
    response = signed_in.post(reverse("profile"), FORM, follow=True)
    agent.refresh_from_db()
    assert (agent.theme, agent.language, agent.has_shortcuts) == ("dark", "en", False)
    page = response.content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert 'data-shortcuts="off"' in page
    assert "Saved." in page


def test_a_person_gives_themselves_no_rights(signed_in: Client, agent: User) -> None:
    signed_in.post(reverse("profile"), FORM | {"is_superuser": "on", "is_staff": "on", "username": "baas"})
    agent.refresh_from_db()
    assert (agent.is_superuser, agent.is_staff, agent.username) == (False, False, "sanne")


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"theme": "paars"}, {"first_name": "x" * 200}])
def test_a_wrong_value_is_refused_and_nothing_is_kept(signed_in: Client, agent: User, wrong: dict[str, str]) -> None:
    assert signed_in.post(reverse("profile"), FORM | wrong).status_code == 422
    agent.refresh_from_db()
    assert agent.theme == "auto"


def test_a_signed_in_person_keeps_the_chosen_language(signed_in: Client, agent: User) -> None:
    signed_in.post(reverse("set_language"), {"language": "en"})
    agent.refresh_from_db()
    assert agent.language == "en"
