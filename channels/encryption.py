"""Channel credentials at rest: Fernet, newest key first, so that a key can be rotated without a stop."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CredentialsUnreadable(Exception):
    """The key is missing or is not the one the credentials were encrypted with. `code` is one of channels.wording."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def _fernet() -> MultiFernet:
    if not settings.CREDENTIALS_KEYS:
        raise CredentialsUnreadable(
            "CREDENTIALS_KEY is empty: channel credentials can not be read or stored.", code="credentials_no_key"
        )
    try:
        return MultiFernet([Fernet(key) for key in settings.CREDENTIALS_KEYS])
    except ValueError as error:
        raise CredentialsUnreadable(
            "CREDENTIALS_KEY holds something that is not a Fernet key.", code="credentials_no_key"
        ) from error


def encrypt(data: bytes) -> bytes:
    return _fernet().encrypt(data)


def decrypt(token: bytes) -> bytes:
    try:
        return _fernet().decrypt(token)
    except InvalidToken as error:
        raise CredentialsUnreadable(
            "The channel's credentials were encrypted with another key.", code="credentials_other_key"
        ) from error
