"""Planning a survey and calling back: sample sizes worked by hand, draws that anybody can repeat, laws of the plan."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand
from tiny import EXAMPLES, TINY_FILES, snapshot_of

from pipeline.core.record.model import Validity
from pipeline.core.survey import sample_size
from pipeline.core.survey.callbacks import draw, drawn_of, serials_from, serials_up_to

SURVEY, SUPERVISION = "data/2024/survey/survey.yml", "data/2024/survey/supervision.yml"


def changed(path: str, find: str, replace: str) -> dict[str, bytes]:
    """Return the tiny world with one text of it replaced."""
    text = TINY_FILES[path].decode()
    assert text.count(find) == 1
    return {**TINY_FILES, path: text.replace(find, replace).encode()}


def codes(files: dict[str, bytes]) -> set[str]:
    return {problem.code for problem in snapshot_of(files).problems}


# --- sample sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "margin", "confidence", "needed"),
    [
        (None, "5", "95", 385),  # 1.959964^2 / 4 / 0.0025 = 384.15
        (95, "5", "95", 77),  # 384.1459 / (1 + 383.1459 / 95) = 76.33
        (1_000_000, "5", "95", 384),  # 384.1459 / (1 + 383.1459 / 1000000) = 383.999
        (95, "5", "99", 84),  # n0 = 663.49; 663.49 / (1 + 662.49 / 95) = 83.21
        (60, "10", "90", 33),  # n0 = 67.64; 67.64 / (1 + 66.64 / 60) = 32.05
        (1, "5", "95", 1),
        (0, "5", "95", 0),
    ],
)
def test_the_forms_needed_are_those_worked_by_hand(
    population: int | None, margin: str, confidence: str, needed: int
) -> None:
    assert needed == sample_size.forms_needed(population, margin=Decimal(margin), confidence=Decimal(confidence))


@pytest.mark.parametrize("population", [2, 7, 24, 60, 95, 126, 5000])
@pytest.mark.parametrize("margin", ["1", "2.5", "5", "10"])
def test_so_many_forms_keep_the_margin_and_one_fewer_does_not(population: int, margin: str) -> None:
    wanted = Decimal(margin)
    needed = sample_size.forms_needed(population, margin=wanted, confidence=Decimal(95))
    kept = sample_size.margin_of(needed, population, confidence=Decimal(95))
    fewer = sample_size.margin_of(needed - 1, population, confidence=Decimal(95))

    assert kept is not None
    assert kept <= wanted
    assert fewer is None or fewer >= wanted


@pytest.mark.parametrize(
    ("forms", "population", "margin"),
    [(60, 95, "7.7"), (48, 60, "6.4"), (100, None, "9.8"), (95, 95, "0.0"), (1, 1, "0.0"), (1, None, "98.0")],
)
def test_the_margin_of_a_plan_is_the_one_worked_by_hand(forms: int, population: int | None, margin: str) -> None:
    assert Decimal(margin) == sample_size.margin_of(forms, population, confidence=Decimal(95))


def test_no_form_gives_no_margin() -> None:
    assert sample_size.margin_of(0, 95, confidence=Decimal(95)) is None


def test_a_group_known_only_by_agency_needs_forms_of_each() -> None:
    rows = sample_size.needed_of(snapshot_of(TINY_FILES).world.years["2024"], margin=Decimal(5), confidence=Decimal(95))

    assert [(row.group, row.agency, row.population, row.forms) for row in rows] == [
        ("lanh-dao-so", None, 24, 23),
        ("lanh-dao-nganh", "co-quan-a", 12, 12),
        ("lanh-dao-nganh", "co-quan-b", 9, 9),
        ("lanh-dao-nganh", "co-quan-c", 6, 6),
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_command_shows_the_needed_forms_beside_the_plan(run_command: RunCommand, language: str) -> None:
    told = run_command("--repo", str(ROOT), "--lang", language, "survey", "sample", "--year", "2025")

    assert told.code == 0
    assert any(line.split()[-4:-1] == ["95", "60", "77"] for line in told.stdout.splitlines())


@pytest.mark.parametrize(
    "typed",
    [
        ["--margin", "0"],
        ["--margin", "60"],
        ["--margin", "năm"],
        ["--confidence", "100"],
        ["--confidence", "1e2"],
        ["--margin", "٥"],
    ],
    ids=" ".join,
)
def test_a_margin_that_means_nothing_is_refused_in_one_line(run_command: RunCommand, typed: list[str]) -> None:
    told = run_command("--repo", str(ROOT), "survey", "sample", "--year", "2025", *typed)

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert typed[0] in told.stderr


# --- call-backs -----------------------------------------------------------------------------------------------------


def test_a_draw_is_the_first_forms_in_the_order_of_their_hashes() -> None:
    serials = [f"HDND-{number:03}" for number in range(1, 61)]
    by_hand = sorted(
        serials,
        key=lambda serial: hashlib.sha256(f"parindex-callbacks\n2025/dai-bieu-hdnd\n7\n{serial}".encode()).hexdigest(),
    )

    assert tuple(by_hand[:10]) == draw(serials, scope="2025/dai-bieu-hdnd", seed=7, count=10)


def test_the_order_of_the_list_changes_no_draw_and_the_seed_and_the_group_do() -> None:
    serials = serials_up_to(200)
    first = drawn_of("2025", "lanh-dao-so", serials, seed=1, count=20)

    assert first == drawn_of("2025", "lanh-dao-so", serials[::-1], seed=1, count=20)
    assert first.serials != drawn_of("2025", "lanh-dao-so", serials, seed=2, count=20).serials
    assert first.serials != drawn_of("2025", "lanh-dao-nganh", serials, seed=1, count=20).serials
    assert len(set(first.serials)) == 20


def test_a_larger_draw_keeps_the_forms_of_a_smaller_one() -> None:
    serials = serials_up_to(50)

    assert draw(serials, scope="x", seed=3, count=5) == draw(serials, scope="x", seed=3, count=9)[:5]


def test_every_form_is_drawn_about_equally_often() -> None:
    serials = serials_up_to(20)
    drawn = [serial for seed in range(1000) for serial in draw(serials, scope="x", seed=seed, count=5)]
    often = [drawn.count(serial) for serial in serials]

    # 250 expected each, standard deviation 13.7: four of them either way
    assert 195 < min(often) < max(often) < 305


@pytest.mark.parametrize("code", ["serial-repeated", "serial-not-plain"])
def test_a_list_that_is_not_one_of_forms_is_refused_with_its_line(run_command: RunCommand, code: str) -> None:
    path = EXAMPLES / "invalid" / f"survey-serials--{code}.txt"
    told = run_command(*callbacks("--list", str(path)))
    (problem,) = serials_from(path.name, path.read_text(encoding="utf-8"))[1]

    assert (told.code, told.stdout) == (1, "")
    assert f"{path}:{problem.line}:1: lỗi {code}:" in told.stderr
    assert "0901234567" not in told.stderr


def test_a_list_with_windows_ends_and_a_mark_reads_like_any_other() -> None:
    assert serials_from("x", "\ufeffA-1\r\nA-2\r\n\r\n") == (("A-1", "A-2"), ())


def callbacks(*more: str) -> list[str]:
    group = ["--group", "lanh-dao-so", "--seed", "20251229", "--draw", "3"]
    return ["--repo", str(ROOT), "survey", "callbacks", "--year", "2025", *group, *more]


def test_the_command_tells_the_drawn_forms_and_what_to_record(run_command: RunCommand, tmp_path: Path) -> None:
    path = tmp_path / "ma-phieu.txt"
    path.write_text("S-2\nS-1\nS-4\nS-3\n", encoding="utf-8")
    text = run_command(*callbacks("--list", str(path))).stdout
    answer = json.loads(run_command(*callbacks("--list", str(path), "--format", "json")).stdout)
    digest = hashlib.sha256(b"S-1\nS-2\nS-3\nS-4\n").hexdigest()

    assert {**answer, "serials": len(answer["serials"])} == {
        "year": "2025",
        "group": "lanh-dao-so",
        "seed": 20251229,
        "of": 4,
        "list": digest,
        "drawn": 3,
        "serials": 3,
    }
    record = text[text.index("callbacks:\n") :].split("\n\n")[0]
    after = {**TINY_FILES, SUPERVISION: TINY_FILES[SUPERVISION].split(b"callbacks:")[0] + recorded(record)}
    assert codes(after) == set()


def recorded(record: str) -> bytes:
    """Return what the command says to enter, with the totals that the team adds."""
    return record.replace(
        "callbacks:\n", "callbacks:\n  seed: 20251229\n  drawn: 3\n  reached: 0\n  agreed: 0\n"
    ).encode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([], "--list"),
        (["--count", "5", "--list", "x.txt"], "--list"),
        (["--count", "2"], "2"),
        (["--count", "0"], "--count"),
        (["--list", "khong-co.txt"], "khong-co.txt"),
        (["--count", "9", "--group", "khong-co"], "khong-co"),
        (["--count", "9", "--group", "nguoi-dan-doanh-nghiep"], "nguoi-dan-doanh-nghiep"),
        (["--count", "9", "--seed", "-1"], "--seed"),
        (["--count", "9", "--year", "1999"], "1999"),
        (["--count", "9", "--year", "2025-x"], "2025-x"),
    ],
    ids=" ".join,
)
def test_a_draw_that_cannot_be_made_is_refused_in_one_line(
    run_command: RunCommand, typed: list[str], words: str
) -> None:
    told = run_command(*callbacks(*typed))

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert words in told.stderr


# --- what the plan and the supervision may say -----------------------------------------------------------------------


def test_the_plan_of_the_open_year_is_read_with_all_it_says() -> None:
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "data").rglob("*.yml")}
    plan = snapshot_of(files).world.years["2025"].survey
    assert plan is not None

    assert plan.validity == Validity(Decimal(80), 60, 30, "reject", 12)
    assert [group.id for group in plan.groups.values() if group.matrix and group.token] == [
        *("dai-bieu-hdnd", "lanh-dao-so", "lanh-dao-xa-phuong"),
    ]
    assert {group.id: group.own_agency for group in plan.groups.values() if group.own_agency} == {
        "lanh-dao-so": "exclude",
        "lanh-dao-nganh": "only",
    }
    assert all(question.required for question in plan.questions.values())
    assert [(q.id, q.skip_if.question, q.skip_if.answers) for q in plan.questions.values() if q.skip_if] == [
        ("q5", "q4", ("khong-y-kien",))
    ]


@pytest.mark.parametrize(
    ("skip", "code"),
    [
        ("{question: q1, answers: [kem]}", None),
        ("{question: q1, answers: [khong-y-kien]}", None),
        ("{question: q1, answers: [rat-te]}", "unknown-option"),
        ("{question: q1, answers: [blank]}", "unknown-option"),
        ("{question: q9, answers: [kem]}", "skip-out-of-order"),
        ("{question: q2, answers: [kem]}", "skip-out-of-order"),
    ],
)
def test_a_question_is_passed_over_after_an_answer_to_an_earlier_one(skip: str, code: str | None) -> None:
    files = changed(SURVEY, "  q2: {", f"  q2: {{skip_if: {skip}, ")

    assert codes(files) - {"approval-inputs-changed"} == ({code} if code else set())


def test_a_question_is_not_passed_over_after_one_that_some_are_not_asked() -> None:
    files = changed(
        SURVEY, "  q1: {", '  q0: {scale: danh-gia, criterion: "1.4", groups: [lanh-dao-nganh], text: A?}\n  q1: {'
    )
    text = files[SURVEY].decode().replace("  q1: {", "  q1: {skip_if: {question: q0, answers: [kem]}, ")

    assert "skip-out-of-order" in codes({**files, SURVEY: text.encode()})


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        ("drawn: 20, reached: 18, agreed: 17", None),
        ("drawn: 20, reached: 21, agreed: 17", "callbacks-do-not-agree"),
        ("drawn: 20, reached: 18, agreed: 19", "callbacks-do-not-agree"),
        (
            "drawn: 5, reached: 4, agreed: 4, draws: {lanh-dao-so: {seed: 1, of: 20, drawn: 5, reached: 4, agreed: 4}}",
            None,
        ),
        ("drawn: 5, reached: 0, agreed: 0, draws: {lanh-dao-so: {seed: 1, of: 20, drawn: 5}}", None),
        ("drawn: 5, reached: 4, agreed: 4, draws: {lanh-dao-so: {seed: 1, of: 4, drawn: 5}}", "callbacks-do-not-agree"),
        ("drawn: 6, reached: 4, agreed: 4, draws: {lanh-dao-so: {seed: 1, of: 9, drawn: 5}}", "callbacks-do-not-agree"),
        ("drawn: 5, reached: 4, agreed: 4, draws: {nhom-la: {seed: 1, of: 9, drawn: 5}}", "unknown-group"),
    ],
)
def test_call_backs_agree_with_themselves_and_with_the_draws(figures: str, code: str | None) -> None:
    files = changed(SUPERVISION, "drawn: 20, reached: 18, agreed: 17", figures)

    assert codes(files) == ({code} if code else set())
