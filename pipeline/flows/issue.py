"""Forms that are issued: each with an id, entered in `issued/`, and with a mail that is ready to be sent.

Nothing is written here and nothing committed: who issues forms commits the entry, signed as any other change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from pipeline.adapters.archives import packed
from pipeline.adapters.repository import Repository
from pipeline.core.forms.asking import Form
from pipeline.core.forms.letters import mail_of
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, Pointer
from pipeline.core.ground.problems import NOWHERE, ParindexError
from pipeline.core.index.words import stage_text, year_text
from pipeline.core.record.access import Access
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import IssuedForm, Year
from pipeline.flows import forms, web_forms, writing
from pipeline.flows.snapshot import Readings, Snapshot, rights_in, with_file

WEB, MAIL = "phieu-web.zip", "thu.eml"


@dataclass(frozen=True)
class Issuing:
    """What forms are issued from: the data of a commit, for one stage of a year, in one language."""

    repository: Repository
    snapshot: Snapshot
    year: Year
    stage: str
    labels: Labels

    @property
    def path(self) -> str:
        """Return the file that lists the forms of the stage."""
        return path_of(self.year.name, "issued", self.stage)

    @cached_property
    def access(self) -> Access | None:
        """Return what access.yml says, read once for all forms."""
        return rights_in(self.snapshot.tree)


def listed_in(made: Issuing, data: bytes, readings: Readings) -> Mapping[str, IssuedForm]:
    """Return the forms that were issued of a stage, as its file in the working tree says.

    Raises:
        ParindexError: the file has errors.
    """
    if not data:
        return {}
    now = with_file(made.snapshot, made.path, data, readings)
    if any(problem.path == made.path and problem.is_error for problem in now.problems):
        raise ParindexError("issued-unreadable", path=made.path)
    return now.world.years[made.year.name].issued.get(made.stage, {})


def forms_for(made: Issuing, agency: str | None, body: str | None) -> Iterable[Form]:
    """Return the forms of one agency, of one body, or of all agencies where neither is named."""
    own = [] if agency is None else [agency]
    return forms.forms_of(made.snapshot, made.year.name, made.stage, agencies=own, body=body, labels=made.labels)


def versions_of(listed: Mapping[str, IssuedForm]) -> Mapping[tuple[str | None, str | None], int]:
    """Return the last version of the forms that were issued, by agency and body."""
    return {(one.agency, one.body): one.version for one in sorted(listed.values(), key=attrgetter("version"))}


def entry_for(
    form: Form, last: Mapping[tuple[str | None, str | None], int], *, issue: str, day: str, commit: str | None
) -> IssuedForm:
    """Return what `issued/` says of a form that is issued: it is the version after the last."""
    version = last.get((form.agency, form.body), 0) + 1
    return IssuedForm(issue, NOWHERE, day, version, agency=form.agency, body=form.body, commit=commit)


def parcel(made: Issuing, form: Form, entry: IssuedForm) -> Mapping[str, bytes]:
    """Return what is handed to whom a form is of, by its path below their folder: workbook, pages and the mail."""
    book = forms.make(made.snapshot, form, entry.id)
    pages = web_forms.bundle(
        made.snapshot,
        made.repository,
        made.year,
        made.stage,
        agencies=[form.agency] if form.agency is not None else [],
        body=form.body,
        issue=entry.id,
        labels=made.labels,
    )
    top = f"{made.year.name}_{made.stage}_{form.slug}"
    files = {forms.name_of(form): book, WEB: packed(pages, top)}
    first, *others = sorted(f"{top}/{path}" for path in pages if path.endswith("index.html"))
    mail = _mail(made, form, entry, files, page="…/index.html" if others else first)
    return {f"{form.slug}/{name}": data for name, data in {**files, MAIL: mail}.items()}


def _mail(made: Issuing, form: Form, entry: IssuedForm, files: Mapping[str, bytes], *, page: str) -> bytes:
    """Return the mail that hands a form over; `page`: what is opened among the unpacked pages."""
    labels = made.labels
    figures = {
        "year": year_text(made.year, labels),
        "stage": stage_text(made.stage, labels),
        "whose": form.whose,
        "name": form.whose if form.body is not None else labels.of(made.year.agencies[form.agencies[0]].name),
        "until": labels.date(form.deadline) if form.deadline else labels.text("form.no-deadline"),
        "issue": entry.id,
        "version": entry.version,
        "files": ", ".join(files),
        "page": page,
    }
    text = labels.text("form.mail.text", **figures)
    if entry.version > 1:
        text = f"{text}\n{labels.text('form.mail.replaces', version=entry.version - 1)}\n"
    to = [person.email for person in forms.writers_of(form, made.access)] if made.access is not None else []
    return mail_of(to, labels.text("form.mail.subject", **figures), text, files)


def with_entries(data: bytes, entries: Sequence[IssuedForm]) -> bytes:
    """Return the file of issued forms with further ones."""
    made: dict[str, dict[str, Plain]] = {}
    for entry in entries:
        told = {name: getattr(entry, name) for name in ("agency", "body", "date", "version", "commit")}
        made[entry.id] = {name: said for name, said in told.items() if said is not None}
    if not data:
        return writing.dump({"format": 1, "forms": made}, braces=_is_entry)
    return writing.edit(data, {("forms", issue): said for issue, said in made.items()}, braces=_is_entry)


def known(listed: Mapping[str, IssuedForm], issue: str, stage: str) -> IssuedForm:
    """Return a form that was issued.

    Raises:
        ParindexError: it was never issued in this stage.
    """
    if issue not in listed:
        raise ParindexError("form-never-issued", found=issue[:60], stage=stage)
    return listed[issue]


def revoked(data: bytes, entries: Sequence[IssuedForm], day: str) -> bytes:
    """Return the file of issued forms in which some are taken back from a day on; one that was stays as it is."""
    changes: dict[Pointer, str] = {("forms", entry.id, "revoked"): day for entry in entries if entry.revoked is None}
    return writing.edit(data, changes, braces=_is_entry)


def _is_entry(value: Plain) -> bool:
    return isinstance(value, dict) and "version" in value
