"""How a file of responses is understood from its header and its words: columns, options, agencies, modes and times.

What each tool writes: `products`; which row is the header: `headers`. It never keeps a respondent: a column that looks
like a name, a phone, a mail, an identity number or free text is dropped, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Final, TypeVar

from pipeline.core.ground.characters import fold, plain_letters
from pipeline.core.ground.labels import Labels
from pipeline.core.record.model import Agency, SurveyPlan
from pipeline.core.record.privacy import names_somebody
from pipeline.core.survey.products import DECIDED, HIDDEN_DAY, PRODUCTS
from pipeline.core.survey.tally import LOCAL_SECONDS, MODES, Recipe

Value = TypeVar("Value")

# What a column can be.
ANSWER: Final = "answer"
TOKEN: Final = "token"  # noqa: S105 - the code of a form, no secret
AGENCY: Final = "agency"
OWN: Final = "own-agency"
MODE: Final = "mode"
STARTED: Final = "started"
ENDED: Final = "ended"
SUBMITTED: Final = "submitted"
DAY: Final = "day"
SECONDS: Final = "seconds"
COMPLETED: Final = "completed"  # filled in where the form was finished, and no time
REVIEW: Final = "review"  # what was decided on the form
VERSION: Final = "version"  # of the questionnaire
GROUP: Final = "group"  # whose questionnaire it was
DROPPED: Final = "dropped"
TIMES: Final = (STARTED, ENDED, SUBMITTED, DAY)

# Titles that the tools give -> what the column is. Of several tokens the first here is taken.
_OWN_IDS: Final = tuple(word for product in PRODUCTS for word in product.ids)
_TITLES: Final[Mapping[str, str]] = {
    **{word: role for product in PRODUCTS for role, words in product.titles.items() for word in words},
    **dict.fromkeys(_OWN_IDS, TOKEN),
}
_UTC: Final = frozenset(word for product in PRODUCTS if product.utc for word in product.titles["submitted"])
_PERSONAL: Final = re.compile(
    r"(?:^|[\W_])(?:ho (?:va )?ten|ten nguoi|ho, ten|name|full ?name|username|_?submitted_by|dien thoai|sdt|so dt"
    r"|phone\w*|mobile|tel|e-?mail\w*|thu dien tu|cccd|cmnd|cmtnd|can cuoc|chung minh|identity|passport|ho chieu"
    r"|dia chi|address|ip ?addr\w*|device ?id|sim\w*|subscriberid|geolocation|gps|latitude|longitude|ngay sinh"
    r"|birth\w*|chu ky|signature|zalo|facebook)(?:$|[\W_])"
)
_GENERATED: Final = (
    "reserved_name_for_field_list_labels"  # a column that forms with tables of choices get, always empty
)
_FREE: Final = re.compile(
    r"(?:^|[\W_])(?:y kien khac|y kien gop y|gop y|ghi chu|comment\w*|other|ly do|kien nghi|de xuat)"
)
_NUMBERING: Final = re.compile(r"^(?:câu |question |q)?[\w.]{1,6}[.):]\s+")
# Closes a question before the agency that its column is about.
_ASKING: Final = re.compile(r"(?<![?:*])[?:*]++(?=\s*[\[/])")
_LIME: Final = re.compile(r"g(\d+)q(\d+)")
_SUB: Final = re.compile(r"(?P<head>.+?)(?:[\[_]sq(?P<number>\d+)\]?)?")
_GRID: Final = re.compile(r"(?P<head>.+)\[(?P<row>[^\[\]]+)\]")  # a question and, in its grid, the row of one agency
_ALIKE: Final = 0.85  # from this likeness on, a title is taken to be a question's text that someone changed
SAMPLE: Final = 200  # rows looked at before a file is gone through
LONGEST: Final = 1_000  # bytes of a form's code or time; a longer one is something else
_LONG: Final = 40  # letters of a cell, on average, from which a column is free text


@dataclass(frozen=True, slots=True)
class ResponseColumn:
    """What one column of a file is; `sure` where its title says so itself and nobody has to confirm it."""

    position: int
    title: str
    role: str
    question: str = ""
    agency: str = ""
    utc: bool = False
    sure: bool = True
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something wrong in some rows of a file: what, in which column, which value, how often, and where first."""

    code: str
    column: int  # from 0
    title: str
    value: str
    row: int  # from 1, the first one
    count: int = 1
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file is read: its columns, what holds for all of its rows, and words it uses in its own way."""

    name: str
    columns: tuple[ResponseColumn, ...]
    agency: str | None = None
    mode: str | None = None
    dates: str = "iso"
    words: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[str, ...] = ()  # of the questionnaire that are counted together
    unjudged: tuple[str, ...] = ()  # rules that a person has said no column of the file can serve

    @property
    def sure(self) -> bool:
        """Tell whether nothing of it has to be confirmed."""
        return all(column.sure for column in self.columns)

    @property
    def matrix(self) -> bool:
        """Tell whether a row rates several agencies."""
        return any(column.role == ANSWER and column.agency for column in self.columns)

    def of(self, *roles: str) -> tuple[ResponseColumn, ...]:
        """Return the columns of some roles, in the order of the file."""
        return tuple(column for column in self.columns if column.role in roles)


class UnreadableError(Exception):
    """A file or a part of it that cannot be read: the problem's code, the row in that part, its column, and figures."""

    def __init__(self, code: str, row: int, column: int = 1, **figures: str) -> None:
        super().__init__(code, row, column, figures)
        self.code, self.row, self.column, self.figures = code, row, column, figures

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with its figures."""
        return partial(UnreadableError, self.code, self.row, self.column, **self.figures), ()


# --- the header -----------------------------------------------------------------------------------------------------


def guess(name: str, titles: Sequence[str], rows: Sequence[Sequence[str]], recipe: Recipe, *, known: Names) -> Layout:
    """Return how a file is most likely read, from its titles and its first rows.

    Args:
        rows: its first rows, for what only values tell.
    """
    columns = [_column(position, title, known) for position, title in enumerate(titles)]
    columns = _by_agency(_by_number(columns, recipe), recipe, known)
    columns = [_by_likeness(column, known, columns) for column in columns]
    filled = [[row[at] for row in rows if at < len(row) and row[at].strip()] for at in range(len(titles))]
    columns = [_hidden(_private(column, filled[column.position]), filled[column.position]) for column in columns]
    columns = list(_one_of_each(columns))
    times = [cell for c in columns if c.role in TIMES for cell in filled[c.position]]
    order, certain = order_of(times)
    if order != "iso" and (likely := max((order, "dmy", "mdy"), key=lambda one: _inside(times, one, recipe))) != order:
        order, certain = likely, False
    versions = tuple(dict.fromkeys(cell for c in columns if c.role == VERSION for cell in filled[c.position]))
    unsure = {*(() if certain else TIMES), *((VERSION,) if len(versions) > 1 else ())}
    columns = [replace(column, sure=False) if column.role in unsure else column for column in columns]
    return Layout(name, tuple(columns), dates=order, versions=versions)


@dataclass(frozen=True, slots=True)
class Names:
    """What questions and agencies go by in titles and cells: folded spelling -> question and agency."""

    items: Mapping[str, tuple[str, str]]
    texts: Mapping[str, str]  # a question's whole text -> question
    agencies: Mapping[str, str]
    options: Mapping[str, str]  # a question together with one of its options -> question
    faces: Mapping[str, str]  # what our own forms call their other columns, without marks -> what the column is
    elsewhere: frozenset[str]  # what our own forms call a workplace that is not assessed


_FACES: Final = {
    **dict.fromkeys(("questionnaire.own-agency", "questionnaire.column.own-agency"), OWN),
    **dict.fromkeys(("questionnaire.agency", "questionnaire.column.agency"), AGENCY),
    **dict.fromkeys(("questionnaire.token", "questionnaire.column.token"), TOKEN),
    **dict.fromkeys(("questionnaire.mode", "questionnaire.column.mode"), MODE),
    "questionnaire.column.day": DAY,
}


def names_of(
    plan: SurveyPlan, agencies: Mapping[str, Agency], recipe: Recipe, spoken: Collection[Labels] = ()
) -> Names:
    """Return the spellings of a group's questions, alone and together with each agency and option.

    `spoken`: the words of the languages that our own forms are written in.
    """
    called = _unlike((word, slug) for slug in recipe.agencies for word in _agency_words(agencies[slug]))
    texts = _unlike((fold(t), q) for q in recipe.questions for t in plan.questions[q].text.by_language().values())
    ids = _unlike((fold(way), q) for q in recipe.questions for way in (q, q.replace("-", "_")))
    spelled: list[tuple[str, tuple[str, str]]] = [(w, (q, "")) for w, q in {**texts, **ids}.items()]
    for agency_word, slug in called.items():
        for word, question in {**texts, **ids}.items():
            spelled += [(text, (question, slug)) for text in (*_within(word, agency_word), f"{agency_word}/{word}")]
            if word in ids:
                spelled += [
                    (f"{one}{sign}{other}", (question, slug))
                    for sign in ("_", "__", "-", ".", ":", " ")
                    for one, other in ((agency_word, word), (word, agency_word))
                ]
    options = {
        text: question
        for word, question in {**texts, **ids}.items()
        for option in answer_words(plan, recipe, question, {})
        for text in _within(word, option)
        if option
    }
    faces = {plain_letters(labels.text(key)): role for labels in spoken for key, role in _FACES.items()}
    elsewhere = frozenset(fold(labels.text("questionnaire.other-agency")) for labels in spoken)
    return Names(_unlike(spelled), texts, called, options, faces, elsewhere)


def _within(question: str, part: str) -> tuple[str, ...]:
    """Return the titles of a column that is one part of a question."""
    return f"{question} [{part}]", f"{question}[{part}]", f"{question}/{part}"


def _agency_words(agency: Agency) -> Iterator[str]:
    yield fold(agency.slug)
    yield fold(agency.slug.replace("-", "_"))
    yield fold(agency.slug.replace("-", ""))
    for text in (agency.name, agency.short):
        yield from map(fold, text.by_language().values())


def _unlike(pairs: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return the spellings that mean one thing only."""
    found: dict[str, set[Value]] = {}
    for word, value in pairs:
        found.setdefault(word, set()).add(value)
    return {word: next(iter(values)) for word, values in found.items() if len(values) == 1 and word}


def item_of(title: str, known: Names) -> tuple[str, str] | None:
    """Return the question that a title names, and the agency with it."""
    return next((known.items[word] for word in _ways(fold(title)) if word in known.items), None)


def part_of(title: str, known: Names) -> str:
    """Return the question of which a title names one option, where each option has a column of its own."""
    return next((known.options[word] for word in _ways(fold(title)) if word in known.options), "")


def _column(position: int, title: str, known: Names) -> ResponseColumn:
    """Return what a column is by its own title."""
    if (item := item_of(title, known)) is not None:
        return ResponseColumn(position, title, ANSWER, *item)
    for word in _ways(plain_letters(title)):
        if role := _TITLES.get(word, known.faces.get(word)):
            return ResponseColumn(position, title, role, utc=word in _UTC)
    return ResponseColumn(position, title, DROPPED)


def _ways(folded: str) -> Iterator[str]:
    """Yield a title whole, without a number before it, and what follows each of the groups it stands in."""
    folded = _ASKING.sub("", folded)
    yield folded
    if folded.startswith("_submission__"):  # KoBo repeats what it says of a form in each part that comes again in it
        yield folded.removeprefix("_submission_")
    yield _NUMBERING.sub("", folded)
    for sign in "/:-.":
        rest = folded
        while sign in rest:
            rest = rest.partition(sign)[2].strip()
            yield rest
            yield _NUMBERING.sub("", rest)


def _by_number(columns: list[ResponseColumn], recipe: Recipe) -> list[ResponseColumn]:
    """Take the titles that LimeSurvey gives by number, G01Q01 and SQ001, for questions and agencies in their order."""
    parts = {c.position: found for c in columns if c.role == DROPPED and (found := _SUB.fullmatch(fold(c.title)))}
    numbers = {
        part["head"]: [int(number) for number in found.groups()]
        for part in parts.values()
        if (found := _LIME.fullmatch(part["head"]))
    }
    heads = {fold(question): question for question in recipe.questions}
    if len(numbers) == len(recipe.questions):
        heads |= dict(zip(sorted(numbers, key=lambda head: numbers[head]), recipe.questions, strict=True))
    made = list(columns)
    agencies = ("", *recipe.agencies)
    for position, part in parts.items():
        number = int(part["number"] or 0)
        if part["head"] in heads and number < len(agencies):
            question, agency = heads[part["head"]], agencies[number]
            made[position] = replace(made[position], role=ANSWER, question=question, agency=agency, sure=False)
    return made


def _by_agency(columns: list[ResponseColumn], recipe: Recipe, known: Names) -> list[ResponseColumn]:
    """Take titles that are agencies and nothing else for the questions about them, in their order.

    A table of questions is written so by Microsoft Forms, which numbers equal titles, and by KoBo with labels.
    """
    found: dict[str, list[ResponseColumn]] = {}
    for column in columns if all(c.agency for c in columns if c.role == ANSWER) else ():
        title = fold(column.title)
        slug = known.agencies.get(title, known.agencies.get(title.rstrip("0123456789"), ""))
        if slug and column.role == DROPPED:
            found.setdefault(slug, []).append(column)
    made = list(columns)
    for slug, own in found.items():
        asked = [recipe.questions[n] for n in recipe.asked[slug]]
        for column, question in zip(own, asked, strict=True) if len(own) == len(asked) else ():
            made[column.position] = replace(column, role=ANSWER, question=question, agency=slug, sure=False)
    return made


def _by_likeness(column: ResponseColumn, known: Names, columns: Sequence[ResponseColumn]) -> ResponseColumn:
    """Take a title that is nearly a question's text for that question, where no other column is it."""
    if column.role != DROPPED or len(column.title) < 12 or part_of(column.title, known):
        return column
    grid = _GRID.fullmatch(fold(column.title))
    agency = known.agencies.get(fold(grid["row"]), "") if grid else ""
    title = _NUMBERING.sub("", fold(grid["head"] if grid and agency else column.title))
    taken = {other.question for other in columns if other.role == ANSWER and other.agency == agency}
    likeness = [
        (SequenceMatcher(None, title, text, autojunk=False).ratio(), question)
        for text, question in known.texts.items()
        if question not in taken
    ]
    best = max(likeness, default=(0.0, ""))
    if best[0] < _ALIKE:
        return column
    return replace(column, role=ANSWER, question=best[1], agency=agency, sure=False)


def _private(column: ResponseColumn, cells: Sequence[str]) -> ResponseColumn:
    """Mark a dropped column that looks like a person's; titles say it, or what stands below them does."""
    if column.role != DROPPED:
        return column
    title = plain_letters(column.title).replace(_GENERATED, "")
    told = _PERSONAL.search(title) is not None or _FREE.search(title) is not None
    shown = any(map(names_somebody, cells))
    free = bool(cells) and sum(map(len, cells)) > _LONG * len(cells)
    return replace(column, personal=told or shown or free)


def _hidden(column: ResponseColumn, cells: Sequence[str]) -> ResponseColumn:
    """Take no time from a column in which the tool hid them; when it was sent still tells that a form was finished."""
    if column.role not in TIMES or not cells or not all(cell.startswith(HIDDEN_DAY) for cell in cells):
        return column
    return replace(column, role=COMPLETED if column.role == SUBMITTED else DROPPED)


def _one_of_each(columns: Iterable[ResponseColumn]) -> Iterator[ResponseColumn]:
    """Keep the first column of each role that a file can have once; the first token in the order of `_TITLES`."""
    made = list(columns)
    ranks = list(_TITLES)
    tokens = [column for column in made if column.role == TOKEN]
    best = min(tokens, key=lambda c: _rank(c, ranks), default=None)
    seen: set[str] = set()
    for column in made:
        again = column.role not in {ANSWER, DROPPED} and (
            column.role in seen or (column.role == TOKEN and column is not best)
        )
        if not again:
            seen.add(column.role)
        yield replace(column, role=DROPPED) if again else column


def _rank(column: ResponseColumn, ranks: Sequence[str]) -> int:
    return next((ranks.index(word) for word in _ways(plain_letters(column.title)) if word in ranks), len(ranks))


# --- words and times ------------------------------------------------------------------------------------------------


def answer_words(plan: SurveyPlan, recipe: Recipe, question: str, own: Mapping[str, str]) -> dict[str, int]:
    """Return the folded spellings of a question's answers -> code: ids, titles, values, and a file's own words."""
    scale = plan.scales[plan.questions[question].scale]
    code_of = {recipe.options[code]: code for code in recipe.codes[question]}
    spelled: list[tuple[str, int]] = []
    # Where a file's own 2 and 3 have a meaning, its 1 is one of these numbers too, not the value 1.
    numbered = any(fold(word).isdecimal() and meaning in scale.values for word, meaning in own.items())
    for option, code in code_of.items():
        spelled += [(answer_word(text), code) for text in (option, option.replace("-", "_"), option.replace("-", ""))]
        if option in scale.titles:
            spelled += [(answer_word(text), code) for text in scale.titles[option].by_language().values()]
        if option == scale.no_opinion:
            spelled += [(fold(text), code) for text in _NO_OPINION]
        elif option in scale.values and not (numbered and scale.values[option] % 1 == 0):
            spelled.append((answer_word(f"{scale.values[option]:f}"), code))
    found = _unlike(spelled)
    found |= {answer_word(word): code_of[meaning] for word, meaning in own.items() if meaning in code_of}
    found |= {answer_word(word): 0 for word, meaning in own.items() if meaning == "blank"}
    return {**dict.fromkeys(_NOT_ASKED, 0), **found, "": 0}


def answer_word(text: str) -> str:
    """Return what an answer is known by: its folded text; of a number, which tools write as 1, 1.0 or 1,00, its value.

    So a title that is a number and the value of another option are told to be two things, however they are written.
    """
    word = fold(text)
    return f"{Decimal(word.replace(',', '.')).normalize():f}" if _NUMBER.fullmatch(word) else word


_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,12})?")
_NOT_ASKED: Final = ("n/a",)  # LimeSurvey writes it where a condition passed a question over
_NO_OPINION: Final = ("không có ý kiến", "không ý kiến", "no opinion", "không biết")
_MODE_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("online", "trực tuyến", "truc-tuyen", "truc_tuyen", "web"), MODES[0]),
    **dict.fromkeys(("in-person", "in_person", "in person", "trực tiếp", "truc-tiep", "truc_tiep"), MODES[1]),
    **dict.fromkeys(("giấy", "phiếu giấy", "paper"), MODES[1]),
}


def words_of(known: Names, recipe: Recipe, layout: Layout) -> dict[str, dict[str, int]]:
    """Return for each kind of column the folded words that may stand in it -> number; blank is -1.

    An agency and a mode have their place, and a workplace that is not assessed -1. A decision on a form is 1 where it
    refuses the form. A file's own words mean what its mapping says.
    """
    places: dict[str, int] = {slug: n for n, slug in enumerate(recipe.agencies)}
    agencies = {word: places[slug] for word, slug in known.agencies.items() if slug in places}
    modes = {mode: n for n, mode in enumerate(MODES)}
    reviews = {word: int(not counts) for word, counts in DECIDED.items()}
    given: dict[str, tuple[Mapping[str, int], Mapping[str, int]]] = {
        AGENCY: (agencies, {**places, "blank": -1}),
        OWN: ({**dict.fromkeys({*_ELSEWHERE, *known.elsewhere}, -1), **agencies}, {**places, "blank": -1}),
        MODE: ({word: modes[mode] for word, mode in _MODE_WORDS.items()}, modes),
        REVIEW: (reviews, reviews),
        VERSION: ({fold(version): 0 for version in layout.versions}, {}),
        GROUP: ({fold(recipe.group): 0}, {}),
    }
    own = layout.words.items()
    return {
        role: {"": -1, **words, **{fold(word): meant[meaning] for word, meaning in own if meaning in meant}}
        for role, (words, meant) in given.items()
    }


_ELSEWHERE: Final = ("other", "khác", "nơi khác", "cơ quan khác", "none", "không")
# A rule of survey.yml -> the columns that serve it, those of one line together.
_SERVED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "fieldwork": ((ENDED,), (SUBMITTED,), (STARTED,), (DAY,)),
    "fastest": ((SECONDS,), (STARTED, ENDED), (STARTED, SUBMITTED)),
    "duplicate_within": ((ENDED,), (SUBMITTED,), (STARTED,)),
    "own_agency": ((OWN,),),
    "token": ((TOKEN,),),
    "review": ((REVIEW,),),
    "finished": ((SUBMITTED,), (COMPLETED,)),
}
NOT_ON_PAPER: Final = frozenset({"fastest", "duplicate_within"})  # nobody writes seconds on a paper form


def unserved(layout: Layout, recipe: Recipe, *, token: bool) -> dict[str, str]:
    """Return the rules that hold for the group and that no column of a file serves -> the columns that would.

    Who rates the own agency alone says so by the agency that is rated. A number that the tool gives to each answer is
    no token: nobody was handed it, and no two answers share it. What a tool always tells of a form is missed as well.

    `token`: each form of the group carries a token.
    """
    ways = {column.position: set(_ways(plain_letters(column.title))) for column in layout.columns}
    present = {c.role for c in layout.columns if c.role != TOKEN or ways[c.position].isdisjoint(_OWN_IDS)}
    titles = set[str]().union(*ways.values())
    told = {rule for product in PRODUCTS if not titles.isdisjoint(product.signs) for rule in product.tells}
    holds = {
        "fieldwork": recipe.opens is not None,
        "fastest": recipe.validity.fastest is not None,
        "duplicate_within": recipe.validity.duplicate_within is not None,
        "own_agency": recipe.own_agency == "exclude",
        "token": token,
        **dict.fromkeys(told, True),
    }
    return {
        rule: "; ".join(" + ".join(line) for line in lines)
        for rule, lines in _SERVED.items()
        if holds.get(rule) and rule not in layout.unjudged and not any(set(line) <= present for line in lines)
    }


TIME: Final = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})"
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>am|pm|sa|ch))?)?"
    r"\s*(?P<zone>z|(?:gmt|utc)?[+-]\d{1,2}(?::?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


def seconds_of(text: str, order: str, *, utc: bool) -> int | None:
    """Return the seconds since 1970 of a time as people and tools write it, None where it is none.

    Args:
        text: `2024-12-02T08:15:00.000+07:00`, `02/12/2024 08:15`, `2024/12/02 8:15:00 SA GMT+7`.
        order: of day, month and year where the year comes last: `dmy` or `mdy`.
        utc: the tool writes UTC where the text names no zone; else it is local time.
    """
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) == 4:
        year, month, day = a, b, c
    elif len(c) == 4 and order in {"dmy", "mdy"}:
        year, (day, month) = c, (a, b) if order == "dmy" else (b, a)
    else:
        return None
    hour = int(found["hour"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].lower() in {"pm", "ch"} else 0)
    try:
        moment = datetime(int(year), int(month), int(day), hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001 - the zone is reckoned below
    except ValueError:
        return None
    away = _zone(found["zone"]) if found["zone"] else 0 if utc else LOCAL_SECONDS
    return int((moment - datetime(1970, 1, 1)).total_seconds()) - away  # noqa: DTZ001 - likewise


def _zone(text: str) -> int:
    """Return how many seconds a zone is ahead of UTC."""
    bare = text.lower().removeprefix("gmt").removeprefix("utc").replace(":", "")
    if bare == "z":
        return 0
    digits = bare[1:]
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    return (hours * 3600 + minutes * 60) * (-1 if bare[0] == "-" else 1)


def order_of(times: Iterable[str]) -> tuple[str, bool]:
    """Return in which order dates are written, and whether that is beyond doubt; people here write the day first."""
    found = [match for text in times if (match := TIME.fullmatch(text.strip())) and len(match["a"]) < 3]
    if not found:
        return "iso", True
    first, second = max(int(match["a"]) for match in found), max(int(match["b"]) for match in found)
    if second > 12 >= first:
        return "mdy", True
    return "dmy", first > 12 >= second


def _inside(times: Iterable[str], order: str, recipe: Recipe) -> int:
    """Return how many times lie in the fieldwork when they are read in an order."""
    opens, closes = recipe.opens or 0, recipe.closes or 0
    return sum(opens <= (seconds_of(text, order, utc=False) or 0) < closes for text in times)


# --- marks ----------------------------------------------------------------------------------------------------------


def one_mark_each(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Join the marks of the same value in the same column: the first row, and how many rows."""
    found: dict[tuple[str, int, str], Mark] = {}
    for mark in marks:
        key = mark.code, mark.column, mark.value
        known = found.get(key)
        first = mark if known is None or mark.row < known.row else known
        found[key] = replace(first, count=mark.count + (0 if known is None else known.count))
    return tuple(sorted(found.values(), key=lambda m: (m.row, m.column, m.code, m.value)))
