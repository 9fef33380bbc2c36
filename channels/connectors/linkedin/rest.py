"""LinkedIn's REST API (Rest.li 2.0.0) on our session: versions, addresses, and what every answer means.

Addresses are put together by hand: a URN in a path is encoded completely, in `List(…)` only the values are, and `params=` of
requests would encode the structure too (LinkedIn docs, URNs and Rest.li protocol versions). Longer than 4 KB is refused.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from channels.connectors.linkedin import values
from channels.connectors.linkedin.problems import refusal
from channels.connectors.linkedin.urns import encoded
from channels.errors import Misconfigured, OutcomeUnknown, PayloadError
from channels.http import decode_json, status_error, transport_error

DEFAULT_VERSION = "202607"
_VERSION = re.compile(r"20\d{4}(\.\d{2})?")
PROTOCOL = "2.0.0"
# Where LinkedIn lets pictures be put (LinkedIn docs, images).
UPLOAD_HOSTS = {"www.linkedin.com", "api.linkedin.com", "media.licdn.com"}
API_HOST, SIGN_IN = "api.linkedin.com", "https://www.linkedin.com"


class Rest:
    """One page's view of LinkedIn. All methods raise `channels.errors.ConnectorError`."""

    def __init__(self, *, session: requests.Session, base_url: str, token: str, version: str = DEFAULT_VERSION) -> None:
        if not _VERSION.fullmatch(version):
            raise Misconfigured("The LinkedIn version is not of the form 202607.", code="version")
        self.session = session
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.version = version

    def get(self, *path: str, **query: str | int) -> Mapping[str, Any]:
        """Read /rest/{path}. Parts of the path are encoded here, values of the query stand as they are given."""
        body = decode_json(self._call("GET", path, query, None), write=False)
        if not isinstance(body, Mapping):
            raise PayloadError("LinkedIn's answer is no object.", reason="wrong_type")
        return body

    def create(self, *path: str, body: Mapping[str, Any], **query: str) -> tuple[str, Mapping[str, Any]]:
        """POST /rest/{path}. Returns the id (header x-restli-id) and the body; either may be empty.

        Raises OutcomeUnknown when LinkedIn says that it went well and its answer can not be read."""
        response = self._call("POST", path, query, body)
        made = response.headers.get("x-restli-id", "").strip()
        if not response.content.strip():
            return made, {}
        try:
            answer = decode_json(response, write=True)
        except OutcomeUnknown:
            if made:
                return made, {}  # a broken body takes nothing from the id in the header
            raise
        return made, answer if isinstance(answer, Mapping) else {}

    def delete(self, *path: str) -> None:
        """DELETE /rest/{path}."""
        self._call("DELETE", path, {}, None)

    def upload(self, address: str, content: bytes, content_type: str) -> None:
        """PUT bytes at an address that LinkedIn gave. Raises PayloadError when it is none of LinkedIn's, for our
        token goes along; OutcomeUnknown when something else answers."""
        parts, own = urlsplit(address), urlsplit(self.base_url)
        is_beside = (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
        is_linkedins = parts.scheme == "https" and own.hostname == API_HOST and parts.hostname in UPLOAD_HOSTS
        if not is_beside and not is_linkedins:
            raise PayloadError("LinkedIn names another place to put the picture.", reason="foreign_address")
        response = self._ask("PUT", address, data=content, headers={"Content-Type": content_type})
        if response.content.lstrip()[:1] == b"<":
            raise OutcomeUnknown("It is not LinkedIn that answers.")  # a page, where LinkedIn says nothing

    def _call(
        self, method: str, path: tuple[str, ...], query: Mapping[str, str | int], body: Mapping[str, Any] | None
    ) -> requests.Response:
        address = f"{self.base_url}/rest/{'/'.join(encoded(part) for part in path)}"
        if query:
            address += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        return self._ask(
            method,
            address,
            json=body,
            headers={"LinkedIn-Version": self.version, "X-Restli-Protocol-Version": PROTOCOL},
        )

    def _ask(self, method: str, address: str, *, headers: Mapping[str, str], **body: Any) -> requests.Response:
        write = method != "GET"
        if not self.token:
            raise Misconfigured("This channel has no access token.", code="no_token")
        try:
            response = self.session.request(
                method, address, headers={"Authorization": f"Bearer {self.token}", **headers}, **body
            )
        except requests.RequestException as error:
            raise transport_error(error, write=write) from error
        if 200 <= response.status_code < 300:
            return response
        if response.status_code < 400:
            raise status_error(response, write=write)
        try:
            refused = decode_json(response, write=False)
        except PayloadError:
            refused = None
        raise refusal(response, refused, write=write, secrets=(self.token,))


def elements(body: Mapping[str, Any]) -> list[Any]:
    """The `elements` of a list. Raises PayloadError when there are none at all: an empty list is said."""
    if "elements" not in body:
        raise PayloadError("LinkedIn's answer is no list.", reason="wrong_type")
    return list(values.listing(body.get("elements"), "elements"))


def has_more(body: Mapping[str, Any], asked: int) -> bool:
    """Is there a page after this one: fewer than asked for, or no link to a next one, is the end."""
    paging, found = body.get("paging"), body.get("elements")
    links = paging.get("links") if isinstance(paging, Mapping) else None
    if not isinstance(links, list) or not isinstance(found, list):
        return False
    return len(found) >= asked and any(isinstance(link, Mapping) and link.get("rel") == "next" for link in links)


def sign_in_address(base_url: str, name: str) -> str:
    """/oauth/v2/{name}: at LinkedIn itself on another host than the API, elsewhere beside it."""
    host = SIGN_IN if urlsplit(base_url).hostname == API_HOST else base_url.rstrip("/")
    return f"{host}/oauth/v2/{name}"
