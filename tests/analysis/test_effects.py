"""What is read of an object can be told more closely, and only once."""

from __future__ import annotations

from paradvisor.analysis.effects import BINDING, Effects
from paradvisor.analysis.values import of


def test_less_than_the_binding_cannot_be_read() -> None:
    root = ("f", "board")
    effects = Effects()
    effects.read(root, 3, of("list"))
    once = effects.narrowed(frozenset({root}), BINDING)
    [bound] = once.reads
    assert bound == ("f", "board" + BINDING)
    assert list(once.narrowed(frozenset({bound}), BINDING).reads) == [bound]
    assert list(once.narrowed(frozenset({bound}), ".cells").reads) == [bound]
