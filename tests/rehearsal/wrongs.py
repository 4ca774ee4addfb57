"""Wrong steps of a year: what somebody does, in a sentence, and the word for which it is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desks import Desk
from town import COUNCIL, YEAR, email_of

DATA = f"data/{YEAR}"
COUNCIL_FILE = f"{DATA}/council.yml"
HEAD, OWN_PART = f"{DATA}/appraisal-1/cuc-thue.yml", f"{DATA}/appraisal-1/cuc-thue/van-phong.yml"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong step: what happens, the word for why it is refused, and how it is done."""

    told: str
    code: str
    deed: Callable[[Desk], object]


def wrongly(told: str, code: str) -> Callable[[Callable[[Desk], object]], Wrong]:
    """Make a wrong step of the function below."""
    return lambda deed: Wrong(told, code, deed)


def council(desk: Desk) -> None:
    """Write a file that its desk may write without a second person, which is what the wrong steps spoil."""
    desk.writes(COUNCIL_FILE, COUNCIL % (desk.transcript.days.opened, desk.transcript.days.today))


def commits(desk: Desk, *options: str, settings: str = "", environment: str = "") -> None:
    """Commit everything with what git is told besides."""
    desk.does("git add --all .")
    desk.does(f"{environment} git {settings} commit --quiet -m 'Sửa dữ liệu' {' '.join(options)}")


def forged(desk: Desk, old: str, new: str) -> None:
    """Put the newest commit in a changed form in its place."""
    desk.does(
        f"git reset --quiet --hard $(git cat-file commit HEAD | sed 's/{old}/{new}/' | "
        "git hash-object -t commit -w --stdin)"
    )


def side_branch(desk: Desk, name: str, path: str) -> None:
    """Commit a file on a branch beside the main one."""
    desk.does(f"git switch --quiet --create {name} main")
    desk.writes(path, "format: 1\n")
    commits(desk)
    desk.does("git switch --quiet main")


# --- who: signature, key, author ------------------------------------------------------------------------------------


def signed_otherwise(told: str, code: str, *options: str, settings: str = "", environment: str = "") -> Wrong:
    """Make a wrong step in which the commit alone is wrong."""

    def deed(desk: Desk) -> None:
        council(desk)
        commits(desk, *options, settings=settings, environment=environment)

    return Wrong(told, code, deed)


def keys_of(folder: Path) -> Sequence[Wrong]:
    """Return what goes wrong with signatures and authors.

    Args:
        folder: where `khoa-la` is a key that nobody registered, `khoa-cu` and `khoa-sau` one that does not count today,
            `khoa-ecdsa` one of another kind.
    """
    forge = "GIT_COMMITTER_NAME=forge GIT_COMMITTER_EMAIL=noreply@forge.example"

    def with_key(name: str) -> str:
        return f"-c user.signingkey={folder / name}"

    def council_and(old: str, new: str) -> Callable[[Desk], None]:
        def deed(desk: Desk) -> None:
            council(desk)
            commits(desk)
            forged(desk, old, new)

        return deed

    return (
        signed_otherwise("quan-tri quên ký", "unsigned", "--no-gpg-sign"),
        signed_otherwise("quan-tri ký bằng khóa chưa đăng ký", "unknown-key", settings=with_key("khoa-la")),
        signed_otherwise("quan-tri ký bằng khóa cũ", "expired-key", settings=with_key("khoa-cu")),
        signed_otherwise("quan-tri ký bằng khóa chưa tới ngày", "key-not-yet-valid", settings=with_key("khoa-sau")),
        signed_otherwise("quan-tri ký bằng khóa loại khác", "not-ed25519", settings=with_key("khoa-ecdsa")),
        Wrong("quan-tri sửa lời ghi sau khi ký", "bad-signature", council_and("Sửa dữ liệu", "Sửa dữ liệu sau khi ký")),
        Wrong("quan-tri ký bằng một chương trình khác", "not-ssh-signature", council_and("SSH SIG", "PGP SIG")),
        signed_otherwise("nơi đặt kho gộp commit, chữ ký mất", "signature-lost", "--no-gpg-sign", environment=forge),
        signed_otherwise(
            "nơi đặt kho ký thay người ghi", "forge-signature", settings=with_key("khoa-la"), environment=forge
        ),
        signed_otherwise(
            "quan-tri đặt sai thư điện tử", "unknown-author", settings="-c user.email=quan-tri@nha.example"
        ),
        signed_otherwise(
            "quan-tri ký điều của kiem-soat",
            "author-is-not-signer",
            f"--author 'kiem-soat <{email_of('kiem-soat')}>'",
        ),
        signed_otherwise(
            "máy của quan-tri chậm mấy năm", "dated-before-parent", environment="GIT_COMMITTER_DATE='1700000000 +0700'"
        ),
        signed_otherwise(
            "máy của quan-tri nhanh một ngày",
            "dated-after-time",
            environment='GIT_COMMITTER_DATE="$(($(date +%s) + 86400)) +0700"',
        ),
    )


@wrongly("quan-tri dùng lại chữ ký làm cho việc khác", "other-namespace")
def for_something_else(desk: Desk) -> None:
    council(desk)
    commits(desk, "--no-gpg-sign")
    payload = desk.folder.parent / "commit"
    desk.does(f"git cat-file commit HEAD > {payload}")
    desk.does(f"ssh-keygen -q -Y sign -n file -f $(git config user.signingkey) {payload}")
    head, _, message = payload.read_text(encoding="utf-8").partition("\n\n")
    signature = payload.with_suffix(".sig").read_text(encoding="ascii").strip().replace("\n", "\n ")
    payload.write_text(f"{head}\ngpgsig {signature}\n\n{message}", encoding="utf-8")
    desk.does(f"git reset --quiet --hard $(git hash-object -t commit -w {payload}) && rm {payload} {payload}.sig")


# --- shapes ---------------------------------------------------------------------------------------------------------


@wrongly("quan-tri nhập hai nhánh một lúc", "octopus")
def octopus(desk: Desk) -> None:
    side_branch(desk, "mot", f"{DATA}/plan.yml")
    side_branch(desk, "hai", COUNCIL_FILE)
    desk.does("git merge --quiet --no-ff --no-edit mot hai && git branch --quiet -D mot hai")


@wrongly("quan-tri sửa thêm trong commit nhập", "merge-smuggles")
def smuggled(desk: Desk) -> None:
    side_branch(desk, "mot", COUNCIL_FILE)
    desk.does("git merge --quiet --no-ff --no-commit mot && git branch --quiet -D mot")
    council(desk)
    desk.commits("Nhập nhánh")


@wrongly("quan-tri ghép một kho khác vào", "new-root")
def other_root(desk: Desk) -> None:
    desk.does("git switch --quiet --orphan khac")
    council(desk)
    commits(desk)
    desk.does("git switch --quiet main && git merge --quiet --no-edit --allow-unrelated-histories khac")
    desk.does("git branch --quiet -D khac")


@wrongly("quan-tri đặt một liên kết tượng trưng", "symbolic-link")
def link(desk: Desk) -> None:
    desk.does(f"ln -s ../calendar.yml {COUNCIL_FILE}")
    commits(desk)


@wrongly("quan-tri đặt một kho con", "submodule")
def submodule(desk: Desk) -> None:
    desk.does(f"git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),{COUNCIL_FILE}")
    desk.does("git commit --quiet -m 'Sửa dữ liệu'")


@wrongly("tệp của quan-tri chạy được", "executable")
def executable(desk: Desk) -> None:
    council(desk)
    desk.does(f"chmod +x {COUNCIL_FILE}")
    commits(desk)


@wrongly("quan-tri giấu thay đổi khỏi người rà soát", "hidden-from-review")
def hidden(desk: Desk) -> None:
    council(desk)
    desk.writes("data/.gitattributes", "*.yml -diff\n")
    commits(desk)


@wrongly("quan-tri viết hoa tên thư mục", "lookalike-path")
def lookalike(desk: Desk) -> None:
    desk.writes(f"Data/{YEAR}/council.yml", "format: 1\n")
    commits(desk)


SHAPES = (octopus, smuggled, other_root, link, submodule, executable, hidden, lookalike)


# --- rights of who keeps the rules ----------------------------------------------------------------------------------


@wrongly("quan-tri đổi quy tắc cùng với việc khác", "rules-not-alone")
def rules_with_more(desk: Desk) -> None:
    council(desk)
    desk.changes(f"{DATA}/agencies.yml", "short: Cục Thuế", "short: Thuế")
    commits(desk)


@wrongly("quan-tri đổi quyền cùng với việc khác", "access-not-alone")
def access_with_more(desk: Desk) -> None:
    council(desk)
    desk.changes("data/access.yml", "kiem-toan: {writes: []}", "kiem-toan: {writes: [plan]}")
    commits(desk)


@wrongly("quan-tri giao cho kiem-toan một vai trò không có", "access-unfit")
def unfit(desk: Desk) -> None:
    desk.changes("data/access.yml", "role: kiem-toan", "role: thanh-tra")
    commits(desk)


@wrongly("quan-tri xóa tệp quyền", "access-deleted")
def no_access(desk: Desk) -> None:
    desk.does("git rm --quiet data/access.yml")
    commits(desk)


@wrongly("quan-tri xóa khóa cũ của mình", "key-deleted")
def no_key(desk: Desk) -> None:
    text = (desk.folder / "data/access.yml").read_text(encoding="utf-8")
    desk.writes("data/access.yml", "".join(line for line in text.splitlines(keepends=True) if "until:" not in line))
    commits(desk)


@wrongly("quan-tri bỏ người thứ hai ở quy tắc", "second-person-dropped")
def alone(desk: Desk) -> None:
    desk.changes("data/access.yml", "second_person: [rules, ", "second_person: [")
    commits(desk)


@wrongly("quan-tri một mình đổi luồng công việc của kho", "no-review")
def program(desk: Desk) -> None:
    desk.writes(".github/workflows/guard.yml", "name: guard\n")
    commits(desk)


ACCESS = (rules_with_more, access_with_more, unfit, no_access, no_key, alone, program)

# --- rights and marks of an appraisal -------------------------------------------------------------------------------


@wrongly("theo-doi-van-phong đổi thành phần Hội đồng", "no-right")
def not_the_office(desk: Desk) -> None:
    desk.changes(COUNCIL_FILE, "Ủy viên", "Thư ký")
    commits(desk)


@wrongly("theo-doi-van-phong chấm tiêu chí của Sở Tài chính, ở tệp chung", "other-criterion")
def other_criterion(desk: Desk) -> None:
    desk.changes(HEAD, "lines:\n", 'lines:\n  "2.2": {score: 2}\n')
    commits(desk)


@wrongly("theo-doi-van-phong chấm tiêu chí của Sở Tài chính, ở phần của mình", "other-body")
def other_body(desk: Desk) -> None:
    desk.writes(OWN_PART, 'format: 1\nlines:\n  "2.2": {score: 2}\n')
    commits(desk)


@wrongly("theo-doi-van-phong đổi ngày thẩm định", "not-a-line")
def not_a_line(desk: Desk) -> None:
    text = (desk.folder / HEAD).read_text(encoding="utf-8")
    desk.writes(HEAD, text.replace("appraised: 20", "appraised: 19", 1))
    commits(desk)


@wrongly("theo-doi-van-phong cho 99 điểm", "score-over-maximum")
def too_much(desk: Desk) -> None:
    desk.writes(OWN_PART, 'format: 1\nlines:\n  "1.2": {score: 99, reason: Nhầm}\n')
    commits(desk)


OFFICE = (not_the_office, other_criterion, other_body, not_a_line, too_much)


# --- handing in -----------------------------------------------------------------------------------------------------


@wrongly("thu-ky tự gõ bản tự chấm", "no-right")
def claimed_for_them(desk: Desk) -> None:
    claim(desk)
    commits(desk)


@wrongly("thu-ky nộp thay mà không có phiếu", "no-form")
def without_form(desk: Desk) -> None:
    claim(desk)
    commits(desk, author_of("can-bo-cuc-thue"))


def by_the_agency(key: Path) -> Wrong:
    """Return the step of an agency's person who appraises on the secretary's machine, with a key of their own."""

    def deed(desk: Desk) -> None:
        desk.writes(f"{DATA}/council-decision/cuc-thue.yml", "format: 1\ndecision: {number: 1/QĐ-MH}\nlines: {}\n")
        who = f"-c user.email={email_of(key.name)} -c user.signingkey={key}"
        commits(desk, settings=who)

    return Wrong("can-bo-cuc-thue ký vào quyết định của Hội đồng", "not-for-an-agency", deed)


def claim(desk: Desk) -> None:
    """Write a claim by hand."""
    desk.writes(
        f"{DATA}/self-assessment/cuc-thue.yml",
        "format: 1\nreport: {number: 1/BC-MH}\nsigned_by: Cục trưởng\n"
        f"received: {desk.transcript.days.today}\nlines: {{}}\n",
    )


def author_of(person: str) -> str:
    """Return the option by which a commit is another's."""
    return f"--author '{person} <{email_of(person)}>'"


@wrongly("thu-ky ghi giải trình của cơ quan không được yêu cầu", "not-asked")
def unasked(desk: Desk) -> None:
    digest, today = "0" * 64, desk.transcript.days.today
    desk.writes(
        f"{DATA}/explanation/cuc-thue.yml",
        f'format: 1\nform: {{sha256: "{digest}"}}\nletter: {{number: 1/CV-MH}}\nreceived: {today}\n'
        'lines:\n  "1.2": {explanation: Đủ}\n',
    )
    commits(desk, author_of("can-bo-cuc-thue"))


@wrongly("thu-ky ghi quyết định trước ngày Hội đồng họp", "not-open-yet")
def too_early(desk: Desk) -> None:
    desk.writes(f"{DATA}/council-decision/cuc-thue.yml", "format: 1\ndecision: {number: 2/QĐ-HĐ-MH}\nlines: {}\n")
    commits(desk)


@wrongly("pho-thu-ky ghi số phiếu của một kỳ chưa có thời hạn", "no-window")
def year_to_come(desk: Desk) -> None:
    desk.writes("data/2027/survey/lanh-dao-so/cuc-thue.yml", "format: 1\npoints: {}\n")
    commits(desk)


@wrongly("số phiếu không cộng thành số phiếu hợp lệ", "counts-do-not-add-up")
def miscounted(desk: Desk) -> None:
    answers = "{rat-tot: 20, tot: 20, kem: 20, khong-y-kien: 1, blank: 1}"
    desk.writes(
        f"{DATA}/survey/lanh-dao-so/cuc-thue.yml",
        f"format: 1\nforms: {{issued: 60, returned: 44, valid: 40}}\nanswers:\n  q1: {answers}\n",
    )
    commits(desk)


# --- what is closed -------------------------------------------------------------------------------------------------


@wrongly("thu-ky tự viết tệp niêm phong", "lỗi bằng chứng")
def seal_by_hand(desk: Desk) -> None:
    armour = "  -----BEGIN SSH SIGNATURE-----\n  AAAA\n  -----END SSH SIGNATURE-----\n"
    desk.writes(
        f"{DATA}/seals/self-assessment.yml",
        f"format: 1\nstage: self-assessment\ndate: {desk.transcript.days.today}\nby: thu-ky\n"
        f'files:\n  {DATA}/cycle.yml: "{"0" * 64}"\nsignature: |\n{armour}',
    )
    commits(desk)


@wrongly("thu-ky sửa một điểm đã niêm phong", "sealed")
def sealed_score(desk: Desk) -> None:
    desk.changes(HEAD, '"1.1": {score: 2}', '"1.1": {score: 1, reason: Muộn}')
    commits(desk)


@wrongly("thu-ky sửa tệp niêm phong", "seal-changed")
def changed_seal(desk: Desk) -> None:
    text = (desk.folder / f"{DATA}/seals/survey.yml").read_text(encoding="utf-8")
    desk.writes(f"{DATA}/seals/survey.yml", text.replace("by: thu-ky", "by: lanh-dao"))
    commits(desk)


@wrongly("quan-tri đổi điểm tối đa sau phê duyệt", "approved")
def other_weight(desk: Desk) -> None:
    desk.changes(f"{DATA}/criteria.yml", "Rà soát văn bản, out_of: 3", "Rà soát văn bản, out_of: 2")
    commits(desk)


@wrongly("thu-ky gõ lại một con số trong bảng đã tính", "approval-mismatch")
def typed_table(desk: Desk) -> None:
    approval = f"{DATA}/approval.yml"
    text = (desk.folder / approval).read_text(encoding="utf-8")
    desk.writes(approval, text.replace("rank: 1", "rank: 5"))
    commits(desk)


@wrongly("thu-ky sửa bảng đã phê duyệt", "approval-rewritten")
def rewritten(desk: Desk) -> None:
    typed_table.deed(desk)


@wrongly("thu-ky sửa đính chính đã có", "amendment-changed")
def changed_amendment(desk: Desk) -> None:
    desk.changes(f"{DATA}/amendments/0001.yml", "score: 3.5", "score: 4")
    commits(desk)


# --- reviews ----------------------------------------------------------------------------------------------------------


@wrongly("kiem-soat sửa thêm ngay trong commit duyệt", "review-not-empty")
def review_with_more(desk: Desk) -> None:
    desk.changes(f"{DATA}/cycle.yml", "số liệu minh họa", "minh họa")
    desk.does("git commit --quiet --all --amend --no-edit")


@wrongly("kiem-soat tự gõ commit duyệt, từ một điểm đầu không có", "review-of-unknown-base")
def review_by_hand(desk: Desk) -> None:
    desk.does(f"git commit --quiet --amend --allow-empty --message 'Duyệt' --message 'Reviewed-from: {'0' * 40}'")
