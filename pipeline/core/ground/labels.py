"""The words shown to people: looked up by key, filled with figures, numbers and dates in the reader's form.

The words stand in `pipeline/labels/`, a folder for each language; its `language.yml` says how it writes numbers and
dates. `adapters/messages` lists the folders and reads them. Nothing is translated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from string import Formatter

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.ground.problems import NAMED_FAULTS, ParindexError, Problem
from pipeline.core.ground.text import MAIN, Text, nearest

# Noncharacters, which Unicode keeps for use inside a program: they stand around Vietnamese words on a page in another
# language until the page says so in its own way.
FOREIGN, NATIVE = "\ufdd0", "\ufdd1"
MOST_NAMED = 12  # agencies that a sentence names one by one
_OF_TEMPLATES = ("template-wrong", "word-template-broken", "word-template-wrong")
_STAGES = ("stage", "stage_before")  # figures that are stages


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's words, by dotted key."""

    language: str
    texts: Mapping[str, str]
    marks: bool = False  # whether Vietnamese words on a page in another language stand between marks

    def text(self, key: str, /, **figures: object) -> str:
        """Return the words of a key with its figures; a key that does not exist is a bug and raises KeyError."""
        return self._filled(key, figures) if figures else self.texts[key]

    def _filled(self, key: str, figures: Mapping[str, object]) -> str:
        """Return the words of a key with its figures, those of `<key>-one` for one thing or point where there are."""
        counted = next((figures[name] for name in ("count", "points", "out_of") if name in figures), None)
        one = f"{key}-one" if str(counted) == "1" else key
        return self.texts[one if one in self.texts else key].format_map(figures)

    def under(self, before: str) -> Callable[..., str]:
        """Return what gives the words of the keys that stand under one."""
        return lambda key, /, **figures: self.text(f"{before}.{key}", **figures)

    def has(self, key: str) -> bool:
        """Tell whether a key exists."""
        return key in self.texts

    def stage(self, name: str) -> str:
        """Return a stage's name; what no label knows stands as the data writes it."""
        return self.texts.get(f"stage.{name}", name)

    def of(self, text: Text | None) -> str:
        """Return a text of the data in this language, Vietnamese where there is no other."""
        if text is None:
            return ""
        return text.in_language(self.language) if text.has(self.language) else self.vietnamese(text.main)

    def vietnamese(self, words: str) -> str:
        """Return words that are Vietnamese only, between marks where pages must tell them from their own language."""
        return f"{FOREIGN}{words}{NATIVE}" if self.marks and self.language != MAIN and words else words

    def number(self, written: str | Decimal | int) -> str:
        """Return a number with the language's decimal sign."""
        text = f"{written:f}" if isinstance(written, Decimal) else str(written)
        return text.replace(".", self.texts["language.decimal"])

    def amount(self, value: Decimal, unit: str) -> str:
        """Return a number with its unit; the percent sign stands without a space, as in Vietnamese print."""
        return self.counted(value) + (unit if unit == "%" else f" {self.vietnamese(unit)}")

    def grouped(self, count: int) -> str:
        """Return a count with the language's sign between its thousands."""
        return f"{count:,}".replace(",", self.texts["language.thousands"])

    def counted(self, number: Decimal) -> str:
        """Return a number, the thousands of a large whole one apart."""
        return self.grouped(int(number)) if number == number.to_integral_value() else self.number(number)

    def formal_count(self, count: int) -> str:
        """Return a count as official documents write it: in Vietnamese one below 10 with a leading zero, but for 0."""
        return self.text("language.formal-count", count=count) if count else "0"

    def listed(self, words: Iterable[str]) -> str:
        """Return words as a sentence lists them: a, b and c."""
        *most, end = [*words] or [""]
        return self.text("analysis.and", first=self.text("analysis.comma").join(most), last=end) if most else end

    def named(self, names: Sequence[str], *, between: str = "", most: int = MOST_NAMED, formal: bool = False) -> str:
        """Return names of agencies as a sentence lists them, or with a sign between; the rest of many is counted."""
        if len(names) > most:
            rest = len(names) - most
            count = self.formal_count(rest) if formal else rest
            names = [*names[:most], self.text("analysis.more-agencies", count=count)]
        return between.join(names) if between else self.listed(names)

    def date(self, iso: str | None) -> str:
        """Return a day in the language's form: 26/11/2024, or 26 November 2024."""
        if not iso:
            return ""
        year, month, day = iso.split("-")
        return self.text("language.date", day=int(day), month=int(month), year=year, name=self.texts[f"month.{month}"])

    def message(self, problem: Problem) -> str:
        """Return what is wrong, in one sentence."""
        return self._filled(f"problems.{problem.code}.message", self._figures(problem))

    def help(self, problem: Problem) -> str:
        """Return what to do about it."""
        return self._filled(f"problems.{problem.code}.help", self._figures(problem))

    def worded(self, key: str, problem: Problem) -> str | None:
        """Return other words for a problem, filled in with its figures; None where the labels have none."""
        return self._filled(key, self._figures(problem)) if self.has(key) else None

    def _figures(self, problem: Problem) -> Mapping[str, str]:
        """Return a problem's figures, stages by their names."""
        stages = {key: self.stage(value) for key, value in problem.figures.items() if key in _STAGES}
        return self._with_reason({**problem.figures, **stages})

    def _with_reason(self, figures: Mapping[str, str]) -> _Figures:
        """Return figures with the words of why the system refused something, where they say that by its name."""
        fault = figures.get("detail")
        return _Figures({**figures, "detail": self.text(f"system.{fault}")} if fault in NAMED_FAULTS else figures)

    def error(self, error: ParindexError) -> str:
        """Return the one line of a broken world; why a template or a key is wrong is a sentence of its own.

        What was typed is the figure that ends the code, `agency` of `unknown-agency`; the nearest allowed one is named.
        """
        figures = self._with_reason(error.figures)
        if error.code in _OF_TEMPLATES:
            figures["reason"] = self._filled(f"template-reason.{figures['reason']}", figures)
        if error.code == "register-key":
            figures["reason"] = self.text(f"register.fault.{figures['reason']}")
        told = self._filled(f"errors.{error.code}", figures)
        typed, allowed = figures.get(error.code.rpartition("-")[2], ""), figures.get("allowed", "").split(", ")
        near = nearest(typed, allowed)
        return told if near is None else f"{told} {self.text('errors.nearest', near=near)}"


class _Figures(dict[str, str]):
    """Figures of a message; one that is missing shows as a dash, never as a traceback."""

    def __missing__(self, key: str) -> str:
        return "–"


def texts_of(trees: Iterable[tuple[str, Node]]) -> Iterator[tuple[str, str]]:
    """Yield the words of parsed label files by dotted key; each tree comes with the key its words stand under."""
    for prefix, tree in trees:
        yield from _flat(tree, prefix)


def with_own_words(labels: Labels, trees: Iterable[tuple[str, Node]]) -> Labels:
    """Return labels in which a repository's own words, each file under its path, go before those of the program.

    Raises:
        ParindexError: `label-unknown` or `label-figures`, for the first words that say what the program never asks, or
            show figures, or a form of figures, that its own words of the key do not.
    """
    own: dict[str, str] = {}
    for path, tree in trees:
        for key, words in _flat(tree, ""):
            if key not in labels.texts:
                raise ParindexError("label-unknown", path=path, key=key)
            allowed = _slots(labels.texts[key]) or set()
            if (asked := _slots(words)) is None or not asked <= allowed:
                raise ParindexError("label-figures", path=path, key=key, allowed=", ".join(sorted(allowed)) or "–")
            own[key] = words
    return replace(labels, texts={**labels.texts, **own}) if own else labels


def _slots(words: str) -> set[str] | None:
    """Return the figures that words show, as they stand between braces; None where the braces are wrong."""
    try:
        parts = [*Formatter().parse(words)]
    except ValueError:
        return None
    return {f"{name}!{form or ''}:{spec}".removesuffix("!:") for _, name, spec, form in parts if name is not None}


def _flat(node: Node, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.Mapping):
        for key, value in node.values.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(node, Scalar):
        yield prefix, node.text
