"""Reductions: the results of a section combined into one value by an associative operator."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from paradvisor.runtime import region

T = TypeVar("T")

_NOTHING: Any = object()


def reduction(
    operator: Callable[[T, T], T],
    section: Callable[[], Iterator[T]],
    initial: T = _NOTHING,
    *,
    exact: bool = False,
    workers: int | None = None,
    strategy: str | None = None,
    if_: bool = True,
) -> T:
    """Combine what a section yields, as ``functools.reduce(operator, values, initial)`` would.

    The workers fold the values of each chunk from left to right, and the chunks' results are
    combined by a tree. Chunks and tree depend on the loop alone (256 chunks, or 64 items each where
    its length is not known), so a sum of floats is the same to the last bit for any number of
    workers and any strategy, though not the one that the serial loop would give.

    Args:
        operator: associative; it need not be commutative.
        section: a generator function with a scheduled loop.
        initial: the leftmost operand.
        exact: fold all values one by one in the serial order, in the parent: the serial loop's
            result to the last bit, at the price of sending every value.
        workers: as for ``parallel``.
        strategy: as for ``parallel``.
        if_: as for ``parallel``.

    Raises:
        TypeError: nothing was yielded, and there is no initial value.
    """
    if exact:
        values = region.parallel(section, workers=workers, strategy=strategy, if_=if_)
        return _fold(operator, values, initial)
    leaves = region.folded(section, operator, workers=workers, strategy=strategy, if_=if_)
    top = list(_tree(operator, leaves))
    return _fold(operator, iter(top), initial)


def _fold(operator: Callable[[T, T], T], values: Iterator[T], initial: T) -> T:
    if initial is _NOTHING:
        return functools.reduce(operator, values)
    return functools.reduce(operator, values, initial)


def _tree(operator: Callable[[T, T], T], leaves: Iterator[T]) -> Iterator[T]:
    """Combine neighbours, then neighbours of those, and so on, as the leaves come.

    As a binary counter: a stack of subtrees, each complete and larger than the next. (Pairwise
    summation; Higham, SIAM J. Sci. Comput. 14, 1993, also for why its error is small.)
    """
    stack: list[tuple[int, T]] = []
    for leaf in leaves:
        height, value = 0, leaf
        while stack and stack[-1][0] == height:
            value = operator(stack.pop()[1], value)
            height += 1
        stack.append((height, value))
    while len(stack) > 1:
        _, right = stack.pop()
        height, left = stack.pop()
        stack.append((height, operator(left, right)))
    for _, value in stack:
        yield value
