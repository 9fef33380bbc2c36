"""What the repository promises in writing: documents, licence, publiccode.yml, locks, and the shape of the code."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
SOURCE = {".py", ".js", ".css", ".html", ".sh"}
# In pieces, or this file would name them itself.
REGISTRIES = [".".join(parts) for parts in (
    ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
    ("npmjs", "com"), ("docker", "io"), ("ghcr", "io"), ("quay", "io"), ("gcr", "io"), ("proxy", "golang", "org"),
)]  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@cache
def publiccode() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    return loaded


# -- documents ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "README.md", "LICENSE", "CONTRIBUTING.md", "GOVERNANCE.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "CHANGELOG.md",
    "publiccode.yml", "docs/architecture.md", "docs/operations.md", "docs/add-a-connector.md", "docs/glossary.md",
    "docs/privacy.md", "docs/beleid.md",
])  # fmt: skip
def test_what_public_code_asks_for_is_there(name: str) -> None:
    assert len((ROOT / name).read_text()) > 500


def test_the_readme_begins_with_the_two_commands() -> None:
    top = "\n".join((ROOT / "README.md").read_text().splitlines()[:12])
    assert "script/server" in top
    assert "script/test" in top
    for script in ("server", "test", "setup"):
        assert (ROOT / "script" / script).stat().st_mode & 0o111


def test_the_readme_says_how_mature_it_is_and_speaks_both_languages() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "In ontwikkeling" in readme
    assert "## In English" in readme


@pytest.mark.parametrize("page", [path for path in tracked() if path.suffix == ".md"], ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(page: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)", page.read_text())
    here = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in here if not (page.parent / link).exists()] == []


def test_the_licence_is_the_whole_eupl() -> None:
    licence = (ROOT / "LICENSE").read_text()
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert all(f"## {article}." in licence for article in range(1, 16))
    assert "Appendix" in licence


def test_decisions_are_numbered_without_gaps_and_say_their_price() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        assert record.read_text().startswith(f"# {record.name[:4]}. ")
        assert {"**Chosen.**", "**Price.**"} <= set(re.findall(r"\*\*\w+\.\*\*", record.read_text()))


def test_every_setting_of_the_environment_is_explained_to_operators() -> None:
    asked = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config" / "settings.py").read_text()))
    internal = {"DEBUG", "SANDBOX_URL", "MEDIA_PRIVATE_HOSTS", "WHITENOISE_USE_FINDERS", "WHITENOISE_AUTOREFRESH",
                "SSL_REDIRECT", "LOG_COLORS"}  # fmt: skip
    explained = (ROOT / "docs" / "operations.md").read_text()
    assert sorted(name for name in asked - internal if f"`{name}`" not in explained) == []


# -- publiccode.yml 0.7 -------------------------------------------------------------------------------------------------------


def test_publiccode_has_all_that_is_mandatory() -> None:
    said = publiccode()
    assert said["publiccodeYmlVersion"] == "0.7"
    for key in (
        "name",
        "url",
        "platforms",
        "developmentStatus",
        "softwareType",
        "legal",
        "maintenance",
        "localisation",
    ):
        assert said[key], key
    assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert said["legal"]["license"] == "EUPL-1.2"
    assert said["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert all(contact["name"] and "@" in contact["email"] for contact in said["maintenance"]["contacts"])


@pytest.mark.parametrize("language", ["nl", "en"])
def test_publiccode_describes_within_its_lengths(language: str) -> None:
    described = publiccode()["description"][language]
    assert len(described["shortDescription"]) <= 150
    assert 150 <= len(described["longDescription"]) <= 10_000
    assert described["features"]


def test_publiccode_knows_the_version_and_the_languages() -> None:
    said = publiccode()
    assert str(said["softwareVersion"]) == settings.VERSION
    assert f'version = "{settings.VERSION}"' in (ROOT / "pyproject.toml").read_text()
    assert f"## {settings.VERSION}" in (ROOT / "CHANGELOG.md").read_text()
    assert said["localisation"]["availableLanguages"] == [code for code, _name in settings.LANGUAGES]


# -- locks --------------------------------------------------------------------------------------------------------------------


def test_no_tracked_file_names_the_host_of_a_registry() -> None:
    found = [path for path in tracked() if any(host in text_of(path) for host in REGISTRIES)]
    assert named(found) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_python_package_has_its_hashes(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    pinned = re.split(r"\n(?=\S)", lock.strip())
    assert pinned
    assert [entry.split()[0] for entry in pinned if "==" in entry and "--hash=sha256:" not in entry] == []


def test_front_end_packages_are_pinned_exactly_and_locked_without_addresses() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    for version in {**asked["dependencies"], **asked["devDependencies"]}.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert [name for name, entry in locked.items() if name and not entry["integrity"].startswith("sha512-")] == []


# -- the shape of the code ----------------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_people_read() -> None:
    sources = [path for path in tracked() if path.suffix in SOURCE and "migrations" not in path.parts]
    assert named([path for path in sources if len(text_of(path).splitlines()) > LONGEST_FILE]) == []


def test_modules_are_named_after_what_they_do() -> None:
    vague = {"utils", "util", "helpers", "helper", "services", "service", "managers", "manager", "misc", "common"}
    assert named([path for path in tracked() if path.suffix == ".py" and path.stem in vague]) == []


def test_templates_hold_no_script_and_no_style_of_their_own() -> None:
    inline = re.compile(
        r"<style[\s>]|<script(?![^>]*\bsrc=)[\s>]|\sstyle\s*=|\son[a-z]+\s*=|javascript:", re.IGNORECASE
    )
    pages = [path for path in tracked() if path.suffix == ".html"]
    assert pages
    assert named([page for page in pages if inline.search(re.sub(r"\{%.*?%\}|\{#.*?#\}", "", text_of(page)))]) == []


# -- deployment ---------------------------------------------------------------------------------------------------------------


@cache
def composition() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_every_service_has_a_health_check_or_runs_to_its_end() -> None:
    services = composition()["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat", "jobs", "proxy"}
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]


def test_what_services_name_is_declared() -> None:
    said = composition()
    for name, service in said["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in said["volumes"], (name, source)
        assert set(service.get("secrets", [])) <= set(said["secrets"]), name
        assert set(service.get("networks", [])) <= set(said["networks"]), name
        assert set(service.get("depends_on", {})) <= set(said["services"]), name


def test_our_containers_run_without_privileges_and_without_secrets_in_their_environment() -> None:
    for name in ("migrate", "web", "worker", "beat", "jobs"):
        service = composition()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        secret = {"SECRET_KEY", "CREDENTIALS_KEY", "DATABASE_URL"}
        assert not secret & set(service["environment"])
        assert {f"{key}_FILE" for key in secret} <= set(service["environment"])
    assert composition()["networks"]["inside"] == {"internal": True}


def test_the_image_ends_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER balie"]
    assert sum(line.startswith("FROM ") for line in lines) == 3


def test_everything_that_the_image_is_made_of_is_let_in() -> None:
    admitted = {
        line[1:].split("/")[0] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    apps = {app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()}
    assert apps | {"config", "templates", "static", "locale", "manage.py", "requirements.txt"} <= admitted
