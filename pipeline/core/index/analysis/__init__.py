"""Figures for readers that scoring itself does not need, exact and pure; who shows them calculates nothing.

Per year: `league` the table and the next grade, `areas` agencies beside each other area by area, `losses` where points
went, `waterfalls` the way from claim to decision, `contrasts` the survey beside the appraisal, `profiles` strengths and
weaknesses, `robustness` the ranking with one thing otherwise. Between years: `trends`. `sentences` puts findings into
keys and figures; `figures` holds what they share.
"""

from pipeline.core.index.analysis.areas import (
    AreaCell,
    AreaStanding,
    AreaTable,
    area_indices,
    area_standing,
    area_table,
    part_of,
)
from pipeline.core.index.analysis.averages import median, percent, points_of_groups, share
from pipeline.core.index.analysis.contrasts import Contrast, contrasts
from pipeline.core.index.analysis.league import Lead, LeagueRow, NextGrade, grade_counts, lead, league, next_grade
from pipeline.core.index.analysis.losses import (
    Losses,
    bonuses,
    full_everywhere,
    full_nowhere,
    loss_reason,
    losses_by_agency,
    losses_by_criterion,
    nothing_anywhere,
    penalties,
    points_lost,
)
from pipeline.core.index.analysis.profiles import Profile, Trait, profiles
from pipeline.core.index.analysis.robustness import (
    OTHER_POLICY,
    WITHOUT_AREA,
    WITHOUT_BONUS,
    WITHOUT_SURVEY,
    Robustness,
    Trial,
    robustness,
)
from pipeline.core.index.analysis.sentences import (
    Keys,
    Named,
    Sentence,
    SignedFigure,
    agency_sentences,
    area_sentences,
    contrast_sentences,
    league_sentences,
    loss_sentences,
    not_compared,
    robustness_sentences,
    told,
    trend_sentences,
    way_sentences,
)
from pipeline.core.index.analysis.trends import AgencyChange, Trend, UnitChange, trend, trends
from pipeline.core.index.analysis.waterfalls import Move, Waterfall, Waterfalls, waterfalls

__all__ = [
    "OTHER_POLICY",
    "WITHOUT_AREA",
    "WITHOUT_BONUS",
    "WITHOUT_SURVEY",
    "AgencyChange",
    "AreaCell",
    "AreaStanding",
    "AreaTable",
    "Contrast",
    "Keys",
    "Lead",
    "LeagueRow",
    "Losses",
    "Move",
    "Named",
    "NextGrade",
    "Profile",
    "Robustness",
    "Sentence",
    "SignedFigure",
    "Trait",
    "Trend",
    "Trial",
    "UnitChange",
    "Waterfall",
    "Waterfalls",
    "agency_sentences",
    "area_indices",
    "area_sentences",
    "area_standing",
    "area_table",
    "bonuses",
    "contrast_sentences",
    "contrasts",
    "full_everywhere",
    "full_nowhere",
    "grade_counts",
    "lead",
    "league",
    "league_sentences",
    "loss_reason",
    "loss_sentences",
    "losses_by_agency",
    "losses_by_criterion",
    "median",
    "next_grade",
    "not_compared",
    "nothing_anywhere",
    "part_of",
    "penalties",
    "percent",
    "points_lost",
    "points_of_groups",
    "profiles",
    "robustness",
    "robustness_sentences",
    "share",
    "told",
    "trend",
    "trend_sentences",
    "trends",
    "waterfalls",
    "way_sentences",
]
