"""Made-up years with one or two releases, and an attacker who holds them all, knows the rule, and tries every table."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import comb, prod
from random import Random

from worlds import files_of, year_from

from pipeline.core.ground.numbers import rounded
from pipeline.core.index.scoring import Results, amended_counts, score
from pipeline.core.record.model import Counts, Year
from pipeline.core.survey.disclosure import disclosure

ASKED = """
fieldwork: {from: 2024-12-01, to: 2024-12-31}
modes: [online]
scales:
  muc:
    options: {tot: {value: 1, title: Tốt}, kha: {value: 0.5, title: Khá}, kem: {value: 0, title: Kém}}
    no_opinion: khong-biet
groups: {nganh: {title: Ngành}, so: {title: Sở}, hdnd: {title: HĐND}}
questions:
  q1: {scale: muc, criterion: "1", groups: [nganh, so, hdnd], text: Câu 1}
  q2: {scale: muc, criterion: "1", groups: [nganh], text: Câu 2}
"""
PLAN = f"{ASKED}policy: {{group_without_answers: exclude, show_from: {{nganh: 4, so: 4, hdnd: 4}}}}\n"
MOST_TABLES = 5_000
OPTIONS = ("tot", "kha", "kem")
WORTH = {"tot": Fraction(1), "kha": Fraction(1, 2), "kem": Fraction(0)}

Row = tuple[str, str, tuple[int, ...]]  # group, question, and how many gave each option: one state of a row


def year_of(
    answers: Mapping[str, str],
    *,
    weights: Sequence[str] = ("1", "2", "3"),
    later: Mapping[str, str] | None = None,
    points: str = "{}",
    plan: str = PLAN,
) -> Year:
    """Return a year in which groups answered; those in `later` were corrected afterwards, by one decision."""
    told = ", ".join(f"{group}: {weight}" for group, weight in zip(answers, weights, strict=False))
    out_of = sum(Decimal(weight) for weight in weights[: len(answers)])
    criteria = f'"1": {{title: A, out_of: {out_of}, rule: {{type: survey, groups: {{{told}}}}}}}'
    counts = {(group, "thue"): counted(text) for group, text in answers.items()}
    amendments = [
        f"stage: survey\nagency: thue\ngroup: {group}\nexpect: {'0' * 64}\nreason: Phiếu đến muộn\nfile:\n"
        + "".join(f"  {line}\n" for line in f"format: 1\n{counted(text)}".splitlines())
        for group, text in (later or {}).items()
    ]
    policy = f"{{points: {points}}}"
    return year_from(
        files_of(criteria, agencies=["thue"], survey=plan, counts=counts, amendments=amendments, policy=policy)
    )


def counted(text: str) -> str:
    """Return a file of counts in which every valid form answers the first question, if only that it is left blank."""
    first = text.partition("}")[0].replace(",", " ").split()
    valid = sum(int(number) for number in first if number.isdigit())
    return f"forms: {{issued: {valid}, returned: {valid}, valid: {valid}}}\nanswers: {text}"


def releases_of(year: Year) -> list[Results]:
    """Return a year's releases: before it was corrected, if it ever was, and as it stands."""
    before = [dataclasses.replace(year, amendments=())] if year.amendments else []
    return [score(state) for state in (*before, year)]


def made_up(seed: int) -> list[Results]:
    """Return the releases of a year of so few people that every table can be tried, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - the same worlds each time
    while True:
        releases = _drawn_releases(random)
        if prod(comb(sum(row[2]) + 2, 2) for row in unknown_rows(releases)) <= MOST_TABLES:
            return releases


def _drawn_releases(random: Random) -> list[Results]:
    groups = ("nganh", "so", "hdnd")[: random.choice((1, 2, 2, 3, 3, 3))]
    people = {group: random.randint(2, 6) for group in groups}
    two = random.random() < 0.3
    given = {group: {name: _drawn(random, people[group]) for name in _asked(group, two)} for group in groups}
    later = {}
    if random.random() < 0.5:
        group = random.choice(groups)
        more = {name: _drawn(random, random.randint(1, 3)) for name in given[group]}
        later[group] = _text(
            {name: [a + b for a, b in zip(row, more[name], strict=True)] for name, row in given[group].items()}
        )
    points = random.choice(("{}", "{}", "{decimals: 1}", "{rounding: down}", "{leaf: exact}"))
    weights = [random.choice(("0.25", "0.5", "1", "2")) for _ in groups]
    plan = PLAN if two else PLAN.replace("groups: [nganh], text: Câu 2", "groups: [], text: Câu 2")
    answers = {group: _text(rows) for group, rows in given.items()}
    return releases_of(year_of(answers, weights=weights, later=later, points=points, plan=plan))


def _asked(group: str, two: bool) -> tuple[str, ...]:  # noqa: FBT001 - whether there is a second question
    return ("q1", "q2") if two and group == "nganh" else ("q1",)


def _drawn(random: Random, people: int) -> list[int]:
    """Return how many of some people gave each option, often of one mind."""
    shares = random.choice(((1, 1, 1), (8, 1, 1), (1, 0, 0), (1, 8, 1)))
    said = random.choices(range(3), weights=shares, k=people)
    return [said.count(option) for option in range(3)]


def _text(rows: Mapping[str, Sequence[int]]) -> str:
    told = {
        name: ", ".join(f"{option}: {count}" for option, count in zip(OPTIONS, row, strict=True))
        for name, row in rows.items()
    }
    return f"{{{', '.join(f'{name}: {{{row}}}' for name, row in told.items())}}}"


# --- the attacker ---------------------------------------------------------------------------------------------------


def rows_of(results: Results) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return the answers of each row of a release."""
    return {
        (group, question): tuple(row.get(option, 0) for option in OPTIONS)
        for (group, _), item in amended_counts(results.year).items()
        for question, row in item.answers.items()
    }


def hidden_in(results: Results) -> set[tuple[str, str]]:
    """Return which rows a release hides."""
    return {(group, question) for group, _, question in disclosure(results).counts}


def unknown_rows(releases: Sequence[Results]) -> list[Row]:
    """Return the states of rows that no release shows."""
    told = [(rows_of(results), hidden_in(results)) for results in releases]
    shown = {(*place, row) for rows, hidden in told for place, row in rows.items() if place not in hidden}
    every = dict.fromkeys((*place, row) for rows, _ in told for place, row in rows.items())
    return [row for row in every if row not in shown and sum(row[2])]


def possible(releases: Sequence[Results], random: Random) -> Iterator[dict[Row, tuple[int, ...]]]:
    """Yield, in any order, all tables of the unknown rows that would have been released just so."""
    unknown, faces = unknown_rows(releases), [face(results) for results in releases]
    steps = [steps_of(results, unknown) for results in releases]
    tables = list(itertools.product(*(list(vectors(sum(row[2]), 3)) for row in unknown)))
    random.shuffle(tables)
    for table in tables:
        moves = [value_of(counts) - value_of(row[2]) for counts, row in zip(table, unknown, strict=True)]
        told = zip(releases, steps, strict=True)
        if all(
            leaf_points(r, sum(map(Fraction.__mul__, moves, own), Fraction(0))) == leaf_points(r) for r, own in told
        ):
            world = dict(zip(unknown, table, strict=True))
            if only_came(releases, world) and [face(score(answered(r.year, world))) for r in releases] == faces:
                yield world


def value_of(counts: tuple[int, ...]) -> Fraction:
    return sum((worth * count for worth, count in zip(WORTH.values(), counts, strict=True)), Fraction(0))


def steps_of(results: Results, unknown: Sequence[Row]) -> list[Fraction]:
    """Return what an answer worth 1 of each unknown row adds to the leaf; nothing where a release has others."""
    leaf, rows = results.agencies[0].leaves[0].survey, rows_of(results)
    assert leaf is not None
    found = []
    for group, question, row in unknown:
        part = next(part for part in leaf.parts if part.group == group)
        heard = [one for one in part.questions if one.mean is not None]
        stands = rows[group, question] == row and part.points is not None
        found.append(Fraction(part.out_of) / len(heard) / sum(row) if stands else Fraction(0))
    return found


def leaf_points(results: Results, more: Fraction = Fraction(0)) -> Decimal | None:
    """Return the points that are published of the leaf; kept exact, drawings tell two decimals more."""
    leaf, policy = results.agencies[0].leaves[0], results.year.cycle.policy.points
    assert leaf.survey is not None
    decimals = policy.decimals + 2 * policy.leaf_exact
    return None if leaf.points is None else rounded(leaf.survey.points + more, decimals, policy.rounding)


def face(results: Results) -> object:
    """Return what is public of a release and depends on what is hidden."""
    return disclosure(results).parts, leaf_points(results), results.agencies[0].published


def only_came(releases: Sequence[Results], world: Mapping[Row, tuple[int, ...]]) -> bool:
    """Tell whether nobody left from one release to the next, in the rows where truly nobody did."""
    for before, after in itertools.pairwise(map(rows_of, releases)):
        for place, row in before.items():
            now = after[place]
            if all(map(int.__le__, row, now)):
                states = (world.get((*place, row), row), world.get((*place, now), now))
                if not all(map(int.__le__, *states)):
                    return False
    return True


def answered(year: Year, world: Mapping[Row, tuple[int, ...]]) -> Year:
    """Return the year with other answers in the place of some states of rows."""

    def changed(item: Counts) -> Counts:
        told = {}
        for question, row in item.answers.items():
            counts = tuple(row.get(option, 0) for option in OPTIONS)
            other = world.get((item.group, question, counts), counts)
            told[question] = {**row, **dict(zip(OPTIONS, other, strict=True))}
        return dataclasses.replace(item, answers=told)

    amendments = (dataclasses.replace(one, counts=changed(one.counts)) for one in year.amendments if one.counts)
    counts = {place: changed(item) for place, item in year.counts.items()}
    return dataclasses.replace(year, counts=counts, amendments=tuple(amendments))


def vectors(total: int, options: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to divide a number of answers among options."""
    if options == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in vectors(total - first, options - 1))
