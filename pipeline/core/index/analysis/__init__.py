"""Figures for readers that scoring itself does not need, exact and pure; who shows them calculates nothing.

Per year: `league` the ranking and what it depends on, `profiles` agencies beside each other, `losses` where points
went, `waterfalls` the way from claim to decision. Between years: `trends`. What is worth saying of them, as keys and
figures: `sentences`.
"""
