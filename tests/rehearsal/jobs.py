"""A small runner of the workflow files: what they say is done in their order, with the environment that they ask for.

It knows as much of three forges as our files use. The commands are theirs, word for word; what stands in for something
is the runner's own world: an action that checks out or sets Python up is done by git and by the Python that runs the
tests, and `python3 noxfile.py SESSION` runs the commands of the session without an environment of its own, by the
program that lies beside that noxfile, which is loaded once where it is that of the main branch (`forked`). Jobs that
prove the code (this very suite) or build its documents are left out.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from conftest import Outcome
from forges import TOKEN, StandIn
from forked import loaded

LEFT_OUT = ("tests", "lowest", "documents")
_PYTHON = """\
#!/bin/bash
# Stands in for python3: sessions of a noxfile run without an environment of their own.
set -e
case "$1" in *noxfile.py)
  cd "$(dirname "$1")"
  session=$2; shift 2
  tree=$(git rev-parse HEAD:pipeline)
  [ -d "{cache}/$tree" ] || {{ mkdir -p "{cache}/$tree"; git archive HEAD pipeline | tar -x -C "{cache}/$tree"; }}
  export PYTHONPATH="{cache}/$tree"
  parindex="{cache}/$tree/parindex"
  [ -x "$parindex" ] || parindex="{python} -m pipeline"
  case "$session" in
    run) exec $parindex "$@";;
    check) exec $parindex check "$@";;
    site) $parindex check; $parindex score; exec $parindex site "$@";;
    *) echo "no session $session"; exit 2;;
  esac;;
esac
PYTHONPATH="{here}" exec "{python}" "$@"
"""
_ITSELF = "import os, sys\nsys.executable = os.environ['RUNNER_PYTHON']\n"


Prepared: TypeAlias = "tuple[str, Path, Mapping[str, str]]"  # commands, where they run, in which environment


@dataclass(frozen=True, slots=True)
class Event:
    """What happened on a forge: a request was opened or changed, or the clock struck."""

    name: str  # pull_request, pull_request_target, schedule
    number: int
    base: str  # commits
    head: str


@dataclass
class Runner:
    """One forge's runner."""

    forge: StandIn
    bare: Path  # the forge's repository
    folder: Path  # where it works
    founding: str = ""

    @property
    def python(self) -> Path:
        """Return what stands in for python3, made at the first call."""
        here = self.folder / "bin"
        path = here / "python3"
        if not path.exists():
            here.mkdir(parents=True)
            made = _PYTHON.format(python=sys.executable, here=here, cache=_programs(self.bare))
            path.write_text(made, encoding="utf-8")
            path.chmod(0o755)
            (here / "sitecustomize.py").write_text(_ITSELF, encoding="utf-8")
        return path

    def runs(self, event: Event, *, leave_out: tuple[str, ...] = LEFT_OUT) -> Mapping[str, Outcome]:
        """Run every job that an event starts, and return how each ended."""
        jobs = self._gitlab(event) if self.forge.name == "gitlab" else self._github(event)
        return {name: self._types(*prepared()) for name, prepared in jobs if name not in leave_out}

    def _types(self, script: str, place: Path, environment: Mapping[str, str]) -> Outcome:
        own = {
            "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "RUNNER_PYTHON": str(self.python),
            "TMPDIR": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI": "true",
        }
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=place,
            env={**own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.bare, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"git {shlex.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def _file(self, commit: str, path: str) -> Any:
        return yaml.load(self._git("show", f"{commit}:{path}"), _Loader)  # noqa: S506 - a safe one

    def _checked_out(self, name: str, ref: str, *, whole: bool) -> Path:
        """Check a commit out into a folder, alone or with all branches and tags."""
        place = self.folder / name
        if not (place / ".git").exists():
            self._git("init", "--quiet", str(place))
            self._git("remote", "add", "origin", f"file://{self.bare}", at=place)
        how, names = ("--tags", ["+refs/heads/*:refs/remotes/origin/*"]) if whole else ("--depth=1", [])
        self._git("fetch", "--quiet", how, "origin", ref, *names, at=place)
        self._git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD", at=place)  # which begins with `ref`
        self._git("clean", "-ffdxq", at=place)
        return place

    # --- GitHub, and Forgejo, which follows it ---

    def _github(self, event: Event) -> Iterator[tuple[str, Callable[[], Prepared]]]:
        """Yield the jobs of all workflow files that an event starts, one after the other, each checked out."""
        folder = f".{self.forge.name}/workflows"
        forgejo = self.forge.name == "forgejo"
        ref = f"refs/pull/{event.number}/{'head' if forgejo else 'merge'}"
        trusted = event.name == "pull_request_target"  # which takes its file, and what it checks out, from the base
        source = event.base if trusted else ref
        known = {
            "github.event.pull_request.base.sha": event.base,
            "github.event.pull_request.head.sha": event.head,
            "github.event.pull_request.number": str(event.number),
            "github.token": TOKEN,
            "vars.PARINDEX_FOUNDING": self.founding,
        }
        for path in self._git("ls-tree", "--name-only", source, f"{folder}/").splitlines():
            workflow = self._file(source, path)
            trigger = workflow["on"]
            if event.name not in trigger or not self._concerns(trigger[event.name] or {}, event):
                continue
            for name, job in workflow["jobs"].items():
                place = self.folder / f"{workflow['name']}-{name}"
                yield name, partial(self._steps, job, place, known, own=event.base if trusted else ref)

    def _steps(self, job: Mapping[str, Any], place: Path, known: Mapping[str, str], *, own: str) -> Prepared:
        """Do the actions of a job, and return its commands, where they run and in which environment."""
        place.mkdir(parents=True, exist_ok=True)
        commands: list[str] = []
        environment = {name: value for name, value in self.forge.environment.items() if value != TOKEN}
        at = place
        for step in job["steps"]:
            given = {key: filled(str(value), known) for key, value in step.get("with", {}).items()}
            if "actions/checkout@" in step.get("uses", ""):
                whole = given.get("fetch-depth") == "0"
                named = given.get("path", ".")
                at = self._checked_out(f"{place.name}/{named}", given.get("ref", own), whole=whole)
                at = place if named != "." else at
            commands += [step["run"]] if "run" in step else []
            environment |= {key: filled(str(value), known) for key, value in step.get("env", {}).items()}
        return "\n".join(commands), at, environment

    def _concerns(self, trigger: Mapping[str, Any], event: Event) -> bool:
        """Tell whether a trigger's branches and paths fit a request."""
        return "main" in trigger.get("branches", ["main"]) and self._changes(trigger.get("paths"), event)

    def _changes(self, patterns: list[str] | None, event: Event) -> bool:
        changed = self._git("diff", "--name-only", f"{event.base}...{event.head}").splitlines()
        tops = tuple(pattern.partition("*")[0] for pattern in patterns or [])
        return patterns is None or any(path.startswith(tops) for path in changed)

    # --- GitLab ---

    def _gitlab(self, event: Event) -> Iterator[tuple[str, Callable[[], Prepared]]]:
        """Yield the jobs of a pipeline; that of a merge request takes its file from the request."""
        scheduled = event.name == "schedule"
        commit = event.base if scheduled else event.head
        environment = {
            "CI_PIPELINE_SOURCE": "schedule" if scheduled else "merge_request_event",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": commit,
            "PARINDEX_FOUNDING": self.founding,
            **({"CI_COMMIT_BRANCH": "main"} if scheduled else {}),
        }
        secrets = {name: value for name, value in self.forge.environment.items() if scheduled or value != TOKEN}
        file = self._file(commit, ".gitlab-ci.yml")
        if not self._fits(file["workflow"]["rules"], environment, event):
            return
        for name, job in file.items():
            if isinstance(job, dict) and "script" in job and self._fits(job["rules"], environment, event):
                yield name, partial(self._scripted, name, job["script"], commit, {**environment, **secrets})

    def _scripted(self, name: str, script: list[str], commit: str, environment: Mapping[str, str]) -> Prepared:
        place = self._checked_out(name, commit, whole=True)
        return "\n".join(script), place, {**environment, "CI_PROJECT_DIR": str(place)}

    def _fits(self, rules: list[dict[str, Any]], environment: Mapping[str, str], event: Event) -> bool:
        """Tell whether a job or pipeline is started by one of its rules."""
        return any(
            all(_holds(part, environment) for part in rule["if"].split(" && "))
            and self._changes(rule.get("changes"), event)
            for rule in rules
        )


def _programs(bare: Path) -> Path:
    """Return where the programs that a forge's jobs run lie, each under the id of its folder."""
    return bare.parent / "programs"


@contextmanager
def known(bare: Path, commit: str) -> Iterator[None]:
    """Have the program of a commit loaded once for all jobs that run it; any other is started anew each time."""
    git = ["git", "-C", str(bare)]
    tree = subprocess.run([*git, "rev-parse", f"{commit}:pipeline"], capture_output=True, encoding="utf-8", check=True)
    folder = _programs(bare) / tree.stdout.strip()
    folder.mkdir(parents=True)
    files = subprocess.run([*git, "archive", commit, "pipeline"], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=files.stdout, check=True)
    with loaded(folder) as command:
        (folder / "parindex").symlink_to(command)
        yield


class _Loader(yaml.SafeLoader):
    """Reads `on:` as the word that it is."""


_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def filled(text: str, known: Mapping[str, str]) -> str:
    """Return a text of a workflow with its expressions filled in; an unknown one is a mistake of ours."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], text)


def _holds(condition: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a condition of GitLab holds: two words, each a variable or a text, equal or not."""
    left, sign, right = condition.split(" ")
    values = [environment.get(word[1:], "") if word[0] == "$" else word.strip('"') for word in (left, right)]
    return (values[0] == values[1]) == (sign == "==")
