"""The store of evidence: a folder or a mounted share outside git, in which a file lies under the sha256 of its bytes.

A file is written beside its place, brought to the disk and renamed, so that a share that goes away leaves nothing half
written, and two people who put the same file there at once leave one. Decision 0064.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pipeline.core.ground.problems import ParindexError, system_reason

_PIECE: Final = 1 << 20
_HELD: Final = "sha256"


class EvidenceStore:
    """The folder of a store; what it says of a file it has read to its end."""

    def __init__(self, root: Path) -> None:
        """Take the folder of a store.

        Raises:
            ParindexError: It has no folder `sha256`: a share that is not mounted must not become a new store.
        """
        self.root = root
        if not (root / _HELD).is_dir():
            raise ParindexError("store-not-there", path=str(root))

    def path(self, digest: str) -> Path:
        """Return where a file lies: `sha256/ab/<digest>`."""
        return self.root / _HELD / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether a file lies here, without reading it."""
        with self._reached(digest):
            self._seen()
            return self.path(digest).is_file()

    def digest(self, digest: str) -> str | None:
        """Return the sha256 of what lies in the place of a file, None where nothing does."""
        made = hashlib.sha256()
        try:
            with self._reached(digest), self.path(digest).open("rb") as stream:
                while piece := stream.read(_PIECE):
                    made.update(piece)
        except FileNotFoundError:
            with self._reached(digest):
                self._seen()
            return None
        return made.hexdigest()

    def put(self, digest: str, pieces: Iterable[bytes]) -> bool:
        """Put a file here whole or not at all, and return whether it was not here yet.

        Raises:
            ParindexError: The store cannot be reached or written, or the bytes are others than the digest says.
        """
        place = self.path(digest)
        if self.digest(digest) == digest:
            return False
        new = place.with_name(f".{digest}.{os.getpid()}.{secrets.token_hex(4)}.new")
        made = hashlib.sha256()
        try:
            with self._reached(digest):
                self._seen()
                place.parent.mkdir(exist_ok=True)
                with new.open("xb") as stream:
                    for piece in pieces:
                        made.update(piece)
                        stream.write(piece)
                    stream.flush()
                    os.fsync(stream.fileno())
                if made.hexdigest() != digest:
                    raise ParindexError("store-other-bytes", digest=digest)
                new.replace(place)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
        return True

    def lay(self, digest: str, target: Path) -> bool:
        """Put a file where pages lead to it, without a copy where the system can; return whether it was here."""
        with self._reached(digest):
            if not self.path(digest).is_file():
                return False
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(self.path(digest))
            except OSError:  # another disk, or a system without links
                shutil.copyfile(self.path(digest), target)
        return True

    def remove(self, digest: str) -> None:
        """Take a file out."""
        with self._reached(digest):
            self._seen()
            self.path(digest).unlink(missing_ok=True)

    def _seen(self) -> None:
        """Make sure that the folder is still there: below a share that went away everything seems to be missing."""
        os.stat(self.root / _HELD)  # noqa: PTH116 - its error is wanted

    @contextmanager
    def _reached(self, digest: str) -> Iterator[None]:
        """Turn an error of the system into one line that names the store; a missing file is no error of it."""
        try:
            yield
        except FileNotFoundError as error:
            if error.filename == str(self.path(digest)):
                raise
            raise self._lost(error) from error
        except OSError as error:
            raise self._lost(error) from error

    def _lost(self, error: OSError) -> ParindexError:
        return ParindexError("store-lost", path=str(self.root), detail=system_reason(error))
