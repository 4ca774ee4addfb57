"""Post the comment that tells what a pull request changes, or update the one that stands there, on any of three forges.

    python3 .ci/comment.py github|forgejo|gitlab [NUMBER ...]

It may write, so it is started from the main branch, and the program of the main branch tells the difference. Of the
change it takes git objects alone: it runs nothing of it and believes nothing that a job of the change's own workflows
made. Without a number it looks at every open request. Standard library only.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, str(Path(__file__).resolve().parent.parent / "noxfile.py"), "run")
READ = ("data", "schemas")  # what the program reads of a change
MARK = "<!-- parindex: difference "
PAGES = 50  # of a list, a hundred entries each
SECONDS = 600  # for one difference

SOURCE = (
    "Chương trình của nhánh chính (`{base}`) so sánh nội dung của đề nghị (`{head}`), không chạy gì của đề nghị. "
    "Chữ trong `khung` là do người gõ, chưa ai xác nhận.\n"
    "The program of the main branch compared the contents of this request and ran nothing of it. "
    "Text in `frames` is what people typed; nobody has confirmed it."
)
CONFLICT = (
    "**Đề nghị xung đột với nhánh chính.** Dưới đây là thay đổi từ chỗ tách nhánh, chưa phải điều sẽ được nhập.\n"
    "**This request conflicts with the main branch.** Below is what it changed since it parted, not what a merge makes."
)
NOTHING = "Đề nghị không còn thay đổi dữ liệu hay lược đồ.\nThis request does not change data or schemas any more."
FAILED = (
    "**Không so sánh được.** Không có kết luận nào về đề nghị này; lý do ở nhật ký của công việc.\n"
    "**No comparison.** There is no verdict on this request; the job's log says why."
)


@dataclass(frozen=True, slots=True)
class Forge:
    """What differs from forge to forge; `{}` stands for the number of a request."""

    api: str  # what the addresses of the repository begin with
    token: str
    requests: str  # the open requests against the main branch
    number: str  # what such a list calls a request's number
    comments: str  # of a request; of one, with its id behind
    comment: str
    update: str
    head: str  # the ref at which the forge keeps the newest commit of a request
    author: tuple[str, str]  # where a comment says who wrote it
    me: object  # and what stands there in a comment of this job: anybody can type its mark
    fetching: Mapping[str, str]  # the environment in which git may fetch

    def call(self, method: str, what: str, body: str | None = None) -> Any:  # noqa: ANN401 - JSON
        """Ask for something of the repository, as the job's own token may."""
        return asked(method, self.api + what, self.token, body)[0]

    def listed(self, what: str) -> Iterator[dict[str, Any]]:
        """Yield every entry of a list, page by page."""
        address = f"{self.api}{what}{'&' if '?' in what else '?'}per_page=100&limit=100&page="
        for page in range(1, PAGES + 1):
            entries, more = asked("GET", f"{address}{page}", self.token)
            yield from entries
            if not more:
                return


def asked(method: str, address: str, token: str, body: str | None = None) -> tuple[Any, bool]:
    """Return what the forge answers, and whether the list goes on."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps({"body": body}).encode()
    request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310 - the forge's own address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - likewise
        return json.loads(answer.read() or b"null"), 'rel="next"' in answer.headers.get("Link", "")


def github(environment: Mapping[str, str]) -> Forge:
    """Return GitHub, whose jobs write under a name that no person can have."""
    secret = base64.b64encode(f"x-access-token:{environment['GITHUB_TOKEN']}".encode()).decode()
    return Forge(
        api=f"{environment['GITHUB_API_URL']}/repos/{environment['GITHUB_REPOSITORY']}/",
        token=environment["GITHUB_TOKEN"],
        requests="pulls?state=open&base=main",
        number="number",
        comments="issues/{}/comments",
        comment="issues/comments/",
        update="PATCH",
        head="refs/pull/{}/head",
        author=("user", "login"),
        me="github-actions[bot]",
        fetching={
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{environment['GITHUB_SERVER_URL']}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
        },
    )


def forgejo(environment: Mapping[str, str]) -> Forge:
    """Return Forgejo: the addresses and variables of GitHub, but jobs write under a number that no person has."""
    return replace(github(environment), author=("user", "id"), me=-2)


def gitlab(environment: Mapping[str, str]) -> Forge:
    """Return GitLab, where a token of the project writes; the runner itself has told git how to fetch."""
    token = environment["PARINDEX_COMMENT_TOKEN"]
    return Forge(
        api=f"{environment['CI_API_V4_URL']}/projects/{environment['CI_PROJECT_ID']}/",
        token=token,
        requests=f"merge_requests?state=opened&target_branch={environment['CI_DEFAULT_BRANCH']}",
        number="iid",
        comments="merge_requests/{}/notes",
        comment="merge_requests/{}/notes/",
        update="PUT",
        head="refs/merge-requests/{}/head",
        author=("author", "id"),
        me=asked("GET", f"{environment['CI_API_V4_URL']}/user", token)[0]["id"],
        fetching={},
    )


FORGES = {"github": github, "forgejo": forgejo, "gitlab": gitlab}


def main(name: str, *numbers: str) -> int:
    """Comment on the requests of a forge; return 1 where one could not be told or posted."""
    forge = FORGES[name](os.environ)
    failed = False
    for number in map(int, numbers or [request[forge.number] for request in forge.listed(forge.requests)]):
        try:
            said = comment(forge, number)
        except (OSError, subprocess.SubprocessError) as error:
            said = f"{type(error).__name__}: {error}"
            failed = True
        print(f"{number}: {said}", flush=True)
    return int(failed)


def comment(forge: Forge, number: int) -> str:
    """Bring the one comment on a request up to date, and say what was done."""
    git("fetch", "--quiet", "--no-tags", "origin", forge.head.format(number), **forge.fetching)
    base, head = git("rev-parse", "HEAD"), git("rev-parse", "FETCH_HEAD")
    own = [entry for entry in forge.listed(forge.comments.format(number)) if is_own(forge, entry)]
    if own and is_of(own[0]["body"], base, head):
        return "up to date"
    problem = None
    try:
        notices = compared(base, head, always=bool(own))
    except subprocess.SubprocessError as error:  # an old verdict must not stand beside a new change
        problem, notices = error, [FAILED]
    if not notices:
        return "nothing to tell"
    text = "\n\n".join((SOURCE.format(base=base[:12], head=head[:12]), *notices))
    post(forge, number, own, f"{mark(text, base, head)}\n{text}")
    if problem is not None:
        raise problem
    return "commented"


def compared(base: str, head: str, *, always: bool) -> list[str]:
    """Return what there is to say of a change; where it touches nothing that the program reads, only if always."""
    before, after, notices = states(base, head)
    if git("diff", "--name-only", before, after, "--", *READ):
        return [*notices, told(before, after)]
    return [*notices, NOTHING] if always else []


def states(base: str, head: str) -> tuple[str, str, list[str]]:
    """Return the two states to compare, the one before and the one that the merge makes, and what to say of them."""
    parted = git("merge-base", base, head)
    if parted == base:
        return base, head, []
    merge = subprocess.run(
        command("merge-tree", "--write-tree", base, head), capture_output=True, text=True, check=False
    )
    if merge.returncode:
        return parted, head, [CONFLICT]
    who = {f"GIT_{role}_{what}": "parindex" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}
    return base, git("commit-tree", "-p", base, "-p", head, "-m", "merge", merge.stdout.split()[0], **who, **when), []


def told(before: str, after: str) -> str:
    """Return what the program of the main branch says of two states; it gets no token."""
    arguments = ("--repo", str(Path.cwd()), "diff", before, after, "--no-effects", "--format", "markdown")
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_TOKEN")}
    return subprocess.run(
        [*PROGRAM, *arguments], env=environment, stdout=subprocess.PIPE, timeout=SECONDS, encoding="utf-8", check=True
    ).stdout


def git(*arguments: str, **environment: str) -> str:
    """Run git in the main branch's clone and return what it printed."""
    environment = {**os.environ, **environment, "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(command(*arguments), env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout.strip()


def command(*arguments: str) -> list[str]:
    """Return a git command that takes no setting from the contents it looks at."""
    return ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=true", *arguments]


def is_own(forge: Forge, entry: Mapping[str, Any]) -> bool:
    """Tell whether a comment is the one that this program keeps up to date."""
    holder, name = forge.author
    return bool(entry[holder][name] == forge.me) and str(entry["body"]).startswith(MARK)


def is_of(body: str, base: str, head: str) -> bool:
    """Tell whether a comment says what this program wrote of two commits, and nobody has edited it since."""
    first, _, text = body.replace("\r\n", "\n").partition("\n")
    return first == mark(text, base, head)


def mark(text: str, base: str, head: str) -> str:
    """Return the line, shown to nobody, by which this program knows its comment."""
    return f"{MARK}{base} {head} {hashlib.sha256(text.strip().encode()).hexdigest()} -->"


def post(forge: Forge, number: int, own: Sequence[Mapping[str, Any]], body: str) -> None:
    """Write the comment into the first one of its own; runs that met may have left others, which go."""
    if not own:
        forge.call("POST", forge.comments.format(number), body)
        return
    address = forge.comment.format(number)
    forge.call(forge.update, f"{address}{own[0]['id']}", body)
    for entry in own[1:]:
        forge.call("DELETE", f"{address}{entry['id']}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
