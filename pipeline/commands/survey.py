"""The command survey: plans, forms and counts of the survey; each part is a module of its own.

A part is loaded only when it runs, for the counting of answers needs libraries that the others do without.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from pipeline.core.ground.labels import Labels


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Run the part that was typed: `survey_<part>`."""
    part: Callable[[argparse.Namespace, Labels], int] = import_module(f"pipeline.commands.survey_{options.act}").run
    return part(options, labels)
