"""Numbers are exact until rounded once, and shown in one form."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from pipeline.core.ground.numbers import Exact, Rounding, fixed, places, rounded
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import Text, json_fields
from pipeline.core.record.model import Grade, Licence, Window

HALVES: list[tuple[Exact, int, str, str, str]] = [
    # value, decimals, half-up, half-even, down
    (Fraction(1, 8), 2, "0.13", "0.12", "0.12"),
    (Fraction(3, 8), 2, "0.38", "0.38", "0.37"),
    (Decimal("0.005"), 2, "0.01", "0.00", "0.00"),
    (Decimal("2.675"), 2, "2.68", "2.68", "2.67"),
    (Decimal("1.005"), 2, "1.01", "1.00", "1.00"),
    (Decimal("-0.125"), 2, "-0.13", "-0.12", "-0.12"),
    (Fraction(5, 2), 0, "3", "2", "2"),
    (Fraction(7, 2), 0, "4", "4", "3"),
    (Fraction(1, 2), 0, "1", "0", "0"),
]


@pytest.mark.parametrize(("value", "decimals", "half_up", "half_even", "down"), HALVES)
def test_a_half_goes_up_to_the_even_digit_or_down_as_the_year_says(
    value: Exact, decimals: int, half_up: str, half_even: str, down: str
) -> None:
    modes: tuple[Rounding, ...] = ("half-up", "half-even", "down")

    assert [half_up, half_even, down] == [fixed(value, decimals, mode) for mode in modes]


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (Fraction(6832, 84), 2, "81.33"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(9999, 100), 1, "100.0"),
        (Decimal("0.0049"), 2, "0.00"),
        (Decimal("-0.0049"), 2, "0.00"),
        (Decimal("1E+2"), 2, "100.00"),
        (7, 2, "7.00"),
        (0, 0, "0"),
        (Fraction(10**40 + 1, 2), 0, "5000000000000000000000000000000000000001"),
        (Fraction(1, 2) - Fraction(1, 10**40), 0, "0"),
    ],
)
def test_a_number_is_rounded_from_its_exact_value_and_keeps_its_zeros(
    value: Exact, decimals: int, expected: str
) -> None:
    assert expected == fixed(value, decimals)


def test_what_is_nearly_a_half_is_not_rounded_twice() -> None:
    # 0.1249999 -> 0.125 -> 0.13 would be two roundings
    assert Decimal("0.12") == rounded(Fraction("0.1249999"), 2)


def test_no_setting_of_the_interpreter_reaches_a_figure() -> None:
    with localcontext() as context:
        context.prec = 3

        assert Decimal("123456.79") == rounded(Fraction("123456.785"), 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 0), ("1.50", 1), ("2.00", 0), ("0", 0), ("0.00", 0), ("0.01", 2), ("100", 0), ("91.651", 3), ("-0.25", 2)],
)
def test_zeros_at_the_end_need_no_decimals(text: str, expected: int) -> None:
    assert expected == places(Decimal(text))


def test_fields_of_a_record_are_told_as_json_and_of_none_as_null() -> None:
    licence = Licence(name="CC0")
    source = Source("data/site.yml", 3, 1)
    grade = Grade("tot", Decimal("80.0"), Text("Tốt", {"en": "Good"}))

    assert json_fields(licence, "name") == {"name": "CC0"}
    assert json_fields(grade, "title", least="from_index") == {"title": "Tốt", "least": "80.0"}
    assert json_fields(Window(source=source), "by", line="source.line") == {"by": None, "line": 3}
    assert json_fields(None, "by", line="source.line") == {"by": None, "line": None}
    with pytest.raises(AttributeError):
        json_fields(licence, "nothing")
