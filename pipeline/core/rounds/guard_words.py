"""What guard found, as people read it and as JSON: each commit with its verdict, what, why and what to do.

Nothing that a commit says of itself can break out of its line: control characters are shown by their code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.text import json_fields
from pipeline.core.index.words import with_cycles
from pipeline.core.rounds.judgement import Finding, Judgement, Verdict
from pipeline.core.rounds.proof_words import sentence

_SHORT = 12


def judgement_text(judgement: Judgement, labels: Labels) -> str:
    """Return a judgement as text: the range, each commit, its findings, and the verdict last."""
    labels = with_cycles(labels, judgement.cycles.values())
    head = labels.text(
        "guard.range",
        base=judgement.base[:_SHORT],
        head=judgement.head[:_SHORT],
        time=_time(judgement, labels),
    )
    lines = [head, *_findings(judgement.findings, labels, "")]
    for verdict in judgement.verdicts:
        lines += [_commit(verdict, labels, binding=judgement.binding), *_findings(verdict.findings, labels, "  ")]
    lines += _state(judgement, labels)
    return "".join(f"{line}\n" for line in (*lines, _sum(judgement, labels)))


def _state(judgement: Judgement, labels: Labels) -> Iterator[str]:
    """Yield what is wrong with the state that the range makes."""
    if judgement.errors:
        yield labels.text("guard.errors", count=len(judgement.errors))
        yield problem_words.problems_text(judgement.errors, labels).rstrip("\n")
    for proof in judgement.proofs:
        yield labels.text("guard.proof", subject=_shown(proof.subject), sentence=sentence(proof, labels))


def _time(judgement: Judgement, labels: Labels) -> str:
    if judgement.time is None:
        return labels.text("guard.own-dates")
    return labels.text("guard.time", day=labels.date(judgement.time.day), stamp=judgement.time.stamp)


def _commit(verdict: Verdict, labels: Labels, *, binding: bool) -> str:
    commit = verdict.commit
    refused = "refused" if binding else "would-refuse"
    state = refused if verdict.refused else "passed" if verdict.judged else "not-judged"
    return labels.text(
        "guard.commit",
        state=labels.text(f"guard.state.{state}"),
        commit=commit.id[:_SHORT],
        day=labels.date(commit.committer.at.day),
        who=_who(verdict, labels),
        summary=_shown(commit.summary),
    )


def _who(verdict: Verdict, labels: Labels) -> str:
    signer, author = verdict.signer, verdict.author
    if signer is not None and author is not None and signer != author:
        return labels.text("guard.on-behalf", signer=signer.id, author=author.id)
    if signer is not None:
        return labels.text("guard.signed-by", signer=signer.id)
    return labels.text("guard.says", author=_shown(verdict.commit.author.email) or "–")


def _findings(findings: Sequence[Finding], labels: Labels, margin: str) -> Iterator[str]:
    for finding in findings:
        severity = labels.text("severity.error" if finding.refused else "severity.warning")
        place = f"{_shown(finding.path)}:{finding.line}: " if finding.path else ""
        yield f"{margin}{place}{severity} {finding.code}: {message(finding, labels)}"
        yield f"{margin}  {labels.text('guard.cure')} {cure(finding, labels)}"


def message(finding: Finding, labels: Labels) -> str:
    """Return what is wrong and why, in one sentence."""
    return labels.text(f"guard.law.{finding.code}.message", **_figures(finding, labels))


def cure(finding: Finding, labels: Labels) -> str:
    """Return what to do about it."""
    return labels.text(f"guard.law.{finding.code}.help", **_figures(finding, labels))


_DAYS = frozenset({"day", "last", "opens", "parent", "time"})


def _figures(finding: Finding, labels: Labels) -> dict[str, str]:
    told = {name: labels.date(text) if name in _DAYS else _shown(text) for name, text in finding.figures.items()}
    if "stage" in told:
        told["stage"] = labels.stage(finding.figures["stage"])
        told["of"] = labels.text("guard.of", agency=told["agency"]) if told.get("agency") else ""
    if "fault" in told:
        told["fault"] = labels.text(f"guard.fault.{finding.figures['fault']}", about=told["about"])
    if "entry" in told:
        told["entry"] = labels.text(f"register.fault.{finding.figures['entry']}")
    return told


def _sum(judgement: Judgement, labels: Labels) -> str:
    judged = [verdict for verdict in judgement.verdicts if verdict.judged]
    word = "accepted" if not judgement.unlawful else "refused" if judgement.binding else "unpinned"
    return labels.text(
        f"guard.{word}",
        commits=len(judgement.verdicts),
        judged=len(judged),
        refused=sum(verdict.refused for verdict in judgement.verdicts),
    )


def judgement_json(judgement: Judgement, labels: Labels) -> dict[str, Any]:
    """Return a judgement as JSON data; codes and keys are the same in every language."""
    labels = with_cycles(labels, judgement.cycles.values())
    return {
        **json_fields(judgement, base="base", head="head", time="time.stamp", founding="founding"),
        "accepted": not judgement.refused,
        "findings": [_finding_json(finding, labels) for finding in judgement.findings],
        "commits": [_verdict_json(verdict, labels) for verdict in judgement.verdicts],
        "problems": problem_words.listed_json(judgement.errors, labels),
        "proofs": [
            {**json_fields(proof, "code", "subject"), "sentence": sentence(proof, labels)} for proof in judgement.proofs
        ],
    }


def _verdict_json(verdict: Verdict, labels: Labels) -> dict[str, Any]:
    return {
        **json_fields(verdict.commit, commit="id", summary="summary", date="committer.at.day", email="author.email"),
        **json_fields(verdict, signer="signer.id", author="author.id", judged="judged", refused="refused"),
        "findings": [_finding_json(finding, labels) for finding in verdict.findings],
    }


def _finding_json(finding: Finding, labels: Labels) -> Mapping[str, Any]:
    return {
        **json_fields(finding, "code", "refused"),
        "path": finding.path or None,
        "line": finding.line if finding.path else None,
        "message": message(finding, labels),
        "help": cure(finding, labels),
    }


def name_text(name: str, findings: Sequence[Finding], labels: Labels) -> str:
    """Return what was found of a name that a push would move."""
    told = labels.text("guard.ref", ref=_shown(name))
    return "".join(f"{line}\n" for line in (told, *_findings(findings, labels, "  ")))


def push_json(name: str, findings: Sequence[Finding], judgement: Judgement | None, *, labels: Labels) -> dict[str, Any]:
    """Return what was found of one line of a push as JSON data."""
    return {
        "name": name,
        "findings": [_finding_json(finding, labels) for finding in findings],
        "judgement": judgement_json(judgement, labels) if judgement else None,
    }


def _shown(text: str) -> str:
    """Return a text with everything that could steer a terminal shown by its code."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)[:300]
