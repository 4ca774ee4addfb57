"""The files around the code: CI runs what README promises, workflows hold no logic, editors know each schema."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import conftest
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SITE_COMMAND = "python3 noxfile.py site"
TESTS_COMMAND = "python3 noxfile.py tests"
WORKFLOWS = [
    *(f".github/workflows/{name}.yml" for name in ("ci", "data", "guard")),
    *(f".forgejo/workflows/{name}.yml" for name in ("data", "guard")),
    ".gitlab-ci.yml",
]
TRUSTED = {  # the workflows that may write, and the command of each
    ".github/workflows/comment.yml": 'python3 .ci/comment.py github "$NUMBER"',
    ".forgejo/workflows/comment.yml": 'python3 .ci/comment.py forgejo "$NUMBER"',
}
ACTION = re.compile(r"(?:https://code\.forgejo\.org/)?actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

# One path of each kind of file that the layout knows, and the schema that an editor must apply to it, alone.
KINDS = {
    "data/access.yml": "access",
    "data/site.yml": "site",
    "data/bodies.yml": "bodies",
    "data/calendar.yml": "calendar",
    "data/concordance.yml": "concordance",
    "data/analysis.yml": "analysis",
    "data/2024/cycle.yml": "cycle",
    "data/2024-so-nganh/cycle.yml": "cycle",
    "data/2024/plan.yml": "plan",
    "data/2024/agencies.yml": "agencies",
    "data/2024/criteria.yml": "criteria",
    "data/2024/council.yml": "council",
    "data/2024/documents.yml": "documents",
    "data/2024/approval.yml": "approval",
    "data/2024/self-assessment/cuc-thue.yml": "self-assessment",
    "data/2024/appraisal-1/cuc-thue.yml": "appraisal",
    "data/2024/appraisal-2/cuc-thue.yml": "appraisal",
    "data/2024/explanation/cuc-thue.yml": "explanation",
    "data/2024/council-decision/cuc-thue.yml": "council-decision",
    "data/2024/survey/survey.yml": "survey",
    "data/2024/survey/supervision.yml": "supervision",
    "data/2024/survey/lanh-dao-so/cuc-thue.yml": "survey-counts",
    "data/2024/survey/moments/lanh-dao-so.yml": "moments",
    "phieu.mapping.yml": "mapping",
    "kho.answers.yml": "answers",
    "data/2024/issued/self-assessment.yml": "issued",
    "data/2024/seals/appraisal-1.yml": "seal",
    "data/2024/amendments/0001.yml": "amendment",
}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_a_readme_opens_with_the_two_commands(readme: str) -> None:
    title, block, *_ = re.split(r"\n*```(?:sh)?\n", text(readme))
    commands = [line.split("#")[0].strip() for line in block.splitlines()]

    assert (title.count("\n"), commands) == (0, [SITE_COMMAND, TESTS_COMMAND])


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_a_readme_names_every_session(readme: str) -> None:
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)\(", text("noxfile.py"), re.MULTILINE)

    assert sorted(re.findall(r"^\| `(\w+)` \|", text(readme), re.MULTILINE)) == sorted(sessions)


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_the_links_of_a_readme_lead_to_files(readme: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", text(readme))

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_ci_runs_the_test_command_of_the_readme_and_nothing_after_it() -> None:
    lines = text(".ci/run").splitlines()

    assert [line for line in lines if "noxfile" in line] == [TESTS_COMMAND]
    assert lines[-1] == TESTS_COMMAND
    assert "set -euo pipefail" in lines


def test_ci_script_can_be_started() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


def names_that_tests_need() -> set[str]:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    calls = [call for source in sources for call in re.findall(r"mark\.needs\(([^)]*)\)", source)]
    return {name for call in calls for name in re.findall(r'"([a-z:-]+)"', call)}


def test_tests_need_only_what_is_known_and_what_ci_installs() -> None:
    script, needed = text(".ci/run"), names_that_tests_need()
    installed = set(re.findall(r"command -v (\w[\w-]*)", script))
    parts = {f"*{part}.*" for part in re.findall(r"^part (\w+) \|\|", script, re.MULTILINE)}
    packages = json.loads(text("webform/package.json"))["devDependencies"]

    assert [name for name in needed & set(conftest.PROGRAMS) if not installed & set(conftest.PROGRAMS[name])] == []
    assert set(conftest.PARTS.values()) == parts
    assert [name for name, file in conftest.FONTS.items() if file not in script] == []
    assert [name for name in needed if name.startswith("npm:") and name.removeprefix("npm:") not in packages] == []
    assert [
        name for name in needed if not name.startswith("npm:") and name not in {*conftest.PROGRAMS, *conftest.FONTS}
    ] == []


def workflow_commands(path: str) -> list[str]:
    """Return every shell line of a workflow file of either forge."""
    jobs = yaml.safe_load(text(path))
    if "jobs" in jobs:
        steps = [step for job in jobs["jobs"].values() for step in job["steps"]]
        return [line for step in steps for line in step.get("run", "").splitlines()]
    return [line for job in jobs.values() if isinstance(job, dict) for line in job.get("script", [])]


SESSION = r"(?:site|check|tests|lowest|docs|bench)(?: --format github| --audience internal)?"
JUDGED_BY_THE_BASE = (
    r"git fetch origin \"\$CI_DEFAULT_BRANCH\"",
    r"BASE=\"\$\(mktemp -d\)/base\"",
    r"git worktree prune",
    r"git worktree add --detach \"\$BASE\" FETCH_HEAD",
    (
        r"git (?:-C change )?-c user\.name=guard -c user\.email=guard@localhost merge --quiet --no-edit "
        r"(?:FETCH_HEAD|\"\$BASE\")"
    ),
    (
        r"python3 (?:\"\$BASE/|base/)noxfile\.py\"? run --repo (?:\.\./change|\"\$CI_PROJECT_DIR\") "
        r"guard --at \"\$\(date \+%s\)\" (?:HEAD\^1 HEAD|\"\$BASE\" HEAD|FETCH_HEAD HEAD)"
    ),
    r"python3 \.ci/comment\.py gitlab",
)


@pytest.mark.parametrize("path", WORKFLOWS)
def test_a_workflow_only_calls_nox_sessions(path: str) -> None:
    commands = workflow_commands(path)
    call = re.compile("|".join((r"bash \.ci/run", rf"python3 noxfile\.py {SESSION}", *JUDGED_BY_THE_BASE)))

    assert commands
    assert [command for command in commands if not call.fullmatch(command)] == []


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if not path.startswith(".gitlab")])
def test_a_workflow_may_only_read(path: str) -> None:
    workflow = yaml.safe_load(text(path))

    assert workflow["permissions"] == {"contents": "read"}
    assert [job for job in workflow["jobs"].values() if "permissions" in job or "secrets" in job] == []


def test_every_workflow_is_looked_at() -> None:
    found = [path.relative_to(ROOT).as_posix() for top in (".github", ".forgejo") for path in (ROOT / top).rglob("*.*")]

    assert sorted([*found, ".gitlab-ci.yml"]) == sorted([*WORKFLOWS, *TRUSTED])


@pytest.mark.parametrize("path", [*WORKFLOWS, *TRUSTED])
def test_an_action_of_others_is_pinned_by_its_digest(path: str) -> None:
    used = re.findall(r"^[ -]*uses: *(.+)$", text(path), re.MULTILINE)

    assert used or path.startswith(".gitlab")
    assert [action for action in used if not ACTION.fullmatch(action)] == []
    assert text(path).count("uses:") == len(used)


def test_one_release_of_an_action_has_one_digest() -> None:
    used = {line for path in (*WORKFLOWS, *TRUSTED) for line in re.findall(r"actions/[a-z-]+@.+", text(path))}

    assert len(used) == len({line.partition("@")[0] for line in used})


@pytest.mark.parametrize("path", [*WORKFLOWS, *TRUSTED])
def test_what_strangers_can_name_never_reaches_a_shell(path: str) -> None:
    assert [command for command in workflow_commands(path) if "${{" in command or "REF" in command.upper()] == []


@pytest.mark.parametrize("path", TRUSTED)
def test_the_workflow_that_may_write_runs_the_main_branch_and_takes_nothing_from_another(path: str) -> None:
    workflow = yaml.safe_load(text(path))
    steps = workflow["jobs"]["comment"]["steps"]
    checkouts = [step["with"] for step in steps if "actions/checkout" in step.get("uses", "")]

    assert list(workflow[True]) == ["pull_request_target"]  # a YAML 1.1 reader takes the key `on` for true
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert checkouts == [{"fetch-depth": 0, "persist-credentials": False}]  # of the main branch: no ref, no repository
    assert workflow_commands(path) == [TRUSTED[path]]
    assert set(steps[-1]["env"].values()) == {"${{ github.token }}", "${{ github.event.pull_request.number }}"}
    assert "artifact" not in text(path)


def test_on_gitlab_only_a_schedule_of_the_main_branch_comments() -> None:
    jobs = {name: job for name, job in yaml.safe_load(text(".gitlab-ci.yml")).items() if "script" in job}
    scheduled = [name for name, job in jobs.items() if "schedule" in str(job["rules"])]

    assert jobs["comment"]["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}
    ]
    assert {name: jobs[name]["rules"] for name in scheduled if name != "comment"} == {
        name: [{"if": '$CI_PIPELINE_SOURCE != "schedule"'}] for name in ("tests", "lowest", "documents")
    }
    assert "cache" not in text(".gitlab-ci.yml")  # which a job of a change could fill


def test_the_guard_of_gitlab_survives_the_folders_of_the_run_before(
    repository: conftest.Repository, tmp_path: Path
) -> None:
    repository.write("noxfile.py", "print('the base')\n")
    repository.commit()
    clone = tmp_path / "builds" / "kho"
    repository.git("clone", "--quiet", str(repository.root), str(clone))
    commands = "\n".join(yaml.safe_load(text(".gitlab-ci.yml"))["guard"]["script"])
    variables = {"CI_DEFAULT_BRANCH": "main", "CI_PROJECT_DIR": str(clone), "CI_COMMIT_SHA": "HEAD"}
    environment = {**os.environ, **variables, "TMPDIR": str(tmp_path)}
    for run in range(3):
        repository.write("noxfile.py", f"print('the base of run {run}')\n")
        repository.commit()
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, [f"the base of run {run}"]), done.stderr


def editor_matches(pattern: str, path: str) -> bool:
    """Tell whether the YAML extension takes a path, under its most generous reading: `*` may cross folders."""
    return re.search(re.escape(pattern).replace(r"\*", ".*") + r"\Z", path) is not None


def editor_schemas(path: str) -> list[str]:
    """Return the schemas that an editor applies to a file of the repository."""
    mapping = json.loads(text(".vscode/settings.json"))["yaml.schemas"]
    found = []
    for schema, value in mapping.items():
        patterns = [value] if isinstance(value, str) else value
        taken = [pattern for pattern in patterns if editor_matches(pattern.removeprefix("!"), path)]
        if taken and not any(pattern.startswith("!") for pattern in taken):
            found.append(schema)
    return found


@pytest.mark.parametrize(("path", "kind"), KINDS.items())
def test_an_editor_applies_exactly_one_schema_to_a_file(path: str, kind: str) -> None:
    assert editor_schemas(path) == [f"./schemas/v1/{kind}.schema.json"]


def test_every_schema_that_an_editor_is_told_of_exists() -> None:
    mapping = json.loads(text(".vscode/settings.json"))["yaml.schemas"]

    assert [schema for schema in mapping if not (ROOT / schema).is_file()] == []
    assert {Path(schema).name.removesuffix(".schema.json") for schema in mapping} == set(KINDS.values())


def test_text_files_keep_one_line_ending() -> None:
    assert text(".gitattributes").splitlines()[0] == "* text eol=lf"


@pytest.mark.parametrize("folder", ["build", "site", ".nox"])
def test_what_commands_make_is_never_committed(folder: str) -> None:
    assert f"/{folder}/" in text(".gitignore").splitlines()
