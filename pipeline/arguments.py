"""What can be typed: a table of the commands and their arguments, and the parser made of it in the reader's language.

A command is an entry of `COMMANDS`: its example and its arguments, each a row. What a command does: `commands/`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TextIO

from pipeline import VERSION
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import nearest
from pipeline.core.index import WAYS
from pipeline.core.publish.reports import KINDS

PROGRAM = "parindex"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, and what argparse takes; its help is the label `command.<command>-<name>` or that of `words`."""

    names: tuple[str, ...]
    words: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the example below its help, and its arguments in order, of those in a tuple one alone; or parts."""

    example: str
    arguments: tuple[Argument | tuple[Argument, ...], ...] = ()
    parts: Mapping[str, Command] = field(default_factory=dict)
    module: str = ""  # where all its parts stand, as `run_<part>`; else each part has a module of its own

    def rows(self) -> Iterator[Argument]:
        """Yield the arguments one by one."""
        for one in self.arguments:
            yield from one if isinstance(one, tuple) else (one,)


def _row(*names: str, words: str = "", **more: Any) -> Argument:  # noqa: ANN401 - what the library takes
    return Argument(names, words, more)


def _formats(*formats: str) -> Argument:
    return _row("--format", words="format", choices=formats, default=formats[0])


def _command(example: str, *arguments: Argument | tuple[Argument, ...]) -> Command:
    return Command(example, arguments)


_REV = _row("--rev", metavar="R", words="rev")
_YEAR = _row("--year", metavar="Y", words="year")
_OF_YEAR = _row("--year", metavar="Y", words="year", required=True)
_STAGE = _row("--stage", required=True)
_KEY = _row("--key", metavar="FILE")
_TODAY = _row("--today", metavar="D")
_GIVEN_DAY = _row("--today", metavar="D", words="today")
_NO_CACHE = _row("--no-cache", words="no-cache", action="store_true")
_AUDIENCE = _row("--audience", choices=("public", "internal"), default="public")
_TO_FILE = _row("-o", "--output", metavar="FILE")
_FORMS_TO = _row("-o", "--output", metavar="DIR", words="form-output", required=True)

_WHOSE = (
    _row("agency", metavar="AGENCY", nargs="?"),
    _row("--all", action="store_true"),
    _row("--body", metavar="BODY"),
)
FORM_COMMANDS = {
    "make": _command(
        "--year 2024 --stage self-assessment --all -o phieu",
        *(*_WHOSE, _row("--web", action="store_true")),
        *(_REV, _OF_YEAR, _STAGE, _FORMS_TO),
    ),
    "issue": _command(
        "--year 2024 --stage self-assessment --all -o phat-hanh",
        *_WHOSE,
        (_row("--revoke", metavar="ID", nargs="+"), _row("--again", metavar="ID", nargs="+")),
        *(_row("--rev", metavar="R", words="form-issue-rev", default="HEAD"), _OF_YEAR, _STAGE),
        *(_row("--today", metavar="D", words="today"), _row("-o", "--output", metavar="DIR", words="form-output")),
    ),
    "read": _command(
        "phieu-gui-ve/ --today 2024-12-04",
        _row("files", metavar="FILE", nargs="+"),
        _YEAR,
        _row("--stage"),
        _row("--agency", metavar="AGENCY", words="form-expected"),
        _TODAY,
        (_row("--signed", metavar="SCAN"), _row("--page", metavar="FILE")),
        _row("--annotate", action="store_true"),
        _row("--match", action="store_true"),
        (_row("--propose", action="store_true"), _row("--send", action="store_true")),
        _row("--yes", action="store_true"),
        _row("--name", metavar="NAME"),
        _row("--email", metavar="EMAIL"),
        _KEY,
        _formats("text", "json"),
    ),
}

_OF_AGENCY = _row("--agency", metavar="A")
EVIDENCE_COMMANDS = {
    "add": _command(
        "co-quan-a 15-KH-CT.pdf --year 2025 --stage self-assessment",
        *(_row("agency", metavar="AGENCY"), _row("files", metavar="FILE", nargs="+")),
        *(_OF_YEAR, _STAGE, _row("--criterion", metavar="CODE"), _row("--number", metavar="N"), _GIVEN_DAY),
    ),
    "list": _command("--year 2025 --agency co-quan-a", _REV, _OF_YEAR, _OF_AGENCY, _formats("table", "json")),
    "verify": _command("--year 2025", _REV, _YEAR, _formats("table", "json")),
    "missing": _command("--year 2025", _REV, _OF_YEAR, _OF_AGENCY, _formats("table", "json")),
    "destroy": _command(
        "--year 2015 --number 12/QĐ-SNV --date 2026-01-10",
        _row("digests", metavar="SHA256", nargs="*"),
        *(_OF_YEAR, _OF_AGENCY, _row("--number", required=True), _row("--date", metavar="D", required=True)),
    ),
}

_TABLE = (_row("file", metavar="FILE", words="table-file"), _row("--force", action="store_true", words="table-force"))
_RECORD_TO = _row("-o", "--output", metavar="PATH", words="table-output")
CRITERIA_COMMANDS = {
    "read": _command("phu-luc.docx --year 2026", *(*_TABLE, _OF_YEAR, _RECORD_TO)),
    "sheet": _command(
        "--year 2025 -o bo-tieu-chi.xlsx", *(_REV, _OF_YEAR, _row("-o", "--output", metavar="FILE", required=True))
    ),
}

SURVEY_COMMANDS = {
    "form": _command(
        "--year 2025 --group lanh-dao-so -o phieu", _REV, _OF_YEAR, _row("--group", metavar="G"), _FORMS_TO
    ),
    "sample": _command(
        "--year 2025 --margin 5",
        *(_REV, _OF_YEAR),
        _row("--margin", metavar="P", default="5"),
        _row("--confidence", metavar="P", default="95"),
        _formats("table", "json"),
    ),
    "tally": _command(
        "phieu.csv phieu-giay.xlsx --year 2025 --group lanh-dao-so --report bo.csv",
        _row("responses", metavar="RESPONSES", nargs="+"),
        _OF_YEAR,
        _row("--group", metavar="G", words="survey-tally-group"),
        _row("--mapping", metavar="FILE"),
        _row("--report", metavar="FILE"),
        _row("--dask", metavar="ADDRESS"),
    ),
    "callbacks": _command(
        "--year 2025 --group lanh-dao-so --seed 20251229 --draw 20 --count 58",
        *(_REV, _OF_YEAR),
        _row("--group", metavar="G", required=True),
        _row("--seed", metavar="N", required=True),
        _row("--draw", metavar="K", required=True),
        _row("--list", metavar="FILE"),
        _row("--count", metavar="N"),
        _formats("text", "json"),
    ),
    "disclosure": _command("--year 2025", *(_REV, _OF_YEAR, _formats("table", "json"))),
}

COMMANDS = {
    "check": _command(
        "--year 2024",
        *(_REV, _YEAR, _row("--since", metavar="BASE"), _row("--complete", action="store_true")),
        *(_row("--stage", metavar="S"), _GIVEN_DAY, _NO_CACHE, _formats("text", "json", "github", "markdown")),
    ),
    "score": _command("--year 2024 --format csv", _REV, _YEAR, _NO_CACHE, _formats("table", "json", "csv")),
    "explain": _command(
        "co-quan-a 1.1.1 --year 2024",
        _row("agency", metavar="AGENCY"),
        _row("criterion", metavar="CRITERION", nargs="?"),
        _row("--history", action="store_true"),
        *(_REV, _YEAR, _NO_CACHE, _formats("text", "json")),
    ),
    "whatif": _command(
        "co-quan-a --year 2024 --set 1.1.1=1 --reach xuat-sac",
        _row("agency", metavar="AGENCY"),
        _row("--set", dest="scores", metavar="CODE=POINTS", nargs="+", action="extend", default=[]),
        (_row("--reach", metavar="GRADE"), _row("--rank", metavar="N")),
        _row("--by", choices=WAYS, default=WAYS[0]),
        *(_REV, _YEAR, _formats("text", "json")),
    ),
    "diff": _command(
        "main --format markdown",
        _row("base", metavar="BASE"),
        _row("head", metavar="HEAD", nargs="?"),
        _row("--no-effects", dest="effects", action="store_false"),
        _NO_CACHE,
        _formats("text", "markdown", "json"),
    ),
    "audit": _command(
        "--year 2024 --stage appraisal-1 --format xlsx -o kiem-toan.xlsx",
        *(_REV, _OF_YEAR, _STAGE),
        _row("--format", words="format", choices=("text", "markdown", "json", "xlsx")),
        _TO_FILE,
    ),
    "report": _command(
        "--year 2024 --kind self-assessment --agency co-quan-a -o bao-cao.docx",
        *(_REV, _OF_YEAR),
        _row("--kind", choices=KINDS, required=True),
        _row("--agency", metavar="A"),
        _row("--number", metavar="N"),
        _row("--date", metavar="D"),
        _row("-o", "--output", metavar="FILE", required=True),
    ),
    "export": _command(
        "--year 2024 --today 2025-03-20 -o du-lieu-mo",
        *(_REV, _OF_YEAR, _AUDIENCE, _GIVEN_DAY, _row("-o", "--output", metavar="DIR", required=True)),
        _row("--sign", metavar="KEY"),
    ),
    "status": _command("--year 2024 --today 2024-12-20", _REV, _YEAR, _TODAY, _formats("text", "json", "ics")),
    "seal": _command("--year 2024 --stage appraisal-1 --key ~/.ssh/id_ed25519", _OF_YEAR, _STAGE, _KEY, _TODAY),
    "verify": _command(
        "--year 2024",
        *(_REV, _YEAR, _row("--bundle", metavar="DIR"), _row("--signers", metavar="FILE")),
        _row("--founding", metavar="ID"),
        (_row("--since", metavar="ENTRY", words="verify-since"), _row("--all", action="store_true")),
        _formats("text", "json"),
    ),
    "guard": _command(
        "--at 2024-12-03T09:00:00+07:00 main HEAD",
        _row("base", metavar="BASE", nargs="?"),
        _row("head", metavar="HEAD", nargs="?"),
        _row("--at", metavar="TIME"),
        _row("--rights-only", action="store_true"),
        _row("--pre-receive", action="store_true"),
        _row("--branch", metavar="NAME", default="main"),
        _NO_CACHE,
        _formats("text", "json"),
    ),
    "review": _command("main", _row("base", metavar="BASE"), _KEY),
    "receive": _command(
        "--key /srv/git/khoa-may-chu",
        *(_row("--branch", metavar="NAME", default="main", words="guard-branch"), _KEY),
        _row("--witness", metavar="BODY"),
    ),
    "join": _command(
        "chuyen-vien-tai-chinh --role tham-dinh --body don-vi-b --email chuyen-vien@don-vi-b.example",
        _row("person", metavar="PERSON", nargs="?"),
        _row("--role"),
        (_row("--body", metavar="BODY"), _row("--agency", metavar="AGENCY")),
        _row("--email"),
        _KEY,
        _row("--no-passphrase", action="store_true"),
        _row("--request", metavar="FILE"),
        _TO_FILE,
    ),
    "owners": _command("-o .github/CODEOWNERS", _REV, _TO_FILE),
    "form": Command("make --year 2024 --stage self-assessment --all -o phieu", parts=FORM_COMMANDS),
    "survey": Command("sample --year 2025", parts=SURVEY_COMMANDS),
    "criteria": Command("read phu-luc.docx --year 2026", parts=CRITERIA_COMMANDS, module="tables"),
    "agencies": Command(
        "read co-quan.xlsx --year 2026",
        parts={"read": _command("co-quan.xlsx --year 2026", *(*_TABLE, _OF_YEAR, _RECORD_TO))},
        module="tables",
    ),
    "bodies": Command(
        "read don-vi.xlsx",
        parts={"read": _command("don-vi.xlsx", *(*_TABLE, _RECORD_TO))},
        module="tables",
    ),
    "evidence": Command("missing --year 2024", parts=EVIDENCE_COMMANDS, module="evidence"),
    "approve": _command(
        "--year 2024 --number 12/QĐ-UBND --date 2025-02-20 --publish-from 2025-02-27",
        _OF_YEAR,
        _row("--number", required=True),
        _row("--date", metavar="D", required=True),
        _row("--publish-from", metavar="D", words="approve-publish"),
        _row("--reason", metavar="TEXT"),
        _row("--withdraws", metavar="N", words="approve-withdraws"),
        _row("--accept-disclosure", metavar="REASON"),
    ),
    "init": _command(
        "kho --answers tra-loi.yml",
        _row("folder", metavar="DIR", nargs="?"),
        (_row("--answers", metavar="FILE"), _row("--sample-answers", action="store_true", words="init-sample")),
        _row("--no-passphrase", action="store_true", words="join-no-passphrase"),
    ),
    "open-year": _command(
        "2026 --from 2025",
        _row("new", metavar="NEW"),
        _row("--from", dest="old", metavar="OLD", required=True),
        _formats("text", "json"),
    ),
    "site": _command(
        "--audience public --today 2025-02-27",
        *(_AUDIENCE, _GIVEN_DAY, _NO_CACHE, _row("--signatures", metavar="DIR"), _row("--serve", action="store_true")),
    ),
    "fmt": _command("--check", _row("files", metavar="FILE", nargs="*"), _row("--check", action="store_true")),
    "schema": _command("--year 2025 -o .vscode/ky-2025", *(_REV, _OF_YEAR, _row("-o", "--output", metavar="DIR"))),
    "help": _command("evidence-missing", _row("words", metavar="WORD", nargs="*")),
    "completion": _command("bash", _row("shell", metavar="SHELL", choices=("bash", "zsh", "fish", "powershell"))),
}


def common_first(given: Sequence[str]) -> list[str]:
    """Return what was typed with the options of all commands, which may stand anywhere, where the parser takes them."""
    first, rest = [], []
    words = iter(given)
    for word in words:
        name, sign, _ = word.partition("=")
        if name not in ("--repo", "--lang"):
            rest += [word, *words] if word == "--" else [word]
        elif sign:
            first.append(word)
        else:
            value = next(words, None)
            if value is None:
                return [word]  # the parser says what is missing
            first.append(f"{word}={value}")
    return first + rest


def language_of(given: Sequence[str], languages: Sequence[str], preferred: str) -> str:
    """Find the language before the words of the command line can be loaded.

    Args:
        given: what was typed, as `common_first` puts it.
        languages: those that there are; the first is spoken where none of them is named.
        preferred: the language that counts where none is typed.
    """
    typed = [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    return next((name for name in (*reversed(typed), preferred) if name in languages), languages[0])


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line of the reader's language."""

    labels: Labels

    def error(self, message: str) -> NoReturn:
        """Raise the one clear line instead of the library's English."""
        raise ParindexError("usage", detail=self._detail(message), command=self.prog)

    def _detail(self, message: str) -> str:
        """Return the library's complaint in the reader's language, with what may have been meant."""
        for code, pattern in _COMPLAINTS:
            if found := re.fullmatch(pattern, message):
                figures = found.groupdict()
                allowed = figures.get("allowed") or " ".join(self._option_string_actions)
                near = nearest(re.split("[ =]", figures["found"])[0].strip("'"), re.findall(r"[^\s',]+", allowed))
                told = self.labels.text(f"errors.{code}", **figures)
                return told if near is None else f"{told} ({self.labels.text('errors.nearest', near=near)})"
        return message

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[argparse.Namespace, list[str]]:  # type: ignore[override]  # noqa: ANN401
        """Refuse what a command does not take in the words of its own parser, which knows what it takes."""
        parsed, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return parsed, rest

    def _print_message(self, message: str, file: TextIO | None = None) -> None:  # type: ignore[override]
        """Let a full disk be told, which the library passes over."""
        if file is not None:
            file.write(message)


_COMPLAINTS = (
    ("usage-required", r"the following arguments are required: (?P<found>.*)"),
    ("usage-choice", r"argument [^:]*: invalid choice: (?P<found>\S+) \(choose from (?P<allowed>.*)\)"),
    ("usage-unknown", r"unrecognized arguments: (?P<found>.*)"),
    ("usage-together", r"argument (?P<found>\S+): not allowed with argument (?P<other>\S+)"),
    ("usage-value", r"argument (?P<found>\S+): expected (?:one|at least one) argument"),
)


def parser(labels: Labels, languages: Sequence[str], typed: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command line; `command` is the name that was typed.

    `typed`: what will be parsed; commands that it does not name are known by name alone.
    """
    top = _Parser(prog=PROGRAM, add_help=False)
    _dress(top, labels, "program", "parindex check --year 2024")
    top.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}", help=labels.text("command.version"))
    top.add_argument("--repo", metavar="DIR", help=labels.text("command.repo"))
    top.add_argument("--lang", choices=languages, default=languages[0], help=labels.text("command.lang"))
    _add_commands(top, labels, COMMANDS, "", typed)
    return top


def _add_commands(
    top: _Parser, labels: Labels, commands: Mapping[str, Command], above: str, typed: Sequence[str] | None
) -> None:
    """Give the program its commands, or the command `above` its parts, each with its example and arguments."""
    title, dest = labels.text("command.commands"), "act" if above else "command"
    made = top.add_subparsers(title=title, dest=dest, metavar="COMMAND", required=True, parser_class=_Parser)
    for name, command in commands.items():
        words = f"{above}-{name}" if above else name
        one = made.add_parser(name, help=labels.text(f"command.{words}"), add_help=False)
        if typed is not None and name not in typed:
            continue
        _dress(one, labels, words, " ".join(filter(None, (PROGRAM, above, name, command.example))))
        for arguments in command.arguments:
            group = one.add_mutually_exclusive_group() if isinstance(arguments, tuple) else one
            for row in arguments if isinstance(arguments, tuple) else (arguments,):
                key = row.words or f"{above or name}-{row.names[-1].removeprefix('--')}"
                group.add_argument(*row.names, **row.more, help=labels.text(f"command.{key}"))
        if command.parts:
            _add_commands(one, labels, command.parts, name, typed)


def _dress(made: _Parser, labels: Labels, words: str, example: str) -> None:
    """Give a parser its words: what it does, and one example below."""
    made.labels = labels
    made.description = labels.text(f"command.{words}")
    made.epilog = labels.text("command.example", line=example)
    made.allow_abbrev = False
    usage = labels.text("command.usage")
    made.formatter_class = lambda prog: _Help(prog, usage)
    made._optionals.title = labels.text("command.options")  # noqa: SLF001 - the library has no other way to name it
    made._positionals.title = labels.text("command.arguments")  # noqa: SLF001 - likewise
    made.add_argument("-h", "--help", action="help", help=labels.text("command.show-help"))


class _Help(argparse.HelpFormatter):
    """Help whose first word is in the reader's language."""

    def __init__(self, prog: str, usage: str) -> None:
        super().__init__(prog, width=100)
        self._usage_word = usage

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        """Put the reader's word before the usage."""
        super().add_usage(usage, actions, groups, self._usage_word if prefix is None else prefix)
