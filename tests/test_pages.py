"""What people typed does nothing on a page, and every expression of a template passes through one door."""

from __future__ import annotations

import dataclasses
import html
import importlib
import pkgutil
import re
import time
from pathlib import Path

import pytest
from conftest import ROOT
from escapes import BOMBS, ESCAPES, VALUES
from markupsafe import Markup
from mkdocs.utils import meta

from pipeline.adapters import templates
from pipeline.adapters.pages import ENDING, Pages, inert
from pipeline.adapters.templates import Engine
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.publish.site.pages import Subject
from pipeline.core.record.authorship import DataCommit
from pipeline.flows.wording import load_labels

TEMPLATES = {path.name: path for path in (ROOT / "site_templates").rglob("*.j2")}

TYPED = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "![x](https://outside.invalid/x.png)",
    "{: onclick=alert(1) }",
    "{{ config }} {% raw %}",
    "| a | b |",
    "# tiêu đề",
    "---\ntitle: x\n---",
    "- mục",
    "1. mục",
    "12) mục",
    "    mã",
    "> trích",
    "!!! note",
    '--8<-- "data/access.yml"',
    "***đậm*** __nghiêng__ ~~gạch~~ `mã`",
    "a\n\nb",
    "&lt;b&gt; &amp;",
    "\u202etxt.exe",
    "x" * 10_000,
    "Quyết định số 968/QĐ-UBND, ngày 21/02/2025: đạt 85,25% (tốt)",
]


@pytest.mark.parametrize("text", TYPED, ids=lambda text: text[:20])
def test_inert_text_shows_as_typed_and_holds_nothing_that_acts(text: str) -> None:
    made = inert(text)

    assert re.search(r"""[<>"'`*_{}\[\]+!|~^=$@\\\n]|&(?!#\d+;)|(?<!&)#""", made) is None
    assert re.match(r"[\s>#+*-]|\d+[.)](\s|$)", made) is None
    assert html.unescape(made) == re.sub("[\u202a-\u202e]", "\N{REPLACEMENT CHARACTER}", text)


def test_text_without_active_characters_costs_nothing() -> None:
    text = "Kế hoạch 342/KH-UBND, ngày 26/11/2024: 85,25% (đạt)"

    assert inert(text) == text


def pages(**templates: str) -> Pages:
    made = {f"page/{name}.md{ENDING}": text.encode() for name, text in templates.items()}
    return Pages(made, words=lambda key, **figures: f"{key} <{figures}>", engines=Engine)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ x }}", "&#60;b&#62;"),
        ('<a title="{{ x }}">', '<a title="&#60;b&#62;">'),
        ('{{ t("k", a=x) }}', "k &#60;&#123;&#39;a&#39;: &#39;&#60;b&#62;&#39;&#125;&#62;"),
        ("{% macro m(y) %}<i>{{ y }}</i>{% endmacro %}{{ m(x) }}", "<i>&#60;b&#62;</i>"),
        ('{{ [x, x]|join("; ") }}', "&#60;b&#62;; &#60;b&#62;"),
        ('{{ "a" ~ x }}', "a&#60;b&#62;"),
        ("title: {{ x|quoted }}", 'title: "&#60;b&#62;"'),
    ],
)
def test_every_expression_of_a_template_is_inert(template: str, expected: str) -> None:
    made = pages(one=template).page("page/one.md", "index.md", {"x": "<b>"}).decode()

    assert made == f"{expected}\n"


@pytest.mark.parametrize(
    ("path", "target", "expected"),
    [
        ("index.md", "2024/", "2024/"),
        ("index.md", "", "./"),
        ("2024/index.md", "", "../"),
        ("2024/index.md", "2024/", "./"),
        ("2024/index.md", "2024/#xep-hang", "./#xep-hang"),
        ("2024/co-quan/cuc-thue/index.md", "2024/tieu-chi/1.1.1/", "../../tieu-chi/1.1.1/"),
        ("2024/tai-ve/index.md", "2024/du-lieu/csv/results.csv", "../du-lieu/csv/results.csv"),
        ("index.md", "../2024/du-lieu/csv/results.csv", "../2024/du-lieu/csv/results.csv"),  # from a page in English
        ("2024/tai-ve/index.md", "../2024/du-lieu/csv/results.csv", "../../../2024/du-lieu/csv/results.csv"),
        ("2024/tai-ve/index.md", "../", "../../../"),
    ],
)
@pytest.mark.parametrize("folder", ["/", "/tmp", "."])  # noqa: S108 - nothing is written
def test_links_are_relative_to_the_folder_of_the_page_wherever_the_program_runs(
    monkeypatch: pytest.MonkeyPatch, folder: str, path: str, target: str, expected: str
) -> None:
    monkeypatch.chdir(folder)
    made = pages(one="{{ to(target) }}").page("page/one.md", path, {"target": target}).decode()

    assert html.unescape(made) == f"{expected}\n"


WRONG = [
    ("{{ unknown }}", "không có trường “unknown”"),
    ("{% if %}", "viết sai"),
    ("{% for a in rows %}", "thiếu phần kết thúc"),
    ("{{ x", "thiếu phần kết thúc"),
    ("{% nothing %}", "không có lệnh “nothing”"),
    ("{{ x|nothing }}", "không có phép “nothing”"),
    ("{{ r }}", "không phải chữ"),
    ("{% include 'nothing' %}", "không có khuôn “nothing”"),
    ("{{ t() }}", "chỗ này không điền được"),
]


@pytest.mark.parametrize(("template", "says"), WRONG)
def test_a_broken_template_is_named_with_its_line_and_the_reason(template: str, says: str) -> None:
    with pytest.raises(ParindexError) as caught:
        pages(one=f"một\n{template}").page("page/one.md", "index.md", VALUES)

    told = load_labels("vi").error(caught.value)
    assert told.startswith(f"Khuôn trang site_templates/page/one.md.j2, dòng 2 “{template}”: ")
    assert says in told


def test_a_broken_template_that_another_one_asks_for_is_the_one_named() -> None:
    with pytest.raises(ParindexError) as caught:
        pages(one="{% include 'page/two.md.j2' %}", two="một\n{{ nothing }}").page("page/one.md", "index.md", {})

    assert (caught.value.figures["path"], caught.value.figures["line"]) == ("page/two.md.j2", "2")


@pytest.mark.parametrize("name", ESCAPES)
def test_a_template_leaves_its_language_by_no_known_way(name: str) -> None:
    with pytest.raises(ParindexError) as caught:
        pages(one=ESCAPES[name]).page("page/one.md", "index.md", VALUES)

    assert caught.value.code == "template-wrong"


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_that_costs_too_much_is_stopped(name: str) -> None:
    begun = time.process_time()

    with pytest.raises(ParindexError):
        pages(one=BOMBS[name]).page("page/one.md", "index.md", VALUES)

    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("record", "field"),
    [
        (DataCommit("c", "2024-11-26", "a", "b", ("x",)), "author"),
        (Text("a note"), "main"),
        (Path("x"), "name"),
        (Subject("x", {}), "thing"),
    ],
    ids=["a commit", "a record of the data", "an object of the language", "what a page is about"],
)
@pytest.mark.parametrize(
    "template", ["{{{{ one.{} }}}}", "{{{{ one['{}'] }}}}", "{{{{ one }}}}", "{{{{ t('k', a=one) }}}}"]
)
def test_a_template_reads_no_record_that_was_not_made_for_pages(record: object, field: str, template: str) -> None:
    with pytest.raises(ParindexError):
        pages(one=template.format(field)).page("page/one.md", "index.md", {"one": record})


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_no_template_walks_around_the_door(name: str) -> None:
    source = TEMPLATES[name].read_text(encoding="utf-8")

    assert (
        re.findall(r"\|\s*(?:safe|e|escape|forceescape|tojson|urlize|striptags|xmlattr|format)\b|autoescape", source)
        == []
    )


@pytest.mark.parametrize("name", sorted(name for name in TEMPLATES if name.endswith(".md.j2")))
def test_no_template_of_the_site_styles_or_acts_inline(name: str) -> None:
    source = TEMPLATES[name].read_text(encoding="utf-8")

    assert re.findall(r"<script|<style|\sstyle=|\son[a-z]+=|https?:", source) == []


@pytest.mark.parametrize("name", templates._RECORDS)
def test_the_records_that_templates_may_read_stand_where_the_list_says(name: str) -> None:
    module = importlib.import_module(name.rstrip("."))
    names = [name] if not name.endswith(".") else [f"{name}{one.name}" for one in pkgutil.iter_modules(module.__path__)]

    assert any(
        dataclasses.is_dataclass(found) and found.__module__.startswith(name)
        for one in names
        for found in vars(importlib.import_module(one)).values()
    )


def test_the_body_of_a_page_is_the_last_value_of_its_front_matter_whatever_stands_in_it() -> None:
    lines = ["<p>a</p>", "---", "b: c", "- d # e", "% f", "{{ g }}", "<pre>&amp;</pre>"]
    made = pages(one='---\ntitle: "x"\n---\n{% for line in lines %}\n{{ line|drawn }}\n{% endfor %}')
    made._engine.environment.filters["drawn"] = Markup  # as a template writes its own lines
    page = made.page("page/one.md", "index.md", {"lines": lines}).decode()
    told = meta.get_data(page)

    assert told == ("", {"title": "x", "body": "".join(f"{line}\n" for line in lines)})
