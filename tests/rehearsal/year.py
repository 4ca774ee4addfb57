"""A whole year in the order in which it happens, whatever road a change takes to the main branch.

Every wrong step is refused in words that the person reads; what the words tell to do is done next, and passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desks import Desk, Transcript, workbook
from opening import Cast
from tiny import SCHEMAS
from town import AGENCIES, COUNCIL, LATE, SURVEY, YEAR, access, cycle, email_of, rules
from wrongs import (
    ACCESS,
    COUNCIL_FILE,
    DATA,
    OFFICE,
    SHAPES,
    Wrong,
    by_the_agency,
    changed_amendment,
    changed_seal,
    claimed_for_them,
    for_something_else,
    keys_of,
    miscounted,
    other_weight,
    review_by_hand,
    review_with_more,
    rewritten,
    seal_by_hand,
    sealed_score,
    too_early,
    typed_table,
    unasked,
    without_form,
    year_to_come,
)

ASKED = {LATE: "2.1", "cuc-hai-quan": "3.1"}  # whom the first appraisal asks to explain what
SEAL = f"refs/tags/seal/{YEAR}/"
PARINDEX = f"--year {YEAR} --stage"


class Road(Protocol):
    """How what a desk has committed reaches the main branch."""

    strict: bool  # whether every wrong step is tried, or the first of each kind

    def sends(self, desk: Desk, *names: str) -> tuple[bool, str]:
        """Send what stands at HEAD; tell whether it was taken, and what was said."""

    def opens(self, desk: Desk) -> None:
        """Bring the first commit into an empty repository."""

    def proves(self, desk: Desk, key: Path) -> None:
        """Prove it all from a clone; the key is that of the machine of a second body."""


@dataclass
class Year:
    """A year that is being rehearsed."""

    road: Road
    cast: Cast
    desks: Mapping[str, Desk]
    transcript: Transcript

    def runs(self) -> None:
        """Let the whole year happen."""
        for part in (
            self.founding,
            self.members,
            self.self_assessment,
            self.first_appraisal,
            self.explanation,
            self.second_appraisal,
            self.survey,
            self.council,
            self.sealing,
            self.approval,
            self.complaint,
            self.proof,
        ):
            part()

    # --- what everybody does all the time ---

    def desk(self, who: str) -> Desk:
        """Return a desk with the newest state of the main branch."""
        self.desks[who].is_up_to_date()
        return self.desks[who]

    def taken(self, who: str, *names: str) -> None:
        """Send, which must succeed."""
        taken, said = self.road.sends(self.desks[who], *names)

        assert taken, said

    def refused(self, who: str, code: str, *names: str) -> None:
        """Send, which must fail for a reason, and take everything back."""
        desk = self.desks[who]
        taken, said = self.road.sends(desk, *names)

        assert not taken, f"{code}: this was taken"
        assert code in said, f"{code} is not in: {said}"
        desk.starts_over()

    def wrong(self, who: str, *steps: Wrong) -> None:
        """Let a person do one wrong thing after the other, each from where the main branch stands."""
        desk = self.desks[who]
        for step in steps if self.road.strict else steps[:1]:
            self.transcript.says(step.told)
            step.deed(desk)
            self.refused(who, step.code)

    def named(self, who: str, code: str, *names: str, ends: int = 1) -> None:
        """Send names that a server must not take; only a server of one's own is asked."""
        if self.road.strict:
            said = self.desks[who].types(" ".join(("git push --quiet origin", *names)), ends)

            assert code in said, f"{code} is not in: {said}"

    def reviewed(self, who: str, by: str, branch: str, *wrong: Wrong) -> None:
        """Let a second person look at what one has committed, approve it and send it; before that, in wrong ways."""
        desk, other = self.desks[who], self.desks[by]
        desk.types(f"git push --quiet origin HEAD:refs/heads/{branch}")
        other.is_up_to_date()
        other.types(f"git switch --quiet {branch}")
        other.types("parindex review origin/main")
        for step in wrong if self.road.strict else ():
            self.transcript.says(step.told)
            approved = other.does("git rev-parse HEAD")
            step.deed(other)
            self.refused(by, step.code)
            other.does(f"git switch --quiet {branch} && git reset --quiet --hard {approved}")
        self.taken(by)

    def not_alone(self, who: str, by: str, branch: str, deed: Callable[[], None]) -> None:
        """Let somebody do alone what needs a second person, and then once more with one."""
        deed()
        self.refused(who, "no-review")
        deed()
        self.reviewed(who, by, branch)

    def changed_afterwards(self, who: str, by: str, branch: str) -> None:
        """Let a second person approve, then change a word, and go back to what was approved."""
        desk, other = self.desks[who], self.desks[by]
        desk.types(f"git push --quiet origin HEAD:refs/heads/{branch}")
        other.is_up_to_date()
        other.types(f"git switch --quiet {branch}")
        other.types("parindex review origin/main")
        other.types(f"git push --quiet origin {branch}")
        desk.types(f"git pull --quiet --ff-only origin {branch}")
        desk.changes(f"{DATA}/amendments/0001.yml", "reason: Khiếu nại", "reason: Đơn khiếu nại")
        desk.commits("Sửa lại lời")
        self.refused(who, "changed-after-review")
        desk.types(f"git merge --quiet --ff-only origin/{branch}")

    def handed_in(self, who: str, stage: str, *options: str) -> None:
        """Read all forms of a folder onto branches of their own, take these in, and send the whole."""
        desk = self.desks[who]
        desk.types(f"parindex form read hop-thu --propose --today {self.cast.days.today} {' '.join(options)}".rstrip())
        branches = desk.does(f"git branch --list --format '%(refname:short)' 'form/{YEAR}/{stage}/*'").split()
        for branch in branches:
            desk.does(f"git merge --quiet --no-edit {branch} && git branch --quiet -D {branch}")
        desk.does("rm -r hop-thu phieu")
        self.taken(who)

    def mailed(self, desk: Desk, stage: str, whose: str, fill: Callable[[Callable[..., None]], None]) -> None:
        """Make the form of an agency or a body, let it be filled in, and find it in the mailbox."""
        name = f"{YEAR}_{stage}_{whose}.xlsx"
        with workbook(desk.folder / "phieu" / name) as sheets:
            fill(sheets)
        desk.does(f"mkdir -p hop-thu && mv phieu/{name} hop-thu/")

    # --- the year ---

    def founding(self) -> None:
        """Bring access.yml, and then the rules, seen by a second person."""
        self.transcript.chapter("Mở sổ: quyền trước, luật sau")
        desk, days = self.desks["quan-tri"], self.cast.days
        desk.writes("data/access.yml", access(self.cast.public(), days))
        desk.commits("Ai được ghi gì")
        self.road.opens(desk)
        founding = desk.does("git rev-list --max-parents=0 HEAD")
        for other in self.desks.values():
            other.does(f"git config parindex.founding {founding}")

        def brings_rules() -> None:
            for path, text in {**rules(days), **{path: data.decode() for path, data in SCHEMAS.items()}}.items():
                desk.writes(path, text)
            desk.commits("Quy tắc của kỳ đánh giá")

        brings_rules()
        self.refused("quan-tri", "no-review")
        brings_rules()
        desk.types("parindex review origin/main", code=1)
        desk.types("git push --quiet origin HEAD:refs/heads/quy-tac")
        other = self.desk("thu-ky")
        other.does("git switch --quiet quy-tac")
        other.types("parindex review origin/main", code=1)
        self.reviewed("quan-tri", "kiem-soat", "quy-tac")

    def members(self) -> None:
        """Bring the council in the right way, after every wrong one."""
        self.transcript.chapter("Gửi sai, và gửi lại cho đúng")
        desk, days = self.desk("quan-tri"), self.cast.days
        self.wrong("quan-tri", *keys_of(self.cast.folder), for_something_else, *SHAPES, *ACCESS)
        self.named("quan-tri", "history-rewritten", "+HEAD~1:main")
        self.named("quan-tri", "branch-deleted", ":main")
        self.named("quan-tri", "replaced-object", "HEAD:refs/replace/$(git rev-parse HEAD)")
        desk.writes(COUNCIL_FILE, COUNCIL % (days.opened, days.today))
        desk.commits("Thành phần Hội đồng")
        self.taken("quan-tri")

    def self_assessment(self) -> None:
        """Send the forms out, get them back by mail, and hand them in for those who filled them in."""
        self.transcript.chapter("Tự chấm: phiếu về theo thư, thư ký nộp thay")
        desk = self.desk("thu-ky")
        self.wrong("thu-ky", claimed_for_them, without_form, by_the_agency(self.cast.key("can-bo-cuc-thue")))
        desk.types(f"parindex form make {PARINDEX} self-assessment --all -o phieu")
        for number, agency in enumerate(AGENCIES, 1):
            self.mailed(desk, "self-assessment", agency, lambda fill, number=number: claims(fill, number))
        self.handed_in("thu-ky", "self-assessment")

    def first_appraisal(self) -> None:
        """Let bodies appraise the same agencies at once, one of them by mail."""
        self.transcript.chapter("Thẩm định lần 1: hai đơn vị cùng lúc, đơn vị thứ ba gửi thư")
        secretary, days = self.desk("thu-ky"), self.cast.days
        for agency in AGENCIES:
            asked = days.asked if agency == LATE else days.today
            request = f"requested: {{number: 41/SNV-MH, date: {asked}}}\n" if agency in ASKED else ""
            secretary.writes(
                f"{DATA}/appraisal-1/{agency}.yml",
                f'format: 1\nappraised: {asked}\n{request}lines:\n  "1.1": {{score: 2}}\n',
            )
        secretary.commits("Thẩm định lần 1: phần chung")
        self.taken("thu-ky")
        office, finance = self.desk("theo-doi-van-phong"), self.desk("theo-doi-tai-chinh")
        self.wrong("theo-doi-van-phong", *OFFICE)
        for agency in AGENCIES:
            office.writes(*part("appraisal-1", agency, "van-phong", '"1.2": {score: 3, reason: Thiếu báo cáo quý IV}'))
            asks = ", request: true" if ASKED.get(agency) == "2.1" else ""
            finance.writes(
                *part(
                    "appraisal-1",
                    agency,
                    "so-tai-chinh",
                    f'"2.1": {{score: 3.2, answer: {{done: 80, assigned: 100}}, reason: Theo số quyết toán{asks}}}',
                    '"2.2": {score: 2}',
                )
            )
        office.commits("Thẩm định lần 1 của Văn phòng")
        finance.commits("Thẩm định lần 1 của Sở Tài chính")
        self.taken("theo-doi-van-phong")
        self.at_once("theo-doi-tai-chinh")
        deputy = self.desk("pho-thu-ky")
        deputy.types(f"parindex form make {PARINDEX} appraisal-1 --body so-tu-phap -o phieu")
        self.mailed(deputy, "appraisal-1", "so-tu-phap", justice)
        self.handed_in("pho-thu-ky", "appraisal-1")

    def at_once(self, who: str) -> None:
        """Send after somebody else has sent."""
        desk = self.desks[who]
        taken, said = self.road.sends(desk)
        if not taken:
            assert "fetch first" in said, said
            desk.types("git pull --quiet --no-edit origin main")
            self.taken(who)

    def explanation(self) -> None:
        """Let two agencies explain; one is late, and is given more time."""
        self.transcript.chapter("Giải trình: một cơ quan muộn, được gia hạn")
        desk, days = self.desk("thu-ky"), self.cast.days

        def explains(agency: str) -> None:
            desk.does(f"parindex form make {PARINDEX} explanation {agency} -o phieu")
            self.mailed(desk, "explanation", agency, lambda fill: explained(fill, ASKED[agency]))

        self.wrong("thu-ky", unasked)
        explains("cuc-hai-quan")
        self.handed_in("thu-ky", "explanation")
        explains(LATE)
        desk.types(f"parindex form read hop-thu --propose --today {days.today}")
        desk.does(f"git merge --quiet form/{YEAR}/explanation/{LATE}")
        self.refused("thu-ky", "closed")
        keeper = self.desk("quan-tri")
        extension = f"  - {{stage: explanation, agency: {LATE}, by: {days.tomorrow}, decision: 50/SNV-MH}}\n"
        keeper.writes(f"{DATA}/cycle.yml", cycle(days, f"extensions:\n{extension}"))
        keeper.commits("Gia hạn giải trình cho Kho bạc")
        self.reviewed("quan-tri", "kiem-soat", "gia-han")
        desk.is_up_to_date()
        desk.does(f"git branch --quiet -D form/{YEAR}/explanation/{LATE}")
        explains(LATE)
        self.handed_in("thu-ky", "explanation")

    def second_appraisal(self) -> None:
        """Answer what was explained."""
        self.transcript.chapter("Thẩm định lần 2")
        desk, today = self.desk("thu-ky"), self.cast.days.today
        for agency in AGENCIES:
            desk.writes(f"{DATA}/appraisal-2/{agency}.yml", f"format: 1\nappraised: {today}\nlines: {{}}\n")
        desk.commits("Thẩm định lần 2: phần chung")
        self.taken("thu-ky")
        finance = self.desk("theo-doi-tai-chinh")
        finance.writes(*part("appraisal-2", LATE, "so-tai-chinh", '"2.1": {score: 3.2}'))
        finance.commits("Giữ nguyên điểm 2.1 của Kho bạc")
        self.taken("theo-doi-tai-chinh")
        deputy = self.desk("pho-thu-ky")
        deputy.types(f"parindex form make {PARINDEX} appraisal-2 --body so-tu-phap -o phieu")
        self.mailed(deputy, "appraisal-2", "so-tu-phap", accepted)
        self.handed_in("pho-thu-ky", "appraisal-2")

    def survey(self) -> None:
        """Bring the plan of the survey, and then its counts."""
        self.transcript.chapter("Điều tra xã hội học")
        self.transcript.says("điều tra xong sau hạn một ngày, nên phải có người thứ hai")
        desk, days = self.desk("pho-thu-ky"), self.cast.days

        def plans() -> None:
            desk.writes(f"{DATA}/survey/survey.yml", SURVEY % (days.opened, days.yesterday))
            desk.commits("Kế hoạch điều tra")

        self.not_alone("pho-thu-ky", "lanh-dao", "dieu-tra", plans)
        self.desk("pho-thu-ky")
        self.wrong("pho-thu-ky", miscounted, year_to_come)
        for number, agency in enumerate(AGENCIES):
            answers = f"{{rat-tot: {20 + number}, tot: {15 - number}, kem: 3, khong-y-kien: 1, blank: 1}}"
            desk.writes(
                f"{DATA}/survey/lanh-dao-so/{agency}.yml",
                f"format: 1\nforms: {{issued: 60, returned: 44, valid: 40}}\nanswers:\n  q1: {answers}\n",
            )
        desk.commits("Số phiếu điều tra")
        self.reviewed("pho-thu-ky", "lanh-dao", "so-phieu")

    def council(self) -> None:
        """Bring the council, and what it decides, by forms."""
        self.transcript.chapter("Hội đồng quyết định")
        self.desk("thu-ky")
        self.wrong("thu-ky", too_early)
        keeper, days = self.desk("quan-tri"), self.cast.days
        old = f"council-decision: {{opens: {days.tomorrow}, by: {days.later}}}"
        keeper.changes(f"{DATA}/cycle.yml", old, f"council-decision: {{opens: {days.today}, by: {days.today}}}")
        keeper.commits("Hội đồng họp sớm hơn")
        self.reviewed("quan-tri", "kiem-soat", "hop-som", review_with_more, review_by_hand)
        desk, council = self.desk("thu-ky"), "thu-ky-hoi-dong"
        desk.types(f"parindex form make {PARINDEX} council-decision --all -o phieu")
        for agency in AGENCIES:
            self.mailed(desk, "council-decision", agency, decided)
        self.handed_in("thu-ky", "council-decision", f"--name {council} --email {email_of(council)}")

    def sealing(self) -> None:
        """Seal every stage."""
        self.transcript.chapter("Niêm phong")
        desk = self.desk("thu-ky")
        self.wrong("thu-ky", seal_by_hand)
        for stage in ("self-assessment", "appraisal-1", "explanation", "appraisal-2", "council-decision", "survey"):
            desk.types(f"parindex seal {PARINDEX} {stage}")
        self.named("thu-ky", "seal-tag-elsewhere", f"{SEAL}self-assessment")
        taken, said = self.road.sends(desk)
        assert not taken
        assert "no-review" in said, said  # more time was given to one agency, so one of the stages has not ended
        self.reviewed("thu-ky", "lanh-dao", "niem-phong")
        desk.is_up_to_date()
        self.named("thu-ky", "seal-tag-on-later-commit", f"HEAD:{SEAL}self-assessment")
        desk.does(f"git tag --annotate --message x khac '{SEAL}survey^{{}}'")
        self.named("thu-ky", "seal-tag-of-another-name", f"khac:{SEAL}survey")
        desk.does("git tag --delete khac")
        self.named("thu-ky", "seal-tag-without-seal", f"HEAD:{SEAL}khac")
        desk.types("git push --quiet --tags origin")
        self.named("thu-ky", "seal-tag-moved", f"+HEAD:{SEAL}self-assessment")
        self.named("thu-ky", "seal-tag-deleted", f":{SEAL}self-assessment")
        self.wrong("thu-ky", sealed_score, changed_seal)

    def approval(self) -> None:
        """Approve the table."""
        self.transcript.chapter("Phê duyệt")
        desk, days = self.desk("thu-ky"), self.cast.days

        def computes() -> None:
            table = f"--date {days.today} --publish-from {days.tomorrow}"
            desk.types(f"parindex approve --year {YEAR} --number 12/QĐ-UBND-MH {table}")

        def approves() -> None:
            computes()
            desk.commits("Phê duyệt kết quả")

        computes()
        self.wrong("thu-ky", typed_table)
        self.not_alone("thu-ky", "lanh-dao", "phe-duyet", approves)
        self.desk("quan-tri")
        self.wrong("quan-tri", other_weight)

    def complaint(self) -> None:
        """Accept a complaint: an amendment and the approval that follows from it, in one change."""
        self.transcript.chapter("Khiếu nại: đính chính và phê duyệt lại")
        desk, days = self.desk("thu-ky"), self.cast.days
        desk.writes(
            f"{DATA}/amendments/0001.yml",
            'format: 1\nstage: appraisal-1\nagency: cuc-thue\ncriterion: "1.2"\nexpect: 3\n'
            "line: {score: 3.5, reason: Báo cáo quý IV có dấu đến đúng hạn}\nreason: Khiếu nại được chấp nhận\n"
            f"decision: {{number: 33/QĐ-UBND-MH, date: {days.today}}}\n",
        )
        desk.types(
            f"parindex approve --year {YEAR} --number 34/QĐ-UBND-MH --date {days.today}"
            ' --reason "Khiếu nại về tiêu chí 1.2 được chấp nhận"'
        )
        desk.commits("Đính chính 1.2 của Cục Thuế và phê duyệt lại")
        self.changed_afterwards("thu-ky", "lanh-dao", "dinh-chinh")
        self.taken("thu-ky")
        self.desk("thu-ky")
        self.wrong("thu-ky", rewritten, changed_amendment)

    def proof(self) -> None:
        """Let the auditor prove it all from a clone."""
        self.transcript.chapter("Kiểm toán")
        desk = self.desk("kiem-toan")
        self.named("kiem-toan", "DENIED", "HEAD:refs/heads/cua-kiem-toan")
        self.desk("thu-ky")
        forged = "$(git commit-tree -p origin/register -m Giả 'origin/register^{tree}'):refs/heads/register"
        self.named("thu-ky", "register-not-by-key", f'"{forged}"')
        self.road.proves(desk, self.cast.key("lam-chung"))
        desk.types(f"parindex score --year {YEAR}")
        desk.types("parindex explain cuc-thue 1.2")


# --- what people write ----------------------------------------------------------------------------------------------


def part(stage: str, agency: str, body: str, *lines: str) -> tuple[str, str]:
    """Return path and content of a body's part."""
    own = "".join(f"  {line}\n" for line in lines)
    return f"{DATA}/{stage}/{agency}/{body}.yml", f"format: 1\nlines:\n{own}"


def claims(fill: Callable[..., None], number: int) -> None:
    """Fill in the claim of an agency."""
    fill("Thông tin chung", "report.number", Nội_dung=f"{100 + number}/BC-MH")
    fill("Thông tin chung", "signed_by", Nội_dung="Thủ trưởng cơ quan")
    fill("Biểu chấm", "1.1", Trả_lời="Đúng hạn")
    fill("Biểu chấm", "1.2", Điểm_tự_chấm=3.5)
    fill("Biểu chấm", "2.1", "done", Trả_lời=90)
    fill("Biểu chấm", "2.1", "assigned", Trả_lời=100)
    fill("Biểu chấm", "2.2", Điểm_tự_chấm=2)
    fill("Biểu chấm", "3.1", Điểm_tự_chấm=2 + number / 2 % 1)


def justice(fill: Callable[..., None]) -> None:
    """Fill in the form of the body that reviews legal documents, all agencies in one."""
    for name in ("Bảo hiểm xã hội", "Cục Thuế", "Kho bạc Nhà nước"):
        fill("Biểu chấm", name, "3.1", Điểm_thẩm_định=2, Lý_do="Còn văn bản chưa rà soát")
    fill(
        "Biểu chấm", "Cục Hải quan", "3.1", Điểm_thẩm_định=1.5, Lý_do="Chưa có kế hoạch rà soát", Đề_nghị_giải_trình="x"
    )


def explained(fill: Callable[..., None], code: str) -> None:
    """Fill in an explanation."""
    fill("Thông tin chung", "letter.number", Nội_dung="7/CV-MH")
    fill("Biểu chấm", code, Nội_dung_giải_trình="Đã bổ sung tài liệu")


def accepted(fill: Callable[..., None]) -> None:
    """Accept what the customs explained."""
    fill("Biểu chấm", "Cục Hải quan", "3.1", Điểm_thẩm_định=2, Lý_do="Kế hoạch có trước ngày thẩm định")


def decided(fill: Callable[..., None]) -> None:
    """Let the council agree."""
    fill("Thông tin chung", "decision.number", Nội_dung="2/QĐ-HĐ-MH")
