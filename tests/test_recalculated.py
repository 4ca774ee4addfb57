"""Five hundred schemes drawn by lot, computed a second time by a calculator that shares no line with the program.

The calculator knows what the pages of reference say, and school arithmetic: Python's own fractions and expressions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import NamedTuple

import pytest
from formulas_by_lot import condition_of, number_of
from worlds import files_of, year_from

from pipeline.core.index.scoring import score

AGENCIES = ("a", "b", "c", "d")
MODES = ("half-up", "half-even", "down")
INPUTS = "{a: {title: A, unit: count}, b: {title: B, unit: count}, c: {title: C}}"


# --- the calculator --------------------------------------------------------------------------------------------------


def rounded(value: Fraction, decimals: int, mode: str) -> Fraction:
    scaled = abs(value) * 10**decimals
    whole, rest = floor(scaled), scaled - floor(scaled)
    half = Fraction(1, 2)
    up = {"half-up": rest >= half, "half-even": rest > half or (rest == half and whole % 2 == 1), "down": False}[mode]
    return Fraction(whole + up, 10**decimals) * (-1 if value < 0 else 1)


def expression(text: str, figures: Mapping[str, Fraction]) -> Fraction | bool | None:
    """Work out an expression as Python's own, each number an exact fraction; None where it divides by zero."""
    signs = text.replace("(", " ( ").replace(")", " ) ").replace(",", " , ").replace("-", " - ").split()
    told = " ".join("==" if one == "=" else f"F('{one}')" if one[0].isdigit() else one for one in signs)
    names = {**figures, "F": Fraction, "min": min, "max": max, "abs": abs, "__builtins__": {}}
    try:
        return eval(told, names)  # type: ignore[no-any-return]  # noqa: S307 - a text that this test drew
    except ZeroDivisionError:
        return None


def limited(value: Fraction, least: Fraction | None, most: Fraction | None) -> Fraction:
    value = value if most is None else min(value, most)
    return value if least is None else max(value, least)


# --- schemes by lot --------------------------------------------------------------------------------------------------


class Leaf(NamedTuple):
    """A criterion: its rule as a file says it, its points, and what draws an answer and the points it gives."""

    rule: str
    out_of: Fraction
    draw: Callable[[], tuple[str, Fraction | None]]  # the answer, empty where there is none; None: it does not apply


def plain(value: Fraction) -> str:
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def formula(
    lot: random.Random, out_of: Fraction, decimals: int, mode: str
) -> tuple[str, Callable[[], tuple[str, Fraction | None]]]:
    """Return a formula by lot, with what draws its figures."""
    levels = [(condition_of(lot, 2), number_of(lot, 2)) for _ in range(lot.randint(0, 3))]
    rest = number_of(lot, 3)

    def worked(figures: Mapping[str, Fraction]) -> Fraction | None:
        names = {**figures, "out_of": out_of}
        for when, points in (*levels, ("1 = 1", rest)):
            holds = expression(when, names)
            if holds is None or holds:
                found = None if holds is None else expression(points, names)
                return None if found is None else rounded(limited(Fraction(found), Fraction(0), out_of), decimals, mode)
        return None

    def draw() -> tuple[str, Fraction | None]:
        """Draw figures with which nothing is divided by zero, which is an error and no points."""
        while True:
            figures = {**{name: Fraction(lot.randint(0, 4)) for name in "ab"}, "c": Fraction(lot.randint(0, 400), 100)}
            if (points := worked(figures)) is not None:
                told = ", ".join(f"{name}: {plain(figure)}" for name, figure in figures.items())
                return f"{{{told}}}", points

    ones = {name: Fraction(1) for name in "abc"}
    while worked({**ones, "a": Fraction(3)}) is None or worked({**ones, "b": Fraction(2)}) is None:
        levels, rest = levels[1:], number_of(lot, 3)

    told = [f"{{when: '{when}', points: '{points}'}}" for when, points in levels]
    return f"{{type: formula, inputs: {INPUTS}, levels: [{', '.join([*told, f'{{points: {rest!r}}}'])}]}}", draw


def leaf(lot: random.Random, decimals: int, mode: str) -> Leaf:
    """Return a criterion by lot."""
    unit = 10 ** min(decimals, 2)
    out_of = Fraction(lot.randint(1, 10 * unit), unit)
    full, zero = (Fraction(n) for n in sorted(lot.sample(range(1, 101), 2), reverse=True))
    by_target, over = lot.random() < 0.5, lot.random() < 0.3

    def share() -> tuple[str, Fraction | None]:
        assigned = lot.choice([0, 1, 3, 7, 40, 64])
        done = lot.randint(0, assigned + (2 if over and assigned else 0))
        text = f"{{done: {done}, assigned: {assigned}}}"
        if not assigned:
            return text, None
        rate = Fraction(100 * done, assigned)
        points = out_of * min(rate / (full if by_target else 100), Fraction(1))
        return text, out_of if rate >= full else Fraction(0) if rate < zero else rounded(points, decimals, mode)

    def judged() -> tuple[str, Fraction | None]:
        return "", Fraction(lot.randint(0, int(out_of * unit)), unit)

    def reports() -> tuple[str, Fraction | None]:
        x, y = lot.randint(0, 4), lot.randint(0, 4)
        return f"{{x: {x}, y: {y}}}", max(Fraction(0), out_of - Fraction(x, unit) - Fraction(2 * y, unit))

    target = ", of: full_from" if by_target else ""
    step = plain(Fraction(1, unit))
    proportional = (
        f"{{type: proportional, full_from: {plain(full)}, zero_below: {plain(zero)}{target}, "
        f"when_none: not-applicable, over: {str(over).lower()}}}"
    )
    faults = f"{{x: {{per: {step}, title: X}}, y: {{per: {plain(Fraction(2, unit))}, title: Y}}}}"
    kinds = (
        (proportional, share),
        (f"{{type: judged, step: {step}}}", judged),
        (f"{{type: deduction, faults: {faults}, floor: 0}}", reports),
        *[formula(lot, out_of, decimals, mode)] * 3,
    )
    text, draw = lot.choice(kinds)
    return Leaf(text, out_of, draw)


def bonus(lot: random.Random, decimals: int) -> Leaf:
    unit = 10 ** min(decimals, 1)
    per = Fraction(lot.choice([-3, -2, -1, 1, 2, 3]), unit)
    bound = Fraction(lot.randint(0, 9))
    least, most = (-bound, Fraction(0)) if per < 0 else (Fraction(0), bound)

    def cases() -> tuple[str, Fraction | None]:
        count = lot.randint(0, 9)
        return f"{{x: {count}}}", limited(per * count, least, most)

    rule = f"{{type: bonus, items: {{x: {{per: {plain(per)}, title: X}}}}, most: {plain(most)}, least: {plain(least)}}}"
    return Leaf(rule, Fraction(0), cases)


@pytest.mark.parametrize("first", range(0, 500, 100))
def test_the_program_computes_what_the_calculator_does(first: int) -> None:
    wrong = [number for number in range(first, first + 100) if (found := scheme(number)) and found[0] != found[1]]

    assert wrong == []


def scheme(number: int) -> tuple[object, object]:
    """Return what the calculator gives of a scheme, and what the program gives."""
    lot = random.Random(number)  # noqa: S311 - cases of a test, not secrets
    decimals, mode = lot.randint(0, 3), lot.choice(MODES)
    leaves = {f"1.{n}": leaf(lot, decimals, mode) for n in range(1, lot.randint(3, 7))}
    bonuses = {f"2.{n}": bonus(lot, decimals) for n in range(1, lot.randint(2, 6))}
    free = list(bonuses)
    lot.shuffle(free)
    limits: list[tuple[list[str], Fraction | None, Fraction | None]] = []
    while free and lot.random() < 0.8:
        codes = [free.pop() for _ in range(lot.randint(1, len(free)))]
        least, most = (lot.choice([None, Fraction(lot.randint(0, 5))]) for _ in range(2))
        limits.append((codes, None if least is None else -least, most if least is not None else most or Fraction(1)))
    unclaimed = {code for code in leaves if lot.random() < 0.3}
    given = {agency: {code: one.draw() for code, one in {**leaves, **bonuses}.items()} for agency in AGENCIES}

    calculated: dict[str, tuple[Fraction, Fraction, Fraction | None]] = {}
    for agency, own in given.items():
        points = sum((got for code, (_, got) in own.items() if code in leaves and got is not None), Fraction(0))
        out_of = sum(
            (leaves[code].out_of for code, (_, got) in own.items() if code in leaves and got is not None), Fraction(0)
        )
        rest = {code: own[code][1] or Fraction(0) for code in bonuses}
        for codes, least, most in limits:
            points += limited(sum((rest.pop(code) for code in codes), Fraction(0)), least, most)
        points += sum(rest.values(), Fraction(0))
        index = (
            None if not out_of else rounded(limited(100 * points / out_of, Fraction(0), Fraction(100)), 2, "half-up")
        )
        calculated[agency] = (points, out_of, index)
    indices = [index for _, _, index in calculated.values() if index is not None]
    expected = {
        agency: (points, out_of, index, None if index is None else 1 + sum(other > index for other in indices))
        for agency, (points, out_of, index) in calculated.items()
    }

    def line(code: str, answer: str, got: Fraction | None) -> str:
        facts = [f"answer: {answer}"] if answer else []
        facts.append("not_applicable: X" if got is None else f"score: {plain(got)}")
        return f'"{code}": {{{", ".join([*facts, "reason: R"])}}}'

    stages = {"self-assessment": unclaimed, "appraisal-1": set[str]()}
    lines = {
        (stage, agency): "\n".join(line(code, *one) for code, one in own.items() if code not in left)
        for stage, left in stages.items()
        for agency, own in given.items()
    }
    claims = {code: ", claimed: false" if code in unclaimed else "" for code in (*leaves, *bonuses)}
    below = [
        f'"{code}": {{title: T, out_of: {plain(one.out_of)}, rule: {one.rule}{claims[code]}}}'
        for code, one in {**leaves, **bonuses}.items()
    ]
    areas = [
        f'"{area}": {{title: A, children: {{{", ".join(one for one in below if one[1] == area)}}}}}' for area in "12"
    ]
    files = files_of(
        "\n".join(areas),
        agencies=AGENCIES,
        lines=lines,
        policy=f"{{points: {{decimals: {decimals}, rounding: {mode}}}, index: {{decimals: 2, rounding: half-up}}}}",
    )
    told = [
        f"{{codes: {codes}".replace("'", '"')
        + ("" if most is None else f", most: {plain(most)}")
        + ("" if least is None else f", least: {plain(least)}")
        + "}"
        for codes, least, most in limits
    ]
    files["data/2024/cycle.yml"] += f"\nbonus_limits: [{', '.join(told)}]" if told else ""
    year = year_from(files)
    for code, one in {**leaves, **bonuses}.items():
        for agency in AGENCIES:
            answer, got = given[agency][code]
            if answer:
                made = year.criteria[code].rule
                assert made is not None
                node = year.stages["appraisal-1"][agency].lines[code].answer
                assert node is not None
                points_ = made.points(
                    made.answer(node)[0], out_of=year.criteria[code].out_of, decimals=decimals, mode=mode
                )  # type: ignore[arg-type]
                assert (one.rule, answer, points_) == (one.rule, answer, got)
    found = {
        entry.agency.slug: (
            entry.total.points,
            entry.total.out_of,
            None if entry.published is None else Fraction(entry.published),
            entry.rank,
        )
        for entry in score(year).agencies
    }
    return expected, found
