"""What an editor is told of one year: its codes, maxima and options, each where it may stand, as its server uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Repository, RunCommand, find_program

YEAR = ("schema", "--year", "2025")


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    command = [sys.executable, "-m", "pipeline", "--repo", str(ROOT), *YEAR]
    made: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return made


def lines(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schemas[name]["properties"]["lines"]["properties"]
    return found


def test_each_line_has_the_title_the_bounds_and_the_options_of_its_criterion(schemas: dict[str, Any]) -> None:
    own = lines(schemas, "self-assessment")

    assert own["1.1.3"]["title"] == "Mức độ hoàn thành kế hoạch"
    assert (own["1.1.3"]["properties"]["score"]["minimum"], own["1.1.3"]["properties"]["score"]["maximum"]) == (0, 2)
    assert set(own["1.1.3"]["properties"]["answer"]["properties"]) == {"done", "assigned"}
    assert own["1.1.1"]["properties"]["answer"]["enum"] == ["dung-han", "qua-han", "khong"]


def test_what_a_survey_decides_has_no_line(schemas: dict[str, Any]) -> None:
    criteria = json.dumps([*lines(schemas, "appraisal")])

    assert '"1.3.1"' in criteria
    assert '"1.7.1"' not in criteria


def test_agencies_bodies_stages_and_codes_are_listed_where_they_may_stand(schemas: dict[str, Any]) -> None:
    extension = schemas["cycle"]["properties"]["extensions"]["items"]["properties"]
    monitor = schemas["criteria"]["$defs"]["node"]["properties"]["monitor"]

    assert "cuc-thue" in extension["agency"]["enum"]
    assert "appraisal-2" in extension["stage"]["enum"]
    assert {"so-noi-vu"} <= set(monitor["enum"]) - set(extension["agency"]["enum"])
    assert dict(zip(monitor["enum"], monitor["enumDescriptions"], strict=True))["so-noi-vu"] == "Sở Nội vụ"


def test_the_plan_and_the_rights_list_bodies_tasks_and_kinds(schemas: dict[str, Any]) -> None:
    task = schemas["plan"]["properties"]["tasks"]["items"]["properties"]
    rights = schemas["access"]

    assert "so-noi-vu" in task["responsible"]["items"]["enum"]
    assert "8" in task["due"]["properties"]["after"]["properties"]["task"]["enum"]
    assert "enum" not in task["task"]
    assert {"appraise", "appraisal-1", "rules"} <= set(rights["$defs"]["kinds"]["items"]["enum"])
    assert "cuc-thue" in rights["properties"]["people"]["additionalProperties"]["properties"]["agency"]["enum"]


@pytest.mark.parametrize("place", ["schemas/v1", "data", "a-file"])
def test_a_folder_that_holds_anything_else_is_left_alone(run_command: RunCommand, tiny: Repository, place: str) -> None:
    tiny.write("a-file", "mine\n")
    tiny.commit("A file")
    done = run_command("schema", "--year", "2024", "-o", place, cwd=tiny.root)

    assert (done.code, done.stdout, tiny.git("status", "--porcelain")) == (2, "", "")


def test_the_settings_lead_from_the_files_of_the_year_to_their_schemas(
    run_command: RunCommand, tiny: Repository
) -> None:
    done = [run_command("schema", "--year", "2024", "-o", ".vscode/ky-2024", cwd=tiny.root) for _ in range(2)]
    settings = json.loads((tiny.root / ".vscode/ky-2024/yaml-schemas.json").read_text("utf-8"))["yaml.schemas"]

    assert [outcome.code for outcome in done] == [0, 0]
    assert settings["./.vscode/ky-2024/self-assessment.schema.json"] == ["data/2024/self-assessment/*.yml"]
    assert settings["./.vscode/ky-2024/access.schema.json"] == ["data/access.yml"]
    assert settings["./.vscode/ky-2024/appraisal-part.schema.json"][0] == "data/2024/appraisal-1/*/*.yml"
    assert [path for path in settings if not (tiny.root / path).is_file()] == []


# --- the server that editors ask -----------------------------------------------------------------------------------


class Server:
    """The YAML language server over standard input and output, as an editor speaks to it."""

    def __init__(self, node: str, root: Path, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.number = 0
        script = str(Path(str(find_program("npm:yaml-language-server"))) / "bin" / "yaml-language-server")
        self.process = subprocess.Popen([node, script, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        folder = {"uri": root.as_uri(), "name": "data"}
        self.ask(
            "initialize",
            {"processId": None, "rootUri": root.as_uri(), "workspaceFolders": [folder], "capabilities": {}},
        )
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": settings})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, params: object) -> None:
        self.send({"method": method, "params": params})

    def heard(self) -> Iterator[dict[str, Any]]:
        """Yield what the server says, and give it the settings when it asks for them."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            length = int(line.partition(b":")[2])
            while self.process.stdout.readline().strip():
                pass
            message = json.loads(self.process.stdout.read(length))
            if "id" in message and "method" in message:
                wanted = message.get("params", {}).get("items", []) if "configuration" in message["method"] else []
                self.send({"id": message["id"], "result": [self.settings.get(one.get("section")) for one in wanted]})
            else:
                yield message

    def ask(self, method: str, params: object) -> Any:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        return next(message["result"] for message in self.heard() if message.get("id") == self.number)

    def open(self, path: Path, text: str) -> list[str]:
        """Open a file with a text and return what is underlined red in it, by line."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        found = next(m["params"] for m in self.heard() if m.get("method") == "textDocument/publishDiagnostics")
        return [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in found["diagnostics"]]

    def complete(self, path: Path, line: int, column: int) -> dict[str, str]:
        """Return what the server offers at a place, with what it says of it."""
        position = {"line": line, "character": column}
        found = self.ask("textDocument/completion", {"textDocument": {"uri": path.as_uri()}, "position": position})
        return {item["label"]: str(item.get("documentation", "")) for item in found["items"]}


@pytest.fixture
def server(
    run_command: RunCommand, repository: Repository, program: Callable[[str], str]
) -> Iterator[tuple[Server, Path]]:
    """Give a server that knows the schemas of the year 2025, and a file of it."""
    folder = repository.root / ".vscode" / "ky-2025"
    assert run_command("--repo", str(ROOT), *YEAR, "-o", str(folder)).code == 0
    known = {
        (folder / f"{name}.schema.json").as_uri(): [f"data/2025/{files}"]
        for name, files in (("self-assessment", "self-assessment/*.yml"), ("appraisal", "appraisal-1/*.yml"))
    }
    settings = {"yaml": {"schemas": known, "validate": True, "completion": True, "schemaStore": {"enable": False}}}
    made = Server(program("node"), repository.root, settings)
    yield made, repository.root / "data" / "2025"
    made.process.kill()
    made.process.communicate()


TEXT = 'format: 1\nlines:\n  "1.1.1":\n    answer: \n    score: 1\n'


@pytest.mark.needs("node", "npm:yaml-language-server")
def test_the_language_server_completes_the_options_of_a_criterion(server: tuple[Server, Path]) -> None:
    asked, year = server
    path = year / "self-assessment" / "cuc-thue.yml"
    asked.open(path, TEXT)
    offered = asked.complete(path, 3, 12)

    assert {"dung-han", "qua-han", "khong"} <= set(offered)


@pytest.mark.needs("node", "npm:yaml-language-server")
def test_the_language_server_completes_the_codes_of_the_year_with_their_titles(server: tuple[Server, Path]) -> None:
    asked, year = server
    path = year / "self-assessment" / "cuc-thue.yml"
    asked.open(path, "format: 1\nlines:\n  \n")
    offered = asked.complete(path, 2, 2)

    assert offered["1.1.3"].startswith("Mức độ hoàn thành kế hoạch. Điểm tối đa: 2.")
    assert "1.7.1" not in offered


@pytest.mark.needs("node", "npm:yaml-language-server")
@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("answer: ", "answer: dung-hn", 4),
        ("score: 1", "score: 99", 5),
        ('"1.1.1"', '"1.9.9"', 3),
    ],
)
def test_the_language_server_underlines(server: tuple[Server, Path], before: str, after: str, line: int) -> None:
    asked, year = server
    good = TEXT.replace("answer: ", "answer: khong")
    path = year / "appraisal-1" / "cuc-thue.yml"
    wrong = (TEXT if before.startswith("answer") else good).replace(before, after)
    told = asked.open(path, wrong)

    assert [one for one in told if one.startswith(f"{line}: ")] != []
