"""Documents and open data in figures: how long each kind takes as a command, how large it is, how many pages.

Run as `python tests/benchmarks/publishing.py`; the real data is measured. Pages are counted where LibreOffice stands.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import pypdf
from processor import processor

from pipeline.core.publish.reports import KINDS
from pipeline.core.publish.reports.kinds import REPORTS

ROOT = Path(__file__).resolve().parent.parent.parent
YEAR, AGENCY, TODAY = "2024", "cuc-thue", "2025-03-20"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in KINDS:
            target = folder / f"{kind}.docx"
            own = ("--agency", AGENCY) if REPORTS[kind].of_agency else ()
            took = timed("report", "--year", YEAR, "--kind", kind, *own, "-o", str(target))
            print(f"report {kind}: {took}, {target.stat().st_size:,} B{pages(target)}")
        bundle = folder / "bundle"
        took = timed("export", "--year", YEAR, "--today", TODAY, "-o", str(bundle))
        sizes = [path.stat().st_size for path in bundle.rglob("*") if path.is_file()]
        whole, packed = sum(sizes), (bundle / f"parindex-{YEAR}.zip").stat().st_size
        print(f"export: {took}, {len(sizes)} files, {whole:,} B, of which the archive {packed:,} B")
        print(f"verify --bundle: {timed('verify', '--bundle', str(bundle))}")


def timed(*arguments: str) -> str:
    """Run a command and return its time by the clock and of the processor."""
    before, began = processor(), perf_counter()
    command = [sys.executable, "-m", "pipeline", "--repo", str(ROOT), *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return f"{perf_counter() - began:.1f} s ({processor() - before:.1f} s of the processor)"


def pages(document: Path) -> str:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        return ""
    profile = f"-env:UserInstallation=file://{document.parent}/profile"
    command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(document.parent), str(document)]
    subprocess.run(command, check=True, capture_output=True)
    return f", {len(pypdf.PdfReader(document.with_suffix('.pdf')).pages)} pages"


if __name__ == "__main__":
    main()
