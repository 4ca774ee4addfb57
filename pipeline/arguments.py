"""What can be typed: every command with its arguments, in the reader's language; what each does is the matter of `cli`.

A command is an entry of `COMMANDS`: its example, and a function that gives it its arguments.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TextIO, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.whatif import WAYS
from pipeline.core.publish.reports import KINDS

PROGRAM = "parindex"

# Name of a command or of one of its parts -> an example, and the function that gives it its arguments.
_Table: TypeAlias = dict[str, tuple[str, Callable[[argparse.ArgumentParser, Labels], None]]]


def language_of(given: Sequence[str], languages: Sequence[str]) -> str:
    """Find the language before the words of the command line can be loaded, the first where none is named."""
    for position, word in enumerate(given):
        value = word.partition("=")[2] if word.startswith("--lang=") else None
        if word == "--lang" and position + 1 < len(given):
            value = given[position + 1]
        if value is not None and value in languages:
            return value
    return languages[0]


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line of the reader's language."""

    labels: Labels

    def error(self, message: str) -> NoReturn:
        """Raise the one clear line instead of the library's English."""
        raise ParindexError("usage", detail=_detail(message, self.labels), command=self.prog)

    def _print_message(self, message: str, file: TextIO | None = None) -> None:  # type: ignore[override]
        """Let a full disk be told, which the library passes over."""
        if file is not None:
            file.write(message)


_COMPLAINTS = (
    ("usage-required", re.compile(r"the following arguments are required: (?P<found>.*)")),
    ("usage-choice", re.compile(r"argument [^:]*: invalid choice: (?P<found>\S+) \(choose from (?P<allowed>.*)\)")),
    ("usage-unknown", re.compile(r"unrecognized arguments: (?P<found>.*)")),
    ("usage-together", re.compile(r"argument (?P<found>\S+): not allowed with argument (?P<other>\S+)")),
    ("usage-value", re.compile(r"argument (?P<found>\S+): expected (?:one|at least one) argument")),
)


def _detail(message: str, labels: Labels) -> str:
    for code, pattern in _COMPLAINTS:
        found = pattern.fullmatch(message)
        if found:
            return labels.text(f"errors.{code}", **found.groupdict())
    return message


def parser(labels: Labels, languages: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the command line, in the language of the labels; `command` is the name that was typed."""
    top = _new_parser(labels, PROGRAM, labels.text("command.program"), "parindex check --year 2024")
    top.add_argument("--repo", default=".", metavar="DIR", help=labels.text("command.repo"))
    top.add_argument("--lang", choices=languages, default=languages[0], help=labels.text("command.lang"))
    commands = top.add_subparsers(
        title=labels.text("command.commands"), dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name, (example, add_arguments) in COMMANDS.items():
        words = labels.text(f"command.{name}")
        made = commands.add_parser(name, help=words, add_help=False)
        _dress(made, labels, words, f"{PROGRAM} {name} {example}")
        add_arguments(made, labels)
    return top


def _check(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev", "year")
    made.add_argument("--since", metavar="BASE", help=labels.text("command.check-since"))
    _formats(made, labels, "text", "json", "github", "markdown")


def _score(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev", "year")
    _formats(made, labels, "table", "json", "csv")


def _explain(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("agency", metavar="AGENCY", help=labels.text("command.explain-agency"))
    made.add_argument("criterion", metavar="CRITERION", nargs="?", help=labels.text("command.explain-criterion"))
    made.add_argument("--history", action="store_true", help=labels.text("command.explain-history"))
    _options(made, labels, "rev", "year")
    _formats(made, labels, "text", "json")


def _whatif(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("agency", metavar="AGENCY", help=labels.text("command.whatif-agency"))
    made.add_argument(
        "--set",
        dest="scores",
        metavar="CODE=POINTS",
        nargs="+",
        action="extend",
        default=[],
        help=labels.text("command.whatif-set"),
    )
    goal = made.add_mutually_exclusive_group()
    goal.add_argument("--reach", metavar="GRADE", help=labels.text("command.whatif-reach"))
    goal.add_argument("--rank", metavar="N", help=labels.text("command.whatif-rank"))
    made.add_argument("--by", choices=WAYS, default=WAYS[0], help=labels.text("command.whatif-by"))
    _options(made, labels, "rev", "year")
    _formats(made, labels, "text", "json")


def _diff(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("base", metavar="BASE", help=labels.text("command.diff-base"))
    made.add_argument("head", metavar="HEAD", nargs="?", help=labels.text("command.diff-head"))
    made.add_argument("--no-effects", dest="effects", action="store_false", help=labels.text("command.diff-no-effects"))
    _formats(made, labels, "text", "markdown", "json")


def _audit(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--stage", required=True, help=labels.text("command.audit-stage"))
    _formats(made, labels, "text", "markdown", "json", "xlsx")
    made.add_argument("-o", "--output", metavar="FILE", help=labels.text("command.audit-output"))


def _report(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--kind", required=True, choices=KINDS, help=labels.text("command.report-kind"))
    made.add_argument("--agency", metavar="A", help=labels.text("command.report-agency"))
    made.add_argument("--number", metavar="N", help=labels.text("command.report-number"))
    made.add_argument("--date", metavar="D", help=labels.text("command.report-date"))
    made.add_argument("-o", "--output", required=True, metavar="FILE", help=labels.text("command.report-output"))


def _export(made: argparse.ArgumentParser, labels: Labels) -> None:
    audiences = ("public", "internal")
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--audience", choices=audiences, default="public", help=labels.text("command.export-audience"))
    made.add_argument("--today", metavar="D", help=labels.text("command.today"))
    made.add_argument("-o", "--output", required=True, metavar="DIR", help=labels.text("command.export-output"))


def _status(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev", "year")
    made.add_argument("--today", metavar="D", help=labels.text("command.status-today"))
    _formats(made, labels, "text", "json", "ics")


def _seal(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--stage", required=True, help=labels.text("command.seal-stage"))
    made.add_argument("--key", metavar="FILE", help=labels.text("command.seal-key"))
    made.add_argument("--today", metavar="D", help=labels.text("command.seal-today"))


def _verify(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev", "year")
    made.add_argument("--bundle", metavar="DIR", help=labels.text("command.verify-bundle"))
    _formats(made, labels, "text", "json")


def _guard(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("base", metavar="BASE", nargs="?", help=labels.text("command.guard-base"))
    made.add_argument("head", metavar="HEAD", nargs="?", help=labels.text("command.guard-head"))
    made.add_argument("--at", metavar="TIME", help=labels.text("command.guard-at"))
    made.add_argument("--pre-receive", action="store_true", help=labels.text("command.guard-pre-receive"))
    made.add_argument("--branch", metavar="NAME", default="main", help=labels.text("command.guard-branch"))
    _formats(made, labels, "text", "json")


def _review(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("base", metavar="BASE", help=labels.text("command.review-base"))
    made.add_argument("--key", metavar="FILE", help=labels.text("command.review-key"))


def _owners(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("-o", "--output", metavar="FILE", help=labels.text("command.owners-output"))


def _approve(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--number", required=True, help=labels.text("command.approve-number"))
    made.add_argument("--date", required=True, metavar="D", help=labels.text("command.approve-date"))
    made.add_argument("--publish-from", metavar="D", help=labels.text("command.approve-publish"))
    made.add_argument("--reason", metavar="TEXT", help=labels.text("command.approve-reason"))


def _site(made: argparse.ArgumentParser, labels: Labels) -> None:
    audiences = ("public", "internal")
    made.add_argument("--audience", choices=audiences, default="public", help=labels.text("command.site-audience"))
    made.add_argument("--today", metavar="D", help=labels.text("command.today"))
    made.add_argument("--serve", action="store_true", help=labels.text("command.site-serve"))


def _form(made: argparse.ArgumentParser, labels: Labels) -> None:
    _parts(made, labels, "form", FORM_COMMANDS)


def _parts(made: argparse.ArgumentParser, labels: Labels, command: str, parts: _Table) -> None:
    """Give a command its parts, each with its own example and arguments."""
    title = labels.text("command.commands")
    acts = made.add_subparsers(title=title, dest="act", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, (example, add_arguments) in parts.items():
        words = labels.text(f"command.{command}-{name}")
        act = acts.add_parser(name, help=words, add_help=False)
        _dress(act, labels, words, f"{PROGRAM} {command} {name} {example}")
        add_arguments(act, labels)


def _form_make(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("agency", metavar="AGENCY", nargs="?", help=labels.text("command.form-agency"))
    made.add_argument("--all", action="store_true", help=labels.text("command.form-all"))
    made.add_argument("--body", metavar="BODY", help=labels.text("command.form-body"))
    made.add_argument("--web", action="store_true", help=labels.text("command.form-web"))
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--stage", required=True, help=labels.text("command.form-stage"))
    made.add_argument("-o", "--output", required=True, metavar="DIR", help=labels.text("command.form-output"))


def _form_read(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("files", metavar="FILE", nargs="+", help=labels.text("command.form-files"))
    _options(made, labels, "year")
    made.add_argument("--stage", help=labels.text("command.form-stage"))
    made.add_argument("--agency", metavar="AGENCY", help=labels.text("command.form-expected"))
    made.add_argument("--today", metavar="D", help=labels.text("command.form-today"))
    made.add_argument("--annotate", action="store_true", help=labels.text("command.form-annotate"))
    made.add_argument("--propose", action="store_true", help=labels.text("command.form-propose"))
    made.add_argument("--name", metavar="NAME", help=labels.text("command.form-name"))
    made.add_argument("--email", metavar="EMAIL", help=labels.text("command.form-email"))
    made.add_argument("--key", metavar="FILE", help=labels.text("command.form-key"))


def _survey(made: argparse.ArgumentParser, labels: Labels) -> None:
    _parts(made, labels, "survey", SURVEY_COMMANDS)


def _survey_form(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--group", metavar="G", help=labels.text("command.survey-group"))
    made.add_argument("-o", "--output", required=True, metavar="DIR", help=labels.text("command.form-output"))


def _survey_sample(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--margin", metavar="P", default="5", help=labels.text("command.survey-margin"))
    made.add_argument("--confidence", metavar="P", default="95", help=labels.text("command.survey-confidence"))
    _formats(made, labels, "table", "json")


def _survey_callbacks(made: argparse.ArgumentParser, labels: Labels) -> None:
    _options(made, labels, "rev")
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--group", required=True, metavar="G", help=labels.text("command.survey-group"))
    made.add_argument("--seed", required=True, metavar="N", help=labels.text("command.survey-seed"))
    made.add_argument("--draw", required=True, metavar="K", help=labels.text("command.survey-draw"))
    made.add_argument("--list", metavar="FILE", help=labels.text("command.survey-list"))
    made.add_argument("--count", metavar="N", help=labels.text("command.survey-count"))
    _formats(made, labels, "text", "json")


def _survey_tally(made: argparse.ArgumentParser, labels: Labels) -> None:
    made.add_argument("responses", metavar="RESPONSES", nargs="+", help=labels.text("command.survey-responses"))
    made.add_argument("--year", required=True, metavar="Y", help=labels.text("command.year"))
    made.add_argument("--group", metavar="G", help=labels.text("command.survey-tally-group"))
    made.add_argument("--mapping", metavar="FILE", help=labels.text("command.survey-mapping"))
    made.add_argument("--report", metavar="FILE", help=labels.text("command.survey-report"))
    made.add_argument("--dask", metavar="ADDRESS", help=labels.text("command.survey-dask"))


FORM_COMMANDS: _Table = {
    "make": ("--year 2024 --stage self-assessment --all -o phieu", _form_make),
    "read": ("phieu-gui-ve/ --today 2024-12-04", _form_read),
}

SURVEY_COMMANDS: _Table = {
    "form": ("--year 2025 --group lanh-dao-so -o phieu", _survey_form),
    "sample": ("--year 2025 --margin 5", _survey_sample),
    "tally": ("phieu.csv phieu-giay.xlsx --year 2025 --group lanh-dao-so --report bo.csv", _survey_tally),
    "callbacks": ("--year 2025 --group lanh-dao-so --seed 20251229 --draw 20 --count 58", _survey_callbacks),
}

COMMANDS: _Table = {
    "check": ("--year 2024", _check),
    "score": ("--year 2024 --format csv", _score),
    "explain": ("cuc-thue 1.1.1 --year 2024", _explain),
    "whatif": ("cuc-thue --year 2024 --set 1.1.1=1 --reach xuat-sac", _whatif),
    "diff": ("main --format markdown", _diff),
    "audit": ("--year 2024 --stage appraisal-1 --format xlsx -o kiem-toan.xlsx", _audit),
    "report": ("--year 2024 --kind self-assessment --agency cuc-thue -o bao-cao.docx", _report),
    "export": ("--year 2024 --today 2025-03-20 -o du-lieu-mo", _export),
    "status": ("--year 2024 --today 2024-12-20", _status),
    "seal": ("--year 2024 --stage appraisal-1 --key ~/.ssh/id_ed25519", _seal),
    "verify": ("--year 2024", _verify),
    "guard": ("--at 2024-12-03T09:00:00+07:00 main HEAD", _guard),
    "review": ("main", _review),
    "owners": ("-o .github/CODEOWNERS", _owners),
    "form": ("make --year 2024 --stage self-assessment --all -o phieu", _form),
    "survey": ("sample --year 2025", _survey),
    "approve": ("--year 2024 --number 12/QĐ-UBND --date 2025-02-20 --publish-from 2025-02-27", _approve),
    "site": ("--audience public --today 2025-02-27", _site),
}


def _new_parser(labels: Labels, program: str, words: str, example: str) -> argparse.ArgumentParser:
    made = _Parser(prog=program, add_help=False)
    _dress(made, labels, words, example)
    return made


def _dress(made: _Parser, labels: Labels, words: str, example: str) -> None:
    """Give a parser its words: what it does, and one example below."""
    made.labels = labels
    made.description = words
    made.epilog = labels.text("command.example", line=example)
    made.allow_abbrev = False
    usage = labels.text("command.usage")
    made.formatter_class = lambda prog: _Help(prog, usage)
    made._optionals.title = labels.text("command.options")  # noqa: SLF001 - the library has no other way to name it
    made._positionals.title = labels.text("command.arguments")  # noqa: SLF001 - likewise
    made.add_argument("-h", "--help", action="help", help=labels.text("command.help"))


class _Help(argparse.HelpFormatter):
    """Help whose first word is in the reader's language."""

    def __init__(self, prog: str, usage: str) -> None:
        super().__init__(prog, width=100)
        self._usage_word = usage

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        """Put the reader's word before the usage."""
        super().add_usage(usage, actions, groups, self._usage_word if prefix is None else prefix)


def _options(made: argparse.ArgumentParser, labels: Labels, *names: str) -> None:
    for name in names:
        made.add_argument(f"--{name}", metavar=name[0].upper(), help=labels.text(f"command.{name}"))


def _formats(made: argparse.ArgumentParser, labels: Labels, *formats: str) -> None:
    made.add_argument("--format", choices=formats, default=formats[0], help=labels.text("command.format"))
