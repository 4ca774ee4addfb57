"""Measure a mailbox: CPU seconds and memory of `form read` on one form and on 100, Excel and web, at some sizes.

`python tests/benchmarks/mailbox.py [AGENCIES...]` writes a year of 100 and 2,000 agencies by default, with all but the
claims of the first 100 agencies; these come in as forms, which whole processes read: into the working tree, and
each onto a branch of its own (`--propose`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from corpus import ROOT, YEAR, committed, corpus
from processor import processor

from pipeline.adapters import documents, workbooks
from pipeline.adapters.repository import open_repository
from pipeline.core.forms.asking import form_of
from pipeline.core.forms.web_page import WebForm, page_values
from pipeline.core.forms.workbook import book_of
from pipeline.core.ground.nodes import plain
from pipeline.flows import forms
from pipeline.flows.snapshot import Readings, world_of
from pipeline.flows.wording import load_labels

SIZES, FORMS = ("100", "2000"), 100
STAGE = "self-assessment"
WHO = ("--name", "Văn thư", "--email", "vt@x.example")
DAY = "2024-12-03"


def main(arguments: list[str]) -> None:
    """Print a row of figures for each size."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is not how long compiling takes
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    print(f"{'agencies':>9} {'kind':>5} {'one form':>10} {'100 forms':>10} {'100 proposed':>13} {'most MiB':>9}")
    for size in arguments or SIZES:
        with tempfile.TemporaryDirectory() as name:
            store, mail = Path(name) / "kho", Path(name) / "thu"
            store.mkdir()
            committed(store, int(size))
            filled(store, mail)
            for kind in ("xlsx", "json"):
                one = sorted((mail / kind).iterdir())[:1]
                runs = [taken(store, one), taken(store, [mail / kind]), taken(store, [mail / kind], propose=True)]
                most = max(memory for _, memory in runs)
                seconds = [seconds for seconds, _ in runs]
                print(
                    f"{size:>9} {kind:>5} {seconds[0]:>10.2f} {seconds[1]:>10.2f} {seconds[2]:>13.2f} {most:>9.0f}",
                    flush=True,
                )


def filled(store: Path, mail: Path) -> None:
    """Take the claims of the first agencies out of the year, and make forms in which all that they said is typed."""
    repository, labels = open_repository(store), load_labels("vi")
    for slug in (f"co-quan-{number:05d}" for number in range(1, FORMS + 1)):
        (store / f"data/{YEAR}/{STAGE}/{slug}.yml").unlink()
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    subprocess.run(["git", *identity, "commit", "-qam", "Chưa nộp"], cwd=store, check=True)
    before = repository.tree("HEAD", "data", "schemas")
    rules = replace(before, files={path: file for path, file in before.files.items() if path.count("/") != 3})
    claims = {path: text.encode() for path, text in corpus(FORMS) if f"/{STAGE}/" in path}
    world = world_of(rules.with_files(claims), Readings())
    for kind in ("xlsx", "json"):
        (mail / kind).mkdir(parents=True)
    for slug in list(world.years[YEAR].agencies)[:FORMS]:
        form = form_of(world.years[YEAR], STAGE, [slug], bodies=world.bodies, calendar=world.calendar, labels=labels)
        told = forms.manifest_of(before, form)
        (mail / "xlsx" / forms.name_of(form)).write_bytes(workbooks.workbook(book_of(form, told), labels))
        (path,) = form.files
        content = plain(documents.read(path, claims[path]).root)
        data = json.loads(page_values(WebForm(form, replace(told, checksum=None), content), listed=False)["data"])
        document = {**data["identity"], "content": data["content"]}
        (mail / "json" / f"{slug}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def taken(store: Path, given: list[Path], *, propose: bool = False) -> tuple[float, float]:
    """Return CPU seconds, and the most memory of any process so far, in MiB; what was written is taken away again."""
    line = [sys.executable, "-m", "pipeline", "--repo", str(store), "form", "read", *map(str, given), "--today", DAY]
    before = processor()
    done = subprocess.run([*line, *(("--propose", *WHO) if propose else ())], capture_output=True, check=False)
    spent, most = processor() - before, getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    if done.returncode:
        sys.exit(f"{given[0]}: {done.stdout.decode()}{done.stderr.decode()}")
    shutil.rmtree(store / "data")
    subprocess.run(["git", "checkout", "--quiet", "--", "data"], cwd=store, check=True)
    return spent, most


if __name__ == "__main__":
    main(sys.argv[1:])
