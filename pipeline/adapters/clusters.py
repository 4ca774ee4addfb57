"""Do the steps of a count on a Dask cluster that already runs: the same functions, what they give stays on the workers.

The workers need this package at the same release, and the files under the same paths. What the functions do:
`adapters/tables`. Decisions 0023 and 0050.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from pipeline.core.ground.problems import ParindexError

Handle: TypeAlias = Any  # what stands for a value that may lie elsewhere
_AHEAD: Final = 4  # parts that each thread of a worker has at hand; more would only fill the scheduler
WAIT = "10s"


class Here:
    """No cluster, but this process: everything is done at once, and a handle is the value itself."""

    workers = 1  # among which forms are parted by hash
    ahead = 0  # parts that may be under way before the first is waited for

    def submit(self, function: Callable[..., Any], *given: Handle) -> Handle:
        """Have a function called with values and handles of values; return a handle of what it gives."""
        return function(*given)

    def submit_at(self, number: int, function: Callable[..., Any], *given: Handle) -> Handle:
        """Submit the step of the part with this number; parts are spread evenly, and what follows stays with them."""
        return self.submit(function, *given)

    def share(self, value: object) -> Handle:
        """Return a handle of a value that many steps take."""
        return value

    def result(self, handle: Handle) -> Any:  # noqa: ANN401 - whatever the function gave
        """Return the value of a handle."""
        return handle


class Cluster(Here):
    """A cluster that is connected to: a handle is the place of a value on a worker."""

    def __init__(self, client: Any, address: str, lost: tuple[type[Exception], ...]) -> None:  # noqa: ANN401 - no types
        self._client, self._address, self._lost = client, address, lost
        self._places = [worker for worker, threads in sorted(client.nthreads().items()) for _ in range(threads)]
        self.workers = max(1, len(self._places))
        self.ahead = _AHEAD * self.workers

    def submit(self, function: Callable[..., Any], *given: Handle) -> Handle:
        """Have a function called on a worker."""
        return self._client.submit(function, *given, pure=False)

    def submit_at(self, number: int, function: Callable[..., Any], *given: Handle) -> Handle:
        """Submit a part's step to its worker, in turn; another one takes it where that one is gone or far behind."""
        where = self._places[number % self.workers : number % self.workers + 1] or None
        return self._client.submit(function, *given, pure=False, workers=where, allow_other_workers=where is not None)

    def share(self, value: object) -> Handle:
        """Send a value to the workers once."""
        return self._client.scatter(value, hash=False)

    def result(self, handle: Handle) -> Any:  # noqa: ANN401 - whatever the function gave
        """Wait for a value.

        Raises:
            ParindexError: a worker ended, or lacks this package.
        """
        try:
            return handle.result()
        except self._lost as error:
            raise _lost(self._address, error) from error


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to the cluster at an address such as `tcp://host:8786`.

    Raises:
        ParindexError: Dask is not installed, or nobody answers there.
    """
    try:
        import distributed  # noqa: PLC0415 - the optional extra `dask`
    except ImportError as error:
        raise ParindexError("tally-no-dask") from error
    try:
        client = distributed.Client(address, timeout=WAIT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise _lost(address, error) from error
    try:
        yield Cluster(client, address, (OSError, ImportError, distributed.KilledWorker))
    finally:
        client.close()  # type: ignore[no-untyped-call]


def _lost(address: str, error: Exception) -> ParindexError:
    detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
    return ParindexError("tally-no-cluster", address=address[:100], detail=detail)
