"""The how-to of publishing is true: its nginx file runs in a real nginx, and sends what the how-to promises."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import ROOT, find_program
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sites import headers

HOW_TO = ROOT / "docs" / "how-to" / "xuat-ban-trang.md"
NAME = "chi-so.example.vn"
FILES = {
    "index.html": "trang chủ",
    "404.html": "không có trang",
    "en/404.html": "no such page",
    "en/2024/index.html": "2024",
    "2024/thay-doi.xml": "<feed/>",
    "en/2024/thay-doi.xml": "<feed/>",
    "2024/du-lieu/csv/a.csv": "cột",
    "api/v1/index.json": "{}",
    "assets/site.css": "a {}",
}


def certificate(folder: Path) -> None:
    """Write a key and a certificate of the server's name that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + dt.timedelta(days=36_500))
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Give what asks the nginx of the how-to for an address, by TLS unless told otherwise."""
    program = find_program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    for path, text in FILES.items():
        (folder / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / path).write_text(text, encoding="utf-8")
    certificate(folder)
    told = re.findall(r"```nginx\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    plain, tls = free_ports(2)
    own = told[0].replace("listen 80;", f"listen 127.0.0.1:{plain};")
    own = own.replace("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;")
    own = own.replace("/etc/ssl/chi-so", str(folder)).replace("/srv/chi-so", str(folder / "site"))
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {folder.owner()};\n" if folder.owner() == "root" else ""
    (folder / "mime.types").write_text(MIME, encoding="utf-8")
    (folder / "nginx.conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}"
        f"include mime.types; default_type application/octet-stream;\n{own}}}\n",
        encoding="utf-8",
    )
    server = subprocess.Popen([str(program), "-c", folder / "nginx.conf"], stderr=subprocess.PIPE)
    for _ in range(100):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", tls)) == 0:
                break
        assert server.poll() is None, server.stderr and server.stderr.read().decode()
        time.sleep(0.05)
    context = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
    context.check_hostname = False  # the name leads to this machine only here

    def answer(path: str, *, secure: bool = True) -> Answer:
        line = (
            http.client.HTTPSConnection("127.0.0.1", tls, context=context, timeout=10)
            if secure
            else http.client.HTTPConnection("127.0.0.1", plain, timeout=10)
        )
        with contextlib.closing(line):
            line.request("GET", path, headers={"Host": NAME})
            came = line.getresponse()
            return Answer(came.status, dict(came.getheaders()), came.read().decode())

    yield answer
    server.terminate()
    server.wait(10)
    if server.stderr:
        server.stderr.close()


# The kinds of files that a distribution's own list names, as far as the site has them.
MIME = """types {
    text/html html; text/css css; text/xml xml; text/plain txt; image/svg+xml svg; image/png png; font/woff2 woff2;
    application/javascript js; application/json json; application/zip zip;
}
"""
HTML = "text/html; charset=utf-8"
CASES = [
    ("/", 200, HTML, "trang chủ"),
    ("/khong-co/", 404, HTML, "không có trang"),
    ("/en/khong/co/", 404, HTML, "no such page"),
    ("/.git/config", 404, HTML, "không có trang"),
    ("/2024/thay-doi.xml", 200, "application/atom+xml; charset=utf-8", "<feed/>"),
    ("/en/2024/thay-doi.xml", 200, "application/atom+xml; charset=utf-8", "<feed/>"),
    ("/2024/du-lieu/csv/a.csv", 200, "text/csv; charset=utf-8", "cột"),
    ("/api/v1/index.json", 200, "application/json", "{}"),
    ("/assets/site.css", 200, "text/css; charset=utf-8", "a {}"),
]


@pytest.mark.needs("nginx")
@pytest.mark.parametrize(("path", "status", "kind", "text"), CASES)
def test_every_answer_has_its_kind_its_text_and_all_headers(
    ask: Ask, path: str, status: int, kind: str, text: str
) -> None:
    answer = ask(path)
    told = headers()

    assert (answer.status, answer.headers["Content-Type"], answer.text) == (status, kind, text)
    assert {name: answer.headers.get(name) for name in told} == told
    assert len(told) > 5


@pytest.mark.needs("nginx")
def test_only_open_data_may_be_read_by_other_sites(ask: Ask) -> None:
    allowed = {path: ask(path).headers.get("Access-Control-Allow-Origin") for path, *_ in CASES}

    assert {path for path, origin in allowed.items() if origin} == {"/2024/du-lieu/csv/a.csv", "/api/v1/index.json"}


@pytest.mark.needs("nginx")
def test_plain_requests_and_folders_without_a_slash_are_led_on(ask: Ask) -> None:
    plain, folder = ask("/2024/?sap=a", secure=False), ask("/en/2024")

    assert (plain.status, plain.headers["Location"]) == (301, f"https://{NAME}/2024/?sap=a")
    assert (folder.status, folder.headers["Location"]) == (301, "/en/2024/")


def test_both_examples_of_headers_and_every_page_have_one_policy() -> None:
    told = HOW_TO.read_text(encoding="utf-8")
    block = told.partition("```text\n/*\n")[2].partition("```")[0]
    first = block.partition("\n/")[0]
    flat = dict(re.findall(r"^  ([\w-]+): (.*)$", first, re.MULTILINE))
    settings = re.sub(r"\s+", " ", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    opened = set(re.findall(r"^(/\S+)\n  Access-Control-Allow-Origin: \*$", block, re.MULTILINE))

    assert flat == {name: value for name, value in headers().items() if name != "Access-Control-Allow-Origin"}
    assert flat["Content-Security-Policy"].removesuffix("; frame-ancestors 'none'") in settings
    assert opened == {"/api/*", "/*/du-lieu/*"}
