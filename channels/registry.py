"""Which connector speaks for which platform. An explicit table: searching for a name finds it here."""

from django.conf import settings

from channels.connectors.base import Connector
from channels.connectors.facebook.connector import FacebookConnector
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.connectors.twitter.connector import TwitterConnector
from channels.http import make_session
from channels.messages import Account
from channels.models import Channel
from channels.platforms import Platform

CONNECTORS: dict[str, type[Connector]] = {
    Platform.TWITTER: TwitterConnector,
    Platform.FACEBOOK: FacebookConnector,
    Platform.LINKEDIN: LinkedInConnector,
}


def account_of(channel: Channel, *, credentials: dict[str, str] | None = None) -> Account:
    """The channel as connectors know it. Without `credentials` those of the channel are decrypted."""
    return Account(
        external_id=channel.external_id,
        base_url=settings.PLATFORM_URLS[channel.platform],
        name=channel.name,
        handle=channel.handle,
        credentials=channel.get_credentials() if credentials is None else credentials,
        settings={"backfill_days": settings.BACKFILL_DAYS, **channel.settings},
    )


def build_connector(platform: str, account: Account) -> Connector:
    kind = CONNECTORS[platform]
    return kind(account, make_session(account.base_url, rebased_hosts=kind.rebased_hosts))


def connector_for(channel: Channel) -> Connector:
    """A connector that acts as `channel`, ready to call. Raises CredentialsUnreadable when the key is gone."""
    return build_connector(channel.platform, account_of(channel))
