"""Figures for readers that scoring itself does not need, exact and pure; who shows them calculates nothing.

Per year: `league` the ranking, `profiles` agencies beside each other, `losses` where points went, `waterfalls` the way
from claim to decision. How firm the ranking is: `robustness` with one thing otherwise, `rank_draws` with weights and
judgements drawn, both by `reweighting`; `deciders` what makes the differences. Between years: `trends`. What is worth
saying of them, as keys and figures: `sentences`.
"""
