"""A guarded repository whose server keeps a register: a main branch, people who push to it, the server's machine."""

from __future__ import annotations

from dataclasses import dataclass

from guarded import ALL_KINDS, APPRAISAL, ROLES, YEAR, Scene, access, entry, key_of, time_of

from pipeline.adapters.repository import Repository as Opened
from pipeline.adapters.repository import open_repository
from pipeline.core.rounds.commits import EMPTY_TREE, Moment
from pipeline.core.rounds.proofs import Proof
from pipeline.core.rounds.pushes import RefUpdate
from pipeline.core.rounds.register import BRANCH, Push
from pipeline.flows.guard import review
from pipeline.flows.register import Keeper, receive, received_at, received_text
from pipeline.flows.replay import prove_register, register_of, witness

SERVER, OTHER_SERVER, BODY = "may-chu", "may-chu-moi", "thanh-tra"
MAIN = "refs/heads/main"
FOUNDED = "2024-11-26T08:00:00+07:00"
SEEN = ROLES.replace("reviews: [approval, amendments]}", "reviews: [approval, amendments, access, rules]}")
MACHINES = f"server:\n  - {entry(SERVER)}\nwitness:\n  {BODY}:\n    - {entry(BODY)}\n"
RIGHTS = access(signed=ALL_KINDS, second="access", roles=SEEN) + MACHINES


@dataclass
class Town:
    """A main branch with its register."""

    scene: Scene
    server: str = SERVER

    @property
    def opened(self) -> Opened:
        """Return the repository as the program opens it."""
        return open_repository(self.scene.repository.root)

    @property
    def git(self):
        """Return how to run git here."""
        return self.scene.repository.git

    def appraise(self, at: str, score: str, person: str = "thuong-truc-noi-vu") -> str:
        """Change one score on the main branch."""
        text = APPRAISAL.replace('"1.1": {score: 2}', f'"1.1": {{score: {score}}}')
        self.scene.repository.write(f"{YEAR}/appraisal-1/cuc-thue.yml", text)
        return self.scene.commit(person, date=at)

    def grant(self, at: str, rights: str, person: str = "giu-luat-noi-vu") -> str:
        """Change access.yml, seen by a second person."""
        before = self.scene.head()
        self.scene.repository.write("data/access.yml", rights)
        self.scene.commit(person, date=at)
        made = review(self.opened, before, key_of("lanh-dao-noi-vu"), time_of(at))[1]
        self.hook(before, made, at)
        return made

    def hook(self, old: str, new: str, at: str) -> None:
        """Leave what the hook leaves of a push that it took."""
        path = received_at(self.opened, new)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(received_text(RefUpdate(MAIN, old, new), time_of(at)))

    def enter(self, at: str, server: str | None = None) -> tuple[Push, ...]:
        """Run `receive` at a time."""
        return receive(self.opened, Keeper(MAIN, BRANCH, key_of(server or self.server)), time_of(at))

    def witness(self, at: str, key: str = BODY) -> tuple[tuple[Proof, ...], Push | None]:
        """Let the second body witness at a time."""
        return witness(self.opened, BODY, key_of(key), time_of(at))

    def forge(self, message: str, *parents: str, key: str = SERVER, at: Moment, tree: str = EMPTY_TREE) -> str:
        """Make an entry by hand, signed with a key, and let the register end with it."""
        self.git("config", "gpg.format", "ssh")
        stamp = f"{at.stamp} +0700"
        made = self.git(
            *("-c", f"user.signingkey={key_of(key)}", "commit-tree", "-S", tree, "-m", message.rstrip("\n")),
            *(word for parent in parents for word in ("-p", parent)),
            **{f"GIT_{who}_NAME": "x" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "x@y.example" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_DATE": stamp for who in ("AUTHOR", "COMMITTER")},
        )
        self.git("update-ref", BRANCH, made)
        return made

    def register(self) -> str:
        """Return where the register ends."""
        return self.git("rev-parse", BRANCH)

    def proofs(self, **how: str | bool | None) -> tuple[Proof, ...]:
        """Prove the register."""
        return prove_register(self.opened, register_of(self.opened), **how)  # type: ignore[arg-type]

    def broken(self, **how: str | bool | None) -> list[str]:
        """Return the codes of what is broken."""
        return sorted({proof.code for proof in self.proofs(**how) if proof.state == "broken"})
