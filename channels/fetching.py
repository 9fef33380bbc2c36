"""Pictures and calendars from addresses that strangers gave us: fetched so that nothing inside our network can be reached; and
pictures made anew.

The address is checked where it counts: the name is resolved once, every answer is judged after unwrapping what IPv6 can
wrap around an IPv4 address, and the connection goes to the judged address, with the name kept for Host and certificate.
Every redirect is judged again. One deadline and one cap for the whole.

What came is never served as it came: `reencode_image` makes a new WebP of the pixels alone. Nothing decides by file name
or Content-Type.
"""

import io
import ipaddress
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import puremagic
import urllib3
from PIL import Image, ImageOps, UnidentifiedImageError
from urllib3.exceptions import HTTPError, SSLError

from channels.deadlines import Call, ClockedHTTPPool, ClockedHTTPSPool, deadline

CONNECT_TIMEOUT = 3.05
READ_TIMEOUT = 5.0
TOTAL_TIMEOUT = 15.0
MAX_REDIRECTS = 3
MAX_ADDRESSES = 4
LONGEST_URL = 4_000
CHUNK = 65_536
QUALITY = 82
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
UNPACKED_PIXELS = 25_000_000
IMAGE_TYPES = {"image/jpeg", "image/png", "image/gif", "image/webp"}

Resolver = Callable[[str, int], list[str]]

NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")
TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")  # SIIT
DENIED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class FetchError(Exception):
    """Not fetched, or not a picture. `reason` is a short stable word; `is_temporary`: another try may work."""

    def __init__(self, reason: str, *, is_temporary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_temporary = is_temporary


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`content_type` is what the server claims: believe it of nothing. `url` is where the redirects ended. `is_unchanged`: the
    server says that it is still what it gave with the `etag` that was sent along; then there is no content."""

    content: bytes
    content_type: str
    url: str
    etag: str = ""
    is_unchanged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that we made ourselves: WebP, without metadata. Sizes in pixels."""

    content: bytes
    width: int
    height: int
    content_type: str = "image/webp"


def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch_media(
    url: str,
    *,
    max_bytes: int,
    allowed_private: frozenset[str] = frozenset(),
    total_timeout: float = TOTAL_TIMEOUT,
    resolve: Resolver = system_resolver,
    accept: str = "image/*",
    etag: str = "",
) -> Fetched:
    """GET `url`. `allowed_private` are "host:port" that may be on any address and port (the sandbox); else only http and
    https on ports 80 and 443 at public addresses. `max_bytes` counts after decompression. Raises FetchError only.

    With the `etag` of an earlier answer the server may say that nothing changed: see Fetched.is_unchanged.

    Reasons: url, scheme, userinfo, port, dns, address, connect, tls, timeout, redirects, status, too_large, body.
    """
    wanted = {"Accept": accept} | ({"If-None-Match": etag} if etag else {})
    with deadline(total_timeout, READ_TIMEOUT) as call:
        for _ in range(MAX_REDIRECTS + 1):
            parts, port = _check_url(url, allowed_private)
            host = parts.hostname or ""
            addresses = _check_addresses(host, port, allowed_private, resolve)
            response = _get(parts, host, port, addresses, call, wanted)
            try:
                if response.status == 304 and etag:
                    return Fetched(content=b"", content_type="", url=url, etag=etag, is_unchanged=True)
                if response.status in {301, 302, 303, 307, 308}:
                    url = urljoin(url, response.headers.get("Location", ""))
                    continue
                return _read(response, url, max_bytes)
            finally:
                response.close()
    raise FetchError("redirects")


def check_address(
    url: str, *, allowed_private: frozenset[str] = frozenset(), resolve: Resolver = system_resolver
) -> None:
    """Would `fetch_media` connect to it, as things are now? Raises FetchError. It is asked again at every fetch."""
    parts, port = _check_url(url, allowed_private)
    _check_addresses(parts.hostname or "", port, allowed_private, resolve)


# -- where it may go ---------------------------------------------------------------------------------------------------


def _check_url(url: str, allowed_private: frozenset[str]) -> tuple[SplitResult, int]:
    if len(url) > LONGEST_URL or not url.isascii() or any(char <= " " or char in "\\\x7f" for char in url):
        raise FetchError("url")
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        host = parts.hostname
    except ValueError as error:
        raise FetchError("url") from error
    if parts.scheme not in {"http", "https"}:
        raise FetchError("scheme")
    if "@" in parts.netloc:
        raise FetchError("userinfo")
    if not host or "%" in host:
        raise FetchError("url")
    if port not in {80, 443} and f"{host}:{port}" not in allowed_private:
        raise FetchError("port")
    return parts, port


def _check_addresses(host: str, port: int, allowed_private: frozenset[str], resolve: Resolver) -> list[str]:
    """The addresses to connect to. One bad answer refuses them all: a name that points inward has no business here."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise FetchError("dns", is_temporary=True) from error
    if not addresses:
        raise FetchError("dns", is_temporary=True)
    if f"{host}:{port}" not in allowed_private and not all(is_public(address) for address in addresses):
        raise FetchError("address")
    return addresses[:MAX_ADDRESSES]


def is_public(address: str) -> bool:
    """May we connect to this IP address? Wrapped IPv4 addresses are judged as what they lead to."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(one) for one in _unwrap(found))


def _unwrap(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in NAT64 or address in TRANSLATED or (address in COMPATIBLE and int(address) > 0xFFFF):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if any(address in network for network in DENIED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


# -- getting it --------------------------------------------------------------------------------------------------------


def _get(
    parts: SplitResult, host: str, port: int, addresses: list[str], call: Call, wanted: dict[str, str]
) -> urllib3.BaseHTTPResponse:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    is_default = port == {"http": 80, "https": 443}[parts.scheme]
    name = f"[{host}]" if ":" in host else host
    headers = {
        "Host": name if is_default else f"{name}:{port}",
        "User-Agent": "Balie",
        "Accept-Encoding": "gzip, deflate",
        **wanted,
    }
    failure = FetchError("connect", is_temporary=True)
    for address in addresses:
        pool = _pool(parts.scheme, address, host, port)
        try:
            return pool.urlopen(
                "GET", path, headers=headers, redirect=False, retries=False, preload_content=False, decode_content=True
            )
        except SSLError as error:
            raise FetchError("tls") from error
        except (HTTPError, OSError) as error:
            failure = _failure(error)
            if call.sent:
                break
    raise failure


def _pool(scheme: str, address: str, host: str, port: int) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    if scheme == "http":
        return ClockedHTTPPool(address, port, timeout=timeout, maxsize=1)
    # Debian, Docker and a municipality's own authority: SSL_CERT_FILE wins over the list that is shipped along.
    context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())
    return ClockedHTTPSPool(
        address, port, timeout=timeout, maxsize=1, ssl_context=context, server_hostname=host, assert_hostname=host
    )


def _failure(error: Exception) -> FetchError:
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return FetchError("timeout", is_temporary=True)
    return FetchError("connect", is_temporary=True)


def _read(response: urllib3.BaseHTTPResponse, url: str, max_bytes: int) -> Fetched:
    if response.status != 200:
        raise FetchError("status", is_temporary=response.status >= 500 or response.status == 429)
    content = bytearray()
    try:
        for part in response.stream(CHUNK, decode_content=True):
            content += part
            if len(content) > max_bytes:
                raise FetchError("too_large")
    except urllib3.exceptions.DecodeError as error:
        raise FetchError("body") from error
    except (HTTPError, OSError) as error:
        raise _failure(error) from error
    headers = response.headers
    return Fetched(
        content=bytes(content), content_type=headers.get("Content-Type", ""), url=url, etag=headers.get("ETag", "")
    )


# -- making it anew ----------------------------------------------------------------------------------------------------


def read_pixels(content: bytes, *, max_pixels: int = 25_000_000, max_side: int = 2_000) -> Image.Image:
    """The bare pixels (RGB, or RGBA when something is seen through) of a JPEG, PNG, GIF (its first frame) or WebP, at most
    `max_side` wide and high, turned as its EXIF says and without EXIF, ICC, comments or anything that was hidden behind the
    picture. What it is, its bytes say.

    Raises FetchError: not_an_image, too_many_pixels, broken_image."""
    try:
        claimed = {match.mime_type for match in puremagic.magic_string(content[:4096])}
    except (puremagic.PureError, ValueError):
        claimed = set()
    if not claimed & IMAGE_TYPES:
        raise FetchError("not_an_image")
    try:
        # Opening reads the header only; what is too big is refused before a pixel is unpacked.
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > max_pixels:
            raise FetchError("too_many_pixels")
        image.draft("RGB", _unpacked(image.size, max_side))
        image.seek(0)
        image.load()
        image = ImageOps.exif_transpose(image)
        has_alpha = image.has_transparency_data
        pixels = image.convert("RGBA" if has_alpha else "RGB")
        pixels.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        # From the bare pixels: nothing of the old file's info comes along.
        return Image.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    except FetchError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FetchError("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise FetchError("not_an_image") from error
    except (
        Exception
    ) as error:  # decoders raise anything at hostile input: OSError, ValueError, struct.error, SyntaxError…
        raise FetchError("broken_image") from error


def _unpacked(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """The size that is needed of a JPEG, which can unpack to a half, a quarter or an eighth by itself: what is very large comes
    out a little smaller than could be, instead of in full first."""
    part = min(1.0, max_side / max(*size, 1), 0.5 if size[0] * size[1] > UNPACKED_PIXELS else 1.0)
    return max(int(size[0] * part), 1), max(int(size[1] * part), 1)


def reencode_image(content: bytes, *, max_pixels: int = 25_000_000, max_side: int = 2_000) -> Picture:
    """The same pixels as a new WebP, see `read_pixels`. Raises FetchError: not_an_image, too_many_pixels, broken_image."""
    bare = read_pixels(content, max_pixels=max_pixels, max_side=max_side)
    target = io.BytesIO()
    try:
        bare.save(target, format="WEBP", quality=QUALITY, method=4)
    except (OSError, ValueError) as error:  # a side of nothing, or longer than the format knows
        raise FetchError("broken_image") from error
    return Picture(content=target.getvalue(), width=bare.width, height=bare.height)
