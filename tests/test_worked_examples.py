"""The worked examples in docstrings of what is hard to follow: each gives what it says."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from pipeline.core.index import whatif
from pipeline.core.survey import disclosure, intervals


@pytest.mark.parametrize("module", [disclosure, intervals, whatif], ids=lambda module: module.__name__)
def test_a_worked_example_gives_what_it_says(module: ModuleType) -> None:
    found = doctest.testmod(module)

    assert found.attempted > 0
    assert found.failed == 0
