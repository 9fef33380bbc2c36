"""The municipality's own accounts on the simulated platforms, and the secrets that belong to them: one table.

Everything is derived from fixed words, so that the printed credentials fit every sandbox, whatever its state.
"""

import hashlib

TWITTER, FACEBOOK, LINKEDIN = "twitter", "facebook", "linkedin"
PLATFORMS = (TWITTER, FACEBOOK, LINKEDIN)
ALIASES = {"x": TWITTER, "graph": FACEBOOK, "messenger": FACEBOOK} | {name: name for name in PLATFORMS}

NAME = "Gemeente Eikenrode"
HANDLE = "gem_eikenrode"
X_USER = "1467025389123457024"
PAGE = "104736281945527"
ORGANIZATION = "urn:li:organization:71820045"
ADMINISTRATOR = "urn:li:person:b7TqR2nKx4"  # the employee who administers the LinkedIn page
DEVELOPER_APPLICATION = "urn:li:developerApplication:208114417"
OWN_ID = {TWITTER: X_USER, FACEBOOK: PAGE, LINKEDIN: ORGANIZATION}


def _secret(name: str, length: int) -> str:
    return hashlib.sha512(f"eikenrode {name}".encode()).hexdigest()[:length]


CREDENTIALS: dict[str, dict[str, str]] = {
    TWITTER: {
        "account_id": X_USER,
        "access_token": "sandbox-x-access-" + _secret("x access", 60),
        "refresh_token": "sandbox-x-refresh-" + _secret("x refresh", 60),
        "client_id": "sandbox-x-client-" + _secret("x client", 12),
        "client_secret": _secret("x client secret", 50),
        "consumer_secret": _secret("x consumer secret", 50),
        "bearer_token": "sandbox-x-app-" + _secret("x bearer", 80),
        "access_tier": "self-serve",
    },
    FACEBOOK: {
        "account_id": PAGE,
        "access_token": "EAASandbox" + _secret("facebook page token", 120),
        "app_id": "1517776481860211",
        "app_secret": _secret("facebook app secret", 32),
        "verify_token": "sandbox-verify-" + _secret("facebook verify", 16),
    },
    LINKEDIN: {
        "account_id": ORGANIZATION,
        "access_token": "AQSandbox" + (_secret("linkedin access", 128) * 4)[:480],
        "refresh_token": "AQSandboxR" + (_secret("linkedin refresh", 128) * 4)[:480],
        "client_id": "86" + _secret("linkedin client", 12),
        "client_secret": "WPL_AP1." + _secret("linkedin client secret", 24),
    },
}


def platform_named(name: str) -> str:
    """The platform behind a name or alias. Raises KeyError."""
    return ALIASES[name.strip().lower()]
