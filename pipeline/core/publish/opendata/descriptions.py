"""The description of a bundle: the data package, the DCAT description, the versions, the read-me, the checksums.

Nothing in it depends on the day it is made: what was published when stands in the approvals. Decision 0034.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.text import MAIN, Text
from pipeline.core.index.words import rule_lines, warnings
from pipeline.core.publish.identity_words import index_text_of
from pipeline.core.publish.opendata.bundle_signers import SIGNATURE
from pipeline.core.publish.opendata.fields import KINDS, SHARED, Audience, Field, Resource, ResourceTable
from pipeline.core.publish.opendata.tables import EXPORTS, STANDING
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.methods import choices, method_view
from pipeline.core.record.layout import YEAR
from pipeline.core.record.model import Reference

FORMAT: Final = 1
DATA_PACKAGE, DCAT, SUMS, READ_ME = "datapackage.json", "dcat.jsonld", "SHA256SUMS", "README.txt"
CHANGELOG, CHANGELOG_JSON = "CHANGELOG.txt", "changelog.json"
# Media types by the ending of a file, with what the European vocabulary of file types calls them.
_MEDIA: Final[Mapping[str, tuple[str, str]]] = {
    ".csv": ("text/csv", "CSV"),
    ".json": ("application/json", "JSON"),
    ".jsonld": ("application/ld+json", "JSON_LD"),
    ".parquet": ("application/vnd.apache.parquet", "PARQUET"),
    ".txt": ("text/plain", "TXT"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
    ".zip": ("application/zip", "ZIP"),
}
_PUBLISHERS: Final = {"city": "Local authority", "province": "Regional authority", "ministry": "National authority"}
_KINDS_OF_PUBLISHERS: Final = "http://purl.org/adms/publishertype/"
_OFFICE: Final = "http://publications.europa.eu/resource/authority/"


@dataclass(frozen=True, slots=True)
class Edition:
    """One year's bundle: whose data, for whom, of which commit, in whose words."""

    scene: Scene
    audience: Audience
    commit: str | None
    words: Mapping[str, Labels]  # by language, the main one first

    def both(self, key: str, /, **figures: object) -> dict[str, str]:
        """Return words in every language."""
        return {language: labels.text(f"export.{key}", **figures) for language, labels in self.words.items()}

    def of_index(self, key: str, /, **figures: object) -> dict[str, str]:
        """Return words about the index, by its name, in every language."""
        return {
            language: labels.text(f"export.{key}", index=index_text_of(self.scene.identity, labels), **figures)
            for language, labels in self.words.items()
        }

    def title(self) -> dict[str, str]:
        """Return the title of the year in every language."""
        return _in_languages(self.scene.year.cycle.title, self)

    def content(self) -> dict[str, str]:
        """Return what the bundle holds, of which index, under which licence, in every language."""
        return self.of_index("about", licence=self.scene.identity.licence.name)

    def warnings(self) -> Iterator[dict[str, str]]:
        """Yield what every reader must know first: made-up figures, provisional ones, a bundle for inside."""
        for texts in zip(*(warnings(self.scene.results, labels) for labels in self.words.values()), strict=True):
            yield dict(zip(self.words, texts, strict=True))
        if self.audience == "internal":
            yield self.both("internal")

    def about(self) -> dict[str, Any]:
        """Return what each JSON file says first."""
        return {
            "year": self.scene.year.name,
            "commit": self.commit,
            "audience": self.audience,
            "illustrative": self.scene.year.cycle.illustrative,
            "provisional": self.scene.results.provisional,
            "licence": self.scene.identity.licence.name,
        }


def field_title(field: Field, language: str, words: Mapping[str, Labels]) -> str:
    """Return what a field is called in a language; of a text in several, in which one it is.

    `words`: the words of every language, by which one that the title's language has no name for goes by its own.
    """
    labels = words[language]
    title = labels.text(f"export.field.{field.base}")
    if field.language is None:
        return title
    key = f"language.names.{field.language}"
    called = labels.text(key) if labels.has(key) else words[field.language].text("language.name")
    return labels.text("export.in-language", title=title, language=called)


def _in_each(name: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return words under a name, those in other languages under the name with the code of the language."""
    return {name if language == MAIN else f"{name}_{language}": text for language, text in told.items()}


def path_of(name: str, folder: str) -> str:
    """Return where a resource stands in one of the folders of the bundle."""
    return f"{folder}/{name}.{'csv' if folder.startswith('csv') else folder}"


_OF_BUNDLE: Final = re.compile(
    rf"(?:csv|csv-excel|json|parquet)/[a-z_]{{1,40}}\.(?:csv|json|parquet)|parindex-{YEAR}\.(?:xlsx|zip)|"
    + "|".join(re.escape(name) for name in (DATA_PACKAGE, DCAT, SUMS, SIGNATURE, READ_ME, CHANGELOG, CHANGELOG_JSON)),
    re.ASCII,
)


def is_of_bundle(path: str) -> bool:
    """Tell whether a file of this path may be part of a bundle."""
    return _OF_BUNDLE.fullmatch(path) is not None


# --- Frictionless data package --------------------------------------------------------------------------------------


def data_package(edition: Edition, tables: Sequence[ResourceTable], files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the Frictionless data package (version 1) of a bundle.

    `files`: the bundle's files, among them the CSV file of each table.
    """
    cycle, licence = edition.scene.year.cycle, edition.scene.identity.licence
    first, last = _first(edition), _last(edition)
    return {
        "profile": "tabular-data-package",
        "name": f"parindex-{edition.scene.year.name}",
        "id": f"parindex:{edition.scene.year.name}",
        **_in_each("title", edition.title()),
        **_in_each("description", _description(edition)),
        "version": str(len(edition.scene.year.approvals)),
        **({"created": f"{first}T00:00:00+07:00", "modified": f"{last}T00:00:00+07:00"} if first and last else {}),
        "licenses": [{"name": licence.name, "path": licence.url, "title": licence.title}],
        "sources": [_source(edition, reference) for reference in cycle.legal_basis],
        "contributors": [{"title": publisher[MAIN], "role": "publisher"} for publisher in _publisher(edition)],
        "keywords": edition.both("keywords")[MAIN].split("; "),
        "parindex": {"format": FORMAT, **edition.about()},
        "resources": [_resource(edition, table, files[path_of(table.name, "csv")]) for table in tables],
    }


def _description(edition: Edition) -> dict[str, str]:
    """Return what the bundle is, after what every reader must know first, in every language."""
    told = (*edition.warnings(), edition.content())
    return {language: " ".join(one[language] for one in told) for language in edition.words}


def _source(edition: Edition, reference: Reference) -> dict[str, str]:
    """Return the public face of a document of the legal basis: its address stays inside, as everywhere."""
    day, issuer = edition.words[MAIN].date(reference.date), edition.scene.body(reference.issuer)
    parts = (reference.number, day, issuer, reference.title.main if reference.title else "")
    return {"title": ", ".join(part for part in parts if part)}


def _publisher(edition: Edition) -> Iterator[dict[str, str]]:
    """Yield the name of the body that publishes, or else of the issuer of the first document of the legal basis."""
    publisher = edition.scene.identity.publisher
    issuers = [publisher] if publisher else [one.issuer for one in edition.scene.year.cycle.legal_basis[:1]]
    for slug in filter(None, issuers):
        body = edition.scene.bodies.get(slug)
        name = body.name if body else Text(slug)
        yield _in_languages(name, edition)


def _resource(edition: Edition, table: ResourceTable, data: bytes) -> dict[str, Any]:
    titles, about = (edition.both(f"resource.{table.name}.{part}") for part in ("title", "about"))
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-"),
        "path": path_of(table.name, "csv"),
        **_in_each("title", titles),
        **_in_each("description", about),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": _schema(edition, table),
    }


def _schema(edition: Edition, table: ResourceTable) -> dict[str, Any]:
    key = list(table.resource.key())
    foreign = [
        {
            "fields": field.name,
            "reference": {
                "resource": "" if field.of == table.name else field.of.replace("_", "-"),
                "fields": EXPORTS[field.of].key()[0],
            },
        }
        for field in table.columns
        if field.of is not None
    ]
    return {
        "fields": [_field(edition, field) for field in table.columns],
        "missingValues": [""],
        **({"primaryKey": key} if key else {}),
        **({"foreignKeys": foreign} if foreign else {}),
    }


def _field(edition: Edition, field: Field) -> dict[str, Any]:
    titles = {language: field_title(field, language, edition.words) for language in edition.words}
    bounds: dict[str, Any] = {"required": True} if field.owed else {}
    if field.least is not None:
        bounds["minimum"] = field.least
    if field.among:
        bounds["enum"] = list(field.among)
    return {
        "name": field.name,
        "type": KINDS[field.kind].type,
        **_in_each("title", titles),
        **({"unit": field.unit} if field.unit else {}),
        **({"decimalChar": "."} if field.kind == "number" else {}),
        **({"constraints": bounds} if bounds else {}),
    }


# --- DCAT-AP --------------------------------------------------------------------------------------------------------


def dcat(edition: Edition, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the description of the bundle for catalogues: DCAT-AP in JSON-LD, addresses relative to its own."""
    cycle, first, last = edition.scene.year.cycle, _first(edition), _last(edition)
    descriptions = _description(edition)
    kind = _PUBLISHERS.get(edition.scene.identity.level or "")
    of_kind = {"dct:type": _concept(_KINDS_OF_PUBLISHERS + kind.title().replace(" ", ""), kind)} if kind else {}
    agents = [{"@type": "foaf:Agent", "foaf:name": _told(name), **of_kind} for name in _publisher(edition)]
    codes = (labels.text("language.authority") for labels in edition.words.values())
    languages = [_typed("dct:LinguisticSystem", f"{_OFFICE}language/{code}") for code in codes]
    dates = {"dct:issued": _day(first), "dct:modified": _day(last)} if first and last else {}
    dataset = {
        "@id": "./",
        "@type": "dcat:Dataset",
        "dct:identifier": f"parindex:{edition.scene.year.name}",
        "dct:title": _told(edition.title()),
        "dct:description": _told(descriptions),
        "dct:publisher": agents,
        "dcat:contactPoint": _contact(edition),
        "dcat:landingPage": _typed("foaf:Document", _landing_page(edition)),
        "dct:spatial": _places(edition),
        "dct:language": languages,
        "dcat:theme": _concept(f"{_OFFICE}data-theme/GOVE", "Government and public sector"),
        "dcat:keyword": [
            {"@language": language, "@value": word}
            for language, words in edition.both("keywords").items()
            for word in words.split("; ")
        ],
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(cycle.period_from),
            "dcat:endDate": _day(cycle.period_to),
        },
        "dct:accrualPeriodicity": _typed("dct:Frequency", f"{_OFFICE}frequency/ANNUAL"),
        "dct:accessRights": _typed(
            "dct:RightsStatement",
            f"{_OFFICE}access-right/{'PUBLIC' if edition.audience == 'public' else 'NON_PUBLIC'}",
        ),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "dct:description": _told(edition.both("provenance"))},
        "dct:conformsTo": [_standard(edition, reference) for reference in cycle.legal_basis],
        **dates,
        "owl:versionInfo": str(len(edition.scene.year.approvals)),
        "dcat:distribution": [
            _distribution(edition, path, files[path]) for path in sorted(files) if path[path.rfind(".") :] in _MEDIA
        ],
    }
    return {
        "@context": {
            "adms": "http://www.w3.org/ns/adms#",
            "dcat": "http://www.w3.org/ns/dcat#",
            "dcatap": "http://data.europa.eu/r5r/",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "owl": "http://www.w3.org/2002/07/owl#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "spdx": "http://spdx.org/rdf/terms#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": "#catalog",
        "@type": "dcat:Catalog",
        "dct:title": _told(edition.of_index("catalog")),
        "dct:description": _told(descriptions),
        "dct:publisher": agents,
        "dct:language": languages,
        "dct:spatial": _places(edition),
        "foaf:homepage": _typed("foaf:Document", _landing_page(edition)),
        "dct:license": _typed("dct:LicenseDocument", edition.scene.identity.licence.url),
        **dates,
        "dcat:dataset": [dataset],
    }


def _typed(kind: str, address: str) -> dict[str, str]:
    """Return a thing by its address, with what it is: a judge of shapes looks nothing up."""
    return {"@id": address, "@type": kind}


def _concept(address: str, name: str) -> dict[str, Any]:
    """Return a term of a European vocabulary by its address, with its English name there."""
    return {**_typed("skos:Concept", address), "skos:prefLabel": name}


def _contact(edition: Edition) -> list[dict[str, Any]]:
    """Return whom to ask: as site.yml says, or else who publishes."""
    contact = edition.scene.identity.contact
    asked = [_in_languages(contact, edition)] if contact else _publisher(edition)
    return [{"@type": "vcard:Kind", "vcard:fn": _told(name)} for name in asked]


def _landing_page(edition: Edition) -> str:
    """Return the page of the year: by the site's address where that is known, or else above the bundle."""
    address = edition.scene.identity.address
    return f"{address.rstrip('/')}/{edition.scene.year.name}/" if address else "../"


def _places(edition: Edition) -> list[dict[str, Any]]:
    """Return where those who are assessed are: in the country, and in the place whose authority publishes."""
    identity = edition.scene.identity
    local = [identity.authority] if identity.authority and identity.level != "ministry" else []
    places = [{"@type": "dct:Location", "skos:prefLabel": _told(_in_languages(name, edition))} for name in local]
    return [_typed("dct:Location", f"{_OFFICE}country/VNM"), *places]


def _in_languages(text: Text, edition: Edition) -> dict[str, str]:
    return {language: text.in_language(language) for language in edition.words}


def package_sums(description: Any) -> Mapping[str, str] | None:  # noqa: ANN401 - what JSON can say
    """Return the checksum that a data package of a stranger gives each table; None where it is not of our form."""
    try:
        return {str(one["path"]): str(one["hash"]) for one in description["resources"]}
    except (KeyError, TypeError):
        return None


def dcat_sums(description: Any) -> Mapping[str, str] | None:  # noqa: ANN401 - what JSON can say
    """Return the checksum and the size that a stranger's description for catalogues gives each file; None as above."""
    try:
        (dataset,) = description["dcat:dataset"]
        return {
            str(one["@id"]): f"{one['spdx:checksum']['spdx:checksumValue']['@value']} {one['dcat:byteSize']['@value']}"
            for one in dataset["dcat:distribution"]
        }
    except (KeyError, TypeError, ValueError):
        return None


def _standard(edition: Edition, reference: Reference) -> dict[str, Any]:
    """Return a document of the legal basis as what the data follows; its address stays inside, as everywhere."""
    told = _in_languages(reference.title or Text(reference.number), edition)
    return {"@type": "dct:Standard", "dct:identifier": reference.number, "dct:title": _told(told)}


def _told(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": text} for language, text in words.items()]


def _day(iso: str) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": iso}


def _distribution(edition: Edition, path: str, data: bytes) -> dict[str, Any]:
    media, kind = _MEDIA[path[path.rfind(".") :]]
    name = path.rpartition("/")[2].partition(".")[0]
    about = edition.both(f"resource.{name}.about") if name in EXPORTS else edition.both("provenance")
    return {
        "@id": path,
        "@type": "dcat:Distribution",
        "dct:title": [{"@language": language, "@value": path} for language in edition.words],
        "dct:description": _told(about),
        "dcat:accessURL": {"@id": path},
        "dcat:downloadURL": {"@id": path},
        "dct:license": _typed("dct:LicenseDocument", edition.scene.identity.licence.url),
        "dct:format": _typed("dct:MediaTypeOrExtent", f"{_OFFICE}file-type/{kind}"),
        "dcat:mediaType": _typed("dct:MediaType", f"https://www.iana.org/assignments/media-types/{media}"),
        "dcatap:availability": _concept(f"{_OFFICE}planned-availability/STABLE", "stable"),
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(data))},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": hashlib.sha256(data).hexdigest()},
        },
    }


# --- versions, read-me, checksums -----------------------------------------------------------------------------------


def _first(edition: Edition) -> str | None:
    approvals = edition.scene.year.approvals
    return edition.scene.year.public_from or approvals[0].public_from if approvals else None


def _last(edition: Edition) -> str | None:
    """Return the day on which what stands now became public: of the last approval, never before the first."""
    days = (_first(edition), *(approval.decision.date for approval in edition.scene.year.approvals[1:]))
    return max((day for day in days if day is not None), default=None)


def changelog(tables: Mapping[str, ResourceTable], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the versions of the results as JSON: each approval, and what it changed of the table before.

    `about`: what its JSON files say first.
    """
    rows = tables["versions_results"].rows
    versions = []
    for version in tables["versions"].rows:
        own, before = (
            {row["agency"]: row for row in rows if row["version"] == number}
            for number in (version["version"], int(str(version["version"])) - 1)
        )
        changes = [
            {
                "agency": agency,
                "field": name,
                "before": _text(before[agency][name]),
                "after": _text(row[name]),
            }
            for agency, row in own.items()
            if agency in before
            for name in STANDING
            if row[name] != before[agency][name]
        ]
        told = {name: value for name, value in version.items() if name not in SHARED}
        versions.append({**told, "changes": changes})
    return {**about, "versions": versions}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def changelog_text(told: Mapping[str, Any], edition: Edition) -> str:
    """Return the versions as a page: newest first, each in every language."""
    parts = [f"# {' · '.join(edition.both('changelog.title', year=edition.scene.year.name).values())}\n"]
    parts += ["\n" + "".join(f"**{text}**\n" for text in warning.values()) for warning in edition.warnings()]
    for version in reversed(told["versions"]):
        parts.append(f"\n## {version['version']} · {version['public_from']}\n")
        for language, labels in edition.words.items():
            parts.append("\n" + "\n".join(_version_lines(version, edition, language, labels)) + "\n")
    return "".join(parts)


def _version_lines(version: Mapping[str, Any], edition: Edition, language: str, labels: Labels) -> Iterator[str]:
    decision = {"number": version["decision_number"], "date": labels.date(version["decision_date"]) or "–"}
    yield "- " + labels.text("export.changelog.decision", **decision)
    reason = version[f"reason_{language}"] or version[f"reason_{MAIN}"]
    if reason:
        yield "- " + labels.text("export.changelog.reason", reason=" ".join(reason.split()))
    for change in version["changes"]:
        agency = edition.scene.year.agencies.get(change["agency"])
        yield "- " + labels.text(
            "export.changelog.change",
            agency=change["agency"] if agency is None else agency.short.in_language(language),
            field=labels.text(f"export.field.{change['field']}"),
            before=labels.number(change["before"] or "–"),
            after=labels.number(change["after"] or "–"),
        )


def read_me(edition: Edition) -> str:
    """Return what a person reads first, in every language."""
    resources: Iterable[Resource] = EXPORTS.values()
    parts = []
    for language, labels in edition.words.items():
        lines = [f"# {edition.title()[language]}", ""]
        lines += [f"**{warning[language]}**\n" for warning in edition.warnings()]
        figures = {"year": edition.scene.year.name, "commit": edition.commit or "–"}
        lines += [edition.content()[language], "", labels.text("export.read-me", **figures), ""]
        for resource in resources:
            title, about = (labels.text(f"export.resource.{resource.name}.{part}") for part in ("title", "about"))
            lines.append(f"- `{resource.name}`: {title}. {about}")
        lines += ["", *_method(replace(edition.scene, labels=labels))]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _method(scene: Scene) -> Iterator[str]:
    """Yield how every figure is worked out from the tables, in the words of the site's page: the rules one by one."""
    method, words = method_view(scene), scene.words
    yield scene.labels.text("export.method.title")
    yield f"\n- {words('method.formula')}. {words('method.formula-text', out_of=method['out_of'])}"
    yield f"- {words('method.road', stages=method['stages'])}"
    if method["groups"]:
        yield f"- {words('method.groups')} {words('method.rule.survey')}"
    for head, text in choices(scene):
        yield f"- {head}: {text}."
    yield f"- {scene.labels.text('export.method.tables')}"
    yield f"\n{scene.labels.text('export.method.rules')}\n"
    for leaf in scene.year.leaves():
        if leaf.rule is not None:
            first, *rest = rule_lines(leaf, scene.year, scene.labels)
            yield f"- {leaf.code} (`{leaf.rule.name}`): {' '.join((first, '; '.join(rest))).rstrip()}"


def checksums(files: Mapping[str, bytes]) -> str:
    """Return a line `digest  path` for each file, as `sha256sum --check` reads it."""
    return "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
