"""Points from the satisfaction index of citizens and businesses: out_of x percent / 100."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from pipeline.core.ground.labels import Labels
from pipeline.core.record.rules.parameters import TEXT
from pipeline.core.record.rules.survey import NoLine
from pipeline.core.record.rules.wordings import Understood, Wording


@dataclass(frozen=True, slots=True)
class Sipas(NoLine):
    name: ClassVar[str] = "sipas"
    parameters: ClassVar = {"group": TEXT}
    part: ClassVar[Literal["sipas"]] = "sipas"
    group: str

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Chỉ số hài lòng (SIPAS) x 10 / 100`; which group it is, is known where the year has one such group."""
        if not re.search(r"chỉ số hài lòng|sipas", wording.text, re.IGNORECASE):
            return None
        named = wording.sipas if len(wording.sipas) == 1 else ()
        return Understood({"group": (*named, "nguoi-dan-doanh-nghiep")[0]}, () if named else ("group",))

    def words(self, out_of: Decimal, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        return (labels.text("rule.sipas", out_of=labels.number(out_of), group=group(self.group)),)

    def group_points(self, out_of: Decimal) -> Mapping[str, Decimal]:
        return {self.group: out_of}
