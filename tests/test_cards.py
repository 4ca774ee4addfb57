"""The cards of shared pages: what they show has room, whatever it says, and the same drawing is the same picture."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from conftest import ROOT
from exportworlds import small_year
from PIL import Image
from worlds import YEAR, world

from pipeline.adapters.cards import kept_picture, picture
from pipeline.core.ground.kept import Kept
from pipeline.core.index.scoring import score
from pipeline.core.publish.charts.card import BARS, HIGH, PAPER, WIDE, Card, drawn
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.sharing import agency_card
from pipeline.flows.snapshot import load_labels

BARS_OF_AREAS = tuple((f"{place}. Cải cách thể chế", f"{12 * place}.5", f"{12 * place},50") for place in range(1, 8))
USUAL = Card(
    "Chỉ số cải cách hành chính, năm 2024",
    "Sở Nông nghiệp và Môi trường",
    "85,42%",
    ("Hạng 3 trong 20 cơ quan. Xếp loại Khá.", "Rank 3 of 20 agencies. Grade: Good."),
    "Số liệu minh họa, không phải kết quả chấm điểm. Còn thay đổi sau khi Hội đồng thẩm định và có đính chính.",
    BARS_OF_AREAS,
)
HOSTILE = (
    "<script>&\"'",
    "dài" * 3_400,
    "W" * 400,
    "a\x00b\n\nc\r\td\x1b[2J",
    "dòng\u2028dòng\u0085dòng\x0b",
    "\ud800 \udfff",
    "😀 漢字 \u202eשלום\u202c \u200b",
    "a" + "\u0301" * 500,
    " ",
    "",
)


def dots(card: Card) -> Image.Image:
    return Image.open(BytesIO(picture(drawn(card)))).convert("RGB")


def is_empty(card: Card, *box: int) -> bool:
    """Tell whether a part of a card, from left and top to right and bottom, is nothing but paper."""
    return dots(card).crop(box).getcolors() == [
        ((box[2] - box[0]) * (box[3] - box[1]), tuple(bytes.fromhex(PAPER[1:])))
    ]


@pytest.mark.parametrize("text", ["Cục Thuế", *HOSTILE], ids=ascii)
def test_a_card_is_a_picture_of_the_right_size_whatever_it_says(text: str) -> None:
    for bars in ((), ((text, "50.0", text),) * (BARS + 1)):
        data = picture(drawn(Card(text, text, text, (text, text), text, bars)))

        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", data[16:24]) == (WIDE, HIGH)


def test_a_card_holds_its_dots_and_no_word_of_who_made_it_or_when() -> None:
    data, kinds, at = picture(drawn(USUAL)), [], 8
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + struct.unpack(">I", data[at : at + 4])[0]

    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert len(data) < 16_000


SAME = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import hashlib, test_cards
print(hashlib.sha256(test_cards.picture(test_cards.drawn(test_cards.USUAL))).hexdigest())
"""


def test_the_same_drawing_is_the_same_picture_wherever_it_is_painted(tmp_path: Path) -> None:
    picture(drawn(replace(USUAL, title="Một thẻ khác trước đó")))
    code = SAME.format(root=str(ROOT), tests=str(ROOT / "tests"))
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder, seed, locale, zone in ((ROOT, "1", "C", "UTC"), (tmp_path, "2", "C.UTF-8", "Asia/Tokyo"))
    }

    assert said == {hashlib.sha256(picture(drawn(USUAL))).hexdigest() + "\n"}


@pytest.mark.parametrize("text", ["CHƯƠNG TRÌNH " * 30, "W" * 400], ids=("capitals", "one wide word"))
def test_wide_letters_stay_within_the_room_of_their_line(text: str) -> None:
    card = replace(USUAL, over=text, title=text, told=(text, text), warning=text)
    bars = replace(card, bars=((text, "0.0", text),) * BARS)

    assert is_empty(card, 566, 10, WIDE, 125)  # right of the title
    assert is_empty(card, 566, 270, WIDE, HIGH)  # and of the warning
    assert is_empty(bars, 271, 130, 280, 270)  # between what is told and the words of bars
    assert is_empty(bars, 421, 130, 425, 270)  # between these and the bars
    assert is_empty(bars, 596, 130, WIDE, 270)


def test_all_that_a_card_with_a_long_name_tells_stands_above_the_warning() -> None:
    card = replace(USUAL, title="Ban Quản lý các khu công nghiệp và khu kinh tế, Chi nhánh phía Nam", figure="100,00%")

    assert len([line for line in drawn(card).lines if line.size == 26]) == 2
    assert not is_empty(card, 35, 255, 270, 275)
    assert is_empty(replace(card, warning=""), 0, 276, WIDE, HIGH)


def test_words_that_are_too_long_end_in_dots() -> None:
    lines = drawn(replace(USUAL, title="Chi nhánh " * 30, told=("Hạng " * 90,), warning="Minh họa " * 90)).lines

    for colour, size, count in ((0, 26, 2), (1, 14, 4), (2, 12, 2)):
        found = [line.words for line in lines if (line.colour, line.size) == (colour, size)]

        assert (len(found), found[-1][-1]) == (count, "…")


@pytest.mark.parametrize(("length", "wide"), [("0", 0), ("42.4", 42), ("99.6", 100), ("103.5", 100), ("-2.0", 0)])
def test_a_bar_is_as_long_as_its_figure_and_stays_on_its_track(length: str, wide: int) -> None:
    _edge, track, bar = drawn(replace(USUAL, bars=(("Thể chế", length, "x"),))).bars
    left, top, _right, foot, _colour = track

    assert bar[:4] == (left, top, left + wide, foot)
    assert track[2] == left + 100
    assert is_empty(replace(USUAL, bars=(("Thể chế", length, ""),)), 525, 100, WIDE, 270)


def test_a_picture_is_kept_by_all_that_its_drawing_says() -> None:
    drawing, kept = drawn(USUAL), Kept("", {})
    first, *others = drawing.lines
    changed = [
        drawing,
        *(
            replace(drawing, lines=(replace(first, **one), *others))
            for one in ({"bold": True}, {"room": 200}, {"down": 46})
        ),
        replace(drawing, bars=drawing.bars[1:]),
    ]
    expected = [picture(one) for one in changed]

    assert [kept_picture(one, kept) for one in changed] == expected
    assert len({*expected}) == len(kept.used) == len(changed)
    assert [kept_picture(one, Kept("", kept.used)) for one in changed] == expected


def test_a_picture_that_nobody_can_name_is_painted_and_not_kept() -> None:
    drawing, kept = drawn(replace(USUAL, title="\ud800")), Kept("", {})

    assert kept_picture(drawing, kept) == picture(drawing)
    assert kept.used == {}


@pytest.mark.parametrize(
    ("lacking", "figure", "told"),
    [
        ("/nothing", "69,10%", "Hạng 2 trên 2 cơ quan. Xếp loại Yếu."),
        ("/dan/c-ba.yml", "69,10%", "Chưa xếp hạng. Xếp loại Yếu."),
        ("/a-mot.yml", "", "Chưa xếp hạng."),
    ],
)
def test_a_card_tells_figure_rank_and_grade_as_far_as_there_are_any(lacking: str, figure: str, told: str) -> None:
    files = {path: text for path, text in small_year("{}", 29).items() if not path.endswith(lacking)}
    path = f"data/{YEAR}/agencies.yml"
    files[path] = files[path].replace("b-hai: {", "b-hai: {ranked: false, ")
    read = world(files)
    results = score(read.years[YEAR])
    scene = Scene(Figures(results), read.bodies, read.calendar, "2025-03-20", published=True, labels=load_labels("vi"))
    card = agency_card([scene], results.entry("a-mot"))

    assert (card.figure, card.told) == (figure, (told,))
