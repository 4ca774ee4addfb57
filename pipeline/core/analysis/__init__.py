"""Figures for readers that scoring itself does not need, exact and pure; who shows them calculates nothing.

Per year: `league` the table and the next grade, `areas` agencies beside each other area by area, `losses` where points
went, `waterfalls` the way from claim to decision, `contrasts` the survey beside the appraisal, `profiles` strengths and
weaknesses, `robustness` the ranking with one thing otherwise. `figures` holds what they share.
"""

from pipeline.core.analysis.areas import (
    AreaCell,
    AreaStanding,
    AreaTable,
    area_indices,
    area_standing,
    area_table,
    part_of,
)
from pipeline.core.analysis.contrasts import Contrast, contrasts
from pipeline.core.analysis.figures import median, percent, points_of_groups, share
from pipeline.core.analysis.league import Lead, LeagueRow, NextGrade, grade_counts, lead, league, next_grade
from pipeline.core.analysis.losses import (
    Losses,
    full_everywhere,
    loss_reason,
    losses_by_agency,
    losses_by_criterion,
    nothing_anywhere,
    points_lost,
)
from pipeline.core.analysis.profiles import Profile, Trait, profiles
from pipeline.core.analysis.robustness import (
    OTHER_POLICY,
    WITHOUT_AREA,
    WITHOUT_SURVEY,
    Robustness,
    Trial,
    robustness,
)
from pipeline.core.analysis.waterfalls import Move, Waterfall, Waterfalls, waterfalls

__all__ = [
    "OTHER_POLICY",
    "WITHOUT_AREA",
    "WITHOUT_SURVEY",
    "AreaCell",
    "AreaStanding",
    "AreaTable",
    "Contrast",
    "Lead",
    "LeagueRow",
    "Losses",
    "Move",
    "NextGrade",
    "Profile",
    "Robustness",
    "Trait",
    "Trial",
    "Waterfall",
    "Waterfalls",
    "area_indices",
    "area_standing",
    "area_table",
    "contrasts",
    "full_everywhere",
    "grade_counts",
    "lead",
    "league",
    "loss_reason",
    "losses_by_agency",
    "losses_by_criterion",
    "median",
    "next_grade",
    "nothing_anywhere",
    "part_of",
    "percent",
    "points_lost",
    "points_of_groups",
    "profiles",
    "robustness",
    "share",
    "waterfalls",
]
