"""Count tables of answers with pandas, block by block: words become small numbers, and numbers become sums.

What columns and words mean comes in as a `Reader` (`core.survey.responses`, `core.survey.tally`); which files there are
and what is written: `flows/tally`. Of a row only numbers, times and digests of tokens are kept. Decision 0022.
"""

from __future__ import annotations

import io
import operator
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.core.ground.characters import fold
from pipeline.core.ground.problems import system_reason
from pipeline.core.survey import responses, tally
from pipeline.core.survey.csv_text import Head, end_of_records, head_of_text, text_of
from pipeline.core.survey.responses import Layout, Mark, ResponseColumn, UnreadableError, one_mark_each, seconds_of
from pipeline.core.survey.tally import LOCAL_SECONDS, MODES, NOT_NAMED, PERSONS, RETURNED, VERDICTS, Recipe, Sums

BLOCK: Final = 8 * 1024 * 1024  # bytes of a file that are read at a time
HEAD: Final = 256 * 1024  # bytes in which the header is sought
_UNENDING: Final = 8 * BLOCK  # bytes without the end of a row: a quotation mark was opened and never closed
_NO_TIME: Final = np.iinfo(np.int64).min
_MOST_VALUES: Final = 20  # different wrong values of a column that are reported

Cells: TypeAlias = "pd.Series[Any]"
Rows: TypeAlias = Sequence[Sequence[str]]
Codes: TypeAlias = npt.NDArray[np.uint16]
Texts: TypeAlias = npt.NDArray[np.bytes_]
Whole: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Marked: TypeAlias = npt.NDArray[np.void]  # of `_KEYS`


# --- a file's bytes -------------------------------------------------------------------------------------------------


def head_of(path: Path) -> Head:
    """Return the beginning of a CSV file.

    Raises:
        UnreadableError: it is no UTF-8 text.
    """
    with path.open("rb") as stream:
        data = stream.read(HEAD)
        return head_of_text(data, whole=not stream.read(1))


class Piece(NamedTuple):
    """Whole records of a CSV file: from a byte on, up to another."""

    path: str
    first: int
    last: int


class Edge(NamedTuple):
    """What a stretch of a file says of records: its quotation marks, and the first byte after one that ends in it."""

    quotes: int
    outside: int | None  # where the stretch begins outside quotation marks
    inside: int | None  # where it begins inside them: a line break there ends no record


def edge(path: str, first: int, last: int) -> Edge:
    """Look through a stretch of a file for where records end, whether it begins inside quotation marks or not."""
    data = _read(Piece(path, first, last))
    ends = (_end_of_record(data, opened=False), _end_of_record(data, opened=True))
    return Edge(data.count(b'"'), *(None if end is None else first + end for end in ends))


def _end_of_record(data: bytes, *, opened: bool) -> int | None:
    """Return the first byte after a line break outside quotation marks; they may be open at the beginning."""
    at = 0
    while True:
        mark = data.find(b'"', at)
        end = -1 if opened else data.find(b"\n", at, mark if mark >= 0 else len(data))
        if end >= 0 or mark < 0:
            return end + 1 if end >= 0 else None
        at, opened = mark + 1, not opened


def pieces(path: str, start: int, size: int, edges: Sequence[Edge]) -> list[Piece]:
    """Return a CSV file from a byte on in pieces of whole records, about as long as the stretches looked through."""
    cuts, quotes = [start], 0
    for number, found in enumerate(edges):
        end = found.inside if quotes % 2 else found.outside
        if number and end is not None:
            cuts.append(end)
        quotes += found.quotes
    return [Piece(path, first, last) for first, last in pairwise([*cuts, size]) if first < last]


def _read(piece: Piece) -> bytes:
    """Return the bytes of a piece.

    Raises:
        UnreadableError: the file is not there for this process, or another one, or no record ends for too long.
    """
    try:
        with Path(piece.path).open("rb") as stream:
            stream.seek(piece.first)
            data = stream.read(min(piece.last - piece.first, _UNENDING))
    except OSError as error:
        raise UnreadableError("tally-part-unread", 1, detail=system_reason(error)) from error
    if len(data) < min(piece.last - piece.first, _UNENDING):
        raise UnreadableError("tally-part-unread", 1, detail="EOF")
    if len(data) < piece.last - piece.first:
        raise _open_quote(data)
    return data


def _open_quote(data: bytes) -> UnreadableError:
    return UnreadableError("tally-open-quote", data.count(b"\n", 0, end_of_records(data)) + 1)


Block: TypeAlias = Piece | Rows | pd.DataFrame  # the last one has the cells of the columns that are read


# --- from text to codes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reader:
    """How the rows of one file are understood: its layout, and the words of its columns as codes."""

    recipe: Recipe
    layout: Layout
    delimiter: str
    answers: Mapping[str, Mapping[str, int]]  # question -> folded word -> code
    words: Mapping[str, Mapping[str, int]]  # what another column is -> folded word -> number
    on_paper: Mapping[str, str]  # rules that no column serves, and what would: right where every form was on paper


@dataclass(frozen=True, slots=True)
class Coded:
    """The forms of a block as numbers; `guard_words` holds one number of VERDICTS a form and a rated agency."""

    rows: int  # of the block, blank ones too
    blank: int
    row: npt.NDArray[np.int32]  # of each form, from 0
    agency: npt.NDArray[np.int16]
    answers: Codes
    token: npt.NDArray[np.uint64]  # digest, 0 where there is none
    when: Whole  # seconds since 1970
    exact: Flags  # the time is known to the second
    mode: npt.NDArray[np.int8]
    verdicts: npt.NDArray[np.uint8]
    straight: Flags
    marks: tuple[Mark, ...]


_OF_FORMS: Final = ("agency", "answers", "token", "when", "exact", "mode", "verdicts", "straight")
_WORDS: Final = {  # what a column is -> the problem of a word in it that nobody knows
    **dict.fromkeys((responses.AGENCY, responses.OWN), "tally-unknown-agency"),
    responses.MODE: "tally-unknown-mode",
    responses.REVIEW: "tally-review-open",
    responses.VERSION: "tally-other-version",
    responses.GROUP: "tally-other-group",
}
_AS_TEXT: Final = frozenset({responses.TOKEN, *responses.TIMES})
_USED: Final = frozenset({responses.ANSWER, responses.SECONDS, responses.COMPLETED, *_WORDS, *_AS_TEXT})
_TEXT: Final = "S64"  # how a token or a time is read; a block with a longer one is read again
_SPACE, _ASCII = 0x20, 0x7F  # the space, which is also what tells small letters from capitals, and the last of ASCII
_UNKNOWN: Final = -2  # a word that nobody knows; -1 is a blank cell


def columns_of(layout: Layout) -> tuple[list[int], list[int]]:
    """Return the places of the columns that are read: of those that have few words, and of codes and times."""
    read = [column for column in layout.columns if column.role in _USED]
    texts = [column.position for column in read if column.role in _AS_TEXT]
    return [column.position for column in read if column.position not in texts], texts


def code_part(reader: Reader, blocks: Iterable[Block]) -> Coded | UnreadableError:
    """Return the forms of a part of a file, which is read block by block, as numbers, or why it cannot be read."""
    parts, row = list[Coded](), 0
    try:
        for block in blocks:
            parts.append(code_block(reader, _read(block) if isinstance(block, Piece) else block))
            row += parts[-1].rows
    except UnreadableError as error:
        return UnreadableError(error.code, error.row + row, error.column, **error.figures)
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: Sequence[Coded]) -> Coded:
    """Return the forms of blocks that follow one another."""
    starts = [0, *accumulate(part.rows for part in parts)]
    placed = list(zip(parts, starts, strict=False))
    same: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _OF_FORMS}
    return Coded(
        rows=starts[-1],
        blank=sum(part.blank for part in parts),
        row=np.concatenate([part.row + np.int32(start) for part, start in placed]),
        marks=one_mark_each(replace(mark, row=mark.row + start) for part, start in placed for mark in part.marks),
        **same,
    )


def summary(part: Coded | UnreadableError) -> tuple[int, int, tuple[Mark, ...]] | UnreadableError:
    """Return rows, blank rows and marks of a part that was coded, or why it could not be read."""
    return part if isinstance(part, UnreadableError) else (part.rows, part.blank, part.marks)


def code_block(reader: Reader, block: bytes | Rows | pd.DataFrame) -> Coded:
    """Return the forms of a block of a file as numbers.

    `block`: bytes of whole CSV records, rows of a workbook's sheet, or cells of the columns that are read.

    Raises:
        UnreadableError: the block is no UTF-8, a quotation mark is never closed, or a code or a time has no end.
    """
    layout, recipe = reader.layout, reader.recipe
    frame = block if isinstance(block, pd.DataFrame) else _frame(reader, block)
    rows, marks = len(frame), [*_overflow(layout, frame)]
    marks += _shortened(reader, block) if isinstance(block, bytes) else ()
    answers = _answers(reader, frame, marks)
    numbers = {role: _numbers(frame, layout.of(role), reader.words[role], marks, code) for role, code in _WORDS.items()}
    agency, mode = numbers[responses.AGENCY], numbers[responses.MODE]
    token = _tokens(frame, layout.of(responses.TOKEN), marks)
    times = {
        column.role: _times(frame[column.position], column, layout, marks) for column in layout.of(*responses.TIMES)
    }
    when, exact = _moment(times, rows)
    seconds = _duration(frame, layout, times, marks)
    state = np.where(_begun(frame, layout, times), VERDICTS.index(tally.UNFINISHED), 0)
    state[numbers[responses.REVIEW] == 1] = VERDICTS.index(tally.REFUSED)
    here = (answers != 0).any(axis=1) | (token != 0) | (when != _NO_TIME) | (agency != -1) | (mode != -1)
    kept = np.flatnonzero(here)
    if layout.agency is not None:
        agency[:] = recipe.agencies.index(layout.agency)
    if layout.mode is not None and not layout.of(responses.MODE):
        mode[:] = MODES.index(layout.mode)
    if not recipe.matrix and (lost := kept[agency[kept] == -1]).size:
        title = next((column.title for column in layout.of(responses.AGENCY)), "")
        marks.append(Mark("tally-agency-missing", 0, title, "", int(lost[0]) + 1, int(lost.size)))
    if reader.on_paper and (typed := kept[mode[kept] != MODES.index("in-person")]).size:
        at, row = next((column.position for column in layout.of(responses.MODE)), 0), int(typed[0]) + 1
        told = reader.on_paper.items()
        marks += [Mark("tally-rule-unserved", at, "", rule, row, typed.size, needed) for rule, needed in told]
    answers, agency = answers[kept], agency[kept]
    named = {column.agency for column in layout.of(responses.ANSWER)} if recipe.matrix else set(recipe.agencies)
    verdicts, straight = _judged(
        recipe, named, agency, answers, (when[kept], state[kept], seconds[kept], numbers[responses.OWN][kept])
    )
    return Coded(
        rows=rows,
        blank=rows - len(kept),
        row=kept.astype(np.int32),
        agency=agency,
        answers=answers.astype(np.uint8) if len(recipe.options) <= 256 else answers,
        token=token[kept],
        when=when[kept],
        exact=exact[kept],
        mode=mode[kept].astype(np.int8),
        verdicts=verdicts,
        straight=straight,
        marks=one_mark_each(marks),
    )


def _frame(reader: Reader, block: bytes | Rows) -> pd.DataFrame:
    words, texts = columns_of(reader.layout)
    if not isinstance(block, bytes):
        cells = {at: [row[at] if at < len(row) else "" for row in block] for at in (*words, *texts)}
        typed = {at: pd.Series(cells[at], dtype="str" if at in texts else "category") for at in cells}
        return pd.DataFrame(typed, index=range(len(block)))
    text_of(block, reader.delimiter)
    types = {**dict.fromkeys(words, "category"), **dict.fromkeys(texts, _TEXT)}
    frame = _read_csv(reader, block, types)
    cut = [at for at in texts if _characters(_bytes(frame[at], at))[:, -1].any()]
    return _read_csv(reader, block, {**types, **dict.fromkeys(cut, "str")}) if cut else frame


def _read_csv(reader: Reader, block: bytes, types: Mapping[int, str]) -> pd.DataFrame:
    width = len(reader.layout.columns)
    widest = reader.delimiter.encode() * width + b"\n"  # a blank record with one cell more than the header has
    try:
        frame = pd.read_csv(
            io.BytesIO(widest + block),
            sep=reader.delimiter,
            header=None,
            names=list(range(width + 1)),
            usecols=[*types, width],
            dtype={**types, width: "category"},
            na_filter=False,
            skip_blank_lines=False,
            index_col=False,
            engine="c",
        )
    except pd.errors.ParserError as error:
        raise _open_quote(block) from error
    return frame.iloc[1:]


def _overflow(layout: Layout, frame: pd.DataFrame) -> Iterator[Mark]:
    """Mark the rows with more cells than the header: a comma without quotation marks moves all that follows it."""
    width = len(layout.columns)
    over = np.flatnonzero((frame[width] != "").to_numpy()) if width in frame else np.empty(0, dtype=np.int64)
    if over.size:
        yield Mark("tally-row-too-long", width, "", "", int(over[0]) + 1, int(over.size), str(width))


def _shortened(reader: Reader, block: bytes) -> Iterator[Mark]:
    """Mark the records with fewer cells than the header: a cell is lost, and which one nobody can tell."""
    signs, width = np.frombuffer(block, np.uint8), len(reader.layout.columns)
    outside = np.bitwise_xor.accumulate((signs == ord('"')).view(np.uint8)) == 0
    ends = np.append(np.flatnonzero((signs == ord("\n")) & outside), len(signs))
    parted = np.flatnonzero((signs == ord(reader.delimiter)) & outside)
    cells = np.diff(np.searchsorted(parted, ends), prepend=0) + 1
    filled = np.diff(ends, prepend=-1) > 2  # not blank, whatever its line ends with
    short = np.flatnonzero((cells < width) & filled)
    if short.size:
        row = int(short[0])
        yield Mark("tally-row-too-short", int(cells[row]) - 1, "", "", row + 1, int(short.size), str(width))


def _answers(reader: Reader, frame: pd.DataFrame, marks: list[Mark]) -> Codes:
    recipe = reader.recipe
    answers = np.zeros((len(frame), recipe.items), dtype=np.uint16)
    for column in reader.layout.of(responses.ANSWER):
        words = reader.answers[column.question]
        codes = _codes(frame[column.position], words, responses.answer_word)
        _mark_unknown(frame[column.position], column, codes, marks, partial(_kind_of_answer, words))
        codes[codes < 0] = 0
        agency = column.agency or recipe.agencies[0]  # without an agency a form has one block of items
        answers[:, recipe.item(agency, recipe.questions.index(column.question))] = codes
    return answers


def _codes(cells: Cells, words: Mapping[str, int], word_of: Callable[[str], str] = fold) -> npt.NDArray[np.int32]:
    """Return the number of each cell's word."""
    known = [words.get(word_of(str(text)), _UNKNOWN) for text in cells.cat.categories]
    return np.array([*known, -1], dtype=np.int32)[cells.cat.codes.to_numpy()]


def _mark_unknown(
    cells: Cells, column: ResponseColumn, codes: npt.NDArray[np.int32], marks: list[Mark], kind: Callable[[str], str]
) -> None:
    wrong = np.flatnonzero(codes == _UNKNOWN)
    found = np.unique(cells.cat.codes.to_numpy()[wrong], return_index=True, return_counts=True)
    for value, at, count in list(zip(*found, strict=True))[:_MOST_VALUES]:
        text = str(cells.cat.categories[value])
        marks.append(Mark(kind(text), column.position, column.title, text[:60], int(wrong[at]) + 1, int(count)))


def _kind_of_answer(words: Mapping[str, int], text: str) -> str:
    if text.startswith("="):
        return "tally-formula"
    for sign in (";", ",", "|", " "):
        parts = [part for part in map(responses.answer_word, text.split(sign)) if part]
        if sign in text and parts and all(part in words for part in parts):
            return "tally-several-answers"
    number = text.strip().replace(",", ".", 1).lstrip("+-").replace(".", "", 1)
    return "tally-outside-scale" if number.isdecimal() else "tally-unknown-option"


def _numbers(
    frame: pd.DataFrame, columns: Sequence[ResponseColumn], words: Mapping[str, int], marks: list[Mark], code: str
) -> npt.NDArray[np.int16]:
    """Return the numbers of the words of the one column of a role; less than 0 where there is none."""
    if not columns:
        return np.full(len(frame), -1, dtype=np.int16)
    cells = frame[columns[0].position]
    codes = _codes(cells, words)
    _mark_unknown(cells, columns[0], codes, marks, lambda text: "tally-formula" if text.startswith("=") else code)
    return codes.astype(np.int16)


_ROUNDED: Final = re.compile(rb"\d+(?:[.,]\d+)?e\+\d+")  # 1.18E+11: a spreadsheet made one of many numbers


def _tokens(frame: pd.DataFrame, columns: Sequence[ResponseColumn], marks: list[Mark]) -> npt.NDArray[np.uint64]:
    """Return digests of 64 bits of the tokens: of a million, two share one by chance once in thirty million times."""
    digests = np.zeros(len(frame), dtype=np.uint64)
    if not columns:
        return digests
    texts = _folded(_bytes(frame[columns[0].position], columns[0].position))
    likely = np.flatnonzero(np.char.find(texts, b"e+") > 0)
    if short := [int(at) for at in likely if _ROUNDED.fullmatch(texts[at])]:
        marks.append(Mark("tally-token-damaged", columns[0].position, columns[0].title, "", short[0] + 1, len(short)))
    for word in _words(texts).T:  # a word of nought is behind a token's end
        digests = np.where(word == 0, digests, _spread(digests + word))
    return np.where(digests == 0, digests, digests | np.uint64(1))


def _folded(texts: Texts) -> Texts:
    """Return texts in lower case and without spaces around; ASCII goes the fast way."""
    found = _characters(texts)
    last = np.take_along_axis(found, np.maximum((found != 0).sum(axis=1, keepdims=True) - 1, 0), axis=1)[:, 0]
    spaced = ((found[:, 0] <= _SPACE) & (found[:, 0] != 0)) | ((last <= _SPACE) & (last != 0))
    if (found > _ASCII).any() or spaced.any():
        return np.array([text.decode().strip().lower().encode() for text in texts.tolist()], dtype=np.bytes_)
    capital = (found >= ord("A")) & (found <= ord("Z"))
    return (found | (capital * np.uint8(_SPACE))).view(texts.dtype)[:, 0]


def _bytes(cells: Cells, at: int) -> Texts:
    """Return the cells of the column at a place as UTF-8, padded with noughts, which no text holds."""
    if cells.dtype.kind == "S":
        return np.ascontiguousarray(cells.to_numpy())
    texts = [str(text).encode() for text in cells.tolist()]
    if long := [row for row, text in enumerate(texts, 1) if len(text) > responses.LONGEST]:
        raise UnreadableError("tally-cell-too-long", long[0], at + 1, limit=str(responses.LONGEST))
    return np.array(texts, dtype=np.bytes_)


def _characters(texts: Texts, width: int = 1) -> npt.NDArray[np.uint8]:
    """Return the bytes of texts in rows, at least so many of each."""
    size = max(width, texts.dtype.itemsize)
    return texts.astype(f"S{size}", copy=False).view(np.uint8).reshape(len(texts), size)


def _words(texts: Texts) -> npt.NDArray[np.uint64]:
    """Return texts in rows of words of eight bytes."""
    size = -(-max(1, texts.dtype.itemsize) // 8) * 8
    return texts.astype(f"S{size}", copy=False).view("<u8").reshape(len(texts), size // 8)


# --- times ----------------------------------------------------------------------------------------------------------


def _times(cells: Cells, column: ResponseColumn, layout: Layout, marks: list[Mark]) -> Whole:
    """Return seconds since 1970, `_NO_TIME` where a cell is blank; ISO goes the fast way."""
    texts = _bytes(cells, column.position)
    found, known = _iso_seconds(texts, 0 if column.utc else LOCAL_SECONDS)
    left = np.flatnonzero(~known)
    if not left.size:
        return found
    others = {int(at): texts[at].decode().strip() for at in left}
    read = {at: seconds_of(text, layout.dates, utc=column.utc) for at, text in others.items()}
    found[list(read)] = [_NO_TIME if seconds is None else seconds for seconds in read.values()]
    if wrong := [at for at, seconds in read.items() if seconds is None and others[at]]:
        text = others[wrong[0]][:60]
        marks.append(Mark("tally-bad-date", column.position, column.title, text, wrong[0] + 1, len(wrong)))
    return found


_DIGITS: Final = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)  # of 2024-12-02T08:15:00
_SIGNS: Final = ((4, b"-"), (7, b"-"), (10, b"T "), (13, b":"), (16, b":"))
_SECOND_ENDS, _PART_ENDS = 19, 23  # where the zone begins, after whole seconds or three digits of their parts


def _iso_seconds(texts: Texts, ahead: int) -> tuple[Whole, Flags]:
    """Return seconds since 1970 of texts such as 2024-12-02T08:15:00.000+07:00, and which ones are such, or blank.

    Args:
        texts: as a tool wrote them.
        ahead: how many seconds the zone is ahead of UTC that a text without one means.
    """
    found = _characters(texts, _PART_ENDS + 8)
    digits = found[:, _DIGITS] - np.uint8(ord("0"))
    right = (digits <= 9).all(axis=1)
    for at, signs in _SIGNS:
        right &= np.isin(found[:, at], list(signs))
    parted = (found[:, _SECOND_ENDS] == ord(".")) & (
        found[:, _SECOND_ENDS + 1 : _PART_ENDS] - np.uint8(ord("0")) <= 9
    ).all(axis=1)
    ends = (found[:, start : start + 8] for start in (_PART_ENDS, _SECOND_ENDS))
    zone = np.ascontiguousarray(np.where(parted[:, None], *ends)).view("S8")[:, 0]
    away = np.select([zone == b"", zone == b"Z", zone == b"+07:00"], [ahead, 0, LOCAL_SECONDS], default=-1)
    tens, ones = digits[:, ::2].astype(np.int64), digits[:, 1::2].astype(np.int64)
    century, year, month, day, hour, minute, second = (10 * tens + ones).T
    months = (100 * century + year - 1970) * 12 + month - 1
    first, after = ((months + more).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for more in (0, 1))
    right &= (away >= 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first)
    right &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = (first + day - 1) * 86400 + hour * 3600 + minute * 60 + second - away
    return np.where(right, seconds, _NO_TIME), right | (texts == b"")


def _moment(times: Mapping[str, Whole], rows: int) -> tuple[Whole, Flags]:
    """Return when each form was filled in: at its end, else when it was sent, begun, or on the day that was noted."""
    when = np.full(rows, _NO_TIME, dtype=np.int64)
    exact = np.zeros(rows, dtype=np.bool_)
    for role in (responses.ENDED, responses.SUBMITTED, responses.STARTED, responses.DAY):
        if role in times:
            taken = (when == _NO_TIME) & (times[role] != _NO_TIME)
            when[taken] = times[role][taken]
            exact |= taken & (role != responses.DAY)
    return when, exact


def _duration(frame: pd.DataFrame, layout: Layout, times: Mapping[str, Whole], marks: list[Mark]) -> Whole:
    """Return how many seconds each form took, -1 where nothing tells."""
    took = np.full(len(frame), -1, dtype=np.int64)
    for column in layout.of(responses.SECONDS):
        cells = frame[column.position]
        numbers = pd.to_numeric(cells.cat.categories.to_series().str.replace(",", "."), errors="coerce").to_numpy()
        found = np.append(numbers, np.nan)[cells.cat.codes.to_numpy()]
        if (wrong := np.flatnonzero(np.isnan(found) & (cells != "").to_numpy())).size:
            row = int(wrong[0]) + 1
            marks.append(Mark("tally-bad-seconds", column.position, column.title, "", row, int(wrong.size)))
        took = np.where(np.isnan(found), -1, np.floor(np.nan_to_num(found))).astype(np.int64)
    if responses.STARTED in times and (responses.ENDED in times or responses.SUBMITTED in times):
        end = times[responses.ENDED] if responses.ENDED in times else times[responses.SUBMITTED]
        known = (took < 0) & (times[responses.STARTED] != _NO_TIME) & (end != _NO_TIME)
        took[known] = np.maximum(0, end[known] - times[responses.STARTED][known])
    return took


def _begun(frame: pd.DataFrame, layout: Layout, times: Mapping[str, Whole]) -> Flags:
    """Return which forms were begun and never sent."""
    blank = (
        times[responses.SUBMITTED] == _NO_TIME if responses.SUBMITTED in times else np.zeros(len(frame), dtype=np.bool_)
    )
    for column in layout.of(responses.COMPLETED):
        blank |= (frame[column.position].str.strip().fillna("") == "").to_numpy()
    return blank


# --- what counts ----------------------------------------------------------------------------------------------------


def _judged(
    recipe: Recipe,
    named: Container[str],
    agency: npt.NDArray[np.int16],
    answers: Codes,
    facts: tuple[Whole, Whole, Whole, npt.NDArray[np.int16]],
) -> tuple[npt.NDArray[np.uint8], Flags]:
    """Return a verdict for each form and agency that it rates, duplicates apart, and which ones are of one colour.

    Answers to questions that a form passes over, or that do not concern the agency, are taken away.
    """
    when, state, seconds, own = facts
    blocks = len(recipe.agencies) if recipe.matrix else 1
    verdicts = np.zeros((len(answers), blocks), dtype=np.uint8)
    late = np.zeros(len(answers), dtype=np.bool_)
    if recipe.opens is not None and recipe.closes is not None:
        late = (when != _NO_TIME) & ((when < recipe.opens) | (when >= recipe.closes))
    fastest = recipe.validity.fastest
    hasty = (seconds >= 0) & (seconds < fastest) if fastest is not None else np.zeros_like(late)
    for number, slug in enumerate(recipe.agencies):
        if slug not in named:
            verdicts[:, number] = NOT_NAMED
            continue
        rows = np.arange(len(answers)) if recipe.matrix else np.flatnonzero(agency == number)
        block = number if recipe.matrix else 0
        first = recipe.item(slug, 0)
        found = answers[rows, first : first + len(recipe.questions)]
        put = _put(recipe, slug, found)
        found = np.where(put, found, 0).astype(np.uint16)
        answers[rows, first : first + len(recipe.questions)] = found
        given, asked = (found != 0).sum(axis=1), put.sum(axis=1)
        few = (given == 0) | (given * recipe.complete.denominator < asked * recipe.complete.numerator)
        at_home = own[rows] == number
        strange = at_home if recipe.own_agency == "exclude" else (own[rows] >= 0) & ~at_home
        reasons = (
            (tally.INCOMPLETE, few),
            (tally.OWN_AGENCY, strange & (recipe.own_agency is not None)),
            (tally.TOO_FAST, hasty[rows]),
            (tally.OUTSIDE, late[rows]),
        )
        told = np.zeros(len(rows), dtype=np.uint8)
        for reason, holds in reasons:
            told[holds] = VERDICTS.index(reason)
        verdicts[rows, block] = np.where(state[rows] != 0, state[rows], told)
    straight = _one_colour(recipe, answers, verdicts)
    if recipe.validity.straight_line == "reject":
        verdicts[(verdicts == 0) & straight[:, None]] = VERDICTS.index(tally.STRAIGHT)
    return verdicts, straight


def _one_colour(recipe: Recipe, answers: Codes, verdicts: npt.NDArray[np.uint8]) -> Flags:
    """Return which forms give one single answer throughout: to every agency that they may rate, not to one of them."""
    away = np.repeat(verdicts == VERDICTS.index(tally.OWN_AGENCY), len(recipe.questions), axis=1)
    found, most = np.where(away, 0, answers), np.iinfo(np.uint16).max
    given, lowest = (found != 0).sum(axis=1), np.where(found == 0, most, found).min(axis=1, initial=most)
    same: Flags = (given >= recipe.validity.straight_line_from) & (lowest == found.max(axis=1, initial=0))
    return same


def _put(recipe: Recipe, agency: str, found: Codes) -> Flags:
    """Return which questions were put to each form: those that concern the agency and that no answer skips."""
    put = np.zeros(found.shape, dtype=np.bool_)
    put[:, list(recipe.asked[agency])] = True
    for question, (earlier, answers) in recipe.skips.items():
        put[:, question] &= ~(np.isin(found[:, earlier], answers) & put[:, earlier])
    return put


# Of a form that does not count; agency and reason by their places, -1 for a whole form about several agencies.
REJECTS: Final = np.dtype([("part", "i4"), ("row", "i4"), ("agency", "i2"), ("reason", "u1")])
# Of a form; its place is its part's number, times 2 ** 32, and its own in the part.
_KEYS: Final = np.dtype([("key", "u8"), ("digest", "u8"), ("when", "i8"), ("refused", "?"), ("place", "i8")])


def keys(recipe: Recipe, number: int, part: Coded, among: int) -> list[tuple[Marked, Marked]]:
    """Return by what the forms of a part are known again, by the hash of their token and by that of their answers."""
    found = np.empty(len(part.row), _KEYS)
    found["key"] = part.token ^ _spread(part.agency.astype(np.uint64)) * (part.token != 0)
    found["digest"], found["when"] = _digest(part), part.when
    found["refused"] = (part.verdicts != 0).all(axis=1)
    found["place"] = (number << 32) + np.arange(len(part.row))
    timed = part.exact & (found["digest"] != 0) & (recipe.validity.duplicate_within is not None)
    tokens = _parted(found, found["key"] != 0, "key", among)
    return list(zip(tokens, _parted(found, timed, "digest", among), strict=True))


def _parted(found: Marked, which: Flags, by: str, among: int) -> list[Marked]:
    hashes = (found[by] >> np.uint64(32)) % np.uint64(among)
    parted = [which & (hashes == place) for place in range(among)]
    return [found if own.all() else found[own] for own in parted]


def together(*found: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what all parts have, in their order."""
    return np.concatenate(found)


def same_tokens(*given: tuple[Marked, Marked]) -> Whole:
    """Return the places of forms that have another one's token and rate the same: the first valid one stays.

    `given`: what each part has of one hash.
    """
    found = _repeated(together(*(tokens for tokens, _ in given)), "key")
    found = found[np.lexsort((found["digest"], found["when"], found["refused"], found["key"]))]
    places: Whole = np.sort(found["place"][1:][found["key"][1:] == found["key"][:-1]])
    return places


def same_answers(within: int, doubled: Whole, *given: tuple[Marked, Marked]) -> Whole:
    """Return the places of forms with the same answers within so many seconds after the last one, the known ones apart.

    Args:
        doubled: the places of those of all parts that are known to repeat another one.
        given: what each part has of one hash.
    """
    found = _repeated(together(*(timed for _, timed in given)), "digest")
    found = found[~np.isin(found["place"], doubled)]
    found = found[np.lexsort((found["key"], found["when"], found["digest"]))]
    same = found["digest"][1:] == found["digest"][:-1]
    places: Whole = np.sort(found["place"][1:][same & (found["when"][1:] - found["when"][:-1] <= within)])
    return places


def _repeated(found: Marked, by: str) -> Marked:
    """Return those whose number is another one's too."""
    given = np.sort(found[by])
    twice = np.unique(given[1:][given[1:] == given[:-1]])
    return found[np.isin(found[by], twice)] if twice.size else found[:0]


def _verdicts(number: int, part: Coded, doubled: Sequence[Whole]) -> npt.NDArray[np.uint8]:
    """Return the verdicts of a part's forms, with those that repeat another one, of the same part or not."""
    verdicts = part.verdicts.copy()
    for places in doubled:
        first, last = np.searchsorted(places, [number << 32, (number + 1) << 32])
        verdicts[places[first:last] - (number << 32)] = VERDICTS.index(tally.DUPLICATE)
    return verdicts


def _digest(part: Coded) -> npt.NDArray[np.uint64]:
    """Return 64 bits that stand for a form's answers and the agency they rate, 0 for a form without an answer."""
    found = _spread(part.agency.astype(np.uint64) + np.uint64(1))
    for item in range(part.answers.shape[1]):
        found = _spread(found + part.answers[:, item].astype(np.uint64))
    return np.where((part.answers != 0).any(axis=1), found | np.uint64(1), np.uint64(0)).astype(np.uint64)


def _spread(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits of whole numbers (splitmix64: Steele, Lea, Flood, OOPSLA 2014)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Found:
    """The sums of a part of the forms, and those that do not count."""

    sums: Sums = field(default_factory=Sums)
    rejects: Marked = field(default_factory=lambda: np.empty(0, REJECTS))

    def __add__(self, other: Found) -> Found:
        """Return what both parts have."""
        return Found(self.sums + other.sums, np.append(self.rejects, other.rejects))


def added(*given: Any) -> Any:  # noqa: ANN401 - sums of one kind
    """Return the sum of sums."""
    return reduce(operator.add, given)


def count_part(recipe: Recipe, number: int, part: Coded, *doubled: Whole) -> Found:
    """Return what is found in a part of the forms; what all parts have adds up.

    `doubled`: the forms of all parts that repeat another one.
    """
    verdicts = _verdicts(number, part, doubled)
    named = part.verdicts != NOT_NAMED
    rejects = _rejected(recipe, number, part, np.where(named, verdicts, NOT_NAMED))
    return Found(_count(recipe, part, verdicts), rejects)


def _count(recipe: Recipe, part: Coded, verdicts: npt.NDArray[np.uint8]) -> Sums:
    forms: dict[tuple[str, str], int] = {}
    answers: dict[tuple[str, str, str], int] = {}
    if recipe.matrix:
        forms |= _persons(verdicts)
    for number, slug in enumerate(recipe.agencies):
        named = part.verdicts[:, number] != NOT_NAMED if recipe.matrix else part.agency == number
        rows = np.flatnonzero(named)
        own = verdicts[rows, number if recipe.matrix else 0]
        told = dict(zip(VERDICTS, np.bincount(own, minlength=len(VERDICTS)).tolist(), strict=True))
        # Who is not to rate an agency is nobody whose answer was awaited, whether a form rates one or several.
        away = told[tally.OWN_AGENCY] if recipe.matrix or recipe.own_agency == "exclude" else 0
        valid = rows[own == 0]
        told |= {
            RETURNED: len(rows) - told[tally.DUPLICATE] - told[tally.UNFINISHED] - away,
            tally.STRAIGHT_KEPT: int(part.straight[valid].sum()),
        }
        told |= {mode: int((part.mode[valid] == n).sum()) for n, mode in enumerate(MODES)}
        forms |= {(slug, what): found for what, found in told.items() if len(rows)}
        for position in recipe.asked[slug] if valid.size else ():
            question = recipe.questions[position]
            found = np.bincount(part.answers[valid, recipe.item(slug, position)], minlength=len(recipe.options))
            for code in (0, *recipe.codes[question]):
                answers[slug, question, recipe.options[code]] = int(found[code])
    return Sums(forms, answers, dict(_pairs(recipe, part, verdicts)) if recipe.moments_from is not None else {})


def _rejected(recipe: Recipe, number: int, part: Coded, verdicts: npt.NDArray[np.uint8]) -> Marked:
    """Return the forms that do not count; of a form about several agencies, each of them or the form as a whole."""
    first = np.where(verdicts == NOT_NAMED, 0, verdicts).max(axis=1, initial=0)
    whole = (first != 0) & ((verdicts == first[:, None]) | (verdicts == NOT_NAMED)).all(axis=1)
    forms = np.flatnonzero(whole)
    others, agencies = np.nonzero((verdicts != 0) & (verdicts != NOT_NAMED) & ~whole[:, None])
    found = np.empty(len(forms) + len(others), REJECTS)
    found["part"] = number
    found["row"] = part.row[np.append(forms, others)]
    found["agency"] = np.append(np.full(len(forms), -1) if recipe.matrix else part.agency[forms], agencies)
    found["reason"] = np.append(first[forms], verdicts[others, agencies])
    return found[np.argsort(found["row"], kind="stable")]


def _persons(verdicts: npt.NDArray[np.uint8]) -> dict[tuple[str, str], int]:
    """Count people, where one form rates several agencies: one whose form is valid for none has its first reason.

    That the own agency does not count is the reason of nobody who also rated others.
    """
    refused, own = (verdicts != 0).all(axis=1), VERDICTS.index(tally.OWN_AGENCY)
    reason = np.where(verdicts == own, len(VERDICTS), verdicts).min(axis=1, initial=len(VERDICTS))
    reason[reason == len(VERDICTS)] = own
    first = np.bincount(np.where(refused, reason, 0), minlength=len(VERDICTS))
    told = {(PERSONS, name): int(found) for name, found in zip(VERDICTS, first, strict=True)}
    return told | {
        (PERSONS, RETURNED): len(verdicts) - told[PERSONS, tally.DUPLICATE] - told[PERSONS, tally.UNFINISHED]
    }


def _pairs(
    recipe: Recipe, part: Coded, verdicts: npt.NDArray[np.uint8]
) -> Iterator[tuple[tuple[tally.Item, tally.Item], tally.Pair]]:
    """Yield the sums of the pairs of questions of each agency."""
    for number, agency in enumerate(recipe.agencies):
        rows, places = _of_agency(recipe, part, verdicts, number)
        yield from _products(recipe, agency, part.answers[rows][:, places])


def _of_agency(
    recipe: Recipe, part: Coded, verdicts: npt.NDArray[np.uint8], number: int
) -> tuple[Whole, Sequence[int]]:
    """Return the forms that count for an agency, and where their answers on it stand."""
    valid = verdicts[:, number] == 0 if recipe.matrix else (verdicts[:, 0] == 0) & (part.agency == number)
    slug = recipe.agencies[number]
    return np.flatnonzero(valid), [recipe.item(slug, n) for n in recipe.asked[slug]]


def _products(recipe: Recipe, agency: str, found: Codes) -> Iterator[tuple[tuple[tally.Item, tally.Item], tally.Pair]]:
    """Yield the sums of one agency; whole numbers below 2**53, so that floating point keeps them exact."""
    worth = np.array([0 if value is None else value for value in recipe.worth], dtype=np.float64)
    answered = _speaks(recipe)[found].astype(np.float64)
    values = worth[found] * answered
    both, sums, products = answered.T @ answered, values.T @ answered, values.T @ values
    named = [(agency, recipe.questions[n]) for n in recipe.asked[agency]]
    for one, first in enumerate(named):
        for other in range(one, len(named)):
            if n := int(both[one, other]):
                figures = (int(sums[one, other]), int(sums[other, one]), int(products[one, other]))
                yield (first, named[other]), tally.Pair(n, *figures)


def _speaks(recipe: Recipe) -> Flags:
    """Return which codes are an opinion."""
    return np.array([value is not None for value in recipe.worth])


# --- what pairs of agencies have in common ---------------------------------------------------------------------------


_LIMB: Final = 16  # bits; products of two limbs over `_SHARED_ROWS` forms stay below 2**53, so that they are exact
_LIMBS: Final = 7
_SHARED_ROWS: Final = 1 << 16


def common(
    given: tuple[Recipe, Mapping[str, Mapping[int, Sequence[int]]]], number: int, part: Coded, *doubled: Whole
) -> Found:
    """Return what a part of the forms gives to pairs of agencies.

    Args:
        given: how forms are counted; agency -> position of a question -> what each answer adds to the agency's points.
        doubled: the forms of all parts that repeat another one.
    """
    (recipe, contributions), counts = given, _verdicts(number, part, doubled) == 0
    places = {slug: recipe.agencies.index(slug) for slug in contributions}
    slugs = [slug for slug, place in places.items() if counts[:, place].any()]
    forms, products = np.zeros((len(slugs),) * 2, np.int64), np.zeros((2 * _LIMBS - 1, *(len(slugs),) * 2), np.int64)
    tables = {slug: {n: _limbs(worth) for n, worth in contributions[slug].items()} for slug in slugs}
    for first in range(0, len(part.row), _SHARED_ROWS):
        rows = slice(first, first + _SHARED_ROWS)
        heard = np.zeros((len(part.row[rows]), len(slugs)))
        limbs = np.zeros((_LIMBS, *heard.shape), np.int64)
        for at, slug in enumerate(slugs):
            for question, worth in tables[slug].items():
                codes = np.where(counts[rows, places[slug]], part.answers[rows, recipe.item(slug, question)], 0)
                limbs[:, :, at] += worth[:, codes]
                heard[:, at] += _speaks(recipe)[codes]
        heard = (heard > 0).astype(np.float64)
        forms += (heard.T @ heard).astype(np.int64)
        products += _multiplied(limbs)
    pairs = [(one, other) for one, other in np.argwhere(np.triu(forms, 1)).tolist()]
    return Found(
        Sums(
            shared={
                (slugs[one], slugs[other]): tally.CommonForms(int(forms[one, other]), _whole(products[:, one, other]))
                for one, other in pairs
            }
        )
    )


def _limbs(added: Sequence[int]) -> Whole:
    """Return numbers, beyond 64 bits too, in limbs; the last one carries the sign."""
    parts = [[number >> (_LIMB * n) & ((1 << _LIMB) - 1) for number in added] for n in range(_LIMBS - 1)]
    return np.array([*parts, [number >> (_LIMB * (_LIMBS - 1)) for number in added]], dtype=np.int64)


def _multiplied(limbs: Whole) -> Whole:
    """Return the sums of products over all forms, in limbs."""
    for n in range(_LIMBS - 1):
        limbs[n + 1] += limbs[n] >> _LIMB
        limbs[n] &= (1 << _LIMB) - 1
    floats, size = limbs.astype(np.float64), limbs.shape[2]
    products = np.zeros((2 * _LIMBS - 1, size, size), np.int64)
    for one, other in np.ndindex(_LIMBS, _LIMBS):
        products[one + other] += (floats[one].T @ floats[other]).astype(np.int64)
    return products


def _whole(limbs: Whole) -> int:
    return sum(limb << (_LIMB * n) for n, limb in enumerate(limbs.tolist()))
