"""The files for programs keep their published schema and tell what the score tells."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import exportworlds
import pytest
from jsonschema import Draft202012Validator
from tiny import ROOT, TINY_FILES, YEAR, snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.index.score_words import score_json
from pipeline.core.index.scoring import score
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.api import api_files
from pipeline.core.publish.site.rankings import year_view
from pipeline.core.publish.site.sharing import dataset
from pipeline.flows.wording import load_labels

WORLD = snapshot_of(TINY_FILES).world
VI, EN = (load_labels(language) for language in LANGUAGES)
SCENE = Scene(Figures(score(WORLD.years[YEAR])), WORLD.bodies, WORLD.calendar, "2025-03-20", published=True, labels=VI)


@cache
def files() -> Mapping[str, Any]:
    return {path: json.loads(data) for path, data in api_files([SCENE], "0" * 40)}


def kind(path: str) -> str:
    return "agency" if "/agencies/" in path else path.rpartition("/")[2].removesuffix(".json")


def schema(name: str) -> Any:
    return json.loads((ROOT / "site_templates" / "api" / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", files())
def test_every_file_keeps_its_published_schema(path: str) -> None:
    validator = Draft202012Validator(schema(kind(path)))

    assert [error.message for error in validator.iter_errors(files()[path])] == []


def test_every_schema_is_one_and_has_a_file() -> None:
    names = {path.name.removesuffix(".schema.json") for path in (ROOT / "site_templates" / "api").iterdir()}
    for name in names:
        Draft202012Validator.check_schema(schema(name))

    assert {kind(path) for path in files()} == names


def test_the_files_tell_what_the_score_tells() -> None:
    top = f"api/v1/{YEAR}/"
    expected = score_json(SCENE.results, None)["agencies"]
    listed = files()[f"{top}results.json"]["agencies"]
    keys = ("agency", "points", "out_of", "index", "rank", "grade")

    assert [{key: one[key] for key in keys} for one in expected] == [{key: one[key] for key in keys} for one in listed]
    for one in expected:
        told = files()[f"{top}agencies/{one['agency']}.json"]
        assert {key: one[key] for key in one if key != "name"} == {key: told[key] for key in one if key != "name"}


def test_every_address_in_a_file_leads_to_a_file() -> None:
    index = files()["api/v1/index.json"]
    named = [year[key] for year in index["years"] for key in ("results", "criteria")]
    named += [agency["file"] for agency in files()[f"api/v1/{YEAR}/results.json"]["agencies"]]

    assert {f"api/v1/{name}" for name in named} | {"api/v1/index.json"} == set(files())


@pytest.mark.parametrize("labels", [VI, EN], ids=LANGUAGES)
def test_the_data_set_says_the_headline_and_that_figures_are_made_up(labels: Any) -> None:
    scene = dataclasses.replace(SCENE, labels=labels)
    view = year_view(scene)
    bundle = exportworlds.files()
    told = json.loads(dataset(scene, bundle, address="https://x.example/2024/", changed="2025-03-19"))
    (catalogued,) = json.loads(bundle["dcat.jsonld"])["dcat:dataset"]
    listed = {
        (f"https://x.example/2024/du-lieu/{one['@id']}", f"{one['dcat:byteSize']['@value']} B")
        for one in catalogued["dcat:distribution"]
        if "/" not in one["@id"]
    }
    words = {one["@language"]: one["@value"] for one in catalogued["dct:title"]}

    assert told["@type"] == "Dataset"
    assert view.headline in told["description"]
    assert all(banner in told["description"] for banner in view.banners)
    assert told["name"] == words[labels.language]
    assert {(one["contentUrl"], one["contentSize"]) for one in told["distribution"][1:]} == listed
    assert {"parindex-2024.xlsx", "datapackage.json"} < {one["name"] for one in told["distribution"]}
    assert len(json.dumps(told["distribution"])) < 2_000  # it comes with every reading of the page
    assert told["distribution"][0]["name"] == "parindex-2024.zip"  # which holds its own description
    assert ("contactPoint" in told["publisher"]) is (SCENE.identity.contact is not None)
