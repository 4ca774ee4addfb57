"""The words: every key that code asks for stands in every language, takes its figures, and none is left over."""

from __future__ import annotations

import ast
import errno
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

import jinja2
import pytest
from conftest import ROOT, Repository, RunCommand
from jinja2 import nodes
from tiny import TINY

from pipeline.adapters.messages import LANGUAGES, label_files, languages_in
from pipeline.core.ground.labels import Labels, texts_of
from pipeline.core.ground.problems import NAMED_FAULTS, ParindexError, Problem, system_reason
from pipeline.core.ground.text import MAIN
from pipeline.flows.wording import load_labels, words_in

MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
TEMPLATES = sorted((ROOT / "site_templates").rglob("*.j2"))
ASKS = frozenset({"text", "has", "worded"})  # methods of `Labels` that take a key


@cache
def labels(language: str) -> Labels:
    return load_labels(language)


@cache
def trees() -> dict[str, ast.Module]:
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def pattern(node: ast.expr) -> Iterator[str]:
    """Yield what an expression may be as a key: a regular expression with `.+` for what only running tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from pattern(node.body)
        yield from pattern(node.orelse)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from (left + right for left in pattern(node.left) for right in pattern(node.right))
    else:
        yield ".+"


def within(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Yield every node with the name of the function at the top of the module that it stands in."""
    for node in ast.iter_child_nodes(tree):
        own = function or (node.name if isinstance(node, ast.FunctionDef) else "")
        yield node, own
        yield from within(node, own)


@cache
def handed_on() -> dict[tuple[str, str, str], tuple[str, int]]:
    """Return who puts something before a key and asks for it: module, where, name -> it, place of the key."""
    found = {}
    for path, tree in trees().items():
        for function, where in within(tree):
            match function:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(func=ast.Attribute(attr="under"), args=[ast.Constant(value=str(before))]),
                ):
                    found[path, where, name] = (f"{before}.", 0)
            if not isinstance(function, ast.FunctionDef):
                continue
            arguments = [one.arg for one in (*function.args.posonlyargs, *function.args.args) if one.arg != "self"]
            for key in (call.args[0] for call in ast.walk(function) if is_asking(call)):
                match key:
                    case ast.JoinedStr(
                        values=[ast.Constant(value=str(before)), ast.FormattedValue(value=ast.Name(id=name))]
                    ):
                        if name in arguments:
                            inside = where if where != function.name else ""
                            found[path, inside, function.name] = (before, arguments.index(name))
    return found


def is_asking(node: ast.AST) -> TypeGuard[ast.Call]:
    """Tell whether labels are asked for a key."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ASKS
        and ast.unparse(node.func.value).endswith("labels")
        and bool(node.args)
    )


def words_of(path: str) -> str:
    """Return what the method `words` of the records that a module has at hand puts before a key."""
    folders = {"core/publish/reports/": "report.", "core/publish/site/": "page."}
    return next((before for folder, before in folders.items() if path.startswith(f"pipeline/{folder}")), "webform.")


def asked() -> Iterator[tuple[str, str]]:
    """Yield every key that code and templates ask for, as a pattern, with its place."""
    for path, tree in trees().items():
        for call, where in within(tree):
            if is_asking(call):
                yield from ((key, f"{path}:{call.lineno}") for key in pattern(call.args[0]))
            elif isinstance(call, ast.Call):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                before, place = handed_on().get((path, where, name)) or handed_on().get((path, "", name)) or ("", 0)
                if name == "words" and isinstance(call.func, ast.Attribute):
                    before = words_of(path)
                if before and len(call.args) > place:
                    keys = pattern(call.args[place])
                    yield from ((re.escape(before) + key, f"{path}:{call.lineno}") for key in keys)
    environment = jinja2.Environment(autoescape=True)
    for template in TEMPLATES:
        before = {"t": {"form": "webform.", "mail": "mailbox."}.get(template.parent.name, "page.")}
        for call in environment.parse(template.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in before and call.args:
                keys = pattern_of_template(call.args[0])
                yield from ((re.escape(before[call.node.name]) + key, f"{template.name}:{call.lineno}") for key in keys)


def pattern_of_template(node: nodes.Expr) -> Iterator[str]:
    """Yield what an expression of a template may be as a key."""
    match node:
        case nodes.Const(value=str(text)):
            yield re.escape(text)
        case nodes.Concat(nodes=parts):
            yield "".join(next(pattern_of_template(part)) for part in parts)
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from pattern_of_template(one)
            if other is not None:
                yield from pattern_of_template(other)
        case _:
            yield ".+"


def refused() -> Iterator[tuple[str, str]]:
    """Yield the code of every error that ends a command, with its place."""
    for path, tree in trees().items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "ParindexError" and call.args:
                for code in pattern(call.args[0]):
                    yield code, f"{path}:{call.lineno}"


def test_every_key_that_is_asked_for_stands_in_every_language() -> None:
    known = {language: " ".join(labels(language).texts) for language in LANGUAGES}
    keys = [*asked(), *((rf"errors\.{code}", place) for code, place in refused())]
    missing = {
        (language, key, place)
        for key, place in keys
        for language, words in known.items()
        if not re.search(rf"(?<!\S){key.replace('.+', '[^ ]+')}(?!\S)", words)
    }

    assert missing == set()
    assert len(keys) > 1300


def test_no_words_are_left_over() -> None:
    """A key is taken for used where a pattern of the code fits it, or where the code holds the word that ends it."""
    spoken = [node for tree in trees().values() for node in ast.walk(tree)]
    built = {
        key
        for node in spoken
        if isinstance(node, (ast.JoinedStr, ast.BinOp))
        for key in pattern(node)
        if re.match(r"[a-z\\-]+\\\.", key)
    }
    fits = [re.compile(key) for key in {key for key, _ in asked()} | built if key.replace(".+", "").strip("\\.")]
    literals = {node.value for node in spoken if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    before = {"", "report.", "page.", "webform.", "errors.", "command.", *(one for one, _ in handed_on().values())}
    left = [
        key
        for key in labels("vi").texts
        if not any(key.startswith(one) and key.removeprefix(one) in literals for one in before)
        and not any(fit.fullmatch(key) for fit in fits)
    ]

    assert left == []


OTHERS = LANGUAGES[1:]  # beside the main one


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_words_of_the_main_one_but_for_one_of_a_thing_and_names_of_languages(language: str) -> None:
    main, own = (
        {key for key in labels(name).texts if not key.startswith("language.names.")} for name in (MAIN, language)
    )

    assert main - own == set()
    assert {key for key in own - main if not key.endswith("-one")} == set()


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


ONE_LANGUAGE = {"title", "month", "name"}  # figures that only one language says: a Vietnamese title, a month's name


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_the_same_figures_as_the_main_one(language: str) -> None:
    main, own = labels(MAIN).texts, labels(language).texts
    apart = {key: figures(text) ^ figures(own[key]) for key, text in main.items() if key in own}

    assert {key: names for key, names in apart.items() if names - ONE_LANGUAGE} == {}


SEVERAL = re.compile(
    r"\{count\} (?:(?!of |the |to |in |have )[a-z]+ )?(?:\{\w+\} )?(?:criteria|agencies|entries|[a-z]+[^s\W]s)\b"
)
POINTS = re.compile(r"\{(?:points|out_of)\} points\b")
# What is told of several alone, or of some out of so many.
NEVER_ONE = {
    "analysis.sentence.area-weak-many",
    "analysis.sentence.lead",
    "analysis.sentence.moves-many",
    "analysis.sentence.near-grade-many",
    "analysis.sentence.rank-range-many",
    "chart.losses.title",
    "chart.part",
    "page.search.many",
    "page.year.headline-equal",
    *(f"problems.cause-{name}.message" for name in ("days", "decimals", "empty-column", "formulas", "older-criteria")),
    *(
        f"problems.cause-{name}.message" for name in ("same-words", "swapped", "thousands", "understood")
    ),  # a cause has several
    "schema.written",
    "questionnaire.writing",
    "verify.code.seal-chain-broken",
}


def test_english_has_words_for_one_wherever_it_counts() -> None:
    told = labels("en").texts
    plural = {key for key, text in told.items() if SEVERAL.search(text) and not key.endswith("-one")}

    assert {key for key in plural if f"{key}-one" not in told} == NEVER_ONE
    points = {key for key, text in told.items() if key.startswith(("rule.", "limit.")) and POINTS.search(text)}
    assert {key for key in points if f"{key}-one" not in told} == set()
    assert len(points) > 10
    assert labels("en").text("rule.points", title="On time", points="1") == "On time: 1 point"
    assert labels("en").text("rule.points", title="Late", points="0.5") == "Late: 0.5 points"
    assert labels("en").text("page.part.more", count=1) == "See the other agency"
    assert labels("en").text("page.part.more", count=2) == "See the other 2 agencies"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_takes_its_figures(language: str) -> None:
    own = labels(language)
    for key, text in own.texts.items():
        told = own.text(key, **dict.fromkeys(figures(text), "‹x›"))

        assert told.count("‹x›") == sum(name is not None for _, name, _, _ in string.Formatter().parse(text)), key
        assert all(name.isidentifier() for name in figures(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_and_every_error_is_told_with_its_figures(language: str) -> None:
    own = labels(language)
    for key, text in own.texts.items():
        family, _, code = key.partition(".")
        given = dict.fromkeys({*figures(text), "key", "self", "code"}, "no-file")
        whole = text.format_map(given)
        if family == "errors" and "reason" not in given:
            assert own.error(ParindexError(code, **given)) == whole
        elif family == "problems":
            code, _, part = code.rpartition(".")
            given |= {"count": 1} if part == "message-one" else {}
            problem = Problem(code, "error", "x", 1, 1, given)

            assert (own.help if part == "help" else own.message)(problem) == text.format_map(given)


@pytest.mark.parametrize("name", ["key", "self", "code", "reason", "name", "text", "problem"])
def test_a_figure_may_have_any_name(name: str) -> None:
    own = Labels("vi", {"a": f"{{{name}}}", "errors.a": f"{{{name}}}"})

    assert own.text("a", **{name: "x"}) == "x"
    assert own.error(ParindexError("a", **{name: "x"})) == "x"


def test_nothing_that_hands_figures_on_takes_one_of_them_for_itself() -> None:
    """Whoever takes figures of any name takes its own arguments by place only."""
    taken = [
        f"{path}:{function.lineno}: {function.name}"
        for path, tree in trees().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and function.args.kwarg is not None
        and ast.unparse(function.args.kwarg) == "figures: object"
        and [one.arg for one in function.args.args if one.arg != "self"]
    ]

    assert taken == []


def test_a_folder_is_a_language_when_it_says_so_and_no_other_folder_is(tmp_path: Path) -> None:
    for name in ("vi", "qq", "problems"):  # the last as an older version of the program leaves it behind
        (tmp_path / name).mkdir()
    for name in ("vi", "qq"):
        (tmp_path / name / "language.yml").write_text("name: x\n", encoding="utf-8")

    assert languages_in(tmp_path) == ("vi", "qq")


# --- a repository's own words ---------------------------------------------------------------------------------------


def test_a_repository_says_a_page_in_its_own_words(repository: Repository, run_command: RunCommand) -> None:
    repository.copy(TINY / "data", "data")
    repository.write("labels/vi/own.yml", "score: {column: {agency: Đơn vị được chấm}}\n")

    assert "Đơn vị được chấm" in run_command("score", cwd=repository.root).stdout
    assert "Đơn vị được chấm" not in run_command("--lang", "en", "score", cwd=repository.root).stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_the_same_read_block_by_block_or_file_by_file(language: str) -> None:
    whole = dict(texts_of((prefix, words_in(name, data)) for name, prefix, data in label_files(language)))

    assert dict(load_labels(language).texts) == whole
    assert {key: load_labels.__wrapped__(language).text(key) for key in list(whole)[::97]} == {
        key: whole[key] for key in list(whole)[::97]
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("scores: x", "label-unknown"),
        ("month: {'01': '{x}'}", "label-figures"),
        ("page: {year: {title: 'Năm {year.__class__}'}}", "label-figures"),
        ("page: {year: {title: 'Năm {year:>999999999}'}}", "label-figures"),
        ("page: {year: {title: 'Năm {year!r}'}}", "label-figures"),
        ("page: {year: {title: 'Năm {year'}}", "label-figures"),
        ("page: {year: {title: 'Năm {'}}", "label-figures"),
        ("page: [", "labels-broken"),
    ],
)
def test_words_of_a_repository_show_no_more_than_those_of_the_program(
    repository: Repository, run_command: RunCommand, words: str, code: str
) -> None:
    repository.copy(TINY / "data", "data")
    repository.write("labels/vi/own.yml", words + "\n")

    done = run_command("check", cwd=repository.root)
    told = labels("vi").texts[f"errors.{code}"]

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"parindex: {told.partition('{')[0]}labels/vi/own.yml")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_of_the_system_is_told_in_the_language_of_the_reader(language: str) -> None:
    own = labels(language)
    told = {fault: own.error(ParindexError("cannot-read", path="a", detail=fault)) for fault in NAMED_FAULTS}

    assert {fault for fault in told if not told[fault].endswith(f"a: {own.text(f'system.{fault}')}")} == set()
    assert system_reason(FileNotFoundError(errno.ENOENT, "No such file")) == "ENOENT"
    assert system_reason(OSError(errno.EXDEV, "Cross-device link")) == "Cross-device link"
