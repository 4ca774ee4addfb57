"""Words that people read: turns that readers could not follow do not come back (docs/explanation/loi-viet.md)."""

from __future__ import annotations

import re
import subprocess

import pytest
from conftest import ROOT
from test_no_city import read

READ = (
    *("pipeline/labels", "site_templates", "schemas", "docs", "mkdocs.yml"),
    *("README.md", "README.vi.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
)
READ_AS_TEXT = frozenset({".yml", ".j2", ".html", ".json", ".md", ".docx"})
# The page that lists the turns; decisions, which are dated and superseded rather than edited.
LISTS = ("docs/explanation/loi-viet.md", "docs/decisions/")
BANNED = (
    *("[«»]", "từng byte", "[Đđ]iểm đứng", "nợ dòng", "lòng dân", "ở lại (?:trong|và)", "hình dạng", "bản soi"),
    *("[Nn]ơi (?:đặt|giữ) kho", "[Nn]ơi nào", "đã khép", "mang chữ SAI", "theo kịp", "thấy git", "vô nghĩa"),
    *("[Rr]út thăm", "[Bb]ốc (?:ngẫu|lại|phiếu|{)", "(?:lần|cần|thứ tự) bốc", "[Đđ]ộ vững", "đứng vững", r"\bđòi\b"),
    *("để ngỏ", "một màu", "[Ll]ời bàn", "[Ll]ời phán", "tổng tự chứng minh", "[Vv]ạch đứt", "nói dối"),
    *("[Cc]ửa sổ trong", r"\b[Kk]ẻ (?:có|lấy|ấy)\b", "điều đang đứng", "chỗ của nó", "[Hh]ạng có thể,"),
    *(r"\w\(s\)", "were others", "[Aa]gainst the claim", "[Mm]ending", r"\b[Mm]end\b", "[Nn]obody (?:knows|can tell) "),
    *("prove themselves", "one colour", "(?:longer counted|count yet) on", "held against", "[Ss]upposed", "is told"),
    *("stands (?:there|twice)", r"\b(?<![Tt]here )(?:is|are) no (?:git|form|workbook|SSH|entry|option|day|data)"),
    r"\b(?<![Tt]here )(?:is|are) no (?:plain|valid|official)",
)


def listed() -> list[str]:
    told = subprocess.run(["git", "ls-files", "-z", *READ], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [path for path in told.split("\0") if path and not path.startswith(LISTS)]
    return [path for path in paths if f".{path.rpartition('.')[2]}" in READ_AS_TEXT and (ROOT / path).is_file()]


@pytest.mark.parametrize("path", listed())
def test_no_turn_that_readers_stumbled_over_comes_back(path: str) -> None:
    text = read(ROOT / path)

    assert [found[0] for turn in BANNED for found in re.finditer(turn, text)] == []
