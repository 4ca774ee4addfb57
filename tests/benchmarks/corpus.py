"""A year of any number of agencies, made from a seed: what the benchmarks of size measure on.

`python tests/benchmarks/corpus.py FOLDER AGENCIES` writes one and commits it. The same numbers give the same bytes.
Scores are made up.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
YEAR = "2024"
AREAS = 6
LEAVES = 10  # of an area
QUESTIONS = 6  # that each group of respondents is asked, each of a criterion of its own
FORMS = 40  # of a group for each agency
STAGES = ("self-assessment", "appraisal-1", "explanation", "appraisal-2", "council-decision")
CYCLE = """\
format: 1
title: Chỉ số của một tỉnh (minh họa)
illustrative: true
period: {{from: 2024-01-01, to: 2024-12-31}}
out_of: {out_of}
legal_basis:
  - {{number: 1/KH-MH, date: 2024-11-26, title: Kế hoạch minh họa}}
stages:
  self-assessment: {{opens: 2024-11-26, before: 2024-12-05}}
  appraisal-1: {{opens: 2024-12-05, before: 2024-12-18}}
  explanation: {{working_days: 3, after: request}}
  appraisal-2: {{opens: 2024-12-19, before: 2025-01-31}}
  council-decision: {{opens: 2025-01-15, by: 2025-02-14}}
policy:
  points: {{decimals: 2, rounding: half-up, leaf: rounded}}
  index: {{decimals: 2, rounding: half-up}}
  rank: {{on: published, ties: competition}}
  evidence: {{missing: note}}
"""

_QUIET = "{notice: {number: 1/TB-MH}, days_off: [], make_up_days: []}"
_CALENDAR = "format: 1\nyears:\n" + "".join(f'  "{year}": {_QUIET}\n' for year in (2024, 2025))


def corpus(
    agencies: int,
    *,
    stages: int = len(STAGES),
    seed: int = 1,
    groups: int = 0,
    survey: int = 0,
    evidence: int = 0,
) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file of data, the rules of the year first.

    Args:
        agencies: how many.
        stages: how many of the stages, in their order, have files.
        seed: of the scores.
        groups: into how many groups of agencies they fall, in turn.
        survey: how many groups of respondents answer the questions of one area more.
        evidence: how many documents come with each line; of the words of lines and documents no two are then alike.
    """
    slugs = [f"co-quan-{number:05d}" for number in range(1, agencies + 1)]
    bodies = [f"so-{area}" for area in range(1, AREAS + 1)]
    listed = "".join(f"  {body}: {{name: Sở {body[3:]}}}\n" for body in bodies)
    yield "data/bodies.yml", f"format: 1\nbodies:\n{listed}"
    yield "data/calendar.yml", _CALENDAR
    yield f"data/{YEAR}/cycle.yml", CYCLE.format(out_of=AREAS * LEAVES + QUESTIONS * survey)
    asked = [f"nhom-{number}" for number in range(1, survey + 1)]
    yield f"data/{YEAR}/criteria.yml", _criteria(bodies) + (_asked(asked) if asked else "")
    if asked:
        yield f"data/{YEAR}/survey/survey.yml", _survey(asked)
    ends = [f", group: nhom-{place % groups + 1}" if groups else "" for place in range(agencies)]
    named = "".join(
        f"  {slug}: {{name: Cơ quan {slug[8:]}, short: CQ {slug[8:]}{end}}}\n"
        for slug, end in zip(slugs, ends, strict=True)
    )
    titled = "".join(f'  nhom-{number}: {{title: "Huyện, thị xã số {number}"}}\n' for number in range(1, groups + 1))
    head = f"groups:\n{titled}" if groups else ""
    yield f"data/{YEAR}/agencies.yml", f"format: 1\n{head}agencies:\n{named}"
    chance = random.Random(seed)  # noqa: S311 - made-up scores
    for slug in slugs:
        yield from _agency(slug, chance, STAGES[:stages], evidence)
        for group in asked:
            yield f"data/{YEAR}/survey/{group}/{slug}.yml", _answers(chance)


def over_years(agencies: int, years: int) -> Mapping[str, str]:
    """Return the files of so many years up to the usual one, which a concordance joins but for the last criterion."""
    names = [str(int(YEAR) - back) for back in reversed(range(years))]
    files: dict[str, str] = {}
    for seed, name in enumerate(names, 1):
        for path, text in corpus(agencies, seed=seed):
            dated = re.sub(r"\b(2024|2025)-", lambda found: f"{int(found[1]) - int(YEAR) + int(name)}-", text)  # noqa: B023
            files[path.replace(f"data/{YEAR}/", f"data/{name}/")] = dated
    listed = "".join(f'  "{int(names[0]) + step}": {_QUIET}\n' for step in range(years + 1))
    joined = "".join(f'      - {{from: ["{code}"], to: ["{code}"]}}\n' for code, _ in _codes()[:-1])
    pairs = "".join(f'  - from: "{one}"\n    to: "{other}"\n    criteria:\n{joined}' for one, other in pairwise(names))
    more = {"data/concordance.yml": f"format: 1\npairs:\n{pairs}"} if pairs else {}
    return {**files, "data/calendar.yml": f"format: 1\nyears:\n{listed}", **more}


def _codes() -> list[tuple[str, int]]:
    return [(f"{area}.{leaf}", area) for area in range(1, AREAS + 1) for leaf in range(1, LEAVES + 1)]


def _criteria(bodies: list[str]) -> str:
    areas = []
    for area in range(1, AREAS + 1):
        leaves = "".join(
            f'      "{area}.{leaf}": {{title: Tiêu chí {area}.{leaf}, out_of: 1, rule: {{type: judged, step: 0.05}}}}\n'
            for leaf in range(1, LEAVES + 1)
        )
        areas.append(
            f'  "{area}":\n    title: Lĩnh vực {area}\n    monitor: {bodies[area - 1]}\n    children:\n{leaves}'
        )
    return f"format: 1\ncriteria:\n{''.join(areas)}"


def _asked(groups: list[str]) -> str:
    shares = ", ".join(f"{group}: 1" for group in groups)
    leaves = "".join(
        f'      "{AREAS + 1}.{number}": {{title: Câu hỏi {number}, out_of: {len(groups)}, '
        f"rule: {{type: survey, groups: {{{shares}}}}}}}\n"
        for number in range(1, QUESTIONS + 1)
    )
    return f'  "{AREAS + 1}":\n    title: Điều tra\n    children:\n{leaves}'


def _survey(groups: list[str]) -> str:
    titled = "".join(f"  {group}: {{title: Nhóm {number}}}\n" for number, group in enumerate(groups, 1))
    asked = "".join(
        f'  q{number}: {{scale: muc, criterion: "{AREAS + 1}.{number}", groups: [{", ".join(groups)}], '
        f"text: Câu hỏi {number}}}\n"
        for number in range(1, QUESTIONS + 1)
    )
    scale = "muc: {options: {tot: {value: 1, title: Tốt}, vua: {value: 0.5, title: Vừa}, kem: {value: 0, title: Kém}}}"
    head = "fieldwork: {from: 2024-12-02, to: 2024-12-27}\nmodes: [online]\npolicy: {group_without_answers: zero}\n"
    return f"format: 1\n{head}scales:\n  {scale}\ngroups:\n{titled}questions:\n{asked}"


def _answers(chance: random.Random) -> str:
    counts = [(good := chance.randrange(FORMS), chance.randrange(FORMS + 1 - good)) for _ in range(QUESTIONS)]
    told = "".join(
        f"  q{number}: {{tot: {good}, vua: {fair}, kem: {FORMS - good - fair}}}\n"
        for number, (good, fair) in enumerate(counts, 1)
    )
    return f"format: 1\nforms: {{valid: {FORMS}}}\nanswers:\n{told}"


def _agency(slug: str, chance: random.Random, stages: tuple[str, ...], evidence: int) -> Iterator[tuple[str, str]]:
    own = {code: chance.randrange(10, 21) * 5 for code, _ in _codes()}
    cut = {code: chance.randrange(0, 3) * 5 for code, _ in _codes()}
    asked = sorted(chance.sample([code for code in own if cut[code]], 3), key=lambda code: code.split("."))
    about = {code: f" về tiêu chí {code} của cơ quan {slug[8:]}" if evidence else "" for code in own}
    proofs = {
        code: ", ".join(
            f"{{number: {number}-{code}/BC-{slug[8:]}-MH, date: 2024-11-28, title: Báo cáo {number}{about[code]}}}"
            for number in range(1, evidence + 1)
        )
        for code in own
    }
    lines = {
        "self-assessment": {
            code: f"{{score: {_points(own[code])}, note: Theo hồ sơ{about[code]}"
            + (f", evidence: [{proofs[code]}]}}" if evidence else "}")
            for code in own
        },
        "appraisal-1": {
            code: f"{{score: {_points(own[code] - cut[code])}"
            + (f", reason: Thiếu tài liệu{about[code]}" if cut[code] else "")
            + (", request: true}" if code in asked else "}")
            for code in own
        },
        "explanation": {code: f"{{explanation: Tài liệu đã gửi kèm{about[code]}}}" for code in asked},
        "appraisal-2": {code: f"{{score: {_points(own[code])}, reason: Đã bổ sung{about[code]}}}" for code in asked},
        "council-decision": {},
    }
    heads = {
        "self-assessment": "report: {number: 1/BC-MH, date: 2024-12-02}\nsigned_by: Thủ trưởng\nreceived: 2024-12-03\n",
        "appraisal-1": "appraised: 2024-12-16\nsent: 2024-12-17\nrequested: {number: 1/CV-MH, date: 2024-12-17}\n",
        "explanation": "letter: {number: 2/CV-MH, date: 2024-12-19}\nreceived: 2024-12-19\n",
        "appraisal-2": "appraised: 2025-01-10\n",
        "council-decision": "decision: {number: 1/QĐ-MH, date: 2025-02-01}\n",
    }
    for stage in stages:
        body = "".join(f'  "{code}": {line}\n' for code, line in lines[stage].items())
        yield (
            f"data/{YEAR}/{stage}/{slug}.yml",
            f"format: 1\n{heads[stage]}lines:{f'{chr(10)}{body}' if body else ' {}'}\n",
        )


def _points(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def schemas() -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each schema."""
    for path in sorted((ROOT / "schemas").rglob("*.json")):
        yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def write(folder: Path, agencies: int, **more: int) -> None:
    """Write a year with its schemas into a folder; `more` as `corpus` has it."""
    files = [*schemas(), *((path, text.encode()) for path, text in corpus(agencies, **more))]
    for path, data in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def committed(folder: Path, agencies: int, **more: int) -> None:
    """Write a year into a new repository and commit it; `more` as `corpus` has it."""
    write(folder, agencies, **more)
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    for words in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "--all"),
        (*identity, "commit", "-qm", "Kỳ"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)


if __name__ == "__main__":
    committed(Path(sys.argv[1]), int(sys.argv[2]))
