"""The second person by edition 1 of guard's laws: a review names a tree and approves all before it.

It judges what came before a founding, so that what was lawful stays lawful; reviews since then: `reviews`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.rounds.judgement import FIRST_EDITION, CommitRange, Examined, Finding, JudgedCommit, listed
from pipeline.core.rounds.reviews import TRAILERS, Cases, Seconds, below_of, reviewer, reviews_of


def of_trees(history: CommitRange, cases: Cases) -> Seconds:
    """Judge reviews by edition 1: the trailer `Reviewed-tree` approves the tree that it names, until data moves on."""
    access = history.state.access
    if access is None:
        return {}
    kinds = {name: case.kinds & access.second_person for name, (case, _) in cases.items() if case.examined.guarded}
    waiting = {name for name, needed in kinds.items() if needed}
    found: dict[str, list[Finding]] = {}
    approved: set[str] = set()
    for review in reviews_of(history, cases):
        below = below_of(history.commits, review.commit.id)
        case, faults = cases[review.commit.id]
        words = list(_review_faults(history, review, below))
        words += _approval_faults(case, [cases[name][0] for name in waiting & below], kinds)
        found[review.commit.id] = [Finding(word, figures=reviewer(case)) for word in words]
        if not words and not any(fault.refused for fault in faults):
            approved |= {name for name in waiting & below if _approves(case, cases[name][0], kinds[name])}
    for name in waiting - approved:
        paths = listed(touch.path for touch in cases[name][0].step.guarded)
        figures = {"kinds": listed(sorted(kinds[name])), "paths": paths}
        found.setdefault(name, []).append(Finding("no-review", figures=figures))
    return {name: tuple(findings) for name, findings in found.items()}


def _review_faults(history: CommitRange, review: Examined, below: frozenset[str]) -> Iterator[str]:
    if review.steps[0].touches:
        yield "review-not-empty"
    if review.commit.trailer(TRAILERS[FIRST_EDITION]) != review.commit.tree:
        yield "review-of-another-tree"
    later = (one for one in history.commits if one.commit.id not in below and one.commit.id != review.commit.id)
    if review.moved_on or any(one.guarded and len(one.steps) < 2 for one in later):
        yield "review-voided"


def _approval_faults(
    review: JudgedCommit, waiting: list[JudgedCommit], kinds: Mapping[str, frozenset[str]]
) -> list[str]:
    """Return why a review approves nothing, if it was made by somebody known and there is something to approve."""
    if review.signer is None or not waiting:
        return []
    if review.author != review.signer:
        return ["author-is-not-signer"]
    if any(_approves(review, case, kinds[case.examined.commit.id]) for case in waiting):
        return []
    entitled = any(review.access.may_review(review.signer, kinds[case.examined.commit.id]) for case in waiting)
    return ["reviewer-is-author" if entitled else "reviewer-without-right"]


def _approves(review: JudgedCommit, case: JudgedCommit, kinds: frozenset[str]) -> bool:
    """Tell whether a review counts for a commit: its signer may approve the kinds, and had no part in the commit."""
    person = review.signer
    return person is not None and person not in (case.author, case.signer) and review.access.may_review(person, kinds)
