"""What a stolen key of each role can do alone: every cell of the table in docs/explanation/security.md, tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from conftest import ROOT, Repository
from guarded import (
    AMENDMENT,
    APPROVAL,
    CYCLE,
    FORM,
    PEOPLE,
    ROLES,
    SEAL,
    SELF,
    YEAR,
    Scene,
    access,
    email_of,
    entry,
)

from pipeline.core.record.access import KINDS

pytestmark = pytest.mark.needs("ssh-keygen")

PAGE = ROOT / "docs" / "explanation" / "security.md"
HEADING = "### Một khóa bị lấy cắp làm được gì một mình"
DAY = "2024-12-10T09:00:00+07:00"  # self-assessment is closed but for one agency, appraisal-1 is open
LATER = "2024-12-10T15:00:00+07:00"
EVERYTHING = ", ".join(KINDS)
TWO = ROLES.replace("writes: [rules, access]", "writes: [rules, access, program]").replace(
    "lanh-dao: {reviews: [approval, amendments]}", f"lanh-dao: {{reviews: [{EVERYTHING}]}}"
)
WINDOWS = CYCLE.replace("by: 2024-12-09", "by: 2024-12-12")
STATE = {f"{YEAR}/cycle.yml": WINDOWS, f"{YEAR}/self-assessment/cuc-hai-quan.yml": SELF, "tool.sh": "x\n"}
CLAIM = f"{YEAR}/self-assessment/%s.yml"
FIRST = f"{YEAR}/appraisal-1/cuc-thue.yml"

Act = Callable[[Scene, str], None]
ACTS: dict[str, Act] = {}


def act(label: str) -> Callable[[Act], Act]:
    """Enter what is tried under the words of its row."""

    def put(function: Act) -> Act:
        ACTS[label] = function
        return function

    return put


def own_agency(person: str) -> str:
    return PEOPLE[person][1].partition("agency: ")[2] or "cuc-hai-quan"


@act("sửa tự chấm đang mở của cơ quan mình, hoặc nộp thay bằng phiếu mới")
def an_open_claim(scene: Scene, person: str) -> None:
    agency = own_agency(person)
    form = "" if "agency" in PEOPLE[person][1] else FORM % ("b" * 64)
    scene.repository.write(CLAIM % agency, SELF.replace("score: 2", "score: 1") + form)
    scene.commit(person, date=DAY, author=email_of("can-bo-hai-quan") if form else None)


@act("sửa tự chấm của cơ quan khác mà không có phiếu")
def the_claim_of_another(scene: Scene, person: str) -> None:
    agency = "cuc-thue" if own_agency(person) == "cuc-hai-quan" else "cuc-hai-quan"
    scene.repository.write(CLAIM % agency, SELF.replace("score: 2", "score: 1"))
    scene.commit(person, date=DAY)


@act("ghi tự chấm đã hết hạn")
def a_late_claim(scene: Scene, person: str) -> None:
    scene.repository.write(CLAIM % "cuc-thue", SELF.replace("score: 2", "score: 1"))
    scene.commit(person, date=DAY)


@act("chấm tiêu chí do Văn phòng theo dõi")
def a_monitored_line(scene: Scene, person: str) -> None:
    scene.edit(FIRST, '"2.1": {score: 1,', '"2.1": {score: 0.5,')
    scene.commit(person, date=DAY)


@act("chấm tiêu chí do đơn vị khác theo dõi")
def a_line_of_another_body(scene: Scene, person: str) -> None:
    scene.edit(FIRST, '"1.1": {score: 2}', '"1.1": {score: 1, reason: x}')
    scene.commit(person, date=DAY)


@act("ghi số đếm điều tra")
def counts(scene: Scene, person: str) -> None:
    scene.write("survey/dai-bieu/cuc-thue.yml", "format: 1\n")
    scene.commit(person, date=DAY)


@act("niêm phong một bước đã hết hạn")
def a_seal(scene: Scene, person: str) -> None:
    scene.write("seals/self-assessment.yml", SEAL)
    scene.commit(person, date="2024-12-13T09:00:00+07:00")


@act("niêm phong một bước chưa hết hạn")
def an_early_seal(scene: Scene, person: str) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit(person, date=DAY)


@act("sửa tệp của bước đã niêm phong")
def a_sealed_file(scene: Scene, person: str) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.base = scene.repository.commit("Niêm phong", date=DAY)
    scene.edit(FIRST, '"2.1": {score: 1,', '"2.1": {score: 0.5,')
    scene.commit(person, date=DAY)


@act("viết đính chính")
def an_amendment(scene: Scene, person: str) -> None:
    scene.write("amendments/0001.yml", AMENDMENT)
    scene.commit(person, date=DAY)


@act("phê duyệt kết quả")
def an_approval(scene: Scene, person: str) -> None:
    scene.write("approval.yml", APPROVAL)
    scene.commit(person, date=DAY)


@act("đổi cách chấm, điểm tối đa, thời hạn")
def rules(scene: Scene, person: str) -> None:
    scene.edit(f"{YEAR}/criteria.yml", "out_of: 2", "out_of: 1")
    scene.commit(person, date=DAY)


@act("thêm khóa, thêm quyền, bỏ người thứ hai")
def rights(scene: Scene, person: str) -> None:
    scene.edit("data/access.yml", "van-thu: {writes: [survey]", "van-thu: {writes: [survey, approval]")
    scene.commit(person, date=DAY)


@act("đổi mã, khuôn, luồng CI, hook")
def the_program(scene: Scene, person: str) -> None:
    scene.repository.write("tool.sh", "y\n")
    scene.commit(person, date=DAY)


@act("tự duyệt thay đổi của mình")
def a_review_of_oneself(scene: Scene, person: str) -> None:
    scene.write("amendments/0001.yml", AMENDMENT)
    scene.commit(person, date=DAY)
    scene.commit(person, date=LATER, message=f"Duyệt\n\nReviewed-from: {scene.base}", stage=False)


@act("ghi lùi ngày để lọt vào bước đã hết hạn")
def dated_back(scene: Scene, person: str) -> None:
    scene.repository.write(CLAIM % "cuc-thue", SELF.replace("score: 2", "score: 1"))
    scene.commit(person, date="2024-12-03T09:00:00+07:00")


@act("đứng tên người khác")
def in_the_name_of_another(scene: Scene, person: str) -> None:
    other = "thuong-truc-noi-vu" if person != "thuong-truc-noi-vu" else "giu-luat-noi-vu"
    scene.edit(FIRST, '"1.1": {score: 2}', '"1.1": {score: 1, reason: x}')
    scene.commit(person, date=DAY, author=email_of(other))


@act("viết lại lịch sử")
def rewritten_history(scene: Scene, person: str) -> None:
    scene.base = scene.repository.commit("Điều đã nhận", date=DAY)
    scene.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    scene.commit(person, date=DAY)


@act("chấm dứt khóa ấy (việc đầu tiên chủ khóa nên làm)")
def the_key_ends(scene: Scene, person: str) -> None:
    own = entry(person)
    scene.edit("data/access.yml", own, own.replace("}", ", until: 2024-12-10}"))
    scene.commit(person, date=DAY)


def cells() -> Iterator[tuple[str, str, str]]:
    """Yield row, role and word of each cell of the table."""
    table = PAGE.read_text("utf-8").partition(HEADING)[2].partition("\n| ")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in f"| {table}".splitlines()]
    for row in rows[2:]:
        for role, word in zip(rows[0][1:], row[1:], strict=True):
            yield row[0], role.strip("`"), word


PERSON = {role: person for person, (role, _) in PEOPLE.items()}


def test_the_table_has_every_role_and_every_act() -> None:
    assert list(dict.fromkeys(row for row, _, _ in cells())) == list(ACTS)
    assert {role for _, role, _ in cells()} == set(PERSON)
    assert {word for _, _, word in cells()} == {"được", "–"}


@pytest.mark.parametrize(("row", "role", "word"), list(cells()))
def test_a_stolen_key_does_what_the_table_says_and_no_more(
    repository: Repository, row: str, role: str, word: str
) -> None:
    scene = Scene(repository)
    scene.begin(access(signed=EVERYTHING, roles=TWO), STATE)
    ACTS[row](scene, PERSON[role])
    refused = scene.refusals("2024-12-13T10:00:00+07:00" if ACTS[row] is a_seal else LATER)

    assert ("–" if refused else "được") == word, refused
