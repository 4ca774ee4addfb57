"""The description for catalogues, judged by the shapes of DCAT-AP itself, without the network."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from conftest import ROOT
from exportworlds import files, snapshot
from pyshacl import validate
from rdflib import SH, Graph
from sites import TODAY, YEAR

from pipeline.core.record.model import SiteIdentity
from pipeline.flows.export import bundle

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # of rdflib itself

SHAPES = ROOT / "tests" / "examples" / "dcat-ap"
PLACE = "https://chi-so.example/2024/du-lieu/dcat.jsonld"
# Recommended, and not known: where on the map, what kind of licence by a vocabulary of their own, a list of all themes.
NOT_TOLD = {"bbox", "centroid", "themeTaxonomy"}


@cache
def shapes(name: str) -> Graph:
    return Graph().parse(SHAPES / f"{name}.ttl")


def faults(data: bytes, name: str) -> Counter[str]:
    """Return of which properties the shapes complain."""
    graph = Graph().parse(data=data, format="json-ld", publicID=PLACE)
    _, report, _ = validate(graph, shacl_graph=shapes(name), do_owl_imports=False)
    found = (report.value(one, SH.resultPath) for one in report.subjects(SH.resultSeverity, None))
    return Counter(str(path).rpartition("/")[2].rpartition("#")[2] for path in found)


@pytest.mark.parametrize("name", ["shapes", "range"])
def test_what_dcat_ap_demands_is_there(name: str) -> None:
    assert faults(files()["dcat.jsonld"], name) == {}


def test_what_dcat_ap_recommends_is_there_as_far_as_it_is_known() -> None:
    found = faults(files()["dcat.jsonld"], "shapes_recommended")

    assert set(found) <= {*NOT_TOLD, "type"}
    assert found["type"] == 1  # of the licence


def test_a_repository_that_says_nothing_of_itself_has_a_sound_description_too() -> None:
    world = replace(snapshot().world, identity=SiteIdentity())
    data = bundle(replace(snapshot(), world=world), year=YEAR, audience="public", today=TODAY)["dcat.jsonld"]

    assert {name: faults(data, name) for name in ("shapes", "range")} == {"shapes": {}, "range": {}}


def test_the_shapes_find_what_is_missing() -> None:
    told = json.loads(files()["dcat.jsonld"])
    del told["dcat:dataset"][0]["dct:title"]
    told["dcat:dataset"][0]["dcat:landingPage"] = "trang năm 2024"
    data = json.dumps(told).encode()

    assert {"title", "landingPage"} <= set(faults(data, "shapes"))


def test_contact_place_and_landing_page_are_those_of_the_site() -> None:
    world = replace(snapshot().world, identity=replace(snapshot().world.identity, address="https://chi-so.example"))
    made = bundle(replace(snapshot(), world=world), year=YEAR, audience="public", today=TODAY)
    (dataset,) = json.loads(made["dcat.jsonld"])["dcat:dataset"]

    assert dataset["dcat:landingPage"]["@id"] == f"https://chi-so.example/{YEAR}/"
    assert dataset["dcat:contactPoint"][0]["vcard:fn"][0]["@value"].startswith("Phòng Cải cách hành chính")
    assert dataset["dct:spatial"][1]["skos:prefLabel"][1] == {"@language": "en", "@value": "Hanoi"}
