"""Three forges in one small server on the loopback: as much of their addresses as `.ci/comment.py` asks for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "the-token-of-this-job"  # noqa: S105 - a stand-in
PAGE = 100

# Who a comment says wrote it: the job itself, and a person.
WRITERS = {
    "github": ({"user": {"login": "github-actions[bot]", "id": 41898282}}, {"user": {"login": "ai-do", "id": 7}}),
    "forgejo": ({"user": {"login": "forgejo-actions", "id": -2}}, {"user": {"login": "ai-do", "id": 7}}),
    "gitlab": ({"author": {"username": "project_1_bot", "id": 99}}, {"author": {"username": "ai-do", "id": 7}}),
}


@dataclass
class StandIn:
    """One forge, what it holds and what it was asked."""

    name: str
    requests: list[int]
    comments: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    def add(self, body: str, *, own: bool = False) -> None:
        """Write a comment, as a person unless it is this job's own."""
        taken = max((entry["id"] for entry in self.comments), default=0)
        self.comments.append({"id": taken + 1, "body": body, **WRITERS[self.name][0 if own else 1]})

    @property
    def own(self) -> list[str]:
        """Return what the job itself has written."""
        return [entry["body"] for entry in self.comments if WRITERS[self.name][0].items() <= entry.items()]

    @property
    def environment(self) -> dict[str, str]:
        """Return what the forge tells its jobs."""
        if self.name == "gitlab":
            return {
                "CI_API_V4_URL": f"{self.address}/api/v4",
                "CI_PROJECT_ID": "12",
                "CI_DEFAULT_BRANCH": "main",
                "PARINDEX_COMMENT_TOKEN": TOKEN,
            }
        return {
            "GITHUB_API_URL": f"{self.address}{'/api/v1' if self.name == 'forgejo' else ''}",
            "GITHUB_SERVER_URL": self.address,
            "GITHUB_REPOSITORY": "co-quan/kho",
            "GITHUB_TOKEN": TOKEN,
        }

    @property
    def paths(self) -> tuple[str, str, str]:
        """Return the addresses of the open requests, of the comments of one, and of one comment."""
        if self.name == "gitlab":
            top = r"/api/v4/projects/12/merge_requests"
            return top, top + r"/\d+/notes", top + r"/\d+/notes/(\d+)"
        top = r"/repos/co-quan/kho" if self.name == "github" else r"/api/v1/repos/co-quan/kho"
        return top + "/pulls", top + r"/issues/\d+/comments", top + r"/issues/comments/(\d+)"

    def answer(self, method: str, path: str, body: Any) -> list[dict[str, Any]] | dict[str, Any] | None:
        """Do what is asked for, and return what the forge says; None for an address it does not know."""
        requests, comments, comment = self.paths
        if method != "GET":
            self.changed.append((method, path))
        if (method, path) == ("GET", "/api/v4/user") and self.name == "gitlab":
            return {"id": 99}
        if method == "GET" and path == requests:
            return [{"iid" if self.name == "gitlab" else "number": number} for number in self.requests]
        if method == "GET" and re.fullmatch(comments, path):
            return self.comments
        if method == "POST" and re.fullmatch(comments, path):
            self.add(body["body"], own=True)
            return self.comments[-1]
        one = re.fullmatch(comment, path)
        if one is None or method not in {"PUT" if self.name == "gitlab" else "PATCH", "DELETE"}:
            return None
        known = next(entry for entry in self.comments if entry["id"] == int(one[1]))
        if method == "DELETE":
            self.comments.remove(known)
        else:
            known["body"] = body["body"]
        return known


@contextmanager
def served(name: str, *requests: int) -> Iterator[StandIn]:
    """Serve a forge with these open requests."""
    forge = StandIn(name, list(requests))

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            known = self.headers["Authorization"] == f"Bearer {TOKEN}"
            found = forge.answer(self.command, path, body) if known else None
            self.send_response(200 if found is not None else 404)
            if isinstance(found, list):
                page = int(re.search(r"(?<![_\w])page=(\d+)", query)[1])  # type: ignore[index]
                if len(found) > page * PAGE:
                    self.send_header("Link", f'<{self.path}>; rel="next", <x>; rel="last"')
                found = found[(page - 1) * PAGE : page * PAGE]
            self.end_headers()
            if self.command != "DELETE":
                self.wfile.write(json.dumps(found).encode())

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that the server looks for

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
