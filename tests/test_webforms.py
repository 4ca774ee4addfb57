"""The web form as a page and as a document: who gets one, what it may load, what it holds, what comes back."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunCommand
from sites import HOSTILE, Site, chosen, everywhere, forms_of
from tiny import TINY

from pipeline.adapters import documents
from pipeline.core.forms.web_page import json_text, submission
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.index.laws.lines import ANSWER_FAULTS
from pipeline.core.record.layout import STAGE, Place, schema_of
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.core.record.stages import KINDS as STAGE_KINDS
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

ASSETS = ROOT / "site_templates" / "assets" / "form"
BUILD = ROOT / "webform"
FORM = re.compile(r"(?P<year>[^/]+)/bieu-mau/(?P<stage>[^/]+)/(?:(?P<group>[^/]+)/)?(?P<agency>[^/]+)/index\.html")
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
LARGEST = 260_000  # bytes of one form page of the year with the longest set of criteria


class Page(HTMLParser):
    """What tests ask of a page: its elements, its ids, its data block, the texts of its scripts and styles."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, Mapping[str, str]]] = []
        self.inside: list[str] = []
        self._block = ""
        self.data = ""
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        self._block = tag if tag in {"script", "style"} else ""
        self._is_data = attributes.get("type") == "application/json"

    def handle_endtag(self, tag: str) -> None:
        self._block = ""

    def handle_data(self, data: str) -> None:
        if self._block == "script" and self._is_data:
            self.data += data
        elif self._block and data.strip():
            self.inside.append(data)

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def forms(site: Site) -> Iterator[tuple[re.Match[str], bytes]]:
    return ((found, data) for path, data in site.pages.items() if (found := FORM.fullmatch(path)))


def test_inside_every_agency_has_a_form_for_every_stage_and_every_group_of_its_survey(inside: Site) -> None:
    made = {(found["year"], found["stage"], found["group"], found["agency"]) for found, _ in forms(inside)}
    years = inside.snapshot.world.years
    owed = {(name, stage, None, agency) for name, year in years.items() for agency in year.agencies for stage in STAGES}
    counted = {(name, "survey", group, agency) for name, year in years.items() for group, agency in year.counts}

    assert owed | counted <= made
    assert {stage for _, stage, _, _ in made} == {*STAGES, "survey"}


def test_the_list_of_forms_leads_to_every_form_of_the_year(inside: Site) -> None:
    listed = inside.pages["2024/bieu-mau/index.md"].decode()
    own = [found for found, _ in forms(inside) if found["year"] == "2024"]
    folders = [found[0].removeprefix("2024/bieu-mau/").removesuffix("index.html") for found in own]

    assert [folder for folder in folders if f'href="{folder}"' not in listed] == []


def test_a_form_loads_files_of_the_site_only_and_has_no_inline_code(inside: Site) -> None:
    for found, data in forms(inside):
        page = Page(data)
        loaded = [
            attributes[name]
            for tag, attributes in page.elements
            for name in ("src", "href")
            if name in attributes and tag in {"script", "link", "img"}
        ]
        folder = Path("/site") / Path(found[0]).parent
        targets = [str(Path(*_resolved(folder, path))) for path in loaded]
        contents = [attributes for _, attributes in page.elements if "http-equiv" in attributes]

        assert [path for path in targets if path.removeprefix("/site/") not in inside.pages] == []
        assert page.inside == []
        assert [
            name for _, attributes in page.elements for name in attributes if name.startswith(("on", "style"))
        ] == []
        assert [(one["http-equiv"], one["content"]) for one in contents] == [("Content-Security-Policy", POLICY)]


def _resolved(folder: Path, path: str) -> list[str]:
    parts: list[str] = []
    for part in (folder / path).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return parts


def test_every_id_is_unique_and_every_label_names_a_field(inside: Site) -> None:
    for found, data in forms(inside):
        page = Page(data)
        ids = page.values("id")
        named = [one for value in (*page.values("for"), *page.values("aria-describedby")) for one in value.split()]

        assert (found[0], sorted(set(ids))) == (found[0], sorted(ids))
        assert (found[0], [name for name in named if name not in ids]) == (found[0], [])


def test_without_scripts_one_sentence_names_the_other_form(inside: Site) -> None:
    _, data = next(forms(inside))
    told = re.findall(r'data-part="no-script">(.*?)</p>', data.decode())

    assert [load_labels("vi").text("webform.no-script")] == told
    assert "Excel" in told[0]


def test_a_form_page_is_small(inside: Site) -> None:
    assert [(found[0], len(data)) for found, data in forms(inside) if len(data) > LARGEST] == []


def test_typed_texts_can_neither_end_the_data_block_nor_become_elements(marked: Path) -> None:
    harmless = forms_of(marked, world=everywhere(lambda text: " chữ"), agencies=["cuc-thue"])
    hostile = forms_of(marked, world=everywhere(chosen([*HOSTILE, "\u2028\u2029</script>&"])), agencies=["cuc-thue"])
    pages = [path for path in harmless if path.endswith("/index.html")]

    assert len(pages) > 10
    for path in pages:
        page = Page(hostile[path])
        json.loads(page.data)

        assert (path, [tag for tag, _ in page.elements]) == (path, [tag for tag, _ in Page(harmless[path]).elements])
        assert re.findall("[<>&\u2028\u2029]", page.data) == []


def test_the_words_of_the_form_stand_in_both_languages() -> None:
    vi, en = ({key for key in load_labels(name).texts if key.startswith("webform.")} for name in ("vi", "en"))

    assert vi == {key for key in en if not key.endswith("-one")}  # Vietnamese has one form whatever the number


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_fault_of_an_answer_has_words_in_the_form(lang: str) -> None:
    labels = load_labels(lang)

    assert [code for code in ANSWER_FAULTS if not labels.has(f"webform.js.error.{code}")] == []


def test_every_word_that_the_scripts_ask_for_exists() -> None:
    code = "".join(
        path.read_text("utf-8") for path in (ASSETS / "form.js", ASSETS / "laws.js", ASSETS.parent / "rules.js")
    )
    words = load_labels("vi").texts
    said = set(re.findall(r'say\("([\w.-]+)"', code))
    faults = {f"error.{name}" for name in re.findall(r'code: "([a-z-]+)"', code)}
    faults |= {f"error.{name}" for name in re.findall(r'"((?:answer|unknown|done)-[a-z-]+)"', code)}

    assert [name for name in sorted(said | faults) if f"webform.js.{name}" not in words] == []


def test_forms_to_hand_over_come_with_what_they_load_and_nothing_else(
    run_command: RunCommand, marked: Path, tmp_path: Path
) -> None:
    told = run_command(
        *("form", "make", "cuc-thue", "--year", "2024", "--stage", "explanation", "--web", "-o", str(tmp_path)),
        cwd=marked,
    )
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    page = Page((tmp_path / "2024/bieu-mau/explanation/cuc-thue/index.html").read_bytes())
    own = [value for name in ("src", "href") for value in page.values(name) if not value.startswith("#")]

    assert told.code == 0
    assert [name for name in made if not name.startswith("assets/")] == [
        "2024/bieu-mau/explanation/cuc-thue/index.html"
    ]
    assert [value for value in own if not (tmp_path / "2024/bieu-mau/explanation/cuc-thue" / value).is_file()] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--body", "so-la"), "form-unknown-body"), (("cuc-khong-co",), "unknown-agency")],
)
def test_a_form_that_cannot_be_handed_over_is_refused_in_one_line(
    run_command: RunCommand, marked: Path, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    told = run_command(
        *("form", "make", *arguments, "--year", "2024", "--stage", "appraisal-1", "--web", "-o", str(tmp_path)),
        cwd=marked,
    )

    assert (told.code, told.stdout, told.stderr.count("\n"), list(tmp_path.iterdir())) == (2, "", 1, [])
    assert load_labels("vi").text(f"errors.{code}").partition("{")[0] in told.stderr


# --- documents ------------------------------------------------------------------------------------------------------


def files_of_stages(folder: Path) -> list[Path]:
    return sorted(path for stage in (*STAGES, SURVEY) for path in (folder / "data" / "2024" / stage).rglob("*.yml"))


def sheets_of(site: Site) -> Mapping[str, object]:
    return {found[0]: Page(data).data for found, data in forms(site)}


def test_a_page_holds_the_file_of_its_stage_digit_by_digit(inside: Site) -> None:
    for found, data in forms(inside):
        held = json.loads(Page(data).data, parse_float=Decimal, parse_int=Decimal)["content"]
        name = "/".join(part for part in (found["stage"], found["group"], found["agency"]) if part)
        path = inside.root / "data" / found["year"] / f"{name}.yml"
        root = documents.read("data/x.yml", path.read_bytes()).root if path.exists() else None

        assert (found[0], held) == (found[0], None if root is None else plain(root))


@pytest.mark.parametrize(
    "text", ['{"a": [1.50, -0.000001, 999999999999999.999999], "b": {}, "c": []}', '{"ử": "a\\"\\n"}']
)
def test_json_keeps_digits_and_texts(text: str) -> None:
    value: Plain = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    root = documents.read("phieu.json", json_text(value).encode()).root

    assert root is not None
    assert value == plain(root)


@pytest.mark.parametrize("path", [*files_of_stages(ROOT), *files_of_stages(TINY)], ids=lambda p: "/".join(p.parts[-3:]))
def test_a_file_comes_back_from_the_document_of_its_form(inside: Site, path: Path) -> None:
    root = documents.read("data/x.yml", path.read_bytes()).root
    assert root is not None
    text = json_text(
        {
            "parindex_form": Decimal(1),
            "year": "2024",
            "stage": "appraisal-1",
            "agency": "a",
            "schema": "s",
            "rules": "r",
            "content": plain(root),
        }
    )
    read = documents.read("phieu.json", text.encode())
    found = submission(read.root)

    assert read.problems == ()
    assert found is not None
    assert plain(root) == plain(found.content)


GOOD: dict[str, Plain] = {
    "parindex_form": Decimal(1),
    "year": "2024",
    "stage": "self-assessment",
    "agency": "cuc-thue",
    "schema": "s",
    "rules": "r",
    "content": {"format": Decimal(1), "lines": {}},
}


@pytest.mark.parametrize(
    ("when", "document"),
    [
        ("no mark", {key: value for key, value in GOOD.items() if key != "parindex_form"}),
        ("another version", {**GOOD, "parindex_form": Decimal(2)}),
        ("a mark in quotes", {**GOOD, "parindex_form": "1"}),
        ("no agency", {key: value for key, value in GOOD.items() if key != "agency"}),
        ("a number for a year", {**GOOD, "year": Decimal(2024)}),
        ("no content", {**GOOD, "content": []}),
    ],
)
def test_a_document_that_is_no_form_is_told_from_one(when: str, document: dict[str, Plain]) -> None:
    read = [submission(documents.read("phieu.json", json_text(one).encode()).root) for one in (GOOD, document)]

    assert [one is None for one in read] == [False, True]


# --- what is compiled -----------------------------------------------------------------------------------------------


KINDS = sorted({"survey-counts", *(str(schema_of(Place(STAGE), kind)) for kind in STAGE_KINDS)})


UNSAID = {"title", "x-titles", "description", "examples", "x-form", "$schema"}


def bare(schema: Any, *, names: bool = False) -> Any:
    """Return a schema without the words that bind nobody; under `properties` and `$defs` stand names of fields."""
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: bare(value, names=not names and key in {"properties", "$defs"})
        for key, value in schema.items()
        if names or key not in UNSAID
    }


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_checks_stem_from_the_schemas_as_they_stand_else_run_the_session_assets(kind: str) -> None:
    names = ("common.schema.json", f"{kind}.schema.json")
    schemas = [bare(json.loads((ROOT / "schemas" / "v1" / name).read_bytes())) for name in names]
    laws = [json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode() for schema in schemas]
    sources = [(BUILD / name).read_bytes() for name in ("build.mjs", "package-lock.json")]
    digest = hashlib.sha256(b"".join([*sources, *laws])).hexdigest()

    assert (ASSETS / f"shape-{kind}.js").read_text("utf-8").splitlines()[1] == f"// sources: {digest}"


def test_scripts_evaluate_nothing_and_send_nothing() -> None:
    words = r"\beval\b|new Function|\bfetch\b|XMLHttpRequest|sendBeacon|WebSocket|innerHTML|document\.write|https?:"
    code = {path.name: path.read_text("utf-8") for path in ASSETS.glob("*.js")}
    found = {name: re.findall(words, text) for name, text in code.items()}

    names = {"qrcode.js": {"http:"}, **{f"shape-{kind}.js": {"https:"} for kind in KINDS}}  # names, which nothing opens
    assert {name: hits for name, hits in found.items() if set(hits) - names.get(name, set())} == {}


def test_the_lock_names_no_host_and_every_package_by_its_digest() -> None:
    text = (BUILD / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]

    assert re.findall("https?:", text) == []
    assert [name for name, entry in packages.items() if name and not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.needs("node", "npm:ajv")
def test_a_rebuild_gives_the_committed_checks_byte_by_byte(program: Callable[[str], str], tmp_path: Path) -> None:
    subprocess.run([program("node"), "build.mjs", str(ROOT / "schemas" / "v1"), str(tmp_path)], cwd=BUILD, check=True)
    rebuilt = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert rebuilt == {name: (ASSETS / name).read_bytes() for name in rebuilt}
    assert sorted(rebuilt) == ["qrcode.js", *(f"shape-{kind}.js" for kind in KINDS)]


# --- the page to sign -----------------------------------------------------------------------------------------------

SIGNED = """
const [folder, text] = process.argv.slice(1);
globalThis.window = globalThis;
const { readFileSync } = require("node:fs");
const run = (path) => require("node:vm").runInThisContext(readFileSync(`${folder}/${path}`, "utf-8"));
["exact.js", "form/files.js", "form/content.js"].forEach(run);
const { file, ...whose } = parindexExact.read(text);
console.log(JSON.stringify([parindexContent.signed(whose, file), parindexContent.digest(whose, file)]));
"""


@pytest.mark.needs("node")
def test_the_browser_takes_the_same_digest_of_the_example(program: Callable[[str], str]) -> None:
    text = (ROOT / "tests" / "reference" / "content.json").read_text("utf-8")
    told = subprocess.run(
        [program("node"), "-e", SIGNED, str(ASSETS.parent), text], capture_output=True, check=True, text=True
    )
    example = json.loads(text)

    assert json.loads(told.stdout) == [example["canonical"], example["digest"]]


def test_the_page_to_sign_is_offered_to_agencies_that_hand_in_a_whole_file(inside: Site) -> None:
    offered = {found["stage"] for found, data in forms(inside) if b'data-act="print"' in data}
    loading = {found["stage"] for found, data in forms(inside) if b"form/qrcode.js" in data}

    assert offered == loading == {stage for stage, kind in KIND_OF.items() if kind in {"claim", "explain"}}


def test_the_code_drawer_goes_with_its_licence() -> None:
    text = (ASSETS / "qrcode.js").read_text("utf-8")

    assert ("The MIT License" in text, "Copyright (c) 2009 Kazuhiko Arase" in text) == (True, True)
