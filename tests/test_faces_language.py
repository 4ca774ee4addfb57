"""A language is one folder: a made-up one, copied from English beside the others, goes through every part.

The program is a copy of the package whose labels have one folder more; no line of Python differs.
"""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import docx
import openpyxl
import pytest
import yaml
from cities import ONE_APPRAISAL
from conftest import ROOT, Repository
from formworlds import AGENCY, TINY, YEAR
from tiny import SCHEMAS, TINY_FILES, snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.text import MAIN

CODE, MARK = "qq", "§"
LEAF = "1.1.2"
NAME, SHORT = "Kvq Aqq", "Kvq"  # of the agency, in that language
OWN = {
    "name": "Qiqi",
    "authority": "MUL",
    "locale": "qq-QQ",
    "decimal": "·",
    "thousands": "'",
    "date": "{year}~{month:02}~{day:02}",
    "formal-count": "{count:03}",
}


def marked(node: Any) -> Any:
    """Return label text with a mark before it."""
    if isinstance(node, Mapping):
        return {key: marked(value) for key, value in node.items()}
    return f"{MARK}{node}" if isinstance(node, str) else node


def add_language(labels: Path) -> None:
    """Add the folder of the language: that of English, each text marked, and what the language says of itself."""
    shutil.copytree(labels / "en", labels / CODE)
    for path in sorted((labels / CODE).rglob("*.yml")):
        words = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506  # texts only, of our own files
        told = {"language": {**words["language"], **OWN}} if path.name == "language.yml" else marked(words)
        path.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=1000), "utf-8")


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package, whose labels have one language more."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(ROOT / "pipeline", folder / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    add_language(folder / "pipeline" / "labels")
    return folder


Run = Callable[..., Done]


@pytest.fixture
def run(program: Path, city: Repository) -> Run:
    """Return what runs a command of that program in the made-up language, in the city's repository."""

    def run(*arguments: str, lang: str = CODE) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "--lang", lang, *arguments],
            cwd=city.root,
            env={**os.environ, "PYTHONPATH": str(program)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def told_in_it(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a world in which the agency has a name in that language."""
    path = f"data/{YEAR}/agencies.yml"
    told = {**files, path: files[path]}
    for key, other, words in (("name", NAME, "Cơ quan A"), ("short", SHORT, "CQA"), ("name", NAME, "Cục Thuế")):
        named = f"{key}: {{vi: {words}, {CODE}: {other}}}"
        told[path] = told[path].replace(f"{key}: {words}".encode(), named.encode())
    approval = f"data/{YEAR}/approval.yml"
    if approval in told:  # it names what scoring reads, the agencies among it
        inputs = snapshot_of(told).world.years[YEAR].inputs
        told[approval] = re.sub(rb"(?m)^(  *inputs: *)\w+", rb"\g<1>" + inputs.encode(), told[approval])
    return {**SCHEMAS, **told}


@pytest.fixture
def files() -> Mapping[str, bytes]:
    """Return the files of the world; a test that needs another one says so."""
    return TINY_FILES


@pytest.fixture
def city(repository: Repository, files: Mapping[str, bytes]) -> Repository:
    """Return a repository of that world, with the Word templates that the language was given."""
    repository.write_all(told_in_it(files))
    for name in ("site_templates", "docs", "mkdocs.yml"):
        repository.copy(ROOT / name, name)
    for path in (ROOT / "site_templates" / "word").glob("*.en.docx"):
        repository.copy(path, f"site_templates/word/{path.name.replace('.en.', f'.{CODE}.')}")
    repository.commit()
    return repository


def words_of(document: Path) -> str:
    """Return the text of a Word document."""
    read = docx.Document(str(document))
    cells = (cell.text for table in read.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in read.paragraphs), *cells])


def test_it_is_a_choice_of_the_command_line_and_every_other_code_is_refused(run: Run) -> None:
    helped = run("--help")
    refused = run("check", lang="zz")

    assert helped.code == 0
    assert MARK in helped.stdout
    assert "--lang {" + ",".join([MAIN, *sorted({CODE, *LANGUAGES[1:]})]) + "}" in helped.stdout
    assert (refused.code, "zz" in refused.stderr) == (2, True)


def test_check_tells_a_fault_in_its_words_and_a_name_in_it_is_no_fault(run: Run, city: Repository) -> None:
    sound = run("check")
    path = f"data/{YEAR}/agencies.yml"
    city.write(path, told_in_it(TINY_FILES)[path].replace(b" qq: ", b" QQ: "))
    wrong = run("check")

    assert (sound.code, sound.stderr) == (0, "")
    assert MARK in sound.stdout
    assert wrong.code == 1
    assert MARK in wrong.stdout + wrong.stderr


def test_score_explain_and_diff_use_its_names_and_its_decimal_sign(run: Run, city: Repository) -> None:
    scored = run("score", "--year", YEAR)
    known = json.loads(run("score", "--year", YEAR, "--format", "json").stdout)
    told = run("explain", "--year", YEAR, AGENCY, LEAF)
    path = f"data/{YEAR}/self-assessment/{AGENCY}.yml"
    city.write(path, TINY_FILES[path].decode().replace("received: 2024-12-0", "received: 2024-12-1"))
    differs = run("diff", "HEAD")

    assert NAME in {entry["name"] for entry in known["agencies"]}
    assert re.search(r"\d·\d\d", scored.stdout)
    assert not re.search(r"\d[.,]\d\d(?!\d)", scored.stdout)
    assert NAME in told.stdout
    assert re.search(r"\d·\d", told.stdout)
    assert re.search(r"2024~12~1\d", differs.stdout), differs
    assert MARK in differs.stdout


def test_the_audit_of_a_stage_is_told_in_it(run: Run) -> None:
    told = run("audit", "--year", YEAR, "--stage", "appraisal-1", "--format", "markdown")

    assert told.code == 0, told
    assert MARK in html.unescape(told.stdout)
    assert SHORT in told.stdout
    assert re.search(r"\d·\d", html.unescape(told.stdout))


@pytest.mark.parametrize("files", [TINY], ids=["open"])
def test_a_workbook_in_it_goes_and_comes_back(run: Run, city: Repository, tmp_path: Path) -> None:
    made = run(*("form", "make", "--year", YEAR, "--stage", "self-assessment", "-o", str(tmp_path / "a"), AGENCY))
    (path,) = (tmp_path / "a").rglob("*.xlsx")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    shown = " ".join(str(cell.value) for cell in cells)
    unchanged = run("form", "read", str(path), "--today", "2024-12-04")
    signer = next(cell for cell in cells if cell.value == "Thủ trưởng cơ quan")
    signer.value = "Qivqa"
    book.save(path)
    changed = run("form", "read", str(path), "--today", "2024-12-04")

    assert made.code == 0, made
    assert MARK in made.stdout
    assert MARK in shown
    assert NAME in shown
    assert (unchanged.code, unchanged.stderr) == (0, "")
    assert MARK in unchanged.stdout
    assert changed.code == 0, changed
    assert "Qivqa" in (city.root / f"data/{YEAR}/self-assessment/{AGENCY}.yml").read_text("utf-8")


@pytest.mark.parametrize("files", [TINY], ids=["open"])
def test_a_web_form_in_it_goes_and_comes_back(run: Run, city: Repository, tmp_path: Path) -> None:
    made = run("form", "make", "--year", YEAR, "--stage", "self-assessment", "--web", "-o", str(tmp_path / "w"), AGENCY)
    (page,) = (tmp_path / "w").rglob("index.html")
    text = page.read_text("utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    told = json.loads(data)
    told["content"]["signed_by"] = "Qivqa"
    given = tmp_path / "phieu.json"
    given.write_text(json.dumps({**told["identity"], "content": told["content"]}, ensure_ascii=False), "utf-8")
    read = run("form", "read", str(given), "--today", "2024-12-04")

    assert made.code == 0, made
    assert f'<html lang="{CODE}">' in text
    assert MARK in text
    assert NAME in text
    assert told["identity"]["language"] == CODE
    assert read.code == 0, read
    assert MARK in read.stdout
    assert "Qivqa" in (city.root / f"data/{YEAR}/self-assessment/{AGENCY}.yml").read_text("utf-8")


def test_open_data_has_its_columns_its_descriptions_and_proves_itself(run: Run, program: Path, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    made = run("export", "--year", YEAR, "--today", "2025-03-20", "-o", str(folder))
    rows = list(csv.DictReader(io.StringIO((folder / "csv" / "agencies.csv").read_text("utf-8"))))
    package = json.loads((folder / "datapackage.json").read_bytes())
    catalog = json.loads((folder / "dcat.jsonld").read_bytes())
    fields = {field["name"]: field for one in package["resources"] for field in one["schema"]["fields"]}
    proved = run("verify", "--bundle", str(folder))
    shutil.rmtree(program / "pipeline" / "labels" / CODE)
    try:
        without = run("verify", "--bundle", str(folder), lang="vi")
    finally:
        add_language(program / "pipeline" / "labels")

    assert made.code == 0, made
    assert [row[f"name_{CODE}"] for row in rows] == [NAME, "", ""]
    assert [name for name in rows[0] if name.startswith("name_")] == [
        f"name_{language}" for language in (MAIN, *sorted([*LANGUAGES[1:], CODE]))
    ]
    assert package[f"title_{CODE}"]
    assert MARK in package[f"description_{CODE}"]
    assert OWN["name"] in fields[f"name_{CODE}"]["title"]
    languages = [language["@id"] for language in catalog["dct:language"]]
    assert "http://publications.europa.eu/resource/authority/language/MUL" in languages
    assert CODE in {told["@language"] for told in catalog["dct:title"]}
    assert MARK in (folder / "README.txt").read_text("utf-8")
    assert (proved.code, without.code) == (0, 0), (proved, without)


@pytest.mark.parametrize("files", [ONE_APPRAISAL], ids=["city"])
@pytest.mark.parametrize("kind", ["self-assessment", "index", "result-decision"])
def test_a_document_is_written_in_it(run: Run, tmp_path: Path, kind: str) -> None:
    whose = ("--agency", "cuc-thue") if kind == "self-assessment" else ()
    made = run("report", "--year", YEAR, "--kind", kind, *whose, "-o", str(tmp_path / "a.docx"))
    text = words_of(tmp_path / "a.docx")

    assert made.code == 0, made
    assert MARK in text
    assert NAME in text
    assert re.search(r"\d·\d\d", text)


@pytest.mark.slow
def test_the_site_has_its_pages_at_an_address_of_its_own_and_every_language_leads_to_it(
    run: Run, city: Repository
) -> None:
    made = run("site", "--audience", "public", "--today", "2025-03-20")
    site = city.root / "site"

    assert made.code == 0, made
    folders = ["", *sorted(f"{language}/" for language in (*LANGUAGES[1:], CODE))]
    for folder in ("", "en/", f"{CODE}/"):
        others = [other for other in folders if other != folder]
        page = (site / folder / YEAR / "index.html").read_text("utf-8")
        links = re.findall(r'<a class="pi-lang" href="([^"]*)" hreflang="(\w+)"', page)
        reached = [urljoin(f"/{folder}{YEAR}/", address) for address, _ in links]

        assert reached == [f"/{other}{YEAR}/" for other in others]
        assert len(re.findall(r'<link rel="alternate" hreflang="(?!x-)', page)) == len(folders)
        for other in others:
            assert (site / other / YEAR / "index.html").is_file()
    own = html.unescape((site / CODE / YEAR / "index.html").read_text("utf-8"))
    assert f'<html lang="{CODE}"' in own
    assert MARK in own
    assert re.search(r"\d·\d\d", own)
    assert "2025~03~20" in own
    assert 'content="qq_QQ"' in own
    assert f">{OWN['name']}</a>" in (site / "index.html").read_text("utf-8")
    assert NAME in (site / CODE / YEAR / "co-quan" / AGENCY / "index.html").read_text("utf-8")
    tried = (site / CODE / YEAR / "co-quan" / AGENCY / "neu-nhu" / "index.html").read_text("utf-8")
    assert 'data-decimal="·"' in html.unescape(tried)
    assert not (site / CODE / CODE).exists()
    assert (site / "api" / "v1" / YEAR / "results.json").read_text("utf-8").count(NAME) == 1


# --- the code -------------------------------------------------------------------------------------------------------


def test_no_module_names_a_language_but_the_one_that_says_which_is_the_main_one() -> None:
    named = {
        path.relative_to(ROOT / "pipeline").as_posix()
        for path in (ROOT / "pipeline").rglob("*.py")
        if re.search(r"""["'](?:vi|en)["']|["'/._](?:vi|en)["']|\.(?:vi|en)\b""", path.read_text("utf-8"))
    }

    assert named == {"core/ground/text.py"}


def test_the_guide_counts_the_files_and_names_what_a_language_says_of_itself() -> None:
    guide = (ROOT / "docs" / "how-to" / "them-ngon-ngu.md").read_text("utf-8")
    files = list((ROOT / "pipeline" / "labels" / "en").rglob("*.yml"))
    templates = list((ROOT / "site_templates" / "word").glob("*.en.docx"))
    said = yaml.safe_load((ROOT / "pipeline" / "labels" / "en" / "language.yml").read_text("utf-8"))["language"]
    told = re.findall(r"^\| `([\w-]+)` \|", guide, re.MULTILINE)
    ((example,),) = (re.findall(r"^```yaml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL),)

    assert f"chép {len(files)} tệp" in guide
    assert f"Dịch {len(files) - 1} tệp" in guide
    assert f"chép {len(templates)} khuôn" in guide
    assert told == [*said] == [*yaml.safe_load(example)["language"]]
