"""Strangers' addresses and strangers' pictures: nothing inside is reached, nothing hidden comes through."""

import datetime
import gzip
import io
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from channels.fetching import FetchError, Picture, fetch_media, is_public, reencode_image
from tests.channels.hostile_server import HostileServer, answer, drip, endless, hang, hostile_server, raw, reset

MEGABYTE = 1_000_000
PUBLIC = "93.184.215.14"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def fetch(server: HostileServer, path: str = "/", max_bytes: int = MEGABYTE, total_timeout: float = 2.0) -> bytes:
    allowed = frozenset({server.netloc})
    return fetch_media(
        server.url + path, max_bytes=max_bytes, allowed_private=allowed, total_timeout=total_timeout
    ).content


def reason_of(url: str, **options: object) -> str:
    with pytest.raises(FetchError) as caught:
        fetch_media(url, **{"max_bytes": MEGABYTE, "total_timeout": 2.0, **options})  # type: ignore[arg-type]
    return caught.value.reason


# -- where it may go ---------------------------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1",
    "3fff::1", "64:ff9b:1::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1",  # IPv4-mapped
    "::127.0.0.1", "::10.0.0.1",  # IPv4-compatible
    "::ffff:0:127.0.0.1",  # SIIT
    "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:0a00:0001::1",  # 6to4
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",  # NAT64
    "2001:0:5db8:d70e:0:0:80ff:fffe",  # Teredo: the client is 127.0.0.1
    "2001:0:7f00:1:0:0:a247:28f1",  # Teredo: the server is 127.0.0.1
    "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_never_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "2a00:1450:4001:830::200e", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_points_inside_is_refused_before_connecting(address: str) -> None:
    assert reason_of("https://picture.example/a.png", resolve=lambda host, port: [address]) == "address"


def test_one_bad_answer_among_good_ones_refuses_all() -> None:
    assert reason_of("https://picture.example/", resolve=lambda host, port: [PUBLIC, "127.0.0.1"]) == "address"


@pytest.mark.parametrize(
    ("url", "reasons"),
    [
        ("http://0177.0.0.1/", {"address", "dns"}),
        ("http://2130706433/", {"address", "dns"}),
        ("http://0x7f.1/", {"address", "dns"}),
        ("http://127.1/", {"address", "dns"}),
        ("http://localhost/", {"address"}),
        ("http://localhost./", {"address", "dns"}),
        ("http://[::ffff:169.254.169.254]/", {"address"}),
        ("http://[::1]/", {"address"}),
        ("http://[fe80::1%25lo]/", {"url", "address"}),
        ("http://169.254.169.254/latest/meta-data/", {"address"}),
        ("file:///etc/passwd", {"scheme"}),
        ("gopher://example.com/_x", {"scheme"}),
        ("ftp://example.com/", {"scheme"}),
        ("data:image/png;base64,AAAA", {"scheme"}),
        ("javascript:alert(1)", {"scheme"}),
        ("//example.com/", {"scheme"}),
        ("https://ok@10.0.0.1/", {"userinfo"}),
        ("https://example.com:pass@10.0.0.1/", {"userinfo"}),
        ("http://example.com:25/", {"port"}),
        ("http://example.com:6379/", {"port"}),
        ("http://example.com:99999/", {"url"}),
        ("http:///nohost", {"url"}),
        ("http://exa mple.com/", {"url"}),
        ("http://example.com\\@127.0.0.1/", {"url"}),
        ("http://example.com/\r\nX-Evil: 1", {"url"}),
        ("http://[::1", {"url"}),
        ("http://exämple.com/", {"url"}),
        ("http://127.0.0.1%00.example.com/", {"url"}),
        ("http://example.com/" + "a" * 5_000, {"url"}),
        ("", {"scheme"}),
    ],
)
def test_addresses_that_try_to_get_inside(url: str, reasons: set[str]) -> None:
    assert reason_of(url) in reasons


def test_rebinding_finds_the_name_resolved_only_once(server: HostileServer) -> None:
    server.on["/"] = answer(b"the checked one")
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        """The first question gets an honest answer, every later one another machine."""
        asked.append(host)
        return ["127.0.0.1" if len(asked) == 1 else "127.0.0.2"]

    fetched = fetch_media(
        f"http://rebind.example:{server.port}/",
        max_bytes=MEGABYTE,
        allowed_private=frozenset({f"rebind.example:{server.port}"}),
        resolve=rebinding,
    )
    assert fetched.content == b"the checked one"
    assert asked == ["rebind.example"]


def test_the_connection_goes_to_the_checked_address_and_keeps_the_name(server: HostileServer) -> None:
    server.on["/a.png"] = answer(b"picture", content_type="image/png")
    fetched = fetch_media(
        f"http://sandbox.example:{server.port}/a.png?size=1",
        max_bytes=MEGABYTE,
        allowed_private=frozenset({f"sandbox.example:{server.port}"}),
        resolve=lambda host, port: ["127.0.0.1"],
    )
    assert (fetched.content, fetched.content_type) == (b"picture", "image/png")
    assert server.seen[0].headers["host"] == f"sandbox.example:{server.port}"
    assert server.seen[0].target == "/a.png?size=1"


def test_an_allowed_server_does_not_open_its_neighbours(server: HostileServer) -> None:
    assert reason_of(f"http://127.0.0.1:{server.port + 1}/", allowed_private=frozenset({server.netloc})) == "port"
    assert reason_of("http://127.0.0.1/", allowed_private=frozenset({server.netloc})) == "address"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1/admin", "address"),
        ("http://169.254.169.254/", "address"),
        ("file:///etc/passwd", "scheme"),
        ("http://10.0.0.1:6379/", "port"),
        ("https://ok@10.0.0.1/", "userinfo"),
        ("//[::1]/", "address"),
    ],
)
def test_a_redirect_is_judged_like_the_first_address(server: HostileServer, location: str, reason: str) -> None:
    server.on["/"] = answer(b"", "302 Found", Location=location)
    with pytest.raises(FetchError) as caught:
        fetch(server)
    assert caught.value.reason == reason


def test_three_redirects_are_followed_and_a_loop_is_not(server: HostileServer) -> None:
    for number in range(3):
        server.on[f"/{number}"] = answer(b"", "302 Found", Location=f"/{number + 1}")
    server.on["/3"] = answer(b"there")
    assert fetch(server, "/0") == b"there"
    server.on["/loop"] = answer(b"", "302 Found", Location="/loop")
    with pytest.raises(FetchError, match="redirects"):
        fetch(server, "/loop")


# -- hostile servers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
)
def test_a_byte_at_a_time_ends_at_the_deadline(server: HostileServer, head: bytes) -> None:
    server.on["/"] = drip(server, head)
    started = time.monotonic()
    with pytest.raises(FetchError) as caught:
        fetch(server, total_timeout=0.8)
    assert (caught.value.reason, caught.value.is_temporary) == ("timeout", True)
    assert time.monotonic() - started < 15


def test_an_endless_body_and_a_gzip_bomb_end_at_the_cap(server: HostileServer) -> None:
    server.on["/endless"] = endless(server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    server.on["/bomb"] = answer(gzip.compress(b"0" * 50 * MEGABYTE), Content_Encoding="gzip")
    for path in ("/endless", "/bomb"):
        with pytest.raises(FetchError, match="too_large"):
            fetch(server, path, total_timeout=60)


def test_other_failures_are_named(server: HostileServer) -> None:
    server.on["/reset"] = reset
    server.on["/hang"] = hang(server)
    server.on["/short"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc")
    server.on["/gzip"] = answer(b"no gzip", Content_Encoding="gzip")
    server.on["/500"] = answer(b"", "500 Oops")
    expected = {"/reset": "connect", "/hang": "timeout", "/short": "connect", "/gzip": "body", "/500": "status"}
    for path, reason in {**expected, "/missing": "status"}.items():
        with pytest.raises(FetchError) as caught:
            fetch(server, path, total_timeout=0.8 if reason == "timeout" else 20)
        assert caught.value.reason == reason, path


def make_certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_the_certificate_has_to_fit_the_name_not_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_certificate(tmp_path, "media.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    names: list[str] = []
    context.sni_callback = lambda sock, name, ctx: names.append(name)

    def wrap(conn: socket.socket) -> socket.socket:
        return context.wrap_socket(conn, server_side=True)

    with hostile_server(wrap) as server:
        server.on["/"] = answer(b"picture")

        def get(name: str) -> bytes:
            return fetch_media(
                f"https://{name}:{server.port}/",
                max_bytes=MEGABYTE,
                allowed_private=frozenset({f"{name}:{server.port}"}),
                resolve=lambda host, port: ["127.0.0.1"],
            ).content

        with pytest.raises(FetchError, match="tls"):  # nobody we trust signed it
            get("media.example")
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert get("media.example") == b"picture"
        with pytest.raises(FetchError, match="tls"):  # signed, for another name
            get("other.example")
        assert names == ["media.example", "media.example", "other.example"]


# -- pictures ----------------------------------------------------------------------------------------------------------


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, format=kind, **options)
    return target.getvalue()


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_becomes_a_webp_of_the_same_size(kind: str) -> None:
    picture = reencode_image(encode(Image.new("RGB", (40, 20), "red"), kind))
    assert (picture.width, picture.height, picture.content_type) == (40, 20, "image/webp")
    assert opened(picture).format == "WEBP"


def test_a_big_picture_is_made_smaller_and_keeps_its_shape() -> None:
    picture = reencode_image(encode(Image.new("RGB", (3000, 1500), "blue"), "JPEG"), max_side=1000)
    assert (picture.width, picture.height) == (1000, 500)


def test_transparency_stays() -> None:
    picture = reencode_image(encode(Image.new("RGBA", (10, 10), (255, 0, 0, 0)), "PNG"))
    assert opened(picture).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_place_and_scripts_in_exif_are_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter
    exif[0x010E] = "<script>alert('exif')</script>"
    exif.get_ifd(0x8825)[2] = (52.0, 5.0, 30.0)
    source = encode(Image.new("RGB", (40, 20), "red"), "JPEG", exif=exif.tobytes(), icc_profile=b"ICC-MARKER" * 50)
    assert b"<script>" in source
    assert b"ICC-MARKER" in source
    picture = reencode_image(source)
    assert (picture.width, picture.height) == (20, 40)
    for marker in (b"<script>", b"ICC-MARKER", b"EXIF", b"Exif", b"ICCP"):
        assert marker not in picture.content
    assert not opened(picture).getexif()


def test_text_in_a_png_and_what_hangs_behind_the_picture_is_gone() -> None:
    info = PngInfo()
    info.add_text("Comment", "HIDDEN-TEXT")
    source = encode(Image.new("RGB", (10, 10)), "PNG", pnginfo=info) + b"PK\x03\x04 HIDDEN-ZIP"
    picture = reencode_image(source)
    assert b"HIDDEN" not in picture.content


def test_a_polyglot_of_gif_and_script_is_only_a_picture_afterwards() -> None:
    source = encode(Image.new("P", (10, 10)), "GIF", comment=b"*/=1;alert(1)/*")
    assert b"alert(1)" in source
    assert b"alert(1)" not in reencode_image(source).content


def test_of_an_animation_the_first_frame_remains() -> None:
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "green", "blue")]
    source = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    result = opened(reencode_image(source))
    assert getattr(result, "n_frames", 1) == 1
    red, green, blue = result.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 200
    assert green < 60
    assert blue < 60


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7 1 0 obj << /JS (app.alert(1)) >>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"GIF87a?=<script>",
        b"\x00" * 100,
        b"BM" + b"\x00" * 60,
        b"II*\x00" + b"\x00" * 60,
    ],
    ids=["empty", "svg", "xml", "html", "pdf", "postscript", "gif only by name", "zeros", "bmp", "tiff"],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content: bytes) -> None:
    with pytest.raises(FetchError) as caught:
        reencode_image(content)
    assert caught.value.reason in {"not_an_image", "broken_image"}


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 10_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [6_000, 12_000, 50_000])
def test_a_decompression_bomb_is_refused_before_it_unfolds(side: int) -> None:
    with pytest.raises(FetchError, match="too_many_pixels"):
        reencode_image(bomb(side, side))


def test_half_a_picture_is_refused() -> None:
    source = encode(Image.effect_noise((200, 200), 50), "JPEG")
    with pytest.raises(FetchError, match="broken_image"):
        reencode_image(source[: len(source) // 2])
