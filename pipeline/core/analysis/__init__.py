"""Figures for readers that scoring itself does not need, exact and pure; who shows them calculates nothing.

Per year: `league` the table and the next grade, `areas` agencies beside each other area by area, `losses` where points
went, `waterfalls` the way from claim to decision. `figures` holds what they share.
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
from pipeline.core.analysis.waterfalls import Move, Waterfall, Waterfalls, waterfalls

__all__ = [
    "AreaCell",
    "AreaStanding",
    "AreaTable",
    "Lead",
    "LeagueRow",
    "Losses",
    "Move",
    "NextGrade",
    "Waterfall",
    "Waterfalls",
    "area_indices",
    "area_standing",
    "area_table",
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
    "share",
    "waterfalls",
]
