"""The connector and the simulated LinkedIn that it talks to."""

from typing import Any

import pytest

from channels.connectors.linkedin.connector import LinkedInConnector
from channels.http import make_session
from channels.messages import Account
from tests.contract.conftest import Sandbox


def connector_to(sandbox: Sandbox, credentials: dict[str, str], **settings: Any) -> LinkedInConnector:
    account = Account(
        external_id=credentials["account_id"],
        base_url=sandbox.base("linkedin"),
        credentials=credentials,
        settings={"backfill_days": 7, **settings},
    )
    return LinkedInConnector(account, make_session(account.base_url, read_timeout=1.0, total_timeout=2.0))


@pytest.fixture(scope="module")
def credentials(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.credentials("linkedin")


@pytest.fixture
def linkedin(sandbox: Sandbox, credentials: dict[str, str]) -> LinkedInConnector:
    sandbox.control("DELETE", "/control/faults")
    return connector_to(sandbox, credentials)
