"""The stages of a year, in the order that its cycle.yml lists them, and what each kind of stage is for.

Code knows four kinds and asks a year for its stages; five names have a kind of their own, any other name says its kind
(design, section 3, "Stages"). The survey stands beside the stages: it has a window and a seal, but no lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, get_args

from pipeline.core.ground.text import Text

Kind: TypeAlias = Literal["claim", "appraise", "explain", "decide"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SURVEY = "survey"
NOT_APPLICABLE = "not-applicable"

# The names that need not say their kind, in the order that a cycle without `stages` has them.
KIND_OF: Mapping[str, Kind] = {
    "self-assessment": "claim",
    "appraisal-1": "appraise",
    "explanation": "explain",
    "appraisal-2": "appraise",
    "council-decision": "decide",
}
# Names that stand for something else under a year's folder, or are a kind: no stage may bear them.
RESERVED = frozenset(
    {*KINDS, SURVEY, NOT_APPLICABLE, "dossiers", "issued", "seals", "amendments", "amendment", "approval"}
)


def kind_of(name: str, said: str | None) -> Kind | None:
    """Return the kind of a listed stage: that of its name, else the one it says; None for the survey or no kind."""
    if name in KIND_OF:
        return KIND_OF[name]
    return next((kind for kind in KINDS if kind == said), None)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a year; `title` where its name is not one of the five that labels know."""

    name: str
    kind: Kind
    title: Text | None = None


@dataclass(frozen=True)  # no slots: what every line asks for is worked out once
class Stages:
    """The stages of a year in their order; a stage that is not listed here has no files and is not owed.

    Example: of claim, appraise A, explain E, appraise B, decide D, what A asks is answered in E, B owes what A asked
    about or E explained, and B's head may say that E never came.
    """

    order: tuple[Stage, ...]

    def __iter__(self) -> Iterator[Stage]:
        """Yield the stages in order."""
        return iter(self.order)

    def __contains__(self, name: object) -> bool:
        """Tell whether the year has a stage of this name."""
        return any(stage.name == name for stage in self.order)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names in order."""
        return tuple(stage.name for stage in self.order)

    def get(self, name: str) -> Stage | None:
        """Return a stage by its name."""
        return next((stage for stage in self.order if stage.name == name), None)

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a stage; None where the year has no stage of this name."""
        stage = self.get(name)
        return stage.kind if stage else None

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the names of the stages of some kinds, in order."""
        return tuple(stage.name for stage in self.order if stage.kind in kinds)

    @cached_property
    def deciding(self) -> tuple[str, ...]:
        """Return the stages whose lines fix points; an explanation only asks."""
        return self.of_kind("claim", "appraise", "decide")

    @property
    def claim(self) -> str | None:
        """Return the stage in which agencies claim their points; a year has one at most, as its first."""
        return next(iter(self.of_kind("claim")), None)

    @property
    def first_appraise(self) -> str | None:
        """Return the first appraising stage, which owes every appraised leaf."""
        return next(iter(self.of_kind("appraise")), None)

    @property
    def decide(self) -> str | None:
        """Return the last stage of the kind decide."""
        return next(reversed(self.of_kind("decide")), None)

    def before(self, name: str) -> tuple[str, ...]:
        """Return the stages before one; all of them where the year does not have it."""
        names = self.names
        return names[: names.index(name)] if name in names else names

    def upto(self, name: str) -> tuple[str, ...]:
        """Return the stages up to and including one; all of them where the year does not have it."""
        names = self.names
        return names[: names.index(name) + 1] if name in names else names

    def after(self, name: str) -> tuple[str, ...]:
        """Return the stages after one."""
        return self.names[len(self.upto(name)) :]

    def asked_in(self, explain: str) -> str | None:
        """Return the appraising stage whose requests an explaining stage answers: the nearest before it."""
        return next((name for name in reversed(self.before(explain)) if self.kind(name) == "appraise"), None)

    def answered_in(self, appraise: str) -> str | None:
        """Return the explaining stage that answers the requests of an appraising stage."""
        return next((name for name in self.of_kind("explain") if self.asked_in(name) == appraise), None)

    def tells_unanswered(self, explain: str) -> str | None:
        """Return the stage whose head may say that an explanation never came: the next that appraises or decides."""
        return next((name for name in self.after(explain) if self.kind(name) in ("appraise", "decide")), None)

    def silent_before(self, name: str) -> tuple[str, ...]:
        """Return the explaining stages of which this stage's head may say that nothing came."""
        return tuple(explain for explain in self.of_kind("explain") if self.tells_unanswered(explain) == name)

    def owed_after(self, appraise: str) -> tuple[tuple[str, str | None], ...]:
        """Return the (asking, explaining) stages since the appraisal before one, whose criteria it owes lines for."""
        earlier = [name for name in self.before(appraise) if self.kind(name) == "appraise"]
        since = earlier[-1] if earlier else None
        return () if since is None else ((since, self.answered_in(since)),)


USUAL = Stages(tuple(Stage(name, kind) for name, kind in KIND_OF.items()))
