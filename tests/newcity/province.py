"""A province that nobody has: 12 departments, 10 vertical agencies, 100 communes, and its own criteria of 100 points.

What its office has before it begins: three spreadsheets and a plan. Scores are made up, and the cycle says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

DEPARTMENTS = (
    *("Nội vụ", "Tài chính", "Tư pháp", "Xây dựng", "Công Thương", "Y tế", "Giáo dục và Đào tạo"),
    *("Khoa học và Công nghệ", "Nông nghiệp và Môi trường", "Văn hóa, Thể thao và Du lịch", "Dân tộc và Tôn giáo"),
    "Ngoại vụ",
)
VERTICAL = (
    *("Thuế", "Hải quan", "Kho bạc Nhà nước", "Bảo hiểm xã hội", "Thống kê", "Dự trữ Nhà nước", "Quản lý thị trường"),
    *("Thi hành án dân sự", "Ngân hàng Nhà nước", "Bưu chính"),
)
COMMUNES = 100
KEEPS = "Sở Nội vụ"  # which makes the repository
LATE = "Đúng hạn: {full}; chậm đến 10 ngày: {half}; không thực hiện: 0"
SHARE = "Đạt 100%: {full}; từ 80% đến dưới 100%: tính theo công thức; dưới 80%: 0. Không phát sinh thì được đủ điểm"
BANDS = "Từ 90% trở lên: {full}; từ 70% đến dưới 90%: {half}; dưới 70%: 0. Không phát sinh thì được đủ điểm"
HEAD = ("TT", "Lĩnh vực, tiêu chí", "Điểm tối đa", "Cách chấm", "Cơ quan theo dõi")
# Area -> the department that watches it, and its criteria: title, points, how it is scored.
AREAS: Mapping[str, tuple[str, tuple[tuple[str, int, str], ...]]] = {
    "Chỉ đạo, điều hành": (
        "Nội vụ",
        (
            ("Ban hành kế hoạch năm", 4, LATE),
            ("Hoàn thành nhiệm vụ được giao", 8, SHARE),
            ("Báo cáo định kỳ", 4, "Mỗi báo cáo muộn trừ 0,5 điểm"),
        ),
    ),
    "Thể chế": (
        "Tư pháp",
        (("Rà soát văn bản", 4, LATE), ("Xử lý văn bản sau rà soát", 6, SHARE), ("Theo dõi thi hành", 4, LATE)),
    ),
    "Thủ tục hành chính": (
        "Nội vụ",
        (("Công khai thủ tục", 6, LATE), ("Hồ sơ đúng hạn", 10, BANDS), ("Phản ánh, kiến nghị", 4, SHARE)),
    ),
    "Tổ chức bộ máy": ("Nội vụ", (("Sắp xếp đơn vị", 6, LATE), ("Phân cấp, ủy quyền", 6, LATE))),
    "Công vụ": ("Nội vụ", (("Vị trí việc làm", 6, LATE), ("Kỷ luật, kỷ cương", 8, "Mỗi vụ việc trừ 2 điểm"))),
    "Tài chính công": ("Tài chính", (("Giải ngân vốn đầu tư", 8, SHARE), ("Công khai ngân sách", 4, LATE))),
    "Chuyển đổi số": (
        "Khoa học và Công nghệ",
        (("Hồ sơ trực tuyến", 8, BANDS), ("Văn bản ký số", 4, BANDS)),
    ),
}


def agencies() -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table of those who are assessed."""
    names = (
        *(f"Sở {name}" for name in DEPARTMENTS),
        *(f"{name} tỉnh" for name in VERTICAL),
        *(f"Xã Sông Lam {number}" for number in range(1, COMMUNES + 1)),
    )
    yield ("STT", "Tên cơ quan", "Tên viết tắt", "Ký hiệu")
    for number, name in enumerate(names, 1):
        yield (number, name, name, "")


def bodies() -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table of those who watch an area."""
    watching = dict.fromkeys(watched for watched, _ in AREAS.values())
    yield ("STT", "Tên cơ quan", "Tên viết tắt", "Ký hiệu")
    for number, name in enumerate(watching, 1):
        yield (number, f"Sở {name}", f"Sở {name}", "".join(word[0] for word in f"Sở {name}".split()).upper())


def criteria() -> Iterator[tuple[object, ...]]:
    """Yield the rows of the annex."""
    yield HEAD
    for number, (area, (watched, leaves)) in enumerate(AREAS.items(), 1):
        yield (str(number), area, sum(points for _, points, _ in leaves), "", f"Sở {watched}")
        for at, (title, points, rule) in enumerate(leaves, 1):
            words = rule.format(full=points, half=f"{points / 2:g}".replace(".", ","))
            yield (f"{number}.{at}", title, points, words, "")
    yield ("", "Tổng cộng", 100, "", "")


def answer(rule: Mapping[str, Any], out_of: float, luck: int) -> tuple[Any, float]:
    """Return what an agency answers to a criterion, and the points that follow.

    Args:
        rule: the criterion's rule, as criteria.yml has it.
        out_of: the most points.
        luck: a number that says how well it went.
    """
    if rule["type"] == "choice":
        options = [*rule["options"].items()]
        name, option = options[0 if luck % 4 else 1]
        return name, option["points"]
    if rule["type"] == "deduction":
        (fault,) = rule["faults"].items()
        count = luck % 3
        return ({fault[0]: count} if count else {}), out_of - count * fault[1]["per"]
    done = 100 - luck % 30
    if rule["type"] == "bands":
        return {"done": done, "assigned": 100}, next(
            band["points"] for band in rule["bands"] if "from" not in band or done >= band["from"]
        )
    rate = done / 100
    return {"done": done, "assigned": 100}, round(out_of * rate, 2) if done >= rule["zero_below"] else 0


@dataclass(frozen=True, slots=True)
class Windows:
    """The days of the stages, counted from the day of the run: open since the year began, and not yet over."""

    year: str
    opens: str
    by: str

    @classmethod
    def of(cls, today: date) -> Windows:
        """Count from a day; the last day is a working day after it."""
        last = today + timedelta(days=1)
        while last.weekday() > 4:
            last += timedelta(days=1)
        return cls(str(today.year), f"{today.year}-01-01", last.isoformat())
