"""The colours of charts, for light and dark paper: one table that drawings, Word and the site's styles agree on.

Chosen to stay apart for colour-blind readers (blue against orange, lightness in one direction) and to reach the
contrasts of WCAG 2.1 AA; tests compute them. How a colour is used: `svg` and the site's styles.
"""

from __future__ import annotations

from collections.abc import Mapping

# What a colour is for -> on light paper, on dark paper. The site calls each --pi-c-<name>.
PALETTE: Mapping[str, tuple[str, str]] = {
    "paper": ("#ffffff", "#161b22"),
    "ink": ("#1b2733", "#e6ecf3"),  # words and axes
    "muted": ("#47566a", "#b8c4d1"),  # notes, ticks
    "grid": ("#d9e0e8", "#3a4858"),  # lines that only guide the eye
    "range": ("#6b7f96", "#8496aa"),  # an interval, a line that joins two marks
    "one": ("#0b5394", "#7ab8f5"),  # the series that the finding is about
    "two": ("#b35900", "#f0a35e"),  # the one it is compared with
    "three": ("#00755e", "#52c7ae"),  # a third
    "gain": ("#17633f", "#86d9ac"),  # points added
    "loss": ("#a3341f", "#ffab98"),  # points taken or lost
    # Answers from the best to the worst, and the words that stand on each.
    "level-1": ("#0a4a86", "#8cc4ff"),
    "level-2": ("#4a86bd", "#4d8fca"),
    "level-3": ("#8a8f98", "#8d949e"),
    "level-4": ("#cc7a29", "#c9792c"),
    "level-5": ("#8c3c07", "#ffb070"),
    "on-level-1": ("#ffffff", "#0c1116"),
    "on-level-2": ("#000000", "#0c1116"),
    "on-level-3": ("#000000", "#0c1116"),
    "on-level-4": ("#000000", "#0c1116"),
    "on-level-5": ("#ffffff", "#0c1116"),
    # Cells of a heat map, the best first; `ink` stands on all of them.
    "heat-1": ("#b9d7f2", "#1f4f7d"),
    "heat-2": ("#dcebf8", "#23405c"),
    "heat-3": ("#f4f4f2", "#2f353c"),
    "heat-4": ("#fce3c6", "#553b20"),
    "heat-5": ("#f5bf8c", "#75450f"),
}
HEATS = 5
LEVELS = 5
