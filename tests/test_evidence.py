"""Dossiers: what is added, listed, proved, missing and destroyed, and who may change what a closed stage cites."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bags import PNG, bag, digest, pdf
from conftest import Outcome, Repository, RunCommand
from formworlds import TINY, YEAR, handed_over, tiny
from guarded import ROLES, SELF, Scene, access, findings
from test_packages import AGENCY, DOSSIER, STAGE, said
from tiny import SCHEMAS
from wrong_packages import good

from pipeline.adapters.evidence_store import EvidenceStore

EXPLANATION = f"data/{YEAR}/explanation/{AGENCY}.yml"
PLAN = "01-KH-CQA-MH.pdf"


class Office:
    """A secretariat: the data of the tiny year before it closed, a store, and the command."""

    def __init__(self, repository: Repository, folder: Path, run: RunCommand) -> None:
        repository.write_all({**TINY, **SCHEMAS})
        repository.commit(date="2024-12-04T08:00:00+07:00")
        self.root, self.folder, self._run = repository.root, folder, run
        self.store = folder / "kho"
        (self.store / "sha256").mkdir(parents=True)

    def __call__(self, *words: str) -> Outcome:
        return self._run("--repo", str(self.root), *words)

    def add(self, name: str, data: bytes, *more: str) -> Outcome:
        (self.folder / name).write_bytes(data)
        stage = ("--year", YEAR, "--stage", "self-assessment")
        return self("evidence", "add", AGENCY, str(self.folder / name), *stage, *more)

    def rows(self, command: str, *more: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self("evidence", command, "--format", "json", *more).stdout)
        return found

    def place(self, data: bytes) -> Path:
        return self.store / "sha256" / digest(data)[:2] / digest(data)


@pytest.fixture
def office(repository: Repository, tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(repository, tmp_path, run_command)
    monkeypatch.setenv("PARINDEX_STORE", str(made.store))
    return made


def test_a_file_is_added_to_the_line_of_its_document(office: Office) -> None:
    told = office.add(PLAN, pdf("a"))

    assert told.code == 0, told
    assert said((office.root / STAGE).read_bytes())["lines"]["1.1.1"]["evidence"][0]["sha256"] == digest(pdf("a"))
    assert said((office.root / DOSSIER).read_bytes())["files"][digest(pdf("a"))] == {
        "name": "1.1.1-01-KH-CQA-MH.pdf",
        "bytes": len(pdf("a")),
        "type": "pdf",
        "received": "2024-12-04",
        "stage": "self-assessment",
    }
    assert office.place(pdf("a")).read_bytes() == pdf("a")
    assert office("check", "--year", YEAR).code == 0


def test_a_file_of_no_line_needs_a_number(office: Office) -> None:
    refused = office.add("trang-ky.pdf", pdf("ký"))
    taken = office.add("trang-ky.pdf", pdf("ký"), "--number", "Trang ký 101/BC-CQA-MH")

    assert "evidence-files-unused" in refused.stdout
    assert taken.code == 0, taken
    (entry,) = said((office.root / DOSSIER).read_bytes())["files"].values()
    assert entry["name"] == "TRANG-KY-101-BC-CQA-MH.pdf"


def test_what_is_no_evidence_is_refused(office: Office) -> None:
    told = office.add(PLAN, b"MZ\x90\x00")

    assert (told.code, "evidence-file-refused" in told.stdout) == (1, True)
    assert not (office.root / DOSSIER).exists()


def test_evidence_that_is_too_large_is_told_so(office: Office) -> None:
    told = office.add(PLAN, pdf("a") + bytes(50 << 20))

    assert (told.code, "package-file-too-large" in told.stdout) == (1, True)


def test_a_later_file_of_the_same_document_gets_a_name_of_its_own(office: Office) -> None:
    office.add(PLAN, pdf("a"))
    text = (office.root / STAGE).read_text("utf-8")
    (office.root / STAGE).write_text(text.replace(digest(pdf("a")), digest(pdf("b"))), "utf-8")

    office.add("ban moi 01-KH-CQA-MH.pdf", pdf("b"))

    names = [entry["name"] for entry in said((office.root / DOSSIER).read_bytes())["files"].values()]
    assert names == ["1.1.1-01-KH-CQA-MH.pdf", "1.1.1-01-KH-CQA-MH-2.pdf"]


def test_verify_reads_every_file_again(office: Office) -> None:
    (office.folder / "phieu.zip").write_bytes(good())
    office("form", "read", str(office.folder / "phieu.zip"))
    sound = office("evidence", "verify")
    office.place(PNG).write_bytes(PNG[:-1] + b"x")
    spoiled = office("evidence", "verify")
    office.place(PNG).unlink()
    lost = office("evidence", "verify")

    assert [found.code for found in (sound, spoiled, lost)] == [0, 1, 1], sound
    assert "tệp trong kho đã khác" in spoiled.stdout
    assert "không có trong kho" in lost.stdout


def test_missing_is_the_list_of_what_to_ask_for(office: Office) -> None:
    before = office.rows("missing", "--year", YEAR, "--agency", AGENCY)
    office.add(PLAN, pdf("a"))
    after = office.rows("missing", "--year", YEAR, "--agency", AGENCY)

    assert [(row["criterion"], row["state"]) for row in before] == [
        ("1.1.1", "awaited"),
        ("1.1.2", "awaited"),
        ("4.1", "awaited"),
        ("1.1.2", "awaited"),
    ]
    assert [(row["stage"], row["criterion"]) for row in after] == [
        ("self-assessment", "1.1.2"),
        ("self-assessment", "4.1"),
        ("explanation", "1.1.2"),
    ]


def test_missing_knows_no_agency_that_is_none(office: Office) -> None:
    assert office("evidence", "missing", "--year", YEAR, "--agency", "co-quan-z").code == 2


def test_list_tells_each_document_with_its_file(office: Office) -> None:
    office.add(PLAN, pdf("a"))

    first, *others = office.rows("list", "--year", YEAR, "--agency", AGENCY)

    assert (first["number"], first["name"], first["state"]) == ("01/KH-CQA-MH", "1.1.1-01-KH-CQA-MH.pdf", "kept")
    assert {row["state"] for row in others} == {"awaited"}


def test_a_destroyed_file_leaves_the_store_and_its_record_stays(office: Office) -> None:
    office.add(PLAN, pdf("a"))
    words = ("evidence", "destroy", "--year", YEAR, "--agency", AGENCY, "--number", "12/QĐ-SNV", "--date", "2035-01-10")

    told, again = office(*words), office(*words)

    assert (told.code, again.code) == (0, 0), told
    (entry,) = said((office.root / DOSSIER).read_bytes())["files"].values()
    assert entry["destroyed"] == {"date": "2035-01-10", "decision": {"number": "12/QĐ-SNV"}}
    assert not office.place(pdf("a")).exists()
    assert office("evidence", "verify").code == 0
    assert office("check", "--year", YEAR).code == 0


def test_a_digest_that_no_dossier_lists_is_an_error_and_nothing_is_destroyed(office: Office) -> None:
    office.add(PLAN, pdf("a"))
    words = ("--year", YEAR, "--agency", AGENCY, "--number", "12/QĐ-SNV", "--date", "2035-01-10")

    told = office("evidence", "destroy", digest(pdf("a")), "f" * 64, *words)

    assert (told.code, told.stdout, "f" * 64 in told.stderr, digest(pdf("a")) in told.stderr) == (1, "", True, False)
    assert "destroyed" not in (office.root / DOSSIER).read_text("utf-8")
    assert office.place(pdf("a")).exists()


def test_a_file_that_another_agency_keeps_stays_in_the_store(office: Office) -> None:
    office.add(PLAN, pdf("a"))
    other = office.root / DOSSIER.replace(AGENCY, "co-quan-b")
    other.write_bytes((office.root / DOSSIER).read_bytes())

    office("evidence", "destroy", "--year", YEAR, "--agency", AGENCY, "--number", "1", "--date", "2035-01-10")

    assert office.place(pdf("a")).exists()


def test_a_file_of_another_agency_is_told(office: Office) -> None:
    office.add(PLAN, pdf("a"))
    (office.root / DOSSIER).rename(office.root / DOSSIER.replace(AGENCY, "co-quan-b"))

    told = office.add(PLAN, pdf("a"), "--number", "01/KH-CQA-MH")

    assert (told.code, "evidence-files-elsewhere" in told.stdout) == (0, True), told


# --- who may change a dossier ---------------------------------------------------------------------------------------

KEEPER = ROLES.replace("  van-thu: {writes: [survey]", "  van-thu: {writes: [survey, dossiers]").replace(
    "self-assessment, explanation]", "self-assessment, explanation, dossiers]"
)
SAID = ("name: a.pdf", "bytes: 10", "type: pdf", "received: 2024-12-03", "stage: self-assessment")
ENTRY = f"  {'a' * 64}:\n" + "".join(f"    {line}\n" for line in SAID)
HELD = f"format: 1\nfiles:\n{ENTRY}"
GONE = "    destroyed: {date: 2035-01-10, decision: {number: 1/QĐ}}\n"
IN_TIME, LATE = "2024-12-03T09:00:00+07:00", "2024-12-20T09:00:00+07:00"
OTHER_ENTRY = ENTRY.replace("a" * 64, "b" * 64)


@pytest.fixture
def scene(repository: Repository) -> Scene:
    made = Scene(repository)
    made.begin(access(roles=KEEPER), {f"data/{YEAR}/dossiers/cuc-thue.yml": HELD})
    return made


@pytest.mark.parametrize(
    ("text", "when", "refused"),
    [
        pytest.param(HELD + OTHER_ENTRY, LATE, set(), id="a new entry"),
        pytest.param(HELD + GONE, LATE, set(), id="destroyed"),
        pytest.param(HELD.replace("bytes: 10", "bytes: 11"), IN_TIME, set(), id="changed while the stage is open"),
        pytest.param(HELD.replace("bytes: 10", "bytes: 11"), LATE, {"dossier-changed"}, id="changed afterwards"),
        pytest.param("format: 1\nfiles: {}\n", LATE, {"dossier-changed"}, id="taken out afterwards"),
        pytest.param(f"format: 1\nfiles:\n{OTHER_ENTRY}", LATE, {"dossier-changed"}, id="another in its place"),
    ],
)
def test_an_entry_of_a_closed_stage_stays(scene: Scene, text: str, when: str, refused: set[str]) -> None:
    scene.write("dossiers/cuc-thue.yml", text)
    scene.commit("van-thu-noi-vu", date=when)

    assert scene.refusals(when) == refused, findings(scene.judge(when))


def test_a_dossier_may_not_be_deleted_afterwards(scene: Scene) -> None:
    scene.repository.remove(f"data/{YEAR}/dossiers/cuc-thue.yml")
    scene.commit("van-thu-noi-vu", date=LATE)

    assert scene.refusals(LATE) == {"dossier-changed"}


def test_an_agency_writes_its_own_dossier_alone(scene: Scene) -> None:
    scene.write("dossiers/cuc-hai-quan.yml", HELD)
    scene.commit("can-bo-hai-quan", date=IN_TIME)
    own = scene.refusals(IN_TIME)
    scene.write("dossiers/cuc-thue.yml", HELD + OTHER_ENTRY)
    scene.commit("can-bo-hai-quan", date=IN_TIME)

    assert (own, scene.refusals(IN_TIME)) == (set(), {"not-for-an-agency"})


def test_a_dossier_comes_with_the_form_that_is_handed_in(scene: Scene) -> None:
    scene.write("self-assessment/cuc-thue.yml", SELF + f'form: {{sha256: "{"1" * 64}"}}\n')
    scene.write("dossiers/cuc-thue.yml", HELD + OTHER_ENTRY)
    scene.commit(
        "van-thu-noi-vu", author="can-bo-thue@noi-vu.example", committer="van-thu-noi-vu@noi-vu.example", date=IN_TIME
    )
    together = scene.refusals(IN_TIME)
    scene.write("dossiers/cuc-thue.yml", HELD)
    scene.commit(
        "van-thu-noi-vu", author="can-bo-thue@noi-vu.example", committer="van-thu-noi-vu@noi-vu.example", date=IN_TIME
    )

    assert (together, scene.refusals(IN_TIME)) == (set(), {"no-form"})


# --- one click ------------------------------------------------------------------------------------------------------


def test_the_form_of_an_appraiser_opens_a_file_and_the_form_of_an_agency_does_not(
    office: Office, tmp_path: Path
) -> None:
    office.add(PLAN, pdf("a"))
    made = {stage: tmp_path / stage for stage in ("appraisal-1", "explanation")}
    for stage, folder in made.items():
        told = office("form", "make", AGENCY, "--web", "--year", YEAR, "--stage", stage, "-o", str(folder))
        assert told.code == 0, told

    place = f"ho-so/{YEAR}/{AGENCY}/{digest(pdf('a'))[:12]}/1.1.1-01-KH-CQA-MH.pdf"
    pages = {stage: next(folder.rglob("index.html")).read_text("utf-8") for stage, folder in made.items()}
    assert f'href="../../../../{place}"' in pages["appraisal-1"]
    assert (made["appraisal-1"] / place).read_bytes() == pdf("a")
    assert "ho-so/" not in pages["explanation"]
    assert not (made["explanation"] / "ho-so").exists()


def test_a_file_that_was_destroyed_is_no_link(office: Office, tmp_path: Path) -> None:
    office.add(PLAN, pdf("a"))
    office("evidence", "destroy", "--year", YEAR, "--number", "1", "--date", "2035-01-10")

    office("form", "make", AGENCY, "--web", "--year", YEAR, "--stage", "appraisal-1", "-o", str(tmp_path / "p"))

    assert "ho-so/" not in next((tmp_path / "p").rglob("index.html")).read_text("utf-8")


def test_a_store_on_another_disk_gives_copies(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    office.add(PLAN, pdf("a"))
    monkeypatch.setattr(Path, "hardlink_to", refused)

    assert EvidenceStore(office.store).lay(digest(pdf("a")), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == pdf("a")


def test_an_explanation_adds_files_and_replaces_one_and_the_first_ones_stay(office: Office) -> None:
    (office.folder / "mot.zip").write_bytes(good())
    office("form", "read", str(office.folder / "mot.zip"))
    number = said((office.root / EXPLANATION).read_bytes())["lines"]["1.1.2"]["evidence"][0]["number"]
    files = {"moi.pdf": ("1.1.2", number, pdf("bản giải trình"))}
    (office.folder / "hai.zip").write_bytes(bag(handed_over(tiny(), "explanation"), files))

    told = office("form", "read", str(office.folder / "hai.zip"), "--today", "2024-12-23")

    assert "1 tệp" in told.stdout, told
    listed = said((office.root / DOSSIER).read_bytes())["files"]
    stages = [entry["stage"] for entry in listed.values()]
    assert stages == ["self-assessment"] * 3 + ["explanation"]
    cited = said((office.root / EXPLANATION).read_bytes())["lines"]["1.1.2"]["evidence"][0]
    assert cited["sha256"] == digest(pdf("bản giải trình"))


def test_a_code_that_is_a_way_out_of_a_folder_names_no_file_so(office: Office) -> None:
    told = office.add("a.pdf", pdf("a"), "--criterion", "../../x", "--number", "1/KH")

    (entry,) = said((office.root / DOSSIER).read_bytes())["files"].values()
    assert (told.code, entry["name"]) == (0, "1-KH.pdf")
