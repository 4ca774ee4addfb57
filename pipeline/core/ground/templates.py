"""What a template is to the rest of the program: fields in, text out, or the place and the reason why not.

Templates of a revision are data like its YAML files: whoever may propose a change may write one. The engine that
keeps them to showing and looping is `adapters/templates`; pages and Word documents both go through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

_Made = TypeVar("_Made")
Fields: TypeAlias = Mapping[str, object]  # all that a template can show, by name; nothing else reaches a reader


class WrongTemplateError(Exception):
    """A template that cannot be filled: `reason` names the sentence in the labels under `template-reason`."""

    def __init__(self, reason: str, /, *, name: str = "", line: int = 0, **figures: str) -> None:
        super().__init__(reason, figures)
        self.reason, self.name, self.line, self.figures = reason, name, line, figures


class Engine(Protocol):
    """One set of templates and what they may use."""

    environment: Any  # of the library, for another library that wants one

    def render(self, name: str, values: Fields) -> str:
        """Return a template of the set, filled; a template that is wrong raises `WrongTemplateError`."""

    def render_text(self, text: str, values: Fields) -> str:
        """Return a template given as text, filled; a name that `values` lacks is wrong even where nothing asks it."""

    def run(self, fill: Callable[[], _Made], values: Fields) -> _Made:
        """Return what another library fills with the engine's environment and these values; errors as for `render`."""


class Engines(Protocol):
    """Whoever makes an engine."""

    def __call__(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        shown: Callable[[object], object],
        filters: Mapping[str, Callable[..., object]] | None = None,
        functions: Mapping[str, Callable[..., object]] | None = None,
        printable: tuple[type, ...] = (),
    ) -> Engine:
        """Return an engine.

        Args:
            files: templates by name, which may extend and import each other; None for a single text.
            shown: turns what an expression shows into what is written.
            functions: what every template may call; a template may call the functions among its values as well.
            printable: what an expression may show beside texts and whole numbers.
        """
