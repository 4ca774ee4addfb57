"""The comment on a pull request: one, kept up to date, and inert whatever its text says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

import comment

HEAD = "a" * 40


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("| 1.1 | 2 → 1 |", "| 1.1 | 2 → 1 |"),
        (
            "<details><summary>Thêm</summary>\n\nx<br>\n</details>",
            "<details><summary>Thêm</summary>\n\nx<br>\n</details>",
        ),
        ("@admin", "&#64;admin"),
        ("sửa #12, kho/khac#3", "sửa &#35;12, kho/khac&#35;3"),
        ("&#64; stays", "&#64; stays"),
        ("[x](javascript:1)", "[x]&#40;javascript:1)"),
        ("![x](http://a.example)", "![x]&#40;http&#58;//a.example)"),
        ("[x]: http://a.example", "[x]&#58; http&#58;//a.example"),
        ("www.a.example", "www&#46;a.example"),
        ('<img src=x onerror="1"><!-- x --><details open>', '&lt;img src=x onerror="1">&lt;!-- x -->&lt;details open>'),
        ("a\x00b\u202ec\u200bd\r", "abcd"),
    ],
)
def test_a_hostile_text_only_shows(hostile: str, shown: str) -> None:
    assert comment.inert(hostile) == shown


def test_a_text_without_end_is_cut() -> None:
    assert len(comment.inert("@" * 10 * comment.MOST)) == comment.MOST


class Forge(BaseHTTPRequestHandler):
    """A forge with two open pull requests, of which one stands at HEAD."""

    comments: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append(("GET", self.path))
        if "pulls?" in self.path:
            self.answer([{"number": 7, "head": {"sha": HEAD}}, {"number": 8, "head": {"sha": "b" * 40}}])
        else:
            self.answer(self.comments)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.command, self.path))
        if self.command == "PATCH":
            known = next(entry for entry in self.comments if self.path.endswith(f"/{entry['id']}"))
            known["body"] = body["body"]
        else:
            self.comments.append({"id": len(self.comments) + 1, "user": {"type": "Bot"}, **body})
        self.answer({})

    do_PATCH = do_POST  # noqa: N815 - the name that the server looks for

    def answer(self, what: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Forge]]:
    Forge.comments.clear()
    Forge.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Forge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "GITHUB_REPOSITORY": "co-quan/kho",
        "GITHUB_TOKEN": "x",
        "HEAD_SHA": HEAD,
    }.items():
        monkeypatch.setenv(name, value)
    yield Forge
    server.shutdown()
    server.server_close()


def write(folder: Path, text: str) -> Path:
    path = folder / "comment.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_comment_is_posted_and_then_updated(forge: type[Forge], tmp_path: Path) -> None:
    comment.main(write(tmp_path, "Một @x"))
    comment.main(write(tmp_path, "Hai"))

    assert [entry["body"] for entry in forge.comments] == [f"{comment.MARK}\nHai"]
    assert [asked for asked in forge.asked if asked[0] != "GET"] == [
        ("POST", "/repos/co-quan/kho/issues/7/comments"),
        ("PATCH", "/repos/co-quan/kho/issues/comments/1"),
    ]


def test_a_comment_that_a_person_marked_is_left_alone(forge: type[Forge], tmp_path: Path) -> None:
    forge.comments.append({"id": 1, "user": {"type": "User"}, "body": f"{comment.MARK}\nCủa tôi"})
    comment.main(write(tmp_path, "Một"))

    assert [entry["body"] for entry in forge.comments] == [f"{comment.MARK}\n{text}" for text in ("Của tôi", "Một")]


def test_nothing_is_posted_where_no_open_pull_request_stands_at_the_commit(
    forge: type[Forge], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEAD_SHA", "c" * 40)
    comment.main(write(tmp_path, "pull request 7"))

    assert forge.comments == []
