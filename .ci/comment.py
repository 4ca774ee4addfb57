"""Post the comment on a pull request, or update the one that stands there. Runs with a right to write.

The text comes from a job that ran for somebody else's change: whatever it says, it is made inert before it is posted.
The pull request is found by the commit that the forge names, never by what the text says. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "<!-- parindex: difference -->"
MOST = 60_000  # characters; the forge takes 65,536
TAGS = re.compile(r"<(?!/?(?:details|summary|br)>)")
PAGES = 20  # of open pull requests, a hundred each


def inert(text: str) -> str:
    """Return a Markdown text that shows, and does nothing: no link, image, mention, reference or tag of its own."""
    kept = "".join(
        letter for letter in text[:MOST] if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cf"}
    )
    kept = TAGS.sub("&lt;", kept)
    for mark, code in (("@", "&#64;"), ("](", "]&#40;"), ("]:", "]&#58;"), ("://", "&#58;//"), ("www.", "www&#46;")):
        kept = kept.replace(mark, code)
    return re.sub(r"(?<!&)#(?=\d)|(?<=\w)#(?=\d)", "&#35;", kept)[:MOST]


def main(path: Path) -> int:
    """Post what a file says, and return 0; say nothing where no open pull request stands at the commit."""
    sha = os.environ["HEAD_SHA"]
    text = inert(path.read_bytes()[: 4 * MOST].decode("utf-8", "replace"))
    numbers = [request["number"] for request in listed("pulls?state=open&") if request["head"]["sha"] == sha]
    for number in numbers:
        body = {"body": f"{MARK}\n{text}"}
        own = (comment for comment in listed(f"issues/{number}/comments?") if is_own(comment))
        known = next((comment["id"] for comment in own), None)
        if known is None:
            call("POST", f"issues/{number}/comments", body)
        else:
            call("PATCH", f"issues/comments/{known}", body)
        print(f"commented on {number}")
    return 0


def is_own(comment: dict[str, Any]) -> bool:
    """Tell whether a comment is the one that this program keeps up to date: anybody can type the mark."""
    return str(comment["user"]["type"]) == "Bot" and str(comment["body"]).startswith(MARK)


def listed(what: str) -> Iterator[dict[str, Any]]:
    """Yield every entry of a list, page by page."""
    for page in range(1, PAGES + 1):
        entries = call("GET", f"{what}per_page=100&page={page}")
        yield from entries
        if len(entries) < 100:
            return


def call(method: str, what: str, body: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Ask the forge, as the job's own token may, and return the entries that it answers with."""
    address = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{what}"
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - the forge's own address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
        found = json.load(answer)
    return found if isinstance(found, list) else [found]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
