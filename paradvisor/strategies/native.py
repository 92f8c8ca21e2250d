"""C or Cython for the few lines that deserve it: hot Python code that computes with numbers."""

from __future__ import annotations

import ast

from paradvisor.analysis import predict
from paradvisor.analysis.plan import Case
from paradvisor.analysis.source import Function, walk_scope
from paradvisor.model import Advice, Hotspot, Interval, Predicted, Skip

# Nine kernels against CPython 3.11: Cython with the types seen in a run 4.5x, the best automatic
# route 12.5x, Cython typed by hand 45x (geometric means; see docs/predictions.md).
_GAIN = Interval(4.5, 12.5, 45.0)
_SMALLEST_SHARE = 0.25
_ENOUGH_ARITHMETIC = 2
_SHORTEST_S = 0.2  # nobody rewrites in C what takes less


class Native:
    """A rewrite by hand, for functions whose time goes into bytecode."""

    name = "native"

    def consider(self, case: Case) -> list[Advice | Skip]:
        """Advice for each large hotspot in Python code."""
        return [
            self._judge(case, hotspot)
            for hotspot in case.hotspots
            if hotspot.share >= _SMALLEST_SHARE
        ]

    def _judge(self, case: Case, hotspot: Hotspot) -> Advice | Skip:
        place = hotspot.location
        if case.attribution.wall_s < _SHORTEST_S:
            why = f"the program takes {1000 * case.attribution.wall_s:.0f} ms in all"
            return Skip(place, "PA201", f"too small to pay: {why}", self.name)
        function = case.program.modules[place.file].function_at(place.line)
        if hotspot.kind != "python":
            why = "its time is not spent in Python bytecode, so C could not make it faster"
            return Skip(place, "PA207", why, self.name)
        if _arithmetic(function) < _ENOUGH_ARITHMETIC:
            why = "it works on strings and containers more than on numbers, where C gains little"
            return Skip(place, "PA207", why, self.name)
        gain = predict.amdahl(hotspot.share, _GAIN)
        share = 100 * hotspot.share
        return Advice(
            id="",
            rule="PA103",
            strategy=self.name,
            location=place,
            hotspot=hotspot.id,
            loop=None,
            workers=None,
            predicted=Predicted(gain, _GAIN),
            basis="model",
            rationale=f"{share:.0f} % of the time is Python bytecode that computes with numbers "
            f"in {place.function}; in C or Cython those lines are many times faster",
            arithmetic=f"1 / ({1 - hotspot.share:.2f} + {hotspot.share:.2f} / {_GAIN.mid}) = "
            f"{gain.mid:.1f}x",
            caveats=("the gain is assumed from other kernels, not measured on this one",),
        )


def _arithmetic(function: Function) -> int:
    return sum(
        isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(
            node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.Pow | ast.FloorDiv | ast.Mod
        )
        for node in walk_scope(function.node)
    )
