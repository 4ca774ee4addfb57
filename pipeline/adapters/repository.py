"""The git repository: files of a commit or of the working tree, and who last changed a line. Alone runs git.

Opens local repositories only. Every call runs without system or global configuration, prompts, replace refs or optional
locks, and the form of a typed revision is checked before git gets it. One process, begun when an object is first asked
for, gives all of them. GitPython tells who changed a line; it is loaded then, which takes longer than most questions.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from subprocess import PIPE, CalledProcessError, Popen, run
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Final, Literal, NamedTuple
from weakref import finalize

from pipeline.core.ground.problems import ParindexError, system_reason
from pipeline.core.record.authorship import DataCommit
from pipeline.core.rounds.chronicle import Chronicle, Edge
from pipeline.core.rounds.commits import (
    EMPTY_TREE,
    EXECUTABLE_MODE,
    LOG_FORMAT,
    NOTHING,
    PLAIN_MODE,
    PLAIN_MODES,
    Commit,
    Touch,
    TreePair,
    is_id,
    moment,
    parse_commit,
    parse_differences,
    parse_log,
    parse_merges,
)

# What a repository's own configuration may not change: what a merge is, what history is, what runs beside git, and how
# long (in milliseconds) one waits for another who moves the same name.
_SETTINGS = {
    "advice.graftFileDeprecated": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.checkStat": "default",
    "core.commitGraph": "false",
    "core.filesRefLockTimeout": "10000",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.ignoreCase": "false",
    "core.symlinks": "true",
    "core.trustctime": "true",
    "core.untrackedCache": "false",
    "diff.algorithm": "histogram",
    "merge.directoryRenames": "conflict",
    "merge.renames": "true",
    "merge.renormalize": "false",
}
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    **{f"GIT_CONFIG_KEY_{at}": name for at, name in enumerate(_SETTINGS)},
    **{f"GIT_CONFIG_VALUE_{at}": value for at, value in enumerate(_SETTINGS.values())},
    "GIT_ATTR_SOURCE": EMPTY_TREE,
    "GIT_FLUSH": "0",  # nobody waits for single lines of a list
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./@^~{}+-]{0,199}", re.ASCII)
# What git lists of a file that it compares as any other: no `assume-unchanged`, no submodule, no open conflict.
_UNWATCHED: Final = re.compile(rb"(?:^|\0)(?!H 1(?:00644|00755|20000) [0-9a-f]+ 0\t)(?!$)")
_BLOBS: Final = 1000  # files that git is asked for at once, few enough for memory


@contextmanager
def _readable() -> Iterator[None]:
    """Say one clear line where a repository is damaged: git, its object store and the disk name that in many ways."""
    try:
        yield
    except CalledProcessError as error:
        raise ParindexError("broken-repository", detail=_first_line(error)) from error
    except (ImportError, OSError, ValueError) as error:  # as where git is not found, or died and closed a pipe
        raise ParindexError("broken-repository", detail=" ".join(str(error).split())[:200]) from error


@contextmanager
def _writable() -> Iterator[None]:
    """Say one clear line where a repository cannot be written: it may be read-only, or its disk full."""
    try:
        yield
    except CalledProcessError as error:
        raise ParindexError("cannot-write", path=".git", detail=_first_line(error)) from error
    except OSError as error:
        path = str(error.filename or ".git")
        raise ParindexError("cannot-write", path=path, detail=system_reason(error)) from error


class _Objects:
    """The process of git that gives objects: as many as it is asked for at once, for as long as somebody asks."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        line = ("git", "cat-file", "--batch-command", "--buffer")
        self._said = TemporaryFile()  # noqa: SIM115 - it goes with the process
        process = Popen(line, cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=self._said)  # noqa: S603 - no shell
        finalize(self, _end, process, self._said)
        self._ends: Any = process.stdin, process.stdout

    def told(self, question: Literal["info", "contents"], names: Sequence[str]) -> dict[str, tuple[str, int, bytes]]:
        """Return id and size of the objects that exist, by name; where their contents are asked for, also the bytes."""
        asked, told = self._ends
        asked.write("".join([*(f"{question} {name}\n" for name in names), "flush\n"]).encode())
        asked.flush()
        found: dict[str, tuple[str, int, bytes]] = {}
        for name in names:
            line = told.readline()
            size = line.split(b" ")[-1].strip()
            if size.isdigit():  # else it says why there is none
                id_, line = line[:40].decode(), line if question == "info" else told.read(int(size) + 1)
                found[name] = id_, int(size), line[:-1]
            if not line.endswith(b"\n"):  # the process ended
                self._said.seek(0)
                raise OSError(next(iter(self._said.read().decode("utf-8", "replace").splitlines()), name))
        return found


def _end(process: Popen[bytes], said: IO[bytes]) -> None:
    with suppress(OSError), said, process:  # whose input is closed, after which it ends
        pass


class _Git:
    """Git in a folder: a process for each question, and one that stays for objects."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self.environment = folder, environment

    def said(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Return what git says to a command, without the end of the last line."""
        told = self.fed(b"", *arguments, environment=environment)
        return told.decode("utf-8", "surrogateescape").removesuffix("\n")

    def listed(self, *arguments: str) -> Iterator[tuple[str, list[str]]]:
        """Yield what stands in the trees that `ls-tree` is asked for: path, and mode, kind and id."""
        entries = self.said("ls-tree", "-z", "--full-tree", *arguments).split("\0")
        heads = (entry.partition("\t") for entry in entries if entry)
        yield from ((path, head.split(" ")) for head, _, path in heads)

    def fed(self, data: bytes, *arguments: str, environment: Mapping[str, str] | None = None) -> bytes:
        """Return what git says to a command that reads what it is given."""
        made = {**os.environ, **self.environment, **(environment or {})}
        line = ("git", *arguments)
        return run(line, cwd=self._folder, env=made, input=data, capture_output=True, check=True).stdout  # noqa: S603 - no shell

    def told(self, *arguments: str) -> str | None:
        """Return what git says to a command, None where it says nothing or that it found nothing."""
        with suppress(CalledProcessError):
            return self.said(*arguments) or None
        return None

    @cached_property
    @_readable()
    def facts(self) -> list[str]:
        """Return the folder that all work trees share, whether history was left out, and the format of ids."""
        return self.said("rev-parse", "--git-common-dir", "--is-shallow-repository", "--show-object-format").split("\n")

    @cached_property
    def _objects(self) -> _Objects:
        return _Objects(self._folder, {**os.environ, **self.environment})

    @_readable()
    def objects(self, question: Literal["info", "contents"], names: Iterable[str]) -> dict[str, tuple[str, int, bytes]]:
        """Return id and size of the objects that exist, by name; where their contents are asked for, also the bytes.

        A name that is no whole line is none: its rest would be another question.
        """
        try:
            return self._objects.told(question, [name for name in dict.fromkeys(names) if name.splitlines() == [name]])
        except BaseException:  # what comes next would be the answer to this question
            self.__dict__.pop("_objects", None)
            raise


@dataclass(frozen=True, slots=True)
class File:
    """One file: its bytes and the id git gives them; `plain` is False for a symbolic link or a submodule."""

    path: str
    data: bytes
    blob: str
    plain: bool = True


class Entry(NamedTuple):
    """A file without its bytes: the id that git gives them, and whether it is no link or submodule."""

    blob: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Which files stand under some folders; all else as in a `Tree`."""

    entries: Mapping[str, Entry]
    commit: str | None
    day: str | None
    stamp: int | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Files under some folders, of a commit or of the working tree; `commit` is None where they are not committed."""

    files: Mapping[str, File]
    commit: str | None
    day: str | None  # the committer's date of the commit read, or of HEAD; local to the city
    stamp: int | None  # the same in seconds since 1970, for builds that must not read the clock

    def with_files(self, contents: Mapping[str, bytes]) -> Tree:
        """Return the tree as if files stood there with these bytes, which no commit holds."""
        made = {path: File(path, data, blob_id(data)) for path, data in contents.items()}
        return replace(self, files={**self.files, **made}, commit=None)


@dataclass(frozen=True, slots=True)
class Difference:
    """One path whose content is not the same in two states; None where the file does not exist."""

    path: str
    before: File | None
    after: File | None


@dataclass(slots=True)
class Repository:
    """A local repository; opened by `open_repository`."""

    root: Path
    git: _Git | None
    _blame: dict[tuple[str | None, str], Mapping[int, str]] = field(default_factory=dict)
    _sizes: dict[str, tuple[str, int] | None] = field(default_factory=dict)  # of names that stay what they are
    _data: dict[str, bytes] = field(default_factory=dict)  # of objects that were foreseen
    _commits: dict[str, Commit] = field(default_factory=dict)  # what was asked of git before
    _differences: dict[TreePair, tuple[Touch, ...]] = field(default_factory=dict)
    _strays: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def _git(self) -> _Git:
        if self.git is None:
            raise ParindexError("no-repository", path=str(self.root))
        return self.git

    @_readable()
    def tree(self, revision: str | None, *folders: str) -> Tree:
        """Read the files under some folders from a revision, or from the working tree where it is None."""
        listing = self._listing(revision, folders)
        files = self.files(listing.entries, committed=listing.commit is not None)
        return Tree(files, listing.commit, listing.day, listing.stamp)

    @_readable()
    def listing(self, revision: str | None, *folders: str) -> Listing:
        """List the files under some folders of a revision, or of the working tree where it is None."""
        return self._listing(revision, folders)

    @_readable()
    def files(self, entries: Mapping[str, Entry], *, committed: bool) -> Mapping[str, File]:
        """Return listed files with their bytes; what git does not hold stands in the working tree, or is lost."""
        found: dict[str, File] = {}
        listed = list(entries.items())
        for start in range(0, len(listed), _BLOBS):
            run = listed[start : start + _BLOBS]
            data = self.objects(entry.blob for _, entry in run if entry.plain) if self.git is not None else {}
            for path, entry in run:
                if not entry.plain or entry.blob in data:
                    found[path] = File(path, data.get(entry.blob, b""), entry.blob, entry.plain)
                elif committed:
                    raise ParindexError("broken-repository", detail=path)
                else:
                    found |= {file.path: file for file in self._walk(self.root / path)}
        return found

    def unchanged(self, *folders: str) -> str | None:
        """Return the commit that the working tree is as, under some folders; None where it is not, or nobody knows."""
        return self._head() if self._changed(folders) == [] else None

    def _changed(self, folders: Iterable[str]) -> list[str] | None:
        """Return the paths on which the working tree is not as HEAD, by what git remembers of it.

        None where git does not tell: no commit, no work tree, or files that it was told not to look at.
        """
        if self._head() is None:
            return None
        here = {"GIT_WORK_TREE": str(self.root)}
        options = ("--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames", "--")
        with suppress(CalledProcessError):
            listed = self._git.fed(b"", "ls-files", "-v", "-s", "-z", "--", *folders, environment=here)
            told = self._git.said("status", *options, *folders, environment=here)
            if not _UNWATCHED.search(listed):
                return [entry[3:].rstrip("/") for entry in told.split("\0") if entry]
        return None

    def trees(self, commit: str, *folders: str) -> Mapping[str, str]:
        """Return the ids of some folders of a commit, by their paths; one that does not exist is left out."""
        told = self._git.objects("info", (f"{commit}:{folder}" for folder in folders))
        return {name.partition(":")[2]: id_ for name, (id_, _, line) in told.items() if b" tree " in line}

    @_readable()
    def dated(self, commit: str) -> Listing:
        """Return the listing of a commit without its files."""
        stamp = self._stamp(commit)
        return Listing({}, commit, moment(stamp).day, stamp)

    @_readable()
    def inside(self, commit: str | None, *folders: str) -> Mapping[str, bool]:
        """Return the paths of what stands in some folders of a commit, or of the working tree: which are folders."""
        if commit is None:
            found = ((folder, entry) for folder in folders for entry in self._in(folder))
            return {f"{folder}{entry.name}": entry.is_dir(follow_symlinks=False) for folder, entry in found}
        return {path: kind == "tree" for path, (_, kind, _) in self._git.listed(commit, "--", *folders)}

    def _listing(self, revision: str | None, folders: tuple[str, ...]) -> Listing:
        """Return a revision's listing, or that of what stands in the working tree, with the commit that is the same."""
        commit = self._head() if revision is None else self.resolve(revision)
        if commit is None:
            return Listing(self._walked(folders), None, None, None)
        entries = self._committed(commit, folders)
        there = entries if revision is not None else self._there(entries, folders)
        stamp = self._stamp(commit)
        return Listing(there, commit if there == entries else None, moment(stamp).day, stamp)

    def _there(self, committed: Mapping[str, Entry], folders: tuple[str, ...]) -> Mapping[str, Entry]:
        """Return what stands in the working tree, given what is committed; what git says is the same is not read."""
        changed = self._changed(folders)
        if changed is None:
            return self._walked(folders)
        kept = set(committed).difference(changed)
        return {path: committed[path] for path in committed if path in kept} | self._walked(changed)

    def _walked(self, paths: Iterable[str]) -> dict[str, Entry]:
        found = (file for path in paths if self._is_below(path) for file in self._walk(self.root / path))
        return {file.path: Entry(file.blob, file.plain) for file in found}

    def resolve(self, revision: str) -> str:
        """Return the commit id of a revision that someone typed."""
        if not _REVISION.fullmatch(revision):
            raise ParindexError("bad-revision", revision=revision[:60])
        found = None
        with suppress(ParindexError):  # git ends where a log is too short, or a branch follows none
            found = self.commit_of(revision)
        if found is None:
            known = "unknown-revision" if self.git is None or not self.is_incomplete() else "revision-left-out"
            raise ParindexError(known, revision=revision[:60])
        return found

    @_readable()
    def differences(self, base: str, head: str | None, *folders: str) -> tuple[Difference, ...]:
        """Return the paths that differ between a revision and another, or the working tree where that is None."""
        unlike = self.unlike(base, head, *folders)
        olds, news = ({path: side for path, sides in unlike.items() if (side := sides[at])} for at in (0, 1))
        before, after = self.files(olds, committed=True), self.files(news, committed=head is not None)
        return tuple(Difference(path, before.get(path), after.get(path)) for path in unlike)

    @_readable()
    def unlike(self, base: str, head: str | None, *folders: str) -> Mapping[str, tuple[Entry | None, Entry | None]]:
        """Return what stands before and after on each path that differs, in their order, arguments as above.

        Git finds the paths by comparing trees; no file is read from commits.
        """
        old = self.resolve(base)
        if head is None:
            before: Mapping[str, Entry] = self._committed(old, folders)
            after: Mapping[str, Entry] = self._listing(None, folders).entries
        else:
            touches = self._touches(old, self.resolve(head), folders)
            before = {at.path: Entry(at.before, at.before_mode in PLAIN_MODES) for at in touches if at.before}
            after = {at.path: Entry(at.after, at.after_mode in PLAIN_MODES) for at in touches if at.after}
        pairs = {path: (before.get(path), after.get(path)) for path in sorted({**before, **after})}
        links = {path for path, sides in pairs.items() if not any(side is None or side.plain for side in sides)}
        known = pairs.keys() - (links if head is None else ())  # of a link the working tree gives no id
        return {path: sides for path, sides in pairs.items() if path in known and sides[0] != sides[1]}

    def _touches(self, old: str, new: str, folders: Iterable[str]) -> list[Touch]:
        commits = self.commits([old, new])
        pair = commits[old].tree, commits[new].tree
        return [touch for touch in self.tree_differences([pair])[pair] if touch.path.partition("/")[0] in folders]

    def _committed(self, commit: str, folders: tuple[str, ...]) -> dict[str, Entry]:
        listed = self._git.listed("-r", commit, "--", *folders)
        return {path: Entry(blob, mode in PLAIN_MODES) for path, (mode, _, blob) in listed}

    def _stamp(self, commit: str) -> int:
        known = self.commits([commit])[commit]
        if known.sound:
            return known.committer.at.stamp
        told = ("--max-count=1", "--no-commit-header", "--format=%ct")  # to show a commit costs comparing its trees
        return int(self._git.said("rev-list", *told, "--end-of-options", commit))

    def _head(self) -> str | None:
        return None if self.git is None else self.commit_of("HEAD")

    def _is_below(self, path: str) -> bool:
        """Tell whether every folder above a path of the working tree is one: no link leads out of it."""
        parts = [self.root.joinpath(*path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        return all(part.is_dir() and not part.is_symlink() for part in parts)

    def _in(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what stands in a folder of the working tree, nothing where a link leads there."""
        if not self._is_below(folder):
            return []
        with os.scandir(self.root / folder) as found:
            return sorted(found, key=lambda entry: entry.name)

    def _walk(self, place: Path) -> Iterator[File]:
        """Yield the file at a place, or those below it; nothing where there is nothing."""
        try:
            mode = place.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        path = place.relative_to(self.root).as_posix()
        if stat.S_ISDIR(mode):
            for entry in sorted(place.iterdir()):
                yield from self._walk(entry)
        elif stat.S_ISREG(mode):
            data = place.read_bytes()
            yield File(path, data, blob_id(data))
        else:
            yield File(path, b"", "", plain=False)

    @_readable()
    def last_change(self, revision: str | None, path: str, line: int) -> str | None:
        """Return the commit that last changed a line of a file; None where none did, as in the working tree."""
        if self.git is None or (revision or self._head()) is None:
            return None
        if (revision, path) not in self._blame:
            self._blame[revision, path] = self._blamed(revision, path)
        return self._blame[revision, path].get(line)

    def _blamed(self, commit: str | None, path: str) -> Mapping[int, str]:
        """Return by lines the commits that last changed them."""
        from git import GitCommandError, Repo  # noqa: PLC0415 - see the top

        with Repo(self.root, expand_vars=False) as library, suppress(GitCommandError):  # no such file
            library.git.update_environment(**self._git.environment, GIT_WORK_TREE=str(self.root))
            bare = {"ignore_revs_file": ""}  # no list of commits to pass over, not even that of a setting
            found = library.blame_incremental(commit, path, allow_unsafe_options=True, **bare)
            lines = {line: entry.commit.hexsha for entry in found for line in entry.linenos}
            return {line: by for line, by in lines.items() if by != NOTHING}
        return {}

    @_readable()
    def history(self, commit: str, folder: str, most: int) -> tuple[DataCommit, ...]:
        """Return the latest commits that touched a folder, newest first, with the paths they touched."""
        told = self._git.said(
            "log",
            f"--max-count={most}",
            "--no-renames",
            "--name-only",
            "-z",
            f"--format={LOG_FORMAT}",
            "--end-of-options",
            commit,
            "--",
            folder,
        )
        return parse_log(str(told))

    @_readable()
    def chronicle(self, revision: str | None, folder: str) -> Chronicle:
        """Return every commit up to a revision, or to the working tree, with what each did to a folder.

        Three calls, whatever the number of commits: one lists them, one batch gives them, one compares their trees.
        """
        head = self._head() if revision is None else self.resolve(revision)
        if self.git is None or head is None:
            return Chronicle((), {})
        listed = self._git.said("rev-list", "--date-order", "--end-of-options", head).split()
        commits = self.commits(listed)
        edges = _edges(commits, commits)
        touched = self._touched(edges.values(), folder)
        uncommitted = self.differences(head, None, folder) if revision is None else ()
        return Chronicle(
            commits=tuple(commits.values()),
            touched={edge: touched[pair] for edge, pair in edges.items()},
            uncommitted=tuple(
                Touch(at.path, at.path, PLAIN_MODE, PLAIN_MODE, _plain_blob(at.before), _plain_blob(at.after))
                for at in uncommitted
            ),
        )

    def _touched(self, pairs: Iterable[TreePair], folder: str) -> Mapping[TreePair, tuple[Touch, ...]]:
        """Return what differs in a folder; where one file went and another came, git says whether it is the same."""
        found = {
            pair: tuple(touch for touch in touches if f"{touch.path}/".startswith(f"{folder}/"))
            for pair, touches in self.tree_differences(pairs).items()
        }
        both = [pair for pair, own in found.items() if any(not at.before for at in own)]
        both = [pair for pair in both if any(not at.after for at in found[pair])]
        return found | self._tree_differences(both, {}, "-M", "--", folder)

    def blob(self, name: str) -> bytes:
        """Return an object's bytes by its id."""
        found = self.objects([name]).get(name)
        if found is None:
            raise ParindexError("broken-repository", detail=name)
        return found

    # --- commits and objects as git stores them, many at a time, each with one call ---------------------------------

    @_readable()
    def is_incomplete(self) -> bool:
        """Tell whether history was left out when the repository was copied: older commits, or files of some."""
        if self._git.facts[1] == "true":
            return True
        promised = r"^(extensions\.partialclone|remote\..*\.promisor)$"
        if self._git.told("config", "--get-regexp", promised) is None:  # no partial clone, to which a remote owes files
            return False
        listed = self._git.said("rev-list", "--objects", "--all", "--missing=print")
        return any(line.startswith("?") for line in listed.splitlines())

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Tell whether a commit stands on another; both are ids."""
        return not self._listed("--max-count=1", "--end-of-options", older, f"^{newer}", "--")

    @_readable()
    def ever_touched(self, commit: str, paths: list[str]) -> bool:
        """Tell whether any commit up to one touched any of some paths, on whichever branch."""
        most = ("--max-count=1", "--full-history")
        return bool(paths) and bool(self._listed(*most, "--end-of-options", commit, "--", *paths))

    @_readable()
    def touching(self, commit: str, path: str) -> list[str]:
        """Return the commits of a branch that touched a path, its merges as one, newest first."""
        return self._listed("--first-parent", "--end-of-options", commit, "--", path)

    def commit_of(self, name: str) -> str | None:
        """Return the commit that an id or a tag stands for, None where there is none."""
        return next((commit for commit, _ in self.sizes([f"{name}^{{commit}}"]).values()), None)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the commit from which two others went apart, None where they share no history; all are ids."""
        return self._git.told("merge-base", "--end-of-options", one, other)

    def reachable(self, ids: Collection[str], head: str) -> list[str]:
        """Return which of some commits stand in the history of another."""
        outside = set(self._listed("--end-of-options", *ids, f"^{head}", "--")) if ids else set()
        return [name for name in ids if name not in outside]

    def commits_between(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return the commits that `head` has and `base` has not, parents before children; both are ids."""
        listed = self._listed("--topo-order", "--reverse", "--end-of-options", head, f"^{base}", "--")
        return tuple(self.commits(listed).values())

    def first_parents(self, base: str, head: str) -> tuple[str, ...]:
        """Return the first parents that lead from a commit to another which stands on it, oldest first; both are ids.

        Where a merge has what was there before as a later parent, its other first parents never were on the branch.
        """
        ends = ("--end-of-options", head, f"^{base}", "--")
        above = set(self._listed("--ancestry-path", *ends))
        return tuple(step for step in self._listed("--first-parent", "--reverse", *ends) if step in above)

    @_readable()
    def chain(self, head: str) -> tuple[str, ...]:
        """Return a commit and its first parents down to the first that has not two parents, oldest first."""
        found: list[str] = []
        for line in self._git.said("rev-list", "--first-parent", "--parents", "--end-of-options", head).splitlines():
            commit, *parents = line.split()
            found.append(commit)
            if len(parents) != 2:
                break
        return tuple(reversed(found))

    @_readable()
    def _listed(self, *arguments: str) -> list[str]:
        return self._git.said("rev-list", *arguments).split()

    def commits(self, ids: Iterable[str]) -> Mapping[str, Commit]:
        """Return commits by their ids.

        Raises:
            ParindexError: One of them is missing.
        """
        wanted = list(ids)
        found = self.objects(commit for commit in wanted if commit not in self._commits)
        self._commits.update({commit: parse_commit(commit, data) for commit, data in found.items()})
        missing = next((commit for commit in wanted if commit not in self._commits), None)
        if missing is not None:
            raise ParindexError("broken-repository", detail=missing)
        return {commit: self._commits[commit] for commit in wanted}

    def objects(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of objects by their ids; one that does not exist is left out."""
        wanted = list(ids)
        known = {name: self._data[name] for name in wanted if name in self._data}
        asked = [name for name in wanted if name not in known]
        told = self._git.objects("contents", asked) if asked else {}
        return known | {name: data for name, (_, _, data) in told.items()}

    def sizes(self, names: Iterable[str]) -> Mapping[str, tuple[str, int]]:
        """Return id and size of objects by name, such as `<commit>:<path>`; one that does not exist is left out."""
        wanted = list(names)
        asked = [name for name in wanted if name not in self._sizes]
        told = self._git.objects("info", asked) if asked else {}
        found = {name: (id_, size) for name, (id_, size, _) in told.items()}
        self._sizes.update((name, known) for name, known in found.items() if is_id(name.partition(":")[0]))
        each = ((name, found.get(name) or self._sizes.get(name)) for name in wanted)
        return {name: known for name, known in each if known is not None}

    def standing(self, path: str, commits: Iterable[str]) -> Mapping[str, str]:
        """Return the blob on a path at each of some commits; git is asked about one commit of those that are alike."""
        alike: dict[str, str] = {}
        for commit in commits:
            way = [commit]
            while way[-1] not in alike and (before := self._as_before(path, way[-1])):
                way.append(before)
            alike.update(dict.fromkeys(way, alike.get(way[-1], way[-1])))
        blobs = self.sizes({f"{oldest}:{path}" for oldest in alike.values()})
        names = {commit: f"{oldest}:{path}" for commit, oldest in alike.items()}
        return {commit: blobs[name][0] for commit, name in names.items() if name in blobs}

    def _as_before(self, path: str, commit: str) -> str | None:
        """Return the first parent of a commit that is known to have the same on a path."""
        own = self._commits.get(commit)
        before = self._commits.get(own.parents[0]) if own and own.parents else None
        touches = self._differences.get((before.tree, own.tree)) if own and before else None
        return before.id if before and touches is not None and all(at.path != path for at in touches) else None

    def tree_differences(self, pairs: Iterable[TreePair]) -> Mapping[TreePair, tuple[Touch, ...]]:
        """Return the paths that differ between pairs of trees, whatever attributes and renames would make of them."""
        wanted = list(pairs)
        self._differences.update(self._tree_differences((pair for pair in wanted if pair not in self._differences), {}))
        return {pair: self._differences[pair] for pair in wanted}

    def _tree_differences(
        self, pairs: Iterable[TreePair], environment: Mapping[str, str], *how: str
    ) -> dict[TreePair, tuple[Touch, ...]]:
        wanted = dict.fromkeys(pairs)
        lines = [f"{before} {after}" for before, after in wanted if before != after]
        options = ("-r", "--raw", "-z", "--no-abbrev", "--stdin", *(how or ("--no-renames",)))
        told = self._batch("diff-tree", options, lines, environment) if lines else b""
        return {**dict.fromkeys(wanted, ()), **parse_differences(told)}

    def merge_strays(self, merges: Iterable[tuple[str, str, str]]) -> tuple[tuple[str, ...], ...]:
        """Return, for merges given as two parents and a tree, the paths on which git would make another tree.

        A path on which git cannot decide is one of them, whatever stands there. What git writes on the way goes to a
        folder that is thrown away.
        """
        wanted = list(merges)
        if fresh := [merge for merge in wanted if merge not in self._strays]:
            self._strays.update(zip(fresh, self._merged_otherwise(fresh), strict=True))
        return tuple(self._strays[merge] for merge in wanted)

    def _merged_otherwise(self, listed: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, ...]]:
        with TemporaryDirectory() as folder:
            objects = Path(self.root, self._git.said("rev-parse", "--git-path", "objects"))
            others = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
            quoted = str(objects.absolute()).replace("\\", "\\\\").replace('"', '\\"')
            known = f'"{quoted}"' + (os.pathsep + others if others else "")
            environment = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": known}
            options = ("--write-tree", "--stdin", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories")
            told = self._batch("merge-tree", options, [f"{one} {other}" for one, other, _ in listed], environment)
            made = parse_merges(told)
            pairs = [(merge.tree, tree) for merge, (_, _, tree) in zip(made, listed, strict=True)]
            differences = self._tree_differences(pairs, environment)
        for merge, pair in zip(made, pairs, strict=True):
            yield tuple(sorted({*merge.conflicts, *(touch.path for touch in differences[pair])}))

    @_readable()
    def _batch(
        self, command: str, options: tuple[str, ...], lines: Iterable[str], environment: Mapping[str, str] | None = None
    ) -> bytes:
        """Run one git command over many lines of input."""
        return self._git.fed(
            "".join(f"{line}\n" for line in lines).encode(), command, *options, environment=environment
        )

    def _stored(self, kind: str, data: bytes) -> str:
        """Put an object beside the others, where nothing points at it yet, and return its id."""
        return self._git.fed(data, "hash-object", "-t", kind, "-w", "--stdin").decode("ascii").strip()

    @property
    def own_folder(self) -> Path:
        """Return the folder in git's own that the program keeps what no commit holds."""
        return Path(self.root, self._git.facts[0]) / "parindex"

    def version(self) -> str:
        """Return the version of git."""
        return next(iter(re.findall(r"\d+(?:\.\d+)*", self._git.said("--version"))), "")

    def own_setting(self, name: str) -> str | None:
        """Return a setting of this repository alone, which no clone brings along."""
        return self._git.told("config", "--get", name)

    def setting(self, name: str) -> str | None:
        """Return a setting of the person's own git, as only signing needs it."""
        return _Git(self.root, {}).told("config", "--get", name)

    @_writable()
    def configure(self, settings: Mapping[str, str]) -> None:
        """Set settings of this repository alone."""
        for name, value in settings.items():
            self._git.said("config", "--local", name, value)

    @_writable()
    def write_commit(self, data: bytes) -> str:
        """Put a commit object beside the others, where nothing points at it yet, and return its id."""
        return self._stored("commit", data)

    @_writable()
    def tree_with(self, commit: str, files: Mapping[str, bytes], executable: Collection[str] = ()) -> str:
        """Return the id of a commit's tree with files put into it; neither branch, index nor working tree moves."""
        with TemporaryDirectory() as folder:
            environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git.said("read-tree", "--end-of-options", commit, environment=environment)
            for path, data in files.items():
                mode = EXECUTABLE_MODE if path in executable else PLAIN_MODE
                entry = f"{mode},{self._stored('blob', data)},{path}"
                self._git.said("update-index", "--add", "--cacheinfo", entry, environment=environment)
            return self._git.said("write-tree", environment=environment)

    @_writable()
    def bring(self, path: str, data: bytes) -> None:
        """Put a file that was committed just now into the working tree and the index."""
        target = self.root / path
        made = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(data)
            made.replace(target)
        finally:
            made.unlink(missing_ok=True)
        self._git.said("update-index", "--add", "--", path)

    def refs(self, *names: str) -> Mapping[str, str]:
        """Return where names point, given in full; a name stands for all below it as well."""
        told = self._git.said("for-each-ref", "--format=%(objectname) %(refname)", *names)
        return {name: target for target, _, name in (line.partition(" ") for line in told.splitlines())}

    def branch(self, name: str) -> str | None:
        """Return the commit that a branch points at, None where there is no such branch."""
        return self.refs(f"refs/heads/{name}").get(f"refs/heads/{name}")

    def move_branch(self, name: str, new: str, old: str | None) -> None:
        """Let a branch point at a commit, if it still points where it did; without a place before, make it."""
        self._move(f"refs/heads/{name}", new, old or NOTHING)

    def swap(self, name: str, new: str, old: str | None) -> bool:
        """Let a name, given in full, point at a commit; tell False where somebody else moved it first."""
        try:
            self._git.said("update-ref", "--end-of-options", name, new, old or NOTHING)
        except CalledProcessError as error:
            if self.refs(name).get(name) == old:
                raise ParindexError("cannot-write", path=name, detail=_first_line(error)) from error
            return False
        return True

    # --- the server that a repository was copied from, asked with the person's own settings and proofs ----------------

    @property
    def server(self) -> tuple[str, str] | None:
        """Return the name and the address of the server: `origin`, or the only one."""
        names = self._git.said("remote").split("\n")
        name = "origin" if "origin" in names else names[0]
        if not name or (name != "origin" and len(names) > 1):
            return None
        return name, self._git.said("remote", "get-url", name)

    def server_names(self, server: str) -> tuple[str, Mapping[str, str]]:
        """Return the name that a server shows first, in full, and where all its names point."""
        told, _ = self._asked("ls-remote", "--symref", server)
        pairs = [line.partition("\t") for line in told.splitlines()]
        links = [said.removeprefix("ref: ") for said, _, name in pairs if name == "HEAD" and said.startswith("ref: ")]
        return "".join(links[:1]), {name: said for said, _, name in pairs if not said.startswith("ref: ")}

    def fetch(self, server: str, branches: Iterable[str]) -> None:
        """Bring branches of a server here, under the names that git keeps for what a server has."""
        ways = [f"+refs/heads/{name}:refs/remotes/{server}/{name}" for name in branches]
        self._asked("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", server, *ways)

    def push(self, server: str, commit: str, name: str, options: Iterable[str]) -> str:
        """Give a server a commit under a name, given in full, never over what it has there; return what it says."""
        told = [word for option in options for word in ("--push-option", option)]
        return self._asked("push", *told, server, f"{commit}:{name}")[1]

    def _asked(self, *arguments: str) -> tuple[str, str]:
        """Return what git prints, and what it and the server say beside it.

        Raises:
            ParindexError: The server does not answer, or does not take what it is given.
        """
        quiet = ("-c", f"core.hooksPath={os.devnull}", "-c", "gc.auto=0", "-c", "maintenance.auto=false")
        made = {**os.environ, "LC_ALL": "C"}
        line = ("git", *quiet, *arguments)
        done = run(line, cwd=self.root, env=made, capture_output=True, check=False)  # noqa: S603 - no shell
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode:
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            why = next((line for line in lines if line.startswith(("fatal:", "! ", "error:"))), "".join(lines[:1]))
            raise ParindexError("server-refused", detail=why[:300])
        return done.stdout.decode("utf-8", "replace"), said

    @property
    def standing_on(self) -> str:
        """Return the branch that is checked out, in full; nothing where it is none."""
        return self._git.told("symbolic-ref", "--quiet", "HEAD") or ""

    def tags(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """Return the names of the tags that begin so, each with the commit it leads to."""
        form = "--format=%(refname:strip=2) %(objectname) %(*objectname)"
        told = self._git.said("for-each-ref", form, f"refs/tags/{prefix}")
        return tuple((words[0], words[-1]) for line in told.splitlines() if (words := line.split()))

    @_writable()
    def write_tag(self, name: str, data: bytes) -> None:
        """Create a tag object under a name; a tag that bore it is moved."""
        tag = self._stored("tag", data)
        self._move(f"refs/tags/{name}", tag)

    @_writable()
    def check_out(self, commit: str) -> None:
        """Let the branch that is checked out, the index and the working tree be what a commit is."""
        self._git.said("reset", "--quiet", "--hard", commit)

    def move_head(self, new: str, old: str) -> None:
        """Let the branch that is checked out point at a commit.

        Raises:
            ParindexError: It does not point any more where it did.
        """
        try:
            self._move("HEAD", new, old)
        except ParindexError as error:
            raise error if self.resolve("HEAD") == old else ParindexError("head-moved") from error

    @_readable()
    def _move(self, name: str, new: str, *old: str) -> None:
        self._git.said("update-ref", "--end-of-options", name, new, *old)

    def chained(self) -> Chained:
        """Return the same repository for many ranges, with the commits that are known."""
        return Chained(
            self.root, self.git, _commits=self._commits, _differences=self._differences, _strays=self._strays
        )


@dataclass(slots=True)
class Chained(Repository):
    """The same repository, asked once for what a chain of ranges needs, each of which begins where one before ended.

    What was not foreseen is asked of git when it is wanted, objects one by one of processes that stay.
    """

    _ranges: dict[tuple[str, str], tuple[Commit, ...]] = field(default_factory=dict)
    _begins: dict[str, int] = field(default_factory=dict)  # where a range begins -> its number
    _first: dict[str, int] = field(default_factory=dict)  # path -> the first range that touched it
    _changed_at: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # path -> the beginnings with another
    _before: set[str] = field(default_factory=set)  # paths that were touched before the first range

    def prepare(self, ranges: Sequence[tuple[str, str]]) -> None:
        """Ask for the commits of a chain of ranges, oldest first, what each did, and what git makes of each merge.

        Nothing is asked where the first of them is known from before, up to one that does not stand on its beginning.
        """
        if ranges[0] in self._ranges:
            return
        for memory in (self._ranges, self._begins, self._first, self._changed_at):
            memory.clear()
        past = self.commits(self._listed("--end-of-options", ranges[0][0], "--"))
        done = self.tree_differences(_edges(past, past).values()).values()
        self._before = {touch.path for touches in done for touch in touches}
        tips = dict.fromkeys(end for ends in ranges for end in ends)
        told = self._batch("rev-list", ("--topo-order", "--reverse", "--stdin"), [*tips, f"^{ranges[0][0]}"])
        listed = told.decode("ascii").split()
        fresh = self.commits(listed)
        parents = {parent for commit in fresh.values() for parent in commit.parents}
        known = self.commits({*listed, *tips, *parents})
        trees = {name: commit.tree for name, commit in known.items()}
        self._part(ranges, fresh)
        edges = _edges(fresh, known)
        self.tree_differences([*edges.values(), *((trees[old], trees[new]) for old, new in ranges)])
        for number, (old, new) in enumerate(self._ranges, 1):
            for touch in self._differences[trees[old], trees[new]]:
                self._changed_at.setdefault(touch.path, []).append((number, new))
        numbers = {commit.id: number for number, own in enumerate(self._ranges.values()) for commit in own}
        for (name, _), pair in edges.items():
            number = numbers.get(name, len(ranges))
            for touch in self._differences[pair]:
                self._first[touch.path] = min(number, self._first.get(touch.path, number))
        self.merge_strays((*commit.parents, commit.tree) for commit in fresh.values() if len(commit.parents) == 2)

    def _part(self, ranges: Sequence[tuple[str, str]], fresh: Mapping[str, Commit]) -> None:
        """Give each commit to the first range that holds it, up to one that does not stand on its beginning."""
        order = {name: at for at, name in enumerate(fresh)}
        left = set(order)
        for old, new in ranges:
            found: list[str] = []
            below, reached = [new], set[str]()
            while below:
                here = below.pop()
                reached.add(here)
                if here in left:
                    left.remove(here)
                    found.append(here)
                    below += fresh[here].parents
            if old not in reached:
                return
            self._begins[old] = len(self._ranges)
            self._ranges[old, new] = tuple(fresh[name] for name in sorted(found, key=order.__getitem__))

    def ever_touched(self, commit: str, paths: list[str]) -> bool:
        """Tell whether any commit up to one touched any of some paths, on whichever branch."""
        number = self._begins.get(commit)
        if number is None:
            return Repository.ever_touched(self, commit, paths)
        return any(path in self._before or self._first.get(path, number) < number for path in paths)

    def foresee(self, names: Iterable[str], most: int) -> None:
        """Ask for many objects by name, and for the bytes of those that have no more than `most`."""
        self._sizes, self._data = {}, {}
        wanted = {name: self._first_name(name) for name in names}
        found = self.sizes(wanted.values())
        self._sizes = {name: found.get(first) for name, first in wanted.items()}
        self._data = dict(self.objects(blob for blob, size in found.values() if size <= most))

    def _first_name(self, name: str) -> str:
        """Return the name that what `<commit>:<path>` names has where a range began with it for the first time."""
        commit, _, path = name.partition(":")
        if commit not in self._begins:
            return name
        changed = self._changed_at.get(path, [])
        number = bisect_right(changed, self._begins[commit], key=itemgetter(0))
        return f"{changed[number - 1][1] if number else next(iter(self._begins))}:{path}"

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Tell whether a commit stands on another; both are ids."""
        return (older, newer) in self._ranges or Repository.is_ancestor(self, older, newer)

    def commits_between(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return the commits that `head` has and `base` has not, parents before children; both are ids."""
        known = self._ranges.get((base, head))
        return Repository.commits_between(self, base, head) if known is None else known


def _edges(commits: Mapping[str, Commit], known: Mapping[str, Commit]) -> dict[Edge, TreePair]:
    """Return the two trees of each commit and each parent that is known; without one it comes out of nothing."""
    return {
        (commit.id, parent): (known[parent].tree if parent else EMPTY_TREE, commit.tree)
        for commit in commits.values()
        for parent in ([one for one in commit.parents if one in known] or (None,))
    }


def _first_line(error: CalledProcessError) -> str:
    return next(iter(error.stderr.decode("utf-8", "replace").strip().splitlines()), str(error.returncode))


@_writable()
def new_repository(folder: Path) -> Repository:
    """Make a repository in a folder, on the branch main, with nothing of the person's own git, and open it."""
    _Git(folder, _ENVIRONMENT).said("init", "--quiet", "--initial-branch=main", "--template=")
    return open_repository(folder)


def open_repository(folder: Path) -> Repository:
    """Open the repository whose top folder this is; a folder without git is read as a bare working tree."""
    if not folder.is_dir():
        raise ParindexError("no-folder", path=str(folder))
    if not any(map(_is_git, (folder / ".git", folder))):
        return Repository(folder, None)
    git = _Git(folder, {**_ENVIRONMENT, "GIT_CEILING_DIRECTORIES": str(folder.parent)})
    if git.facts[2] != "sha1":
        raise ParindexError("other-object-format")
    return Repository(folder, git)


def _is_git(folder: Path) -> bool:
    """Tell whether a folder is git's own, or a file leads to one."""
    return folder.is_file() or all((folder / name).exists() for name in ("HEAD", "objects", "refs"))


def blob_id(data: bytes) -> str:
    """Return the id that git gives to bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _plain_blob(file: File | None) -> str | None:
    return file.blob if file is not None and file.plain else None
