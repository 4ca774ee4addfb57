"""The tools whose exports are counted: a row for each, with all that is its own.

The titles, dates and words are those that each product's documentation names; `tests/examples/exports/README.md` says
which. What a column is for: `responses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Product(NamedTuple):
    """One tool; titles are folded and without marks, and of several tokens the first here is taken."""

    name: str
    titles: Mapping[str, tuple[str, ...]]  # what a column is -> its titles
    ids: tuple[str, ...] = ()  # numbers that the tool itself gives to answers: each one is another
    signs: tuple[str, ...] = ()  # titles by each of which its exports are known
    tells: tuple[str, ...] = ()  # what every export of it tells of a form: that it was reviewed, or finished
    utc: bool = False  # the time at which a form was sent is in UTC and does not say so
    second_row: bool = False  # a second row of titles: the rows of a table of questions


PRODUCTS: Final = (
    Product(
        "parindex",
        {
            "token": ("token", "ma phieu", "so phieu", "so seri", "serial", "serial number", "form number"),
            "agency": ("agency", "co quan", "co quan duoc danh gia", "co quan danh gia", "rated agency"),
            "own-agency": (
                "own_agency",
                "own agency",
                "own-agency",
                "co quan cong tac",
                "don vi cong tac",
                "workplace",
            ),
            "mode": ("mode", "hinh thuc", "phuong thuc"),
            "started": ("bat dau", "thoi gian bat dau"),
            "ended": ("ket thuc", "thoi gian ket thuc"),
            "submitted": ("thoi gian gui",),
            "day": ("day", "date", "today", "ngay", "ngay tra loi", "ngay dien phieu"),
            "seconds": ("duration", "so giay"),
            "group": ("survey_group",),
        },
    ),
    Product(
        "KoBoToolbox",
        {
            "started": ("start", "starttime"),
            "ended": ("end", "endtime", "end time"),
            "submitted": ("_submission_time",),
            "review": ("_validation_status",),
            "version": ("__version__", "_version_"),
        },
        ids=("_uuid", "uuid", "meta/instanceid", "_id"),
        signs=("_submission_time",),
        tells=("review",),
        utc=True,
    ),
    Product(
        "ODK Central",
        {"submitted": ("submissiondate",), "review": ("reviewstate",), "version": ("formversion",)},
        ids=("parent_key", "instanceid", "meta-instanceid", "key"),
        signs=("submissiondate",),
        tells=("review",),
        utc=True,
    ),
    Product(
        "LimeSurvey",
        {
            "token": ("access code", "ma truy cap"),
            "started": ("startdate", "date started", "ngay bat dau"),
            "ended": ("datestamp", "date last action", "ngay hoat dong cuoi cung"),
            "submitted": ("submitdate", "date submitted"),
            "seconds": ("interviewtime", "total time"),
        },
        ids=("response id",),
        signs=("lastpage", "startlanguage", "last page", "start language", "ngon ngu bat dau"),
        tells=("finished",),
    ),
    Product("Google Forms", {"submitted": ("timestamp", "dau thoi gian")}),
    Product("Microsoft Forms", {"started": ("start time",), "ended": ("completion time", "thoi gian hoan thanh")}),
    Product("SurveyMonkey", {"started": ("start date",), "ended": ("end date",)}, ("respondent id",), second_row=True),
)
# What was decided on a form where forms are reviewed -> whether it counts. Where more is to be done, nobody decided.
DECIDED: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("validation_status_approved", "approved", "received", "edited", "accepted"), True),
    **dict.fromkeys(("validation_status_not_approved", "not approved", "rejected", "refused"), False),
}
HIDDEN_DAY: Final = "1980-01-01"  # what LimeSurvey writes for every time of an anonymous survey
