"""Plain values of a bundle that a stranger may have written: each is what it should be, or named as wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?")


class WrongValueError(ValueError):
    """A value of a bundle is not what should stand there."""


def as_text(value: object) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise WrongValueError(str(value)[:40])
    return value


def as_number(value: object, *, above: Decimal | None = None) -> Decimal:
    """Return a number that is written as text."""
    if not isinstance(value, str) or not NUMBER.fullmatch(value) or (above is not None and Decimal(value) <= above):
        raise WrongValueError(str(value)[:40])
    return Decimal(value)


def as_yes_no(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise WrongValueError(str(value)[:40])
    return value


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping; JSON knows text as its only keys."""
    if not isinstance(value, dict):
        raise WrongValueError(str(value)[:40])
    return value
