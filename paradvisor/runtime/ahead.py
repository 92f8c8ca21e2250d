"""A function computed ahead for each item, by a team, while the loop over the items goes on."""

from __future__ import annotations

from collections import deque
from types import GeneratorType

from paradvisor.runtime.indexable import as_sequence
from paradvisor.runtime.region import parallel, scheduled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")


class Future:
    """What a call has returned or raised, as in concurrent.futures; it has always ended."""

    __slots__ = ("_error", "_value")

    def __init__(self, value: Any = None, error: BaseException | None = None) -> None:
        self._value = value
        self._error = error

    def result(self) -> Any:
        """What the call has returned. Raises what it has raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def exception(self) -> BaseException | None:
        """What the call has raised; None if it has returned."""
        return self._error

    def __reduce__(self) -> tuple[Any, ...]:
        """A failed one crosses from a forked worker as exceptions do, with its traceback."""
        if self._error is None:
            return Future, (self._value,)
        from paradvisor.runtime.wire import pack_error

        return _failed, (pack_error(self._error),)


def _failed(failure: Any) -> Future:
    from paradvisor.runtime.wire import unpack_error

    return Future(None, unpack_error(failure))


class Yielded:
    """What a generator has yielded, one after the other, and then what it has raised, if so."""

    __slots__ = ("_end", "_values")

    def __init__(self, values: Iterable[Any], end: Future) -> None:
        self._values = deque(values)
        self._end = end

    def __iter__(self) -> Yielded:
        return self

    def __next__(self) -> Any:
        if self._values:
            return self._values.popleft()
        end, self._end = self._end, Future()
        end.result()
        raise StopIteration

    def __reduce__(self) -> tuple[Any, ...]:
        return Yielded, (list(self._values), self._end)


def futures(
    function: Callable[[T], Any],
    iterable: Iterable[T],
    *,
    workers: int | None = None,
    strategy: str | None = None,
    schedule: str = "guided",
    chunk: int | None = None,
    retries: int = 0,
) -> Iterator[tuple[T, Any]]:
    """Each item with the future of ``function(item)``, in order; a team computes them ahead.

        for path, future in futures(parse, paths):
            print("reading", path)
            try:
                pages.append(future.result())
            except ParseError as error:
                print(error)

    So the loop's own statements stay where they are: an exception is raised where the result is
    asked for, and the loop may go on after it. A result that is never asked for is dropped, and
    so is what it raised.

    Where the function is a generator function, each item comes with an iterator over what it
    yields, all of it computed ahead:

        def compute(path):
            page = parse(path)
            yield page
            yield render(page)

        for path, results in futures(compute, paths):
            page = next(results)
            print(path, page.title)
            site.append(next(results))

    Args:
        function: called with each item, in a worker.
        iterable: what the loop goes over. One without a length is read a little ahead.
        workers: as for ``parallel``.
        strategy: as for ``parallel``.
        schedule: as for ``parallel``.
        chunk: as for ``parallel``.
        retries: as for ``parallel``.

    Raises:
        WorkerDied: a worker process was killed or left without finishing.
    """
    read: deque[T] = deque()
    items: Iterable[T] | None = as_sequence(iterable)
    behind = iter(items) if items is not None else _taken(read)
    ahead = items if items is not None else _noted(iterable, read)

    def section() -> Iterator[Any]:
        for item in scheduled(ahead):
            yield _called(function, item)

    results = parallel(
        section,
        workers=workers,
        strategy=strategy,
        schedule=schedule,
        chunk=chunk,
        retries=retries,
    )
    for future, item in zip(results, behind, strict=False):
        yield item, future


def _noted(iterable: Iterable[T], read: deque[T]) -> Iterator[T]:
    """The items, each kept for the loop that comes behind."""
    for item in iterable:
        read.append(item)
        yield item


def _taken(read: deque[T]) -> Iterator[T]:
    """The items that were kept."""
    while True:
        yield read.popleft()


def _called(function: Callable[[T], Any], item: T) -> Future | Yielded:
    called = _future(function, item)
    if called.exception() is not None or not isinstance(called.result(), GeneratorType):
        return called
    values: list[Any] = []
    return Yielded(values, _future(values.extend, called.result()))


def _future(function: Callable[[Any], Any], argument: Any) -> Future:
    try:
        return Future(function(argument))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | GeneratorExit) or _unwinds(error):
            raise
        return Future(None, error)


def _unwinds(error: BaseException) -> bool:
    """Whether an exception is the runtime's own, and is to end a worker."""
    ours = type(error).__module__.startswith(__name__.rpartition(".")[0])
    return ours and not isinstance(error, Exception)
