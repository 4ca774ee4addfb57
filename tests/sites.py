"""What tests of the site share: a repository built into a site, records with planted texts, pages read as trees.

Texts are planted in the records, not in the files, so that every typed field is reached, whatever its schema allows.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import http.server
import io
import itertools
import re
import shutil
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
from conftest import ROOT, Repository
from pyarrow import parquet

from pipeline.adapters import generator
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.nodes import node_of
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import AgencyScore, LeafScore, amended_counts, score
from pipeline.core.index.survey_points import scale_of
from pipeline.core.publish.charts.svg import NAME
from pipeline.core.publish.opendata.fields import Audience
from pipeline.core.publish.site.shared import stamps
from pipeline.core.record.model import (
    AgencyGroup,
    Amendment,
    ApprovedTable,
    Council,
    Cycle,
    DossierFile,
    Line,
    Reference,
    Replacement,
    Session,
    World,
    Year,
)
from pipeline.core.record.rules import Item
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.core.survey.disclosure import Place, Unknown, disclosure, published_window, scale_units, unknowns
from pipeline.flows import web_forms
from pipeline.flows.site import frame_of, render_all, settings_of, theme_of
from pipeline.flows.snapshot import Snapshot, take
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

TODAY = "2025-03-20"
YEAR, DRAFT = "2024", "2025"
PARTS = ("data", "schemas", "site_templates", "mkdocs.yml")
HOSTILE = [
    "<script>document.title='x'</script>",
    '"><img src=https://outside.invalid/x.png onerror=alert(1)>',
    "[bấm](javascript:alert(1)) ![ảnh](https://outside.invalid/a.png)",
    "{: onclick=alert(1) } {{ 7*7 }} {% x %}",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "\n\n# Tiêu đề\n\n- mục\n\n    mã\n\n---\n\n!!! note\n    x\n",
    "</td></tr></table></div></section><h1>ra ngoài</h1>",
    "<https://outside.invalid> https://outside.invalid data:text/html,x",
    '--8<-- "data/access.yml" ::: x ::: [TOC]',
    "[x](data:text/html,<script>alert(1)</script>) ![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "---\ntitle: chiếm đầu trang\ntemplate: 404.html\n---\n{{ config }} {# x #} {%- raw -%}",
    "an toàn \u202egnp.exe\u2066 \u200f",
    "dài" * 3_400,
]

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True, slots=True)
class Site:
    """A built site and what it was built from."""

    root: Path
    snapshot: Snapshot
    pages: Mapping[str, bytes]
    languages: tuple[str, ...] = ("vi",)
    today: str = TODAY

    @property
    def folder(self) -> Path:
        return self.root / "site"

    def html(self) -> list[Path]:
        return sorted(self.folder.rglob("*.html"))


def new_repository(
    folder: Path, *, author: str = "Chuyên viên <chuyen-vien@snv.invalid>", message: str = "Data"
) -> Path:
    """Put what a site is built from into a new git repository."""
    folder.mkdir(parents=True)
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch", "main")
    for part in PARTS:
        repository.copy(ROOT / part, part)
    repository.commit(message, author=author, date="2025-03-20T08:00:00+07:00")
    return folder


@functools.cache
def taken(root: Path) -> Snapshot:
    """Read a repository that no test changes, once."""
    return take(open_repository(root), None)


def pages_of(
    root: Path,
    *,
    world: Callable[[World], World],
    audience: Audience = "public",
    languages: tuple[str, ...] = ("vi",),
    today: str = TODAY,
) -> Site:
    """Render the pages of a repository, its records changed on the way."""
    repository = open_repository(root)
    snapshot = dataclasses.replace(taken(root), world=world(taken(root).world))
    words = [load_labels(language) for language in languages]
    pages = render_all(snapshot, repository, audience=audience, today=today, languages=words)
    return Site(root, snapshot, pages, languages, today)


def forms_of(
    root: Path, *, world: Callable[[World], World] = lambda world: world, agencies: Collection[str] = ()
) -> dict[str, bytes]:
    """Return the web form of every year, stage and agency and what they load, without the site around them."""
    repository = open_repository(root)
    snapshot = dataclasses.replace(taken(root), world=world(taken(root).world))
    made: dict[str, bytes] = {}
    for year in snapshot.world.years.values():
        for stage in (*STAGES, SURVEY):
            made |= web_forms.bundle(snapshot, repository, year, stage, agencies=agencies, labels=load_labels("vi"))
    return made


def few(site: Site, root: Path) -> Site:
    """Return a site of its own folder with all pages that stand alone, and three of those that stand in a row."""
    rows: dict[str, list[str]] = {}
    for path in sorted(path for path in site.pages if path.endswith("/index.md")):
        rows.setdefault(path.rsplit("/", 2)[0], []).append(path)
    rows = {folder: row for folder, row in rows.items() if row[0].removeprefix("en/").count("/") > 2}
    left = {path for row in rows.values() for path in row if path not in {row[0], row[len(row) // 2], row[-1]}}
    shutil.copytree(site.root, root, ignore=shutil.ignore_patterns(".git", "build", "site"))
    kept = {path: data for path, data in site.pages.items() if path not in left}
    return dataclasses.replace(site, root=root, pages=kept)


def build(site: Site, *, own_look: bool = False) -> Site:
    """Run the generator over the pages of a site."""
    repository = open_repository(site.root)
    generator.build(
        site.root,
        site.pages,
        output=site.folder,
        stamp=site.snapshot.tree.stamp or 0,
        frames={told: frame(site, told) for told in site.languages},
        settings=settings_of(repository),
        theme=theme_of(repository),
        own_look=own_look,
    )
    return site


def frame(site: Site, language: str) -> generator.Frame:
    """Return what stands around the pages of a site in one language."""
    labels, snapshot = load_labels(language), site.snapshot
    return frame_of(snapshot.world.identity, labels, "", stamps(snapshot.tree.commit, site.today, labels))


def headers() -> Mapping[str, str]:
    """Return the headers that the how-to tells a server to send."""
    told = (ROOT / "docs" / "how-to" / "xuat-ban-trang.md").read_text(encoding="utf-8")
    return dict(re.findall(r'^ *add_header ([\w-]+) "(.*)" always;$', told, re.MULTILINE))


@contextmanager
def served(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a built site on the loopback; an unknown address gets the site's own page for that."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            pass

        def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((folder / "404.html").read_bytes())

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


# --- planted texts --------------------------------------------------------------------------------------------------


def planted(record: Any, plant: Callable[[Any], Any]) -> Any:
    """Return a record with every record inside it as `plant` makes it, the inner ones first."""
    if isinstance(record, Mapping):
        return {key: planted(value, plant) for key, value in record.items()}
    if isinstance(record, tuple) and not hasattr(record, "_fields"):
        return tuple(planted(item, plant) for item in record)
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        names = [entry.name for entry in dataclasses.fields(record) if entry.init]
        record = dataclasses.replace(record, **{name: planted(getattr(record, name), plant) for name in names})
    return plant(record)


def everywhere(word: Callable[[str], str]) -> Callable[[World], World]:
    """Return what writes a word behind every text that people typed, equal texts alike."""

    def plant(record: Any) -> Any:
        if isinstance(record, Text):
            return Text(record.main + word(record.main))
        if isinstance(record, Item):
            return record._replace(text=plant(record.text))
        if isinstance(record, Reference):
            issuer = None if record.issuer is None else record.issuer + word(record.issuer)
            return dataclasses.replace(record, number=record.number + word(record.number), issuer=issuer)
        for name in ("printed", "decision", "unit"):
            typed = getattr(record, name, None)
            if isinstance(typed, str):
                record = dataclasses.replace(record, **{name: typed + word(typed)})
        return record

    return lambda world: planted(world, plant)


def in_groups(world: World) -> World:
    """Return a world whose agencies fall into two groups in turn, the last of a year into none; a third is empty."""

    def grouped(year: Year) -> Year:
        groups = {f"nhom-{n}": AgencyGroup(f"nhom-{n}", Text(f"Nhóm cơ quan số {n}"), NOWHERE) for n in (1, 2, 3)}
        slugs = [*year.agencies]
        chosen = {slug: f"nhom-{1 + place % 2}" for place, slug in enumerate(slugs[:-1])}
        agencies = {slug: dataclasses.replace(own, group=chosen.get(slug)) for slug, own in year.agencies.items()}
        return dataclasses.replace(year, groups=groups, agencies=agencies)

    return dataclasses.replace(world, years={name: grouped(year) for name, year in world.years.items()})


def with_secrets(world: World) -> World:
    """Return a world in which every field that must stay inside holds a mark, and every text of the draft year."""

    digests: dict[type, dict[str, Any]] = {
        ApprovedTable: {"inputs": "MARK-inputs", "engine": "MARK-engine"},
        Year: {"inputs": "MARK-inputs", "digests": dict.fromkeys(world.years[YEAR].digests, "MARK-digest")},
    }

    def secret(record: Any) -> Any:
        if isinstance(record, Line):
            return dataclasses.replace(record, note=Text("MARK-note"))
        if isinstance(record, Reference):
            return dataclasses.replace(
                record, title=Text("MARK-title"), url="https://mark-url.invalid", sha256="MARK-sha"
            )
        if isinstance(record, Council):
            members = tuple((Text("MARK-function"), body) for _, body in record.members)
            return dataclasses.replace(record, members=members, sessions=(Session("MARK-session", 0, 0),))
        if type(record) in digests:
            return dataclasses.replace(record, **digests[type(record)])
        if getattr(record, "signed_by", None) is not None:
            return dataclasses.replace(record, signed_by=Text("MARK-signer"))
        return record

    def draft(record: Any) -> Any:
        return Text(f"MARK-draft {record.main}") if isinstance(record, Text) else record

    def legal(cycle: Cycle, own: Cycle) -> Cycle:
        """Give the legal basis its titles back, which are public."""
        pairs = zip(cycle.legal_basis, own.legal_basis, strict=True)
        return dataclasses.replace(cycle, legal_basis=tuple(dataclasses.replace(a, title=b.title) for a, b in pairs))

    years = dict(world.years)
    year = planted(years[YEAR], secret)
    file = DossierFile("MARK-sha", NOWHERE, "MARK-file.pdf", 1, "pdf", "2024-12-03", "self-assessment")
    dossiers = {agency: {file.id: file} for agency in year.agencies}
    legally = legal(year.cycle, world.years[YEAR].cycle)
    years[YEAR] = dataclasses.replace(year, cycle=legally, dossiers=dossiers)
    years[DRAFT] = planted(years[DRAFT], draft)
    return dataclasses.replace(world, years=years)


def with_corrected_survey(world: World) -> World:
    """Return a world whose survey was corrected and a file of it replaced, with marks for what they say of contents."""
    year = world.years[YEAR]
    counts = next(iter(year.counts.values()))
    shared: dict[str, Any] = {"expect": "MARK-expect", "reason": Text("R"), "source": NOWHERE}
    correction = Amendment(
        number="0002",
        stage=SURVEY,
        agency=counts.agency,
        group=counts.group,
        counts=counts,
        decision=Reference("2/QĐ", NOWHERE, date="2025-03-01"),
        **shared,
    )
    replacement = Replacement(
        number="0003",
        path=f"data/{YEAR}/survey/{counts.group}/{counts.agency}.yml",
        sha256="MARK-sha",
        stands="MARK-stands",
        file=node_of({"forms": {"valid": "MARK-file"}}),
        decision=Reference("3/QĐ", NOWHERE, date="2025-03-01"),
        **shared,
    )
    own = dataclasses.replace(year, amendments=(*year.amendments, correction), replacements=(replacement,))
    return dataclasses.replace(world, years={**world.years, YEAR: own})


def with_other_answers(world: World) -> World:
    """Return a world in which every hidden row has other counts, and all that is published stays as it is.

    Opinions crowd around the mean of each question; where two groups of a leaf are hidden, their means move too.
    """
    year = world.years[YEAR]
    results, counts = score(year), dict(amended_counts(year))
    hidden = disclosure(results).parts
    for entry in results.agencies:
        for leaf in entry.leaves:
            for one, value in moved(year, entry, leaf, hidden):
                item, name = counts[one.part[:2]], str(one.question)
                given, units = item.answers[name], scale_units(scale_of(year, name))[0]
                own = crowded(value, sum(given[option] for option in units), units)
                answers = {**item.answers, name: {**given, **own}}
                counts[one.part[:2]] = dataclasses.replace(item, answers=answers)
    amendments = tuple(
        dataclasses.replace(one, counts=counts[one.group, one.agency]) if one.counts and one.group else one
        for one in year.amendments
    )
    year = dataclasses.replace(year, counts=counts, amendments=amendments)
    return dataclasses.replace(world, years={**world.years, YEAR: year})


def moved(year: Year, entry: AgencyScore, leaf: LeafScore, hidden: Collection[Place]) -> Iterator[tuple[Unknown, int]]:
    """Yield the hidden rows of a leaf with values that leave its points as published, two of them others than now."""
    unknown = unknowns(year, leaf, hidden) if leaf.survey else ()
    values = {place: one.true for place, one in enumerate(unknown)}
    window = published_window(year, entry, leaf) if unknown else None
    pairs = [pair for pair in itertools.combinations(values, 2) if unknown[pair[0]].part != unknown[pair[1]].part]
    for one, other in pairs[:1]:
        assert window is not None
        first, second = unknown[one], unknown[other]
        for value, with_it in itertools.product(first.values, second.values):
            move = first.step * (value - first.true) + second.step * (with_it - second.true)
            if window.low < move < window.high and value != first.true:
                values |= {one: value, other: with_it}
                break
    yield from ((one, values[place]) for place, one in enumerate(unknown))


def crowded(total: int, answers: int, units: Mapping[str, int]) -> Mapping[str, int]:
    """Return counts of evenly spaced options whose values have a sum, all as near to each other as they can be."""
    least, more = divmod(total, answers)
    return {option: {least: answers - more, least + 1: more}.get(unit, 0) for option, unit in units.items()}


def chosen(words: list[str]) -> Callable[[str], str]:
    """Return what chooses a word by the text it is written behind, so that equal texts stay equal."""
    return lambda text: words[zlib.crc32(text.encode()) % len(words)]


def unpacked(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, and what stands packed inside it as far down as it goes."""
    yield path, data
    if data[:4] == b"PK\x03\x04":  # a zip, and whatever office file is one
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from unpacked(f"{path} {name}", archive.read(name))
            yield f"{path} (words of the archive)", archive.comment
    elif data[:2] == b"\x1f\x8b":
        yield from unpacked(f"{path} unpacked", gzip.decompress(data))
    elif data[:4] == b"PAR1":
        table = parquet.read_table(pa.BufferReader(data))
        yield f"{path} read", repr((table.to_pylist(), table.schema.metadata)).encode()


def leaks(files: Mapping[str, bytes], marks: Collection[bytes]) -> list[tuple[str, bytes]]:
    """Return which files hold which marks, inside archives too."""
    whole = (one for path, data in files.items() for one in unpacked(path, data))
    return [(path, mark) for path, data in whole for mark in marks if mark in data]


def digests_kept() -> list[bytes]:
    """Return what seals, amendments and approvals of the real year say of contents: digests, and signatures' lines."""
    folder = ROOT / "data" / YEAR
    texts = [path.read_bytes() for name in ("seals", "amendments") for path in sorted((folder / name).iterdir())]
    texts.append((folder / "approval.yml").read_bytes())
    return [found for text in texts for found in re.findall(rb"\b[0-9a-f]{40,64}\b|[A-Za-z0-9+/]{60,}", text)]


# --- pages as trees -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Element:
    """One element of a page: its text stands among its children."""

    tag: str
    attributes: Mapping[str, str]
    children: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        """Return all text inside, spaces collapsed."""
        parts = (child if isinstance(child, str) else child.text() for child in self.children)
        return " ".join(" ".join(parts).split())

    def all(self) -> Iterator[Element]:
        """Yield this element and those inside, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.all()

    def find(self, **wanted: str) -> Element:
        """Return the first element inside with some attributes; `class_` asks for one of its classes."""
        return next(element for element in self.all() if element.fits(wanted))

    def fits(self, wanted: Mapping[str, str]) -> bool:
        for name, value in wanted.items():
            if name == "tag" and self.tag != value:
                return False
            if name == "class_" and value not in self.attributes.get("class", "").split():
                return False
            if name not in {"tag", "class_"} and self.attributes.get(name) != value:
                return False
        return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Element("", {})
        self.open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


@functools.cache
def read_page(path: Path) -> Element:
    """Read a page as a tree, once; whoever changes it makes another."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.top


def census(page: Element) -> Counter[str]:
    """Count the elements of a page by their tag and the names of their attributes, and by what could act."""
    counted: Counter[str] = Counter()
    for element in page.all():
        if element.tag == "text" and element.attributes.get("class") == NAME:
            continue  # in a drawing, a long name takes two lines
        counted[f"{element.tag} {' '.join(sorted(element.attributes))}"] += 1
        for name in ("href", "src"):
            if name in element.attributes:
                counted[f"{name} {element.attributes[name].split('#')[0]}"] += 1
    return counted


def addresses(page: Element) -> Iterator[str]:
    """Yield every address that a page leads to or loads."""
    for element in page.all():
        for name in ("href", "src"):
            if name in element.attributes:
                yield element.attributes[name]
