"""Formulas drawn by lot, the same ones every time, with figures on their limits, ties and zero divisors among them."""

from __future__ import annotations

import random
from decimal import Decimal

from worlds import rule, tree

from pipeline.core.record.rules import Rule
from pipeline.core.record.rules.base import Reading

INPUTS = "{a: {title: A, unit: count}, b: {title: B, unit: count}, c: {title: C}}"
SIGNS = ("+", "-", "*", "/")
COMPARED = ("<", "<=", "=", "!=", ">=", ">")


def number_of(lot: random.Random, depth: int) -> str:
    """Return an expression that is a number."""
    if depth == 0 or lot.random() < 0.2:
        return lot.choice(["a", "b", "c", "out_of", "1", "2", "0.5", "0", "0.25", "3"])
    kind = lot.random()
    if kind < 0.7:
        return f"({number_of(lot, depth - 1)} {lot.choice(SIGNS)} {number_of(lot, depth - 1)})"
    if kind < 0.9:
        return f"{lot.choice(['min', 'max'])}({number_of(lot, depth - 1)}, {number_of(lot, depth - 1)})"
    return lot.choice([f"abs({number_of(lot, depth - 1)})", f"-{number_of(lot, depth - 1)}"])


def condition_of(lot: random.Random, depth: int) -> str:
    """Return an expression that is true or false."""
    if depth == 0 or lot.random() < 0.5:
        return f"{number_of(lot, 1)} {lot.choice(COMPARED)} {number_of(lot, 1)}"
    if lot.random() < 0.2:
        return f"not ({condition_of(lot, depth - 1)})"
    return f"({condition_of(lot, depth - 1)} {lot.choice(['and', 'or'])} {condition_of(lot, depth - 1)})"


def drawn(lot: random.Random) -> tuple[str, str]:
    """Return a rule and an answer, both as YAML."""
    levels = [f"{{when: '{condition_of(lot, 2)}', points: '{number_of(lot, 2)}'}}" for _ in range(lot.randint(0, 2))]
    levels.append(f"{{points: '{number_of(lot, 3)}'}}")
    told = f"type: formula, inputs: {INPUTS}, levels: [{', '.join(levels)}]"
    if lot.random() < 0.2:
        told += f", valid: '{condition_of(lot, 1)}'"
    if lot.random() < 0.2:
        told += f", not_applicable_when: '{condition_of(lot, 1)}'"
    c = Decimal(lot.randint(0, 40)).scaleb(-lot.choice([0, 1, 2]))
    return f"{{{told}}}", f"{{a: {lot.randint(0, 4)}, b: {lot.randint(0, 4)}, c: {c:f}}}"


def read(text: str, answer: str, out_of: str) -> tuple[Rule, Reading]:
    """Return a rule, and what it reads of an answer."""
    made = rule(text, out_of)
    return made, made.answer(tree(answer))
