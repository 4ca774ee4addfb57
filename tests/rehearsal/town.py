"""A small town and the fifteen people who appraise its four agencies; every day is counted from the day of the run.

The windows of a year are dates and a server goes by its own clock, so the year of a rehearsal is open today: what an
agency was asked two weeks ago is late by now, the survey ended yesterday, and each other stage ends tonight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta

YEAR = "2026"
AGENCIES = ("bao-hiem-xa-hoi", "cuc-hai-quan", "cuc-thue", "kho-bac")
LATE = "kho-bac"  # the agency that was asked long ago
CLONES = (
    *("quan-tri", "kiem-soat", "thu-ky", "pho-thu-ky", "lanh-dao"),
    *("theo-doi-van-phong", "theo-doi-tai-chinh", "kiem-toan"),
)
# person -> role, where the person belongs. The first eight have a clone; the others fill in forms.
PEOPLE = {
    "quan-tri": ("giu-luat", "body: so-noi-vu"),
    "kiem-soat": ("giu-luat", "body: so-noi-vu"),
    "thu-ky": ("thu-ky", "body: so-noi-vu"),
    "pho-thu-ky": ("thu-ky", "body: so-noi-vu"),
    "lanh-dao": ("lanh-dao", "body: so-noi-vu"),
    "theo-doi-van-phong": ("theo-doi", "body: van-phong"),
    "theo-doi-tai-chinh": ("theo-doi", "body: so-tai-chinh"),
    "kiem-toan": ("kiem-toan", "body: thanh-tra"),
    "theo-doi-tu-phap": ("theo-doi", "body: so-tu-phap"),
    "thu-ky-hoi-dong": ("hoi-dong", "body: ubnd"),
    "dieu-tra": ("dieu-tra", "body: vien"),
    **{f"can-bo-{agency}": ("co-quan", f"agency: {agency}") for agency in AGENCIES},
}
MACHINES = ("may-chu", "lam-chung")  # the keys of the server and of the second body that watches its register
ROLES = """\
roles:
  giu-luat:
    writes: [rules, plan, council, access, program]
    agencies: all
    criteria: all
    reviews: [rules, access, program]
  thu-ky:
    writes: [appraisal-1, appraisal-2, council-decision, survey, seals, amendments, approval]
    agencies: all
    criteria: all
    hands_in_for: [co-quan, theo-doi, hoi-dong, dieu-tra]
    reviews: [self-assessment, appraisal-1, explanation, appraisal-2]
  lanh-dao: {reviews: [survey, seals, amendments, approval]}
  theo-doi: {writes: [appraisal-1, appraisal-2], agencies: all, criteria: monitored}
  hoi-dong: {writes: [council-decision], agencies: all, criteria: all}
  dieu-tra: {writes: [survey], agencies: all, criteria: all}
  co-quan: {writes: [self-assessment, explanation], agencies: own, criteria: all}
  kiem-toan: {writes: []}
"""
SIGNED = (
    "self-assessment, appraisal-1, explanation, appraisal-2, council-decision, survey, seals, amendments, approval, "
    "plan, council, rules, access, program"
)
SECOND = "rules, access, amendments, approval, program"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of the year that somebody reads, counted from the day of the run."""

    today: str
    yesterday: str
    tomorrow: str
    opened: str
    asked: str  # a request long ago, from which the working days of an explanation ran out
    ran_out: str  # their last day
    later: str

    @classmethod
    def of(cls, today: date) -> Days:
        """Count from a day; what is asked is asked on a working day, and runs out five working days later."""
        asked = today - timedelta(days=14)
        asked -= timedelta(days=max(0, asked.weekday() - 4))
        near = (today + timedelta(days=days) for days in (0, -1, 1, -40))
        days = (*near, asked, asked + timedelta(days=7), today + timedelta(days=20))
        return cls(*(day.isoformat() for day in days))


PAST = "      - {{key: {}, from: 2024-01-01, until: 2024-12-31}}\n"
FUTURE = "      - {{key: {}, from: {}}}\n"
PRINTED = Days.of(date(2026, 12, 14))  # a transcript tells every year as that of this day


def as_printed(text: str, days: Days) -> str:
    """Return a text in which the days of the run are those of every transcript."""
    told = dict(zip(_written(days), _written(PRINTED), strict=True))
    return re.sub("|".join(told), lambda found: told[found[0]], text)


def _written(days: Days) -> tuple[str, ...]:
    """Return each day as files have it and as people read it."""
    return (*astuple(days), *("/".join(reversed(day.split("-"))) for day in astuple(days)))


def access(keys: Mapping[str, str], days: Days) -> str:
    """Return access.yml, given each person's public key; one person had another key, and will have a third."""
    people = "".join(
        f"  {person}:\n    role: {role}\n    {place}\n    email: {email_of(person)}\n"
        f"    keys:\n      - {{key: {keys[person]}, from: {days.opened}}}\n"
        + (
            f"{PAST.format(keys['khoa-cu'])}{FUTURE.format(keys['khoa-sau'], days.later)}"
            if person == "quan-tri"
            else ""
        )
        for person, (role, place) in PEOPLE.items()
    )
    server, witness = (f"[{{key: {keys[name]}, from: {days.opened}}}]" for name in MACHINES)
    return (
        f"format: 1\n{ROLES}people:\n{people}policy:\n  signed: [{SIGNED}]\n  second_person: [{SECOND}]\n"
        f"server: {server}\nwitness:\n  thanh-tra: {witness}\n"
    )


def email_of(person: str) -> str:
    """Return the address by which access.yml knows a person."""
    return f"{person}@thi-xa.example"


BODIES = """\
format: 1
bodies:
  ubnd: {name: Ủy ban nhân dân thị xã}
  so-noi-vu: {name: Sở Nội vụ, superior: ubnd, symbol: SNV}
  van-phong: {name: Văn phòng Ủy ban nhân dân, superior: ubnd}
  so-tai-chinh: {name: Sở Tài chính, superior: ubnd}
  so-tu-phap: {name: Sở Tư pháp, superior: ubnd}
  thanh-tra: {name: Thanh tra, superior: ubnd}
  vien: {name: Viện Nghiên cứu, superior: ubnd}
"""
NAMES = ("Bảo hiểm xã hội", "Cục Hải quan", "Cục Thuế", "Kho bạc Nhà nước")
AGENCIES_FILE = "format: 1\nagencies:\n" + "".join(
    f"  {agency}: {{name: {name}, short: {name}, ranked: true}}\n" for agency, name in zip(AGENCIES, NAMES, strict=True)
)
CRITERIA = """\
format: 1
criteria:
  "1":
    title: Chỉ đạo, điều hành
    monitor: so-noi-vu
    children:
      "1.1":
        title: Ban hành kế hoạch
        out_of: 2
        rule:
          type: choice
          options:
            dung-han: {points: 2, title: Đúng hạn}
            qua-han: {points: 1, title: Muộn}
            khong: {points: 0, title: Không ban hành}
      "1.2": {title: Chế độ báo cáo, out_of: 4, monitor: van-phong, rule: {type: judged, step: 0.5}}
  "2":
    title: Tài chính công
    monitor: so-tai-chinh
    children:
      "2.1":
        title: Giải ngân vốn đầu tư
        out_of: 4
        rule: {type: proportional, full_from: 100, zero_below: 50, when_none: full}
      "2.2": {title: Thực hiện tự chủ, out_of: 2, rule: {type: judged, step: 0.5}}
  "3":
    title: Văn bản
    monitor: so-tu-phap
    children:
      "3.1": {title: Rà soát văn bản, out_of: 3, rule: {type: judged, step: 0.5}}
  "4":
    title: Mức độ hài lòng
    monitor: so-noi-vu
    children:
      "4.1": {title: Điều tra lãnh đạo các sở, out_of: 5, rule: {type: survey, groups: {lanh-dao-so: 5}}}
"""
SURVEY = """\
format: 1
fieldwork: {from: %s, to: %s}
modes: [online, in-person]
scales:
  danh-gia:
    options:
      rat-tot: {value: 1, title: Rất tốt}
      tot: {value: 0.75, title: Tốt}
      kem: {value: 0, title: Kém}
    no_opinion: khong-y-kien
groups:
  lanh-dao-so: {title: Lãnh đạo các sở, population: 60, quota: 20, forms: {issued: 60, returned: 44, valid: 40}}
questions:
  q1: {scale: danh-gia, criterion: "4.1", groups: [lanh-dao-so], text: Cơ quan phối hợp thế nào?}
policy: {group_without_answers: exclude, show_from: {lanh-dao-so: 5}}
"""
COUNCIL = """\
format: 1
decision: {number: 20/QĐ-UBND-MH, date: %s}
members: [{function: Chủ tịch Hội đồng, body: ubnd}, {function: Ủy viên, body: so-noi-vu}]
sessions: [{date: %s, present: 2, agreed: 2}]
"""


def cycle(days: Days, extensions: str = "", council: str | None = None) -> str:
    """Return cycle.yml, in which stages are open today, save the survey, and the council's until its day is set."""
    return f"""\
format: 1
title: Chỉ số cải cách hành chính năm {YEAR} (số liệu minh họa)
illustrative: true
period: {{from: {YEAR}-01-01, to: {YEAR}-12-31}}
out_of: 20
legal_basis: [{{number: 342/KH-UBND-MH, date: {YEAR}-01-05, title: Kế hoạch, issuer: ubnd}}]
stages:
  self-assessment: {{opens: {days.opened}, by: {days.today}}}
  appraisal-1: {{opens: {days.opened}, by: {days.today}}}
  explanation: {{working_days: 5, after: request}}
  appraisal-2: {{opens: {days.opened}, by: {days.today}}}
  council-decision: {{opens: {council or days.tomorrow}, by: {council or days.later}}}
  survey: {{opens: {days.opened}, by: {days.yesterday}}}
{extensions}policy:
  points: {{decimals: 2, rounding: half-up, leaf: rounded}}
  index: {{decimals: 2, rounding: half-up}}
  rank: {{on: published, ties: competition}}
  evidence: {{missing: note}}
grades: [{{id: tot, from: 80, title: Tốt}}, {{id: kha, from: 0, title: Khá}}]
"""


def calendar(days: Days) -> str:
    """Return a calendar in which Monday to Friday are working days, and the last days of stages as well."""
    last = [day for day in (days.yesterday, days.today) if date.fromisoformat(day).weekday() > 4]
    entries = "".join(
        f'  "{year}":\n    notice: {{number: 1/TB-MH, date: {days.opened}}}\n    days_off: []\n    make_up_days: ['
        + ", ".join(f"{{date: {day}, title: Làm bù}}" for day in last if day.startswith(year))
        + "]\n"
        for year in sorted({day[:4] for day in astuple(days)})
    )
    return f"format: 1\nyears:\n{entries}"


def rules(days: Days) -> dict[str, str]:
    """Return the files with which a year begins, by path."""
    year = f"data/{YEAR}"
    return {
        "data/bodies.yml": BODIES,
        "data/calendar.yml": calendar(days),
        f"{year}/agencies.yml": AGENCIES_FILE,
        f"{year}/criteria.yml": CRITERIA,
        f"{year}/cycle.yml": cycle(days),
    }
