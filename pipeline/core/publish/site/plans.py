"""The plan as its page shows it: every task with the printed wording, how it is read, its days and its state."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.index.pending import pending
from pipeline.core.index.pending_words import pending_sentences
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Task
from pipeline.core.rounds.timetable import TaskProgress, TaskState, progress
from pipeline.core.rounds.timetable_words import PlanVoice, count_states

LOOKS = {
    TaskState.DONE: "done",
    TaskState.NOT_ASKED: "done",
    TaskState.DONE_LATE: "done-late",
    TaskState.LATE: "late",
    TaskState.UNANSWERED: "late",
}


def plan_view(scene: Scene) -> Fields | None:
    """Return the plan as its page shows it; None of a published year that has none."""
    stands = progress(scene.year, scene.calendar, scene.today)
    if not stands.tasks and scene.published:
        return None
    sections: dict[str, list[Fields]] = {}
    for entry in stands.tasks:
        sections.setdefault(scene.of(entry.task.section), []).append(_task(scene, entry))
    return {
        "sections": tuple((title, tuple(tasks)) for title, tasks in sections.items()),
        "late": tuple(task for tasks in sections.values() for task in tasks if task["look"] == "late"),
        "summary": scene.labels.text("status.summary", **count_states(stands)),
        # What open stages still owe and who; for people inside alone.
        "awaited": () if scene.published else tuple(_awaited(scene)),
    }


def _awaited(scene: Scene) -> Iterator[str]:
    owed = pending(scene.year, scene.today)
    yield from pending_sentences(owed, {scene.year.name: scene.year}, scene.bodies, scene.labels)


def _task(scene: Scene, entry: TaskProgress) -> Fields:
    task, planned, voice = entry.task, entry.planned, PlanVoice(scene.year, scene.bodies, scene.labels)
    return {
        "no": task.no,
        "in_plan": task.in_plan,
        "task": scene.of(task.task),
        "product": scene.of(task.product),
        "responsible": voice.responsible(planned),
        "printed": scene.labels.vietnamese(task.printed or ""),
        "reading": scene.of(task.reading),
        "scan": task.scan,
        "due": due_text(scene.labels, task),
        "last_day": scene.labels.date(planned.day),
        "safe": scene.labels.date(planned.safe) if planned.safe != planned.day else "",
        "done": scene.labels.date(planned.done_on),
        "document": scene.document(task.done_document) if planned.done else "",
        "look": LOOKS.get(entry.standing.state, "open"),
        "state": voice.standing(entry.standing),
        "duties": tuple(voice.duties(entry)),
    }


def due_text(labels: Labels, task: Task) -> str:
    """Return when a task is due, in words."""
    due = task.due
    year, month = (due.in_month or "-").split("-")
    days = {"opens": labels.date(due.from_day), "closes": labels.date(due.by), "day": labels.date(due.before or due.by)}
    kinds = {
        "in-month": due.in_month,
        "before": due.before,
        "from-by": due.from_day,
        "by": due.by,
        "after-task": due.after_task,
    }
    kind = next((name for name, said in kinds.items() if said is not None), "after-request")
    figures = {"month": month, "year": year, "days": due.working_days, "task": due.after_task}
    return labels.text(f"page.due.{kind}", **days, **figures)
