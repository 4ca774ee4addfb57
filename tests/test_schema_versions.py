"""Schemas of two versions side by side, by a second version that was made up: the real ones are the newer of the two.

In the made-up first version an agency's `name` was called `full_name`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from conftest import Repository, RunCommand
from tiny import SCHEMAS, TINY_FILES
from worlds import placed

from pipeline.adapters.repository import File, Tree, blob_id
from pipeline.core.ground import nodes
from pipeline.core.index.scoring import score
from pipeline.core.record import lifting
from pipeline.core.record.editor_schemas import editor_schemas
from pipeline.core.record.reading import read_world
from pipeline.flows.snapshot import Snapshot, read, schemas_in
from pipeline.flows.wording import load_labels

AGENCIES = "schemas/v1/agencies.schema.json"
COMMON = "schemas/v1/common.schema.json"
VERSIONS = {
    **SCHEMAS,
    AGENCIES: SCHEMAS[AGENCIES].replace(b'"name"', b'"full_name"'),
    AGENCIES.replace("v1", "v2"): SCHEMAS[AGENCIES],
    COMMON.replace("v1", "v2"): SCHEMAS[COMMON].replace(b'"const": 1', b'"const": 2'),
}
COPIED = {"left-from-last-year", "period-not-of-year", "title-of-other-year"}  # a copy of a year is told of
SIGNED = ("data/2024/approval", "data/2024/amendments")  # they rest on the bytes
OLD = {
    path: data.replace(b"    name: ", b"    full_name: ") if path.endswith("/agencies.yml") else data
    for path, data in TINY_FILES.items()
    if not path.startswith(SIGNED)
}
NEW = {
    path.replace("/2024/", "/2025/"): data.replace(b"format: 1\n", b"format: 2\n")
    for path, data in TINY_FILES.items()
    if path.startswith("data/2024/") and not path.startswith(SIGNED)
}


def with_agency_names(root: nodes.Mapping) -> nodes.Mapping:
    """Lift agencies.yml from the made-up version: `full_name` is `name` now."""
    held = root.values.get("agencies")
    if not isinstance(held, nodes.Mapping):
        return root
    agencies = {slug: named(node) for slug, node in held.values.items()}
    return root._replace(values={**root.values, "agencies": held._replace(values=agencies)})


def named(node: nodes.Node) -> nodes.Node:
    if not isinstance(node, nodes.Mapping):
        return node
    names = {key: "name" if key == "full_name" else key for key in node.values}
    values = {names[key]: value for key, value in node.values.items()}
    return node._replace(values=values, keys={names[key]: place for key, place in node.keys.items()})


@pytest.fixture(autouse=True)
def two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lifting.LIFTS, ("agencies", 1), with_agency_names)


def snapshot(files: Mapping[str, bytes]) -> Snapshot:
    made = {path: File(path, data, blob_id(data)) for path, data in {**VERSIONS, **files}.items()}
    return read(Tree(made, None, None, None))


def errors(files: Mapping[str, bytes]) -> list[tuple[str, str, int]]:
    return [(found.code, found.path, found.line) for found in snapshot(files).problems if found.is_error]


def test_a_year_of_each_version_stands_beside_the_other_and_earns_the_same() -> None:
    found = snapshot({**OLD, **NEW})
    years = found.world.years

    assert [problem for problem in found.problems if problem.is_error and "/2024/" in problem.path] == []
    assert {problem.code for problem in found.problems if problem.is_error} <= COPIED
    assert [years[year].cycle.format for year in ("2024", "2025")] == [1, 2]
    assert {s: a.name for s, a in years["2024"].agencies.items()} == {
        s: a.name for s, a in years["2025"].agencies.items()
    }
    assert score(years["2024"]).of("co-quan-b").index == score(years["2025"]).of("co-quan-b").index


def test_each_file_is_judged_by_the_version_it_says() -> None:
    old, new = OLD["data/2024/agencies.yml"], TINY_FILES["data/2024/agencies.yml"].replace(b"format: 1", b"format: 2")
    path = "data/2024/agencies.yml"

    assert ("unknown-key", path, 4) in errors({**OLD, path: TINY_FILES[path]})
    assert ("unknown-key", path, 4) in errors({**OLD, path: old.replace(b"format: 1", b"format: 2")})
    assert errors({**OLD, path: new}) == [("format-mixed", path, 1)]


def test_a_version_that_nobody_has_is_refused_where_it_is_said() -> None:
    path = "data/2024/agencies.yml"

    assert ("not-allowed-value", path, 1) in errors({**OLD, path: OLD[path].replace(b"format: 1", b"format: 3")})


def test_a_file_that_an_amendment_writes_out_is_of_the_version_of_its_year() -> None:
    path = "data/2024/amendments/0002.yml"
    content = TINY_FILES["data/2024/agencies.yml"].decode().replace("format: 1", "format: 2").replace("\n", "\n  ")
    amendment = (
        f"format: 1\npath: data/2024/agencies.yml\nexpect: {'0' * 64}\nreason: Sai tên\n"
        f"decision: {{number: 9/QĐ-UBND, date: 2025-03-01}}\nfile:\n  {content.rstrip()}\n"
    )

    assert ("format-mixed", path) in {entry[:2] for entry in errors({**OLD, path: amendment.encode()})}


def test_what_lifting_moves_and_is_wrong_spoils_its_file() -> None:
    path = "data/2024/agencies.yml"
    wrong = snapshot(
        {
            **OLD,
            path: OLD[path]
            .replace(b"full_name: Co", b"full_name: [Co")
            .replace(b"full_name: C\xc6\xa1 quan A", b"full_name: []"),
        }
    )

    assert wrong.world.unread_years == {"2024"}


def test_a_file_in_the_place_of_another_is_lifted_too() -> None:
    files = {
        path: data.decode()
        for path, data in OLD.items()
        if path.endswith(("cycle.yml", "agencies.yml", "criteria.yml"))
    }
    content = files["data/2024/agencies.yml"].replace("Cơ quan A", "Cơ quan một").replace("\n", "\n  ")
    amendment = (
        f"format: 1\npath: data/2024/agencies.yml\nexpect: {'0' * 64}\nreason: Sai tên\n"
        f"decision: {{number: 9/QĐ-UBND, date: 2025-03-01}}\nfile:\n  {content.rstrip()}\n"
    )
    world = read_world([*(placed(*file) for file in files.items()), placed("data/2024/amendments/0001.yml", amendment)])

    assert str(world.years["2024"].agencies["co-quan-a"].name.main) == "Cơ quan một"


def test_a_difference_between_versions_is_no_difference_in_meaning(
    run_command: RunCommand, repository: Repository
) -> None:
    for path, data in {**VERSIONS, **OLD}.items():
        repository.write(path, data)
    repository.commit("A year of the first version")
    for path, data in TINY_FILES.items():
        repository.write(path, data.replace(b"format: 1\n", b"format: 2\n", 1))
    repository.commit("The same as the second version writes it")
    told = run_command("diff", "HEAD~1", "--format", "json", cwd=repository.root).stdout

    assert "full_name" not in told
    assert '"format"' in told
    assert "Cơ quan A" not in told


def test_an_editor_is_given_the_version_of_its_year() -> None:
    found = snapshot({**OLD, **NEW})
    keys = {
        name: set(
            editor_schemas(schemas_in(found.tree, year.cycle.format), found.world, year, load_labels("vi"))["agencies"][
                "properties"
            ]["agencies"]["additionalProperties"]["properties"]
        )
        for name, year in found.world.years.items()
    }

    assert ("full_name" in keys["2024"], "name" in keys["2024"]) == (True, False)
    assert ("full_name" in keys["2025"], "name" in keys["2025"]) == (False, True)
