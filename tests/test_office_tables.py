"""An office's own tables become records, and a year's criteria a table again: nothing guessed, nothing half-written."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from random import Random
from typing import Any

import openpyxl
import pytest
import yaml
from conftest import ROOT, Repository, RunCommand
from openpyxl.styles import Font
from tiny import READINGS, SCHEMAS, TINY_FILES, YEAR, files_under, snapshot_of
from wrong_tables import ANNEX, BAD, HEAD, LEVELS, LIST, WRONG, with_cell, word, xlsx

from pipeline.adapters import documents
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.record.editing import same
from pipeline.core.record.rules import RULES
from pipeline.flows import writing
from pipeline.flows.office_tables import in_braces, sheet_of, take_in
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels


@pytest.fixture(scope="module")
def city() -> Snapshot:
    return snapshot_of(files_under(ROOT, "data"))


def read(snapshot: Snapshot, data: bytes, name: str = "phu-luc.xlsx", year: str = "2025") -> tuple[bytes | None, str]:
    taken = take_in("criteria", snapshot, year, file=(name, data), labels=load_labels("vi"), readings=READINGS)
    return taken.data, taken.told


def value(data: bytes | None) -> Any:
    assert data is not None
    root = documents.read("", data).root
    assert root is not None
    return plain(root)


def leaf(data: bytes | None, code: str) -> Any:
    node = value(data)["criteria"]
    parts = code.split(".")
    for depth in range(1, len(parts)):
        node = node[".".join(parts[:depth])]["children"]
    return node[code]


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [xlsx, word])
def test_an_annex_becomes_criteria_with_a_mark_at_every_doubt(city: Snapshot, made: Callable[..., bytes]) -> None:
    data, told = read(city, made(ANNEX))

    assert [leaf(data, code)["rule"]["type"] for code in ("1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.3")] == [
        *("choice", "proportional", "deduction", "judged", "checklist")
    ]
    assert [leaf(data, code)["rule"]["type"] for code in ("2.1", "2.2", "2.3")] == ["bands", "survey", "sipas"]
    assert [leaf(data, code)["out_of"] for code in ("1", "1.2.1", "2.1")] == [Decimal("6.5"), Decimal("1.5"), 2]
    assert leaf(data, "1.2.2")["guidance"] == "Chấm theo chất lượng báo cáo"
    assert (leaf(data, "1")["monitor"], leaf(data, "2")["monitor"]) == ("so-noi-vu", "so-tu-phap")
    assert told.count("table-to-decide") == 8
    assert (data or b"").count("# quyết định: ".encode()) == 7  # one place has two
    assert "E12: cảnh báo table-to-decide: 1.3: Cơ quan theo dõi Sở Thông tin không có" in told
    assert "Có thể là: so-thong-tin-truyen-thong" in told


@pytest.mark.parametrize("code", ["1.10", "1.10."])
def test_a_code_is_text(city: Snapshot, code: str) -> None:
    rows = [HEAD, ("1", "A", "2", "", ""), ("1.1", "B", "1", LEVELS, ""), (code, "C", "1", LEVELS, "")]

    assert list(leaf(read(city, xlsx(rows))[0], "1")["children"]) == ["1.1", "1.10"]


def test_a_sum_that_a_formula_gives_is_read_as_what_it_shows(city: Snapshot) -> None:
    rows = with_cell((3, 3), "=SUM(C5:C8)")
    shown = xlsx(rows)
    with zipfile.ZipFile(io.BytesIO(shown)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[SHEET] = parts[SHEET].replace(b"</f><v></v>", b"</f><v>6.5</v>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)

    assert leaf(read(city, stream.getvalue())[0], "1")["out_of"] == Decimal("6.5")
    assert "form-formula" in read(city, shown)[1]


def test_one_body_stands_for_all_rows_of_its_merged_cell(city: Snapshot) -> None:
    data, told = read(city, xlsx(ANNEX, lambda sheet: sheet.merge_cells("E3:E8")))
    of_word = read(city, word(ANNEX, lambda table: table.cell(3, 4).merge(table.cell(6, 4))))[0]

    assert "form-merged-cell" not in told
    assert leaf(data, "1.1.2")["monitor"] == "so-noi-vu"
    assert "monitor" not in leaf(of_word, "1.1.2")  # nothing stood in the merged cell


def test_what_people_see_as_gone_is_read_and_told(city: Snapshot) -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[5].hidden = True
        sheet["B6"].font = Font(strike=True)

    data, told = read(city, xlsx(ANNEX, hide))

    assert data is not None
    assert "Sheet!A5: cảnh báo form-hidden: 4 ô" in told
    assert "Sheet!B6: cảnh báo form-struck-out: 1 ô" in told


def test_a_cell_merged_over_one_criterion_and_its_scale_belongs_to_it(city: Snapshot) -> None:
    merged = xlsx(ANNEX, lambda sheet: [sheet.merge_cells(area) for area in ("A8:A9", "C8:C10", "B4:C4")])
    plain_one = read(city, xlsx(with_cell((4, 3), "")))[0]

    assert read(city, merged)[0] == plain_one


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_bad_table_is_told_at_its_cell_and_makes_nothing(city: Snapshot, case: str) -> None:
    build, wanted = BAD[case]
    data, told = read(city, build())

    assert data is None
    assert [words for words in wanted if words not in told] == [], told


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_table(city: Snapshot) -> None:
    rows = with_cell((5, 1), "x", with_cell((8, 3), "", with_cell((14, 3), "hai")))
    told = read(city, xlsx(rows))[1]
    places = [line.split()[1] for line in told.splitlines() if " lỗi " in line]

    assert places == ["Sheet!A5:", "Sheet!C8:", "Sheet!C14:"]


@pytest.mark.parametrize("code", sorted(WRONG))
def test_each_code_is_told(city: Snapshot, code: str) -> None:
    kind, build = WRONG[code]
    file, labels = ("bang.xlsx", build()), load_labels("vi")

    assert f" {code}: " in take_in(kind, city, "2025", file=file, labels=labels, readings=READINGS).told


# --- and back --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_a_sheet_read_back_says_the_same(city: Snapshot, year: str) -> None:
    sheet = sheet_of(city, year)
    assert sheet is not None
    data, told = read(city, sheet, year=year)

    assert told == ""
    assert same(value(data), value((ROOT / f"data/{year}/criteria.yml").read_bytes()))
    assert read(city, sheet_of(with_criteria(city, year, data), year) or b"", year=year)[0] == data


def with_criteria(snapshot: Snapshot, year: str, data: bytes | None) -> Snapshot:
    assert data is not None
    return Snapshot(snapshot.tree.with_files({f"data/{year}/criteria.yml": data}), snapshot.world, (), 0)


def test_the_tiny_world_comes_back() -> None:
    tiny = snapshot_of(TINY_FILES)
    data, told = read(tiny, sheet_of(tiny, YEAR) or b"", year=YEAR)

    assert told == ""
    assert same(value(data), value(TINY_FILES[f"data/{YEAR}/criteria.yml"]))


def test_random_criteria_come_back_byte_by_byte(city: Snapshot) -> None:
    for seed in range(200):
        data = writing.dump({"format": 1, "criteria": random_tree(Random(seed))}, braces=in_braces)  # noqa: S311 - a test

        assert read(city, sheet_of(with_criteria(city, "2025", data), "2025") or b"") == (data, ""), seed


SHEET = "xl/worksheets/sheet1.xml"
WORDS = (
    "Đúng hạn",
    "Muộn: 15 ngày; hơn",
    "=1+1",
    "1.10",
    "Có #1",
    "- gạch",
    "dòng một\ndòng hai",
    "ĐỦ; ĐÚNG: 1",
    "true",
    "  a"[2:],
)


def random_text(rng: Random) -> Plain:
    text = rng.choice(WORDS) + rng.choice(("", " x", "…", " (%)"))
    return {"vi": text, "en": f"en {text}"} if rng.random() < 0.4 else text


def random_rule(rng: Random, kind: str, out_of: Decimal) -> dict[str, Plain]:
    ids = [f"m{n}" for n in range(rng.randint(2, 4))]

    def points() -> Decimal:
        return Decimal(rng.randint(0, 40)) / 20

    def items(worth: str, least: str = "0") -> dict[str, Plain]:
        return {key: {worth: points() + Decimal(least), "title": random_text(rng)} for key in ids}

    bands: list[Plain] = [{"from": Decimal(80), "points": out_of}, {"above": Decimal(50), "points": points()}]
    rules: dict[str, dict[str, Plain]] = {
        "choice": {"options": items("points")},
        "checklist": {"items": items("points")},
        "proportional": {"full_from": Decimal(95), "zero_below": Decimal(50), "when_none": "full", "over": True},
        "bands": {"unit": random_text(rng), "bands": [*bands, {"points": Decimal(0)}]},
        "deduction": {"faults": items("per", "0.25"), "floor": Decimal(0)},
        "judged": {"step": Decimal("0.25")},
        "bonus": {"items": items("per", "-1"), "most": Decimal(2), "least": Decimal("-1.5")},
        "survey": {"groups": dict.fromkeys(ids, Decimal("0.25"))},
        "sipas": {"group": "nguoi-dan"},
        "formula": {
            "inputs": {"a": {"title": random_text(rng), "unit": "count"}, "b-c": {"title": random_text(rng)}},
            "valid": "a <= b-c",
            "levels": [{"when": "b-c > 0 and a / b-c >= 0.5", "points": "out_of * a / b-c"}, {"points": Decimal(0)}],
        },
    }
    return {"type": kind, **rules[kind]}


def random_tree(rng: Random) -> dict[str, Plain]:
    tree: dict[str, Plain] = {}
    for area in range(1, rng.randint(2, 4)):
        children: dict[str, Plain] = {}
        total = Decimal(0)
        for number in rng.sample(range(1, 13), rng.randint(1, 9)):
            kind = rng.choice(sorted(RULES))
            out_of = Decimal(0) if kind == "bonus" else Decimal(rng.randint(1, 30)) / 10
            total += out_of
            beside: dict[str, Plain] = {
                "title": random_text(rng),
                "monitor": rng.choice(("so-noi-vu", "mot-don-vi-la")),
                "out_of": out_of,
                "rule": random_rule(rng, kind, out_of),
                "evidence": rng.choice(("required", "optional", "none")),
                "evidence_dates": {"from": "2024-01-01", "by": "2024-12-31"},
                "may_not_apply": random_text(rng),
                "guidance": random_text(rng),
            }
            owed = {"title", "out_of", "rule"}
            leaf = {key: told for key, told in beside.items() if key in owed or rng.random() < 0.5}
            children[f"{area}.{number}"] = leaf
        stated: dict[str, Plain] = {"out_of": total} if rng.random() < 0.5 else {}
        tree[str(area)] = {"title": random_text(rng), **stated, "children": children}
    return tree


def changed(data: bytes, *cells: tuple[str, object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(data))
    for place, typed in cells:
        book.active[place] = typed
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_changed_cell_of_a_sheet_changes_that_field_alone(city: Snapshot) -> None:
    sheet = sheet_of(city, "2025") or b""
    before = leaf((ROOT / "data/2025/criteria.yml").read_bytes(), "1.1.1")
    data, _ = read(city, changed(sheet, ("B4", "Ban hành sớm"), ("D4", "Có: 1; không: 0")))
    after = leaf(data, "1.1.1")

    assert (after["title"], list(after["rule"]["options"])) == ("Ban hành sớm", ["co", "khong"])
    assert {key: after[key] for key in after if key not in {"title", "rule"}} == {
        key: before[key] for key in before if key not in {"title", "rule"}
    }


@pytest.mark.parametrize(
    "record", ["a: [", "{a: 1", "- 1", "title: {a: b}\nrule: {type: [1]}\nchildren: 3\nlạ: 1", "x" * 9000]
)
def test_a_hidden_cell_that_somebody_changed_is_told(city: Snapshot, record: str) -> None:
    data, told = read(city, changed(sheet_of(city, "2025") or b"", ("I4", record)))

    assert data is None
    assert " lỗi " in told


def test_without_the_hidden_column_the_rules_are_read_from_their_words(city: Snapshot) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet_of(city, "2024") or b""))
    book.active.delete_cols(9)
    stream = io.BytesIO()
    book.save(stream)
    data, told = read(city, stream.getvalue(), year="2024")
    kinds = {code: rule["type"] for code, rule in rules_of(value(data)["criteria"])}

    assert kinds == {
        code: rule["type"] for code, rule in rules_of(value((ROOT / "data/2024/criteria.yml").read_bytes())["criteria"])
    }
    assert "lỗi" not in told


def rules_of(tree: Any) -> Iterable[tuple[str, Any]]:
    for code, node in tree.items():
        if "rule" in node:
            yield code, node["rule"]
        yield from rules_of(node.get("children", {}))


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(repository: Repository) -> Repository:
    """Return a repository of this one's data, with the annex beside it."""
    repository.write_all({**SCHEMAS, **files_under(ROOT, "data")})
    repository.write("phu-luc.docx", word(ANNEX))
    repository.commit()
    return repository


def test_the_command_writes_over_nothing_unasked_and_never_into_a_closed_year(
    desk: Repository, run_command: RunCommand
) -> None:
    before = (desk.root / "data/2025/criteria.yml").read_bytes()
    refused = run_command("criteria", "read", "phu-luc.docx", "--year", "2025", cwd=desk.root)
    stood = (desk.root / "data/2025/criteria.yml").read_bytes()
    forced = run_command("criteria", "read", "phu-luc.docx", "--year", "2025", "--force", cwd=desk.root)
    closed = run_command("criteria", "read", "phu-luc.docx", "--year", "2024", "--force", cwd=desk.root)

    assert (refused.code, stood) == (2, before)
    assert "--force" in refused.stderr
    assert forced.code == 0, forced
    assert "8 chỗ cần người quyết định" in forced.stdout
    assert yaml.safe_load((desk.root / "data/2025/criteria.yml").read_bytes())["criteria"]["1"]["out_of"] == 6.5
    assert closed.code == 2
    assert "2024 đã niêm phong" in closed.stderr


def test_errors_end_with_one_and_leave_no_file(desk: Repository, run_command: RunCommand) -> None:
    desk.write("sai.xlsx", xlsx(with_cell((5, 3), "")))
    done = run_command("criteria", "read", "sai.xlsx", "--year", "2025", "-o", "moi.yml", cwd=desk.root)

    assert done.code == 1, done
    assert not (desk.root / "moi.yml").exists()
    assert "chưa ghi gì" in done.stdout


def test_a_new_year_gets_its_criteria_before_it_has_any(desk: Repository, run_command: RunCommand) -> None:
    shutil.copytree(desk.root / "data/2025", desk.root / "data/2026")
    (desk.root / "data/2026/criteria.yml").unlink()
    done = run_command("criteria", "read", "phu-luc.docx", "--year", "2026", cwd=desk.root)

    assert done.code == 0, done
    assert (desk.root / "data/2026/criteria.yml").is_file()


def test_sheet_and_read_together_change_nothing(desk: Repository, run_command: RunCommand) -> None:
    for year in ("2024", "2025"):
        made = run_command("criteria", "sheet", "--year", year, "-o", "bang.xlsx", cwd=desk.root)
        back = run_command("criteria", "read", "bang.xlsx", "--year", year, cwd=desk.root)

        assert (made.code, back.code) == (0, 0), (made, back)
        assert "không thay đổi gì" in back.stdout
    assert desk.git("status", "--porcelain", "data") == ""


def test_agencies_and_bodies_are_read_from_a_table(desk: Repository, run_command: RunCommand) -> None:
    desk.write("co-quan.xlsx", xlsx(LIST))
    desk.write("lap.xlsx", WRONG["slug-twice"][1]())
    agencies = run_command("agencies", "read", "co-quan.xlsx", "--year", "2025", "--force", cwd=desk.root)
    bodies = run_command("bodies", "read", "co-quan.xlsx", "-o", "bodies.yml", cwd=desk.root)
    twice = run_command("bodies", "read", "lap.xlsx", "--force", cwd=desk.root)

    assert (agencies.code, bodies.code, twice.code) == (0, 0, 1), (agencies, bodies, twice)
    assert yaml.safe_load((desk.root / "data/2025/agencies.yml").read_bytes())["agencies"] == {
        "thue-tinh": {"name": "Thuế tỉnh", "short": "Thuế", "symbol": "TT"},
        "bao-hiem-xa-hoi-tinh": {"name": "Bảo hiểm xã hội tỉnh", "short": "BHXH", "symbol": "BHXH"},
    }
    assert list(yaml.safe_load((desk.root / "bodies.yml").read_bytes())["bodies"]) == [
        "thue-tinh",
        "bao-hiem-xa-hoi-tinh",
    ]
    assert "Sheet!B4: lỗi slug-twice: Mã thue-tinh đã có ở Sheet!B2" in twice.stdout


HEADED = (
    ("DANH SÁCH CƠ QUAN",),
    ("TT", "Tên cơ quan", "Tên viết tắt"),
    ("I", "Các sở", ""),
    (1, "Sở Y tế", "SYT"),
    ("2.", "Sở Xây dựng", ""),
    ("II", "Ngành dọc", ""),
    ("01", "Thuế tỉnh", "Thuế"),
    ("", "Kho bạc", "KB"),
    ("", "Tổng cộng: 4", ""),
    ("", "TM. ỦY BAN NHÂN DÂN", ""),
)


def test_rows_that_head_a_part_of_a_list_are_groups_and_no_agencies(desk: Repository, run_command: RunCommand) -> None:
    desk.write("co-quan.xlsx", xlsx(HEADED))
    agencies = run_command("agencies", "read", "co-quan.xlsx", "--year", "2025", "--force", cwd=desk.root)
    bodies = run_command("bodies", "read", "co-quan.xlsx", "-o", "bodies.yml", cwd=desk.root)

    text = (desk.root / "data/2025/agencies.yml").read_text("utf-8")
    made = yaml.safe_load(text)
    assert {name: one["group"] for name, one in made["agencies"].items()} == {
        "so-y-te": "cac-so",
        "so-xay-dung": "cac-so",
        "thue-tinh": "nganh-doc",
        "kho-bac": "nganh-doc",
    }
    assert made["groups"] == {"cac-so": {"title": "Các sở"}, "nganh-doc": {"title": "Ngành dọc"}}
    assert text.count("# quyết định: Dòng này chỉ có tên") == 2
    assert "data/2025/agencies.yml: 4 mục; 2 chỗ cần người quyết định." in agencies.stdout
    assert "Sheet!B10: cảnh báo table-row-left-out: Dòng “TM. ỦY BAN NHÂN DÂN”" in agencies.stdout
    assert [*yaml.safe_load((desk.root / "bodies.yml").read_bytes())["bodies"]] == [*made["agencies"]]
    assert bodies.stdout.count("table-row-left-out") == 3


def test_the_number_of_a_row_is_column_enough_beside_its_names(desk: Repository, run_command: RunCommand) -> None:
    desk.write("co-quan.xlsx", xlsx([row[:3] for row in LIST]))
    done = run_command("agencies", "read", "co-quan.xlsx", "--year", "2025", "--force", cwd=desk.root)

    assert done.code == 0, done
    assert [*yaml.safe_load((desk.root / "data/2025/agencies.yml").read_bytes())["agencies"]] == [
        "thue-tinh",
        "bao-hiem-xa-hoi-tinh",
    ]


def test_a_list_has_as_many_agencies_as_a_year_may_have(desk: Repository, run_command: RunCommand) -> None:
    desk.write("co-quan.xlsx", xlsx([*LIST[:1], *((n, f"Xã số {n}", f"Xã {n}", "") for n in range(1, 2_101))]))
    agencies = run_command("agencies", "read", "co-quan.xlsx", "--year", "2025", "--force", cwd=desk.root)
    bodies = run_command("bodies", "read", "co-quan.xlsx", "-o", "bodies.yml", cwd=desk.root)

    assert agencies.code == 0, agencies
    assert (desk.root / "data/2025/agencies.yml").read_text("utf-8").count("name: Xã số ") == 2_100
    assert bodies.code == 1
    assert "nhiều nhất 2000 dòng" in bodies.stdout


def test_a_table_is_read_in_english_too(desk: Repository, run_command: RunCommand) -> None:
    done = run_command("--lang", "en", "criteria", "read", "phu-luc.docx", "--year", "2025", "--force", cwd=desk.root)

    assert done.code == 0, done
    assert (
        "Table 1!E12: warning table-to-decide: 1.3: The monitoring body Sở Thông tin is not in bodies.yml"
        in done.stdout
    )
    text = (desk.root / "data/2025/criteria.yml").read_text(encoding="utf-8")
    assert (
        "# quyết định: Cách chấm không ghi khi không phát sinh việc thì chấm thế nào. Tạm ghi: Không phát sinh" in text
    )
