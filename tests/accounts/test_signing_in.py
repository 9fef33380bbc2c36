"""The door: who gets in, who is kept out, and where somebody lands."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import UserFactory

PASSWORD = "een-lang-wachtwoord-hoor"


@pytest.fixture
def person(db: None) -> User:
    person = UserFactory(username="sanne")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client: Client, password: str = PASSWORD, **extra: str) -> object:
    return client.post(reverse("login"), {"username": "sanne", "password": password, **extra})


def test_the_right_password_leads_to_the_inbox(client: Client, person: User) -> None:
    response = client.post(reverse("login"), {"username": "sanne", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, reverse("inbox"))


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(client: Client, person: User) -> None:
    wrong = client.post(reverse("login"), {"username": "sanne", "password": "fout"})
    nobody = client.post(reverse("login"), {"username": "bestaat-niet", "password": "fout"})
    for response in (wrong, nobody):
        assert response.status_code == 422
        assert "De gebruikersnaam of het wachtwoord klopt niet." in response.content.decode()
        assert "_auth_user_id" not in client.session


def test_after_five_wrong_passwords_even_the_right_one_is_refused(client: Client, person: User) -> None:
    for _attempt in range(5):
        sign_in(client, "fout")
    response = client.post(reverse("login"), {"username": "sanne", "password": PASSWORD})
    assert response.status_code == 429
    assert "Wacht een kwartier" in response.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(client: Client, person: User, target: str) -> None:
    response = client.post(f"{reverse('login')}", {"username": "sanne", "password": PASSWORD, "next": target})
    assert response.headers["Location"] == reverse("inbox")
    language = client.post(reverse("set_language"), {"language": "en", "next": target})
    assert language.headers["Location"] == "/"


def test_one_lands_where_one_was_going(client: Client, person: User) -> None:
    asked = client.get(reverse("channels"))
    assert asked.headers["Location"] == f"{reverse('login')}?next={reverse('channels')}"
    response = client.post(reverse("login"), {"username": "sanne", "password": PASSWORD, "next": reverse("channels")})
    assert response.headers["Location"] == reverse("channels")


def test_signing_out_takes_a_post(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).headers["Location"] == reverse("login")
    assert client.get(reverse("profile")).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("header", [{"HX-Request": "true"}, {"X-Requested-With": "fetch"}])
def test_a_script_whose_session_ended_is_told_so_instead_of_sent_elsewhere(
    client: Client, header: dict[str, str]
) -> None:
    assert client.get(reverse("channels"), headers=header).status_code == 401


def test_the_dialog_signs_in_without_leaving_the_page_and_gets_a_new_token(person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("login"))
    token = client.cookies["csrftoken"].value
    sent = {"username": "sanne", "password": PASSWORD}
    headers = {"X-Requested-With": "fetch", "X-CSRFToken": token}
    refused = client.post(reverse("login"), sent | {"password": "fout"}, headers=headers)
    assert (refused.status_code, "error" in refused.json()) == (422, True)
    response = client.post(reverse("login"), sent, headers=headers)
    assert response.status_code == 200
    # The old token is void after signing in; the new one works at once.
    pause = client.post(reverse("set_language"), {"language": "nl"}, headers={"X-CSRFToken": response.json()["csrf"]})
    assert pause.status_code == 302


@pytest.mark.django_db
def test_the_language_can_be_chosen_before_signing_in(client: Client) -> None:
    assert "Wachtwoord" in client.get(reverse("login")).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": reverse("login")})
    page = client.get(reverse("login")).content.decode()
    assert '<html lang="en"' in page
    assert "Password" in page
    assert "Wachtwoord" not in page


@pytest.mark.django_db
def test_an_unknown_language_changes_nothing(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "xx"})
    assert '<html lang="nl"' in client.get(reverse("login")).content.decode()
