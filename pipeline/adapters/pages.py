"""Pages from templates: Markdown or HTML in which everything that people typed is inert.

Every expression of a template leaves through one finalizer, which writes the characters that Markdown, HTML or a
template language could act on as numeric entities; the same text is safe in Markdown, in raw HTML and in an attribute.
How templates are filled, and what they may not do: `adapters/templates`. Decisions 0002, 0049.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from markupsafe import Markup

from pipeline.core.ground.kept import Kept, is_texts
from pipeline.core.ground.labels import FOREIGN, NATIVE
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.templates import Engines, WrongTemplateError
from pipeline.core.ground.text import MAIN
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.svg import has_names, svg
from pipeline.core.record.layout import way

ENDING = ".j2"  # of a template's file
SHOWN = 100  # letters of a line that an error repeats

_ACTIVE = re.compile(r"""[&<>"'`*_{}\[\]#+!|~^=$@\\\n]""")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ENDS_DATA = re.compile("[<>&\u2028\u2029]")
# What could begin a list, a rule, a quotation or a block of code, were the text to begin a line.
_FIRST = re.compile(rf"^({FOREIGN}?)(?:[^\w&–{FOREIGN}{NATIVE}]|\d+[.)](?=\s|$))")
_MARKS = re.compile(f"[{FOREIGN}{NATIVE}]")
_UNSHOWN = re.compile(rf"{_MARKS.pattern}|{_CONTROLS.pattern}")
_FENCE = "---"  # around front matter
_PLAIN = re.compile(r"[\w./-]*(?:#[\w./-]*)?", re.ASCII)  # an address


def inert(text: str) -> str:
    """Return typed text that shows as it is and does nothing, in Markdown as in raw HTML."""
    clean = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))
    coded = _ACTIVE.sub(_entity, clean)
    return _FIRST.sub(lambda found: found[0][:-1] + f"&#{ord(found[0][-1])};", coded)


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _in_vietnamese(page: str) -> str:
    """Return a page whose marked words say that they are Vietnamese; an attribute cannot, there the marks only go."""
    head, *rest = page.split(FOREIGN)
    parts, begun, ended = [head], head.rfind("<"), head.rfind(">")
    for marked in rest:
        words, native, after = marked.partition(NATIVE)
        is_bare = begun > ended or not native or "<" in words or ">" in words
        parts += [words if is_bare else f'<span lang="{MAIN}">{words}</span>', after]
        last = marked.rfind("<"), marked.rfind(">")
        begun, ended = (begun, ended) if last == (-1, -1) else last
    return "".join(parts).replace(NATIVE, "")


def _finalize(value: object) -> Markup:
    """Return typed text, or a number, made inert."""
    return value if isinstance(value, Markup) else Markup(inert(str(value)))  # noqa: S704  # made inert just here


def _text(value: object) -> str:
    if not isinstance(value, (str, int)):
        raise WrongTemplateError("no-text")
    return str(value)


def _quoted(value: object) -> Markup:
    """Return text for a value of front matter, in double quotes; a theme shows it as HTML, so it is inert as well."""
    text = _MARKS.sub("", _text(value))
    told = text if _PLAIN.fullmatch(text) else inert(text)  # a generator may take an address for what it is
    return Markup(json.dumps(told, ensure_ascii=False))  # noqa: S704  # made inert just here


def _embedded(text: object) -> Markup:
    """Return JSON for a data block of a page: nothing in it can end the block or break a line of script."""
    return Markup(_ENDS_DATA.sub(lambda found: f"\\u{ord(found[0]):04x}", _text(text)))  # noqa: S704  # made inert just here


def _drawn(chart: object) -> Markup:
    """Return a chart as a drawing, or one for each width, of which styles show one; it takes its colours from them."""
    if not isinstance(chart, Chart):
        raise WrongTemplateError("no-text")
    drawing = svg(chart)
    if has_names(chart.body):
        drawing = f'<div class="pi-narrow">{drawing}</div><div class="pi-broad">{svg(chart, wide=True)}</div>'
    return Markup(_UNSHOWN.sub("", drawing))  # noqa: S704  # every text in it is escaped


def _is_page(told: Any) -> bool:  # noqa: ANN401
    """Tell whether something has the form of a page and its targets."""
    match told:
        case [str(), targets]:
            return is_texts(targets)
    return False


class Pages:
    """The templates among the parts of a site; `words` looks up the words that templates name, in any language.

    `led` are the targets that pages made so far lead to, each with one of these pages. `kept` are the pages of the last
    time; which language the words are of stands in `language`.
    """

    def __init__(
        self,
        parts: Mapping[str, bytes],
        *,
        words: Callable[..., str],
        engines: Engines,
        kept: Kept | None = None,
    ) -> None:
        self.words, self.language = words, MAIN
        self._kept = kept or Kept()
        filters = {"quoted": _quoted, "embedded": _embedded, "drawn": _drawn}
        self._templates = {name: data for name, data in parts.items() if name.endswith(ENDING)}
        self.led: dict[str, str] = {}
        self._engine = engines(self._templates, shown=_finalize, filters=filters, functions={"t": self._said})

    def _said(self, key: str, /, **figures: object) -> str:
        return self.words(key, **figures)

    def page(self, template: str, path: str, values: Mapping[str, object]) -> bytes:
        """Return one page of the site.

        Args:
            template: the template's name without its last ending, `page/year.md`.
            path: where the page stands, below the site's root; links are made relative to its folder.
            values: what the template shows, by the names it uses.

        What follows the front matter becomes its last value, `body`, which the theme sets into the page as it is:
        Markdown would read it twice and change nothing.

        Raises:
            ParindexError: a template is missing or wrong.
        """
        given = [template, path, self.language, values]
        text, targets = self._kept.made(given, lambda: self._made(template, path, values), _is_page)
        for target in targets:
            self.led.setdefault(target, path)
        return str(text).encode()

    def _made(self, template: str, path: str, values: Mapping[str, object]) -> list[object]:
        """Return the text of a page, and the targets that it leads to."""
        here, led = posixpath.dirname(path), list[str]()

        @cache
        def to(target: str) -> str:
            folder, hash_mark, anchor = target.partition("#")
            end = "/" if folder.endswith("/") or not folder else ""
            led.append(target)
            relative = way(here, folder)
            address = ("./" if relative == "." else relative + end) + hash_mark + anchor
            return Markup(address) if _PLAIN.fullmatch(address) else address  # noqa: S704  # nothing in it acts

        try:
            text = self._engine.render(template + ENDING, {**values, "to": to})
        except WrongTemplateError as error:
            raise self._told(error) from error
        lines = [line for line in map(str.strip, _in_vietnamese(text).split("\n")) if line]
        if template.endswith(".md") and lines[0] == _FENCE:
            end = lines.index(_FENCE, 1)
            lines = [*lines[:end], "body: |", *(f" {line}" for line in lines[end + 1 :]), _FENCE]
        return ["\n".join(lines) + "\n", led]

    def _told(self, error: WrongTemplateError) -> ParindexError:
        """Return an error with the line of the template where it arose."""
        lines = self._templates.get(error.name, b"").decode(errors="replace").split("\n")
        text = lines[error.line - 1].strip()[:SHOWN] if 0 < error.line <= len(lines) else "–"
        place = {"path": error.name, "line": str(error.line or "–"), "text": text}
        return ParindexError("template-wrong", reason=error.reason, **place, **error.figures)
