"""A mailbox, from its letters to a change that waits on the server: rehearsed, then committed and sent. Decision 0066.

All commits of one go stand on one branch of the person who sends, `forms/<person>`, which moves once, when every
commit is there: neither files nor the index nor any other branch are touched. What is on that branch already, or on
the main branch, is not committed again, so that a go that was broken off is simply run once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final

from pipeline.adapters import signatures
from pipeline.adapters.repository import Repository
from pipeline.core.forms.identity import sent_by_another
from pipeline.core.forms.letters import Letter, replaced
from pipeline.core.forms.packages import BroughtFile
from pipeline.core.forms.read_tables import finding
from pipeline.core.forms.receipts import Received
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.access import PATH as ACCESS
from pipeline.core.record.access import Access, Person
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.change_words import Difference
from pipeline.core.rounds.commits import Moment
from pipeline.core.rounds.judgement import EDITION, Finding, Judgement
from pipeline.flows import door, forms
from pipeline.flows.compare import difference
from pipeline.flows.forms import Delivered, Desk, Expected, Proposer, Scans
from pipeline.flows.founding import pinned
from pipeline.flows.snapshot import Readings, Snapshot, rights_in

SETTING: Final = "parindex.forge"
_HEADS: Final = "refs/heads/"
# What a part of a host's name tells of the server, and what stands at the top of a repository that works with it.
_HOSTS: Final = (("github", "github"), ("gitlab", "gitlab"), ("forgejo", "forgejo"), ("codeberg", "forgejo"))
_MARKS: Final = {"github": ".github", "gitlab": ".gitlab-ci.yml", "forgejo": ".forgejo"}
_PLAIN: Final = "server"  # keeps branches, and has no pull requests
_HOST: Final = re.compile(r"(?:[a-z+]+://)?(?:[^@/:]+(?::[^@/]*)?@)?(?P<host>[^/:@]+)(?::\d+/|[:/])(?P<path>.*)")
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,500}")
_REVIEWS: Final = frozenset({"no-review", "changed-after-review"})  # what a change lacks until it was approved


@dataclass(frozen=True, slots=True)
class Post:
    """Where a go of forms leads: the server, the branch it goes by, and the commit on which forms are put."""

    server: str | None  # its name here; None where there is none, and the branch stays here
    address: str
    forge: str  # github | gitlab | forgejo | server
    main: str  # the branch that they are meant for
    tip: str  # where it stands
    branch: str
    own: str | None  # where the branch stands here
    there: str | None  # and on the server
    base: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One form of a mailbox: the letter that brought it, what became of it, and as whose it is committed."""

    letter: Letter
    given: Delivered
    received: Received
    author: str = ""
    owes_page: bool = False  # it is in nobody's name but the sender's until its page is signed

    @property
    def fits(self) -> bool:
        """Tell whether the form can go: it has no errors, though lines may be missing, which nobody is stopped for."""
        return not self.received.refused and not [*self._errors()]

    @property
    def is_wrong(self) -> bool:
        """Tell whether the form has errors in what it says itself."""
        own = {content.path for content in self.received.contents}
        return not self.fits and (not own or any(path in own or path == self.given.name for path in self._errors()))

    def _errors(self) -> Iterator[str]:
        told = (one for found in self.received.findings for one in found.each)
        yield from (one.problem.path for one in told if one.problem.is_error and one.problem.code != "line-missing")


@dataclass(frozen=True, slots=True)
class Older:
    """A form of which the same sender sent a newer one, which takes its place."""

    letter: Letter
    given: Delivered
    newer: Delivered


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a go would do; nothing has moved."""

    post: Post
    entries: tuple[Entry, ...]
    older: tuple[Older, ...]
    snapshot: Snapshot  # the data on which forms are put
    difference: Difference | None  # None where nothing changes

    @property
    def waiting(self) -> bool:
        """Tell whether anything is to be sent: forms, or commits of a go that was broken off."""
        post = self.post
        unsent = post.base not in (post.tip, post.there) and post.server is not None
        return self.difference is not None or unsent


@dataclass(frozen=True, slots=True)
class Sent:
    """What a go did: the commit at its end, what keeps the server from taking it, and where it is asked for."""

    commit: str
    judgement: Judgement | None
    link: str = ""

    @property
    def objections(self) -> tuple[Finding, ...]:
        """Return the laws that are broken, other than that a second person still has to approve the change."""
        if self.judgement is None:
            return ()
        told = (found for verdict in self.judgement.verdicts for found in verdict.findings)
        return tuple(one for one in (*self.judgement.findings, *told) if one.refused and one.code not in _REVIEWS)

    @property
    def refused(self) -> bool:
        """Tell whether nothing was sent: where a founding is pinned, the server refuses the same."""
        return bool(self.objections) and self.judgement is not None and self.judgement.binding


def rehearse(
    repository: Repository,
    letters: Sequence[tuple[Letter, Delivered]],
    proposer: Proposer,
    *,
    scans: Sequence[tuple[Letter, Scans]] = (),
    day: str,
    expected: Expected,
    readings: Readings,
) -> Rehearsal:
    """Read the forms of a mailbox on top of what the server has, and tell what they would change.

    Args:
        scans: what may be the scan of a signed page, each with the letter that brought it.

    Raises:
        ParindexError: Nobody says who sends; the server does not answer; the clock is behind what was committed last.
    """
    if proposer.committer is None:
        raise ParindexError("send-nobody")
    post = _reach(repository, _person(repository, proposer))
    last = repository.dated(post.base)
    if last.stamp is not None and last.stamp > proposer.at.stamp:
        raise ParindexError("clock-behind", day=proposer.at.day, last=last.day or "–")
    access = rights_in(repository.tree(post.base, ACCESS))
    old = replaced([(letter, given.whose) for letter, given in letters])
    came = cache(partial(_scans_of, scans, access))
    there = {
        number: (letter, replace(given, scans=came(*(given.whose or (None,) * 5)[2:4])))
        for number, (letter, given) in enumerate(letters)
        if number not in old
    }
    desk = forms.desk_for(repository, post.base, [given for _, given in there.values()], expected, readings)
    desk = replace(desk, day=day)
    entries = _read(desk, there, scans, access, _signer(access, proposer))
    tip = _committed(repository, post.base, entries, replace(proposer, key=None))
    told = difference(repository, post.base, tip, effects=True, problems=False) if tip != post.base else None
    older = tuple(Older(*letters[number], letters[newer][1]) for number, newer in old.items())
    return Rehearsal(post, entries, older, desk.snapshot, told)


def _scans_of(
    scans: Sequence[tuple[Letter, Scans]], access: Access | None, agency: str | None, body: str | None
) -> Scans:
    """Return the scans that may be of an agency's or body's form: those that somebody of another one sent are not."""
    found: dict[str, list[BroughtFile]] = {}
    for letter, own in scans:
        sender = access.person_of(letter.sender) if access is not None and letter.sender else None
        if sender is None or (sender.agency in {None, agency} and (body is None or sender.body in {None, body})):
            for code, listed in own.items():
                found.setdefault(code, []).extend(listed)
    return found


def _read(
    desk: Desk,
    given: Mapping[int, tuple[Letter, Delivered]],
    scans: Sequence[tuple[Letter, Scans]],
    access: Access | None,
    signer: Person | None,
) -> tuple[Entry, ...]:
    """Read forms, and those that fit once more without the others, until all of these fit together.

    First those are left out that are wrong themselves: what is wrong beside the others' files may follow from them.
    """
    found: dict[int, Entry] = {}
    left = dict(given)
    while True:
        told = forms.receive(desk, [one for _, one in left.values()])
        agencies = {agency for received in told if received.form is not None for agency in received.form.agencies}
        for number, received in zip(left, told, strict=True):
            entry = Entry(*given[number], _apart(received, agencies))
            found[number] = _with_stranger(_with_author(entry, access, signer), scans, access)
        wrong = [number for number in left if found[number].is_wrong]
        wrong = wrong or [number for number in left if not found[number].fits]
        left = {number: one for number, one in left.items() if number not in wrong}
        if not (wrong and left):
            return tuple(found[number] for number in given)


def _apart(received: Received, agencies: Collection[str]) -> Received:
    """Return a form without what is wrong in files of other agencies that sent forms, which is told of these."""
    others = set(agencies).difference(received.form.agencies if received.form is not None else ())
    places = ((one, layout.place(one.problem.path)) for one in received.findings)
    own = (one for one, place in places if place is None or place.agency not in others)
    return replace(received, findings=tuple(own))


def _with_author(entry: Entry, access: Access | None, signer: Person | None) -> Entry:
    """Tell as whose a form is committed: the agency's or body's own person, for whom the sender may hand in.

    Whoever hands a form in for nobody, or without the signed page that is asked for, stands for it. A letter from
    somebody of another agency brings nothing.
    """
    form = entry.received.form
    if form is None or access is None:
        return entry
    sender = access.person_of(entry.letter.sender) if entry.letter.sender else None
    if sender is not None:
        wrong = sent_by_another(form, file=entry.given.name, agency=sender.agency, body=sender.body)
        if wrong is not None:
            return replace(entry, received=forms.turned_away(entry.received, wrong))
    own = forms.writers_of(form, access)
    person = sender if sender in own else own[0] if len(own) == 1 else None
    hands_in = access.role_of(signer).hands_in_for if signer is not None else frozenset[str]()
    asked = access.asks_page({form.stage, form.kind or SURVEY})
    entry = replace(entry, owes_page=asked and entry.received.page is None)
    if entry.received.files and not entry.received.proves(access):
        return entry
    if person is None or (signer is not None and person != signer and person.role not in hands_in):
        return entry
    return replace(entry, author=f"{person.id} <{person.email}>")


def _with_stranger(entry: Entry, scans: Sequence[tuple[Letter, Scans]], access: Access | None) -> Entry:
    """Tell of a form in an agency's name that nobody whom the rights know sent, or whose scan nobody of them did."""
    scan = entry.received.scan
    brought = (letter for letter, own in scans if any(scan in listed for listed in own.values()))
    senders = dict.fromkeys(letter.sender for letter in (entry.letter, *brought) if letter.sender)
    strangers = [sender for sender in senders if access is None or access.person_of(sender) is None]
    if not entry.author or not strangers:
        return entry
    told = (finding("form-sender-unknown", entry.given.name, found=one, author=entry.author) for one in strangers)
    return replace(entry, received=replace(entry.received, findings=(*entry.received.findings, *told)))


def _committed(repository: Repository, base: str, entries: Iterable[Entry], proposer: Proposer) -> str:
    """Write a commit for each form that changes anything, one on top of the other, and return the last one's id."""
    tip = base
    for entry in entries:
        received = entry.received
        if entry.fits and received.files and received.form is not None:
            author = entry.author or proposer.committer or ""
            tip = forms.commit_form(repository, received, tip, author, proposer, received.form.labels)
    return tip


def send(
    repository: Repository,
    rehearsal: Rehearsal,
    proposer: Proposer,
    *,
    title: str,
    keep: Callable[[Delivered, Received], None],
) -> Sent:
    """Commit what was rehearsed, let the branch point there, and give it to the server.

    Args:
        keep: puts the files that came with a form into the store, before a commit says that they are there.

    Raises:
        ParindexError: Somebody else moved the branch meanwhile, the key cannot sign, or the server refuses.
    """
    post = rehearsal.post
    if repository.standing_on == _HEADS + post.branch:
        raise ParindexError("send-branch-in-use", branch=post.branch)
    for entry in rehearsal.entries:
        if entry.fits:
            keep(entry.given, entry.received)
    tip = _committed(repository, post.base, rehearsal.entries, proposer)
    sent = Sent(tip, _judged(repository, post, tip, proposer.at))
    if sent.refused:
        return sent
    if tip not in (post.own, post.tip):
        repository.move_branch(post.branch, tip, post.own)
    return replace(sent, link=_handed_over(repository, post, tip, title))


def _judged(repository: Repository, post: Post, tip: str, at: Moment) -> Judgement | None:
    """Return what guard will say of the signers and authors; None where nobody has rights to be held against."""
    if tip == post.tip or rights_in(repository.tree(post.tip, ACCESS)) is None:
        return None
    return door.judge_change(
        repository, post.tip, tip, at, founding=pinned(repository), rights_only=True, edition=EDITION
    )


# --- the server ---------------------------------------------------------------------------------------------------


def _reach(repository: Repository, person: str) -> Post:
    """Ask the server how it stands, bring what forms are put on, and choose the commit for it.

    Forms go on top of the branch while it waits for approval. Once the main branch has it, or the server has given it
    up, the branch begins anew from the main branch.
    """
    branch = f"forms/{person}"
    own, server = repository.branch(branch), repository.server
    if server is None:
        tip = repository.branch("main") or repository.resolve("HEAD")
        base = own if own is not None and not repository.is_ancestor(own, tip) else tip
        return Post(None, "", "", "main", tip, branch, own, None, base)
    name, address = server
    first, names = repository.server_names(name)
    main = first.removeprefix(_HEADS) or "main"
    if _HEADS + main not in names:
        raise ParindexError("server-empty", server=name, branch=main)
    known = repository.refs(f"refs/remotes/{name}/{branch}")
    there = names.get(_HEADS + branch)
    repository.fetch(name, [main, *([branch] if there is not None else [])])
    tip = names[_HEADS + main]
    forge = _forge(repository, address, tip)
    if forge == "forgejo" and own in names.values():  # a pull request without a branch
        there = own
    base = there or ((None if known else own) or tip)
    if own is not None and repository.is_ancestor(base, own) and base != tip:
        base = own
    if repository.is_ancestor(base, tip):
        base = tip
    return Post(name, address, forge, main, tip, branch, own, there, base)


def _forge(repository: Repository, address: str, tip: str) -> str:
    """Return what the server is: as this repository is told, by its host's name, or by the files for one of them."""
    said = repository.own_setting(SETTING)
    if said is not None and said in (*_MARKS, _PLAIN):
        return said
    place = _HOST.fullmatch(address)
    if place is None or ("://" not in address and "@" not in address) or address.startswith("file:"):
        return _PLAIN
    for word, forge in _HOSTS:
        if word in place["host"].lower():
            return forge
    top = repository.sizes(f"{tip}:{mark}" for mark in _MARKS.values())
    marked = [forge for forge, mark in _MARKS.items() if f"{tip}:{mark}" in top]
    return marked[0] if len(marked) == 1 else _PLAIN


def _handed_over(repository: Repository, post: Post, tip: str, title: str) -> str:
    """Give the server the branch, and ask it for a pull request as it knows to be asked; return where that is shown."""
    if post.server is None or tip == post.tip:
        return ""
    said = ""
    if tip != post.there:
        name, options = _HEADS + post.branch, [f"title={title}"]
        if post.forge == "gitlab":
            options = [f"merge_request.{one}" for one in ("create", f"target={post.main}", *options)]
        elif post.forge == "forgejo":
            name, options = f"refs/for/{post.main}", [f"topic={post.branch}", *options]
        else:
            options = []
        try:
            said = repository.push(post.server, tip, name, options)
        except ParindexError as error:
            if not options or "push options" not in error.figures.get("detail", ""):
                raise
            said = repository.push(post.server, tip, _HEADS + post.branch, ())
    place = _HOST.fullmatch(post.address)
    host = place["host"] if place is not None else ""
    if post.forge == "github" and place is not None:
        path = place["path"].removesuffix("/").removesuffix(".git")
        return f"https://{host}/{path}/compare/{post.main}...{post.branch}?expand=1"
    links = (found[0] for found in _LINK.finditer(said))
    return next((link for link in links if link.partition("://")[2].partition("/")[0].partition(":")[0] == host), "")


# --- who sends -----------------------------------------------------------------------------------------------------


def _signer(access: Access | None, proposer: Proposer) -> Person | None:
    """Return whose key signs, by the rights that stand; None where nobody signs or knows the key."""
    if access is None or proposer.key is None:
        return None
    return access.key_holder(signatures.public_key(proposer.key), proposer.at.day).person


def _person(repository: Repository, proposer: Proposer) -> str:
    """Return the name by which the sender's branch goes."""
    signer = _signer(rights_in(repository.tree("HEAD", ACCESS)), proposer)
    own = signer.id if signer is not None else (proposer.committer or "").rpartition(" <")[0]
    return re.sub(r"[^a-z0-9]+", "-", own.lower()).strip("-") or "van-thu"
