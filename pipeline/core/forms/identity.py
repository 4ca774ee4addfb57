"""Whose form it is: its hidden part, compared with its file name, its visible titles and the files it began from.

A law for workbooks and web forms alike. Nothing here proves who filled a form in: it finds forms that contradict
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from pipeline.core.forms.asking import Form
from pipeline.core.forms.read_tables import FormFinding, Grid, Spot, finding, folded
from pipeline.core.ground.characters import plain_letters
from pipeline.core.ground.text import Text
from pipeline.core.index.words import stage_text
from pipeline.core.record.layout import is_year, place
from pipeline.core.record.stages import SURVEY

_NOT_WORDS: Final = re.compile("[^0-9a-z]+")
_TITLES: Final = 60  # rows in which titles are looked for, as headers are

Title: TypeAlias = tuple[str, Spot]  # what a form shows, and where


def contradictions(
    form: Form,
    *,
    file: str,
    titles: Iterable[Title],
    began: Mapping[str, str | None],
    stood: Mapping[str, str | None],
    blobs: Callable[[], Mapping[str, str]],
) -> Iterator[FormFinding]:
    """Yield what of a form says that it is another's than its hidden part says.

    Args:
        file: its name, with the folders below the one that was read.
        titles: texts that it shows and that may be titles.
        began: path -> the blob that stood there when it was made, as it says.
        stood: path -> the blob that stands there now.
        blobs: tells the blobs of all files by their paths, where that must be known.
    """
    yield from _by_name(form, file)
    own, starts = folded(title_of(form)), {one: folded(title_of(form, one, " ")) for one in _stages(form)}
    for text, spot in titles:
        said = folded(text)
        stages = [stage for stage, start in starts.items() if said.startswith(start)]
        if stages and said != own and (other := _other_title(form, said, stages)):
            yield _contradiction(form, file, spot, part="title", found=other)
    for path, blob in began.items():
        if other := _other_file(form, path, blob if blob != stood.get(path) else None, blobs):
            yield _contradiction(form, file, None, part="began", found=other)


def title_of(form: Form, stage: str | None = None, name: str | None = None) -> str:
    """Return the title that stands above the tables of a form: `Tự chấm · Cơ quan A`."""
    return f"{stage_text(stage or form.stage, form.labels)} · {name or form.whose}"


def titles_in(grids: Iterable[Grid], form: Form) -> Iterator[Title]:
    """Yield the texts of a workbook that may be titles; what its cover says of whose it is counts as one."""
    who = folded(form.labels.text("form.cover.who"))
    for grid in grids:
        for (row, column), typed in grid.cells.items():
            if row >= _TITLES or typed.kind != "text":
                continue
            yield typed.text, Spot(grid.name, row, column)
            beside = grid.cells.get((row, column + 1))
            covers = beside is not None and form.body is None and folded(typed.text) == who
            if beside is not None and covers and (short := _short_name(form, folded(beside.text))):
                yield title_of(form, name=short), Spot(grid.name, row, column + 1)


def _short_name(form: Form, said: str) -> str | None:
    """Return the short name of the agency whose name a folded text says, the form's own looked at first."""
    agencies = form.year.agencies
    named = (agencies[slug] for slug in (*form.agencies, *agencies))
    return next((form.labels.of(one.short) for one in named if folded(form.labels.of(one.name)) == said), None)


def sent_by_another(form: Form, *, file: str, agency: str | None, body: str | None) -> FormFinding | None:
    """Return what is wrong where a person of another agency or body hands a form in; a body may for agencies."""
    words = form.labels
    if agency is not None and agency != form.agency:
        known = form.year.agencies.get(agency)
        return _contradiction(form, file, None, part="sender", found=words.of(known.short) if known else agency)
    if form.body is not None and body is not None and body != form.body:
        return _contradiction(form, file, None, part="sender", found=form.bodies.get(body, body))
    return None


def _contradiction(form: Form, file: str, spot: Spot | None, *, part: str, found: str) -> FormFinding:
    words = form.labels.text(f"form.identity.{part}")
    claimed = f"{form.year.name} · {title_of(form)}"
    return finding("form-contradicts-itself", file, spot, claimed=claimed, part=words, found=found)


def _stages(form: Form) -> tuple[str, ...]:
    return (*form.year.cycle.stages.names, SURVEY)


def _other_title(form: Form, said: str, stages: Iterable[str]) -> str | None:
    """Return the title of a form of some stages of the year that a folded text says."""
    names = [*(form.labels.of(agency.short) for agency in form.year.agencies.values()), *form.bodies.values()]
    titles = (title_of(form, stage, name) for stage in stages for name in names)
    return next((title for title in titles if folded(title) == said), None)


def _other_file(form: Form, path: str, blob: str | None, blobs: Callable[[], Mapping[str, str]]) -> str | None:
    """Return the file of another agency or stage that a form began from, by its path or by content gone from there."""
    if _is_foreign(form, path):
        return path
    if not blob:
        return None
    same_year = f"data/{form.year.name}/"
    return next((p for p, b in blobs().items() if b == blob and p.startswith(same_year) and _is_foreign(form, p)), None)


def _is_foreign(form: Form, path: str) -> bool:
    at = place(path)
    if at is None or at.agency is None:
        return False
    own = form.agency is None or at.agency == form.agency
    return not own or (at.year, at.stage or SURVEY) != (form.year.name, form.stage)


# --- names of files -------------------------------------------------------------------------------------------------


def _by_name(form: Form, file: str) -> Iterator[FormFinding]:
    """Yield what the name of a file, or of a folder it stands in, says otherwise; a name may say nothing at all."""
    for part in file.split("/") if not file.startswith("/") else [file.rpartition("/")[2]]:
        for found in _named_otherwise(form, _words(part)):
            yield _contradiction(form, file, None, part="name", found=found)


@lru_cache(maxsize=1 << 16)  # each form of a mailbox asks of the same names
def _words(text: str) -> str:
    """Return the words of a text in small letters without marks, each between hyphens: `-phieu-co-quan-a-`."""
    return f"-{_NOT_WORDS.sub('-', plain_letters(text)).strip('-')}-"


def _named_otherwise(form: Form, words: str) -> Iterator[str]:
    labels, agencies = form.labels, form.year.agencies
    if form.agency is not None:
        names = {slug: (slug, *_texts(agency.short, agency.name)) for slug, agency in agencies.items()}
        yield from (labels.of(agencies[slug].short) for slug in _others(words, names, form.agency))
    if form.body is not None:
        names = {slug: (slug, name) for slug, name in form.bodies.items()}
        yield from (form.bodies[slug] for slug in _others(words, names, form.body))
    yield from (stage_text(one, labels) for one in _others(words, {one: (one,) for one in _stages(form)}, form.stage))
    before, named, _ = words.partition(f"-{form.stage}-")
    year = before.strip("-").removeprefix("phieu-")
    if named and is_year(year) and year != form.year.name:
        yield year


def _texts(*texts: Text) -> Iterator[str]:
    for text in texts:
        yield from (said for said in text.by_language().values() if said)


def _others(words: str, names: Mapping[str, Collection[str]], own: str) -> tuple[str, ...]:
    """Return who is named in words, unless the owner is: the longest names first, so that each word counts once.

    Example: `-phieu-co-quan-a-tinh-` names `co-quan-a-tinh` alone, though `co-quan-a` stands in it as well.
    """
    owners: dict[str, set[str]] = {}
    for slug, known in names.items():
        for name in map(_words, known):
            if name in words and len(name) > len("--"):
                owners.setdefault(name, set()).add(slug)
    found: list[set[str]] = []
    for name in sorted(owners, key=lambda one: (-len(one), one)):
        if name in words:
            found.append(owners[name])
            words = words.replace(name, "--")
    return () if any(own in slugs for slugs in found) else tuple(dict.fromkeys(min(slugs) for slugs in found))
