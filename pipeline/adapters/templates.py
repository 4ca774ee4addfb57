"""Fill templates in a closed language, which shows fields, loops and asks conditions, and can do nothing else.

A template may come from any revision, so it is data. It reads the fields of the records made for pages, the entries of
mappings and lists, and calls what it was given and its own macros; every other attribute, call, filter, operator and
statement is refused. What a run may cost is counted in steps and letters, never by a clock, so that the same template
is refused everywhere. The only importer of Jinja2. Decision 0002.
"""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache, wraps
from typing import Any, Final, TypeVar, cast

import jinja2
from jinja2 import meta, nodes, pass_environment, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext, Macro, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from pipeline.core.ground.templates import WrongTemplateError

MOST_STEPS: Final = 1_000_000  # rounds, calls and pieces of text of one run; the largest page of 2024 takes 22,000
MOST_TEXT: Final = 32 * 1024 * 1024  # letters of any one text; the largest page of 2024 has 1 million

# Records whose fields a template may read: those made for pages. The records of the data hold more than is shown.
_RECORDS: Final = (
    "pipeline.core.forms.asking",
    "pipeline.core.forms.manifest",
    "pipeline.core.ground.table",
    "pipeline.core.publish.charts.chart",
    "pipeline.core.publish.mailbox",
    "pipeline.core.publish.site.",
    "pipeline.core.publish.survey_answers",
    "pipeline.core.rounds.audit_report",
    "pipeline.core.rounds.history_words",
)
# Records beside those, from which the way leads to all that the pages stand on.
_BEHIND: Final = ("pipeline.core.publish.site.pages", "pipeline.core.publish.site.shared")
_Made = TypeVar("_Made")
_UNNAMED, _ENDING = "<template>", ".j2"  # what errors call the file of a template that is a text, of one of a set
_OF_LOOPS: Final = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
_OF_CALLS: Final = ("_loop_vars", "_block_vars")  # what the library adds to a call, and takes away again
_TESTS: Final = ("defined", "undefined")
_NODES: Final = (
    *(nodes.Add, nodes.And, nodes.Assign, nodes.Block, nodes.Call, nodes.CallBlock, nodes.Compare, nodes.Concat),
    *(nodes.CondExpr, nodes.Const, nodes.For, nodes.Filter, nodes.Getattr, nodes.Getitem, nodes.If, nodes.Keyword),
    *(nodes.List, nodes.Macro, nodes.Name, nodes.Not, nodes.Operand, nodes.Or, nodes.Output, nodes.Slice),
    *(nodes.Template, nodes.TemplateData, nodes.Test, nodes.Tuple),
)
# What people write of a statement, where the library's own word is another.
_CALLED: Final = {nodes.AssignBlock: "set", nodes.FromImport: "from", nodes.NSRef: "set", nodes.Scope: "autoescape"}
_OF_SETS: Final = (nodes.Extends, nodes.Import, nodes.Include)  # only where there are templates to fetch
# What the library and the language raise at a template that is wrong.
_WRONG: Final = (
    *(jinja2.TemplateError, ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError),
    *(SyntaxError, TypeError, ValueError, WrongTemplateError),
)


class _Missing(jinja2.StrictUndefined):
    """A field that is not there; its message is its name and, on a second line, the names that are."""

    @property
    def _undefined_message(self) -> str:
        return f"{self._undefined_name}\n{', '.join(_names(self._undefined_obj))}"


def _names(holder: object) -> list[str]:
    """Return the names that a template may ask of a value."""
    if isinstance(holder, Mapping):
        return sorted(map(str, holder))
    if isinstance(holder, LoopContext):
        return sorted(_OF_LOOPS)
    if isinstance(holder, TemplateModule):
        return sorted(name for name, value in vars(holder).items() if isinstance(value, Macro))
    kind: Any = type(holder)
    return sorted(_fields_of(kind))


@cache
def _fields_of(kind: Any) -> frozenset[str]:  # noqa: ANN401  # any class
    """Return the fields and properties that a record made for pages shows; of anything else none."""
    module = kind.__module__
    if not dataclasses.is_dataclass(kind) or not module.startswith(_RECORDS) or module.startswith(_BEHIND):
        return frozenset()
    own = {field.name for field in dataclasses.fields(kind)}
    own |= {name for name in dir(kind) if isinstance(getattr(kind, name), property)}
    return frozenset(name for name in own if not name.startswith("_"))


class _Code(CodeGenerator):
    """Writes the code of templates without the library's own escaping: the finalizer gives nothing unescaped.

    It is asked only of what is no markup yet, for half of all values are, and most others are texts that were asked of
    before: `(v if type(v := (…)) is Markup else environment.of_text(v) if type(v) is str else …(v))`.
    """

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write("(v if type(v := (")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(f")) is Markup else environment.of_text(v) if type(v) is str else {finalize.src}v))")


_escape: Final[Callable[[object], str]] = FILTERS["escape"]
_SAFE: Final = type(_escape(""))  # text that is markup already


class _Environment(ImmutableSandboxedEnvironment):
    """The library's sandbox, turned from a list of what is forbidden into a list of what is allowed."""

    code_generator_class = _Code

    def __init__(
        self,
        files: Mapping[str, str] | None,
        shown: Callable[[object], object],
        filters: Mapping[str, Callable[..., object]],
        printable: tuple[type, ...],
    ) -> None:
        super().__init__(
            loader=None if files is None else jinja2.FunctionLoader(lambda name: _source(files, name)),
            autoescape=True,
            finalize=self.told,
            undefined=_Missing,
            trim_blocks=files is not None,
            lstrip_blocks=files is not None,
            optimized=False,  # nothing is worked out before it is counted
        )
        self._shown = shown
        self.of_text = lru_cache(maxsize=65536)(self.told)  # for texts alone: True and 1 would be one
        self.globals.clear()
        self.filters = {**_FILTERS, **filters}
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.nodes: tuple[type[nodes.Node], ...] = _NODES if files is None else (*_NODES, *_OF_SETS)
        self.functions: frozenset[int] = frozenset()  # the ids of what templates may call beside their macros
        self.printable = (str, int, jinja2.Undefined, *printable)  # what they may show
        self.steps = 0

    # --- what a template says -----------------------------------------------------------------------------------------

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            self._judge(node, name)
        made: nodes.Template = _Counters().visit(tree)
        return made

    def _judge(self, node: nodes.Node, name: str | None) -> None:
        """Refuse a statement, an operator, a filter or a name that is not on the list."""
        word = ""
        if not isinstance(node, self.nodes):
            word = _CALLED.get(type(node)) or getattr(node, "operator", None) or type(node).__name__.lower()
        elif isinstance(node, (nodes.Filter, nodes.Test)):
            known: Collection[str] = self.filters if isinstance(node, nodes.Filter) else self.tests
            if node.name not in known:
                allowed = ", ".join(sorted(one for one in known if one.isidentifier()))
                raise WrongTemplateError(
                    "unknown-filter", name=name or "", line=node.lineno, word=node.name, allowed=allowed
                )
        elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            word = node.attr
        elif isinstance(node, nodes.Name) and (node.name.startswith("__") or node.name in {"self", "super"}):
            word = node.name
        if word:
            line = next((one.lineno for one in (node, *node.find_all(nodes.Node)) if one.lineno), 0)
            raise WrongTemplateError("forbidden", name=name or "", line=line, word=word)

    # --- what it reaches ----------------------------------------------------------------------------------------------

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401  # whatever a template holds
        """Return a field, or that there is none."""
        kind: Any = type(obj)
        if attribute in _fields_of(kind) or (isinstance(obj, LoopContext) and attribute in _OF_LOOPS):
            return getattr(obj, attribute)
        if isinstance(obj, TemplateModule) and isinstance(vars(obj).get(attribute), Macro):
            return vars(obj)[attribute]
        if isinstance(obj, Mapping):
            try:
                return obj[attribute]
            except KeyError:
                pass
        if attribute.startswith("_") or isinstance(obj, (str, int, Sequence, Macro)) or callable(obj):
            raise WrongTemplateError("forbidden", word=attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401  # likewise
        """Return an entry of a list or a field by its name, or that there is none."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, (str, list, tuple)) and isinstance(argument, (int, slice)):
            self.letters(obj if isinstance(argument, slice) else "")
            try:
                return obj[argument]
            except IndexError:
                return self.undefined(obj=(), name=str(argument))
        raise WrongTemplateError("forbidden", word=str(argument)[:40])

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # likewise
        """Call a macro of a template or what it was given, and nothing else; the library's own way asks much more."""
        self.count(1)
        for name in _OF_CALLS:
            kwargs.pop(name, None)
        if type(obj) is Macro:
            return obj(context.eval_ctx, *args, **kwargs)
        if id(obj) not in self.functions:
            raise WrongTemplateError("forbidden", word="()")
        for value in (*args, *kwargs.values()):
            self.text("" if value is None else value)
        return obj(*args, **kwargs)

    # --- what it costs ------------------------------------------------------------------------------------------------

    def count(self, steps: int) -> None:
        """Count what a run costs."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise WrongTemplateError("too-much", limit=f"{MOST_STEPS:,}")

    def text(self, value: object) -> object:
        """Return a value that may become text: a text, a number, or what was given to be shown."""
        if isinstance(value, self.printable):
            return value
        raise WrongTemplateError("no-text")

    def told(self, value: object) -> object:
        """Return a value as text in which nothing acts."""
        made = self._shown(self.text(value))
        return made if type(made) is _SAFE else _escape(made)

    def letters(self, value: object, more: int = 0) -> None:
        """Count a text by its letters, a thousand of them a step."""
        length = more + (len(value) if isinstance(value, str) else 0)
        if length > MOST_TEXT:
            raise WrongTemplateError("too-much", limit=f"{MOST_TEXT:,}")
        self.count(1 + length // 1000)

    def concat(self, pieces: Iterable[str]) -> str:
        """Join the pieces that templates wrote, as long as they are not too many."""
        kept = list(pieces)  # whatever wrote them has counted them, so that they are not too many to hold
        length = sum(map(len, kept))
        if length > MOST_TEXT:
            raise WrongTemplateError("too-much", limit=f"{MOST_TEXT:,}")
        self.count(len(kept) + length // 1000)
        return "".join(kept)


def _source(files: Mapping[str, str], name: str) -> tuple[str, str, None] | None:
    return (files[name], name, None) if name in files else None


class _Counters(NodeTransformer):
    """Lets loops, joinings, sums and comparisons pass through filters that count; no template can write their names."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  # the library calls it so
        self.generic_visit(node)
        node.iter = _filtered("$rounds", cast("nodes.Expr", node.iter))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802  # likewise
        self.generic_visit(node)
        return _filtered("$text", nodes.List(node.nodes, lineno=node.lineno))

    def visit_Add(self, node: nodes.Add) -> nodes.Node:  # noqa: N802  # likewise
        self.generic_visit(node)
        return _filtered("$sum", nodes.List([node.left, node.right], lineno=node.lineno))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802  # likewise
        self.generic_visit(node)
        node.expr = _filtered("$compared", node.expr)
        for operand in node.ops:
            operand.expr = _filtered("$compared", operand.expr)
        return node


def _filtered(name: str, node: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


# --- filters: each counts what it takes ------------------------------------------------------------------------------


def _of_text(own: Callable[..., object]) -> Callable[..., object]:
    """Return a filter that takes a text and counts its letters."""

    @pass_environment
    @wraps(own)
    def counting(environment: _Environment, value: object, *args: object) -> object:
        environment.letters(environment.text(value))
        return own(value, *args)

    return counting


@pass_environment
def _rounds(environment: _Environment, value: Iterable[object]) -> list[object]:
    if isinstance(value, str):
        raise WrongTemplateError("forbidden", word="for")
    rounds = list(value)
    environment.count(1 + len(rounds))
    return rounds


@pass_environment
def _text(environment: _Environment, values: Sequence[object]) -> str:
    written = [environment.text(value) for value in values]
    environment.letters("", sum(len(str(value)) for value in written))
    return markup_join(written)


@pass_environment
def _joined(environment: _Environment, values: Iterable[object], between: str = "") -> str:
    parted = [part for value in _rounds(environment, values) for part in (between, value)]
    return _text(environment, parted[1:])


@pass_eval_context
def _replaced(context: nodes.EvalContext, value: str, old: str, new: str) -> object:
    environment = cast("_Environment", context.environment)
    for text in (value, old, new):
        environment.text(text)
    environment.letters("", len(str(value)) * max(1, len(str(new))))
    return FILTERS["replace"](context, value, old, new)


@pass_environment
def _sum(environment: _Environment, values: Sequence[object]) -> int:
    environment.count(1)
    if not all(isinstance(value, int) for value in values):
        raise WrongTemplateError("forbidden", word="+")
    return sum(cast("Sequence[int]", values))


@pass_environment
def _compared(environment: _Environment, value: object) -> object:
    if isinstance(value, (list, tuple)):
        for one in value:
            if isinstance(one, (list, tuple)):  # lists of lists of the same lists take for ever to compare
                raise WrongTemplateError("no-text")
            _compared(environment, one)
    elif value is not None and not isinstance(value, (Mapping, frozenset)):
        environment.letters(environment.text(value))
    return value


_FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    **{name: FILTERS[name] for name in ("first", "last", "length", "selectattr")},
    **{name: _of_text(FILTERS[name]) for name in ("lower", "trim", "upper")},
    "join": _joined,
    "list": _rounds,
    "replace": _replaced,
    "$compared": _compared,
    "$rounds": _rounds,
    "$sum": _sum,
    "$text": _text,
}


# --- the engine ------------------------------------------------------------------------------------------------------


class Engine:
    """One set of templates and what they may use; see `core.templates`."""

    def __init__(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        shown: Callable[[Any], object],
        filters: Mapping[str, Callable[..., object]] | None = None,
        functions: Mapping[str, Callable[..., object]] | None = None,
        printable: tuple[type, ...] = (),
    ) -> None:
        texts = None if files is None else {name: data.decode(errors="replace") for name, data in files.items()}
        self.environment = _Environment(texts, shown, filters or {}, printable)
        self.environment.globals.update(functions or {})

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """Return a template of the set, filled."""
        return self.run(lambda: self.environment.get_template(name).render(values), values, name=name)

    def render_text(self, text: str, values: Mapping[str, object]) -> str:
        """Return a template given as text, filled; a name that `values` lacks is wrong even where nothing asks it."""
        self.run(lambda: self._ask_known(text, values), values)
        return self.run(lambda: self.environment.from_string(text).render(values), values)

    def _ask_known(self, text: str, values: Mapping[str, object]) -> None:
        tree = self.environment.parse(text)
        missing = meta.find_undeclared_variables(tree) - set(values)
        for name in tree.find_all(nodes.Name):
            if name.name in missing:
                allowed = ", ".join(sorted(values))
                raise WrongTemplateError("unknown-field", line=name.lineno, word=name.name, allowed=allowed)

    def run(self, fill: Callable[[], _Made], values: Mapping[str, object], *, name: str = "") -> _Made:
        """Return what filling gives, counted anew; an error of the template says where and why."""
        self.environment.steps = 0
        given = (*self.environment.globals.values(), *values.values())
        self.environment.functions = frozenset(id(value) for value in given if callable(value))
        try:
            return fill()
        except _WRONG as error:
            line, where = _place(error)
            reason, figures = _reason(error)
            raise WrongTemplateError(reason, name=where or name, line=line, **figures) from error


_SYNTAX: Final = (  # what the library says of a text -> the reason
    (re.compile("looking for the following tags|[Mm]issing end of|[Uu]nexpected end of"), "not-closed"),
    (re.compile(r"unknown tag '(?P<word>\w+)'"), "unknown-tag"),
)


def _reason(error: Exception) -> tuple[str, dict[str, str]]:
    """Return the reason and its figures."""
    if isinstance(error, WrongTemplateError):
        return error.reason, error.figures
    if isinstance(error, jinja2.UndefinedError):
        word, _, allowed = (error.message or "").partition("\n")
        return "unknown-field", {"word": word, "allowed": allowed or "–"}
    if isinstance(error, jinja2.TemplateNotFound):
        return "no-file", {"word": str(error.name)}
    if isinstance(error, jinja2.TemplateSyntaxError):
        for known, reason in _SYNTAX:
            if found := known.search(error.message or ""):
                return reason, found.groupdict()
        return "syntax", {"detail": error.message or ""}
    if isinstance(error, (MemoryError, RecursionError)):
        return "too-much", {"limit": f"{MOST_STEPS:,}"}
    return "failed", {"detail": " ".join(str(error).split())[:200]}


def _place(error: Exception) -> tuple[int, str]:
    """Return the line of a template where an error arose, and the template's name where the error knows it."""
    if isinstance(error, WrongTemplateError) and error.line:
        return error.line, error.name
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno, error.name or ""
    lines = [(line, frame.f_code.co_filename) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [(line, name) for line, name in lines if name == _UNNAMED or name.endswith(_ENDING)]
    line, name = ours[-1] if ours else (0, _UNNAMED)
    return line, "" if name == _UNNAMED else name
