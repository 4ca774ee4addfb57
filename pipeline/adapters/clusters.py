"""Count the chunks of a survey on a Dask cluster that already runs: the same functions, results in the same order.

The workers need this package at the same release. What the functions do: `adapters/tables`. Decision 0023.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from pipeline.core.ground.problems import ParindexError

Given = TypeVar("Given")
Made = TypeVar("Made")
_AHEAD = 2  # chunks a worker's thread has at hand; more would only fill the memory
WAIT = "10s"


class Mapper(Protocol):
    """What `map` does, elsewhere."""

    def __call__(self, function: Callable[[Given], Made], chunks: Iterable[Given], /) -> Iterator[Made]:
        """Yield what a function makes of each chunk, in their order."""


@contextmanager
def cluster(address: str) -> Iterator[Mapper]:
    """Give what goes through chunks on the cluster at an address such as `tcp://host:8786`.

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
        detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise ParindexError("tally-no-cluster", address=address[:100], detail=detail) from error

    def run(function: Callable[[Given], Made], chunks: Iterable[Given], /) -> Iterator[Made]:
        most = _AHEAD * max(1, sum(client.nthreads().values()))  # type: ignore[no-untyped-call]
        waiting: deque[Any] = deque()
        for chunk in chunks:
            waiting.append(client.submit(function, chunk, pure=False))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    try:
        yield run
    finally:
        client.close()  # type: ignore[no-untyped-call]
