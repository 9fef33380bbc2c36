"""The connector and the simulated Facebook that it talks to."""

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.http import make_session
from channels.messages import Account
from tests.contract.conftest import Sandbox


def connector_to(sandbox: Sandbox, credentials: dict[str, str]) -> FacebookConnector:
    account = Account(
        external_id=credentials["account_id"],
        base_url=sandbox.base("graph"),
        credentials=credentials,
        settings={"backfill_days": 7},
    )
    return FacebookConnector(account, make_session(account.base_url, read_timeout=1.0, total_timeout=2.0))


@pytest.fixture(scope="module")
def credentials(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.credentials("facebook")


@pytest.fixture
def facebook(sandbox: Sandbox, credentials: dict[str, str]) -> FacebookConnector:
    sandbox.control("DELETE", "/control/faults")
    return connector_to(sandbox, credentials)
