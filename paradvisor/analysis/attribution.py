"""Whose time it is: the sampler's stacks laid over the functions and lines of the user's source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from paradvisor.analysis import linetimes, outside, traced
from paradvisor.analysis.outside import Place, Stack
from paradvisor.analysis.source import Function, Program
from paradvisor.model import (
    KINDS,
    Call,
    CallGraph,
    ExternalSampling,
    Frame,
    Kind,
    Profile,
    Sample,
    Sampling,
    TimeByKind,
)

_LOOKS = 200
"""Looks from outside whose errors by chance are as large as what the heartbeat and cProfile
together are wrong by: over four programs of many small functions, 100 to 300 did best."""
_LOOKS_ALONE = 20  # where cProfile tells nothing
_BYTECODE = Sample((), "", "python", "", 0.0, 0.0)
AFTER_CALL = "after a native call"  # as instruments.waits marks it
ELSEWHERE = "in a thread"  # likewise: no profiler from outside sees it at that stack
_MOSTLY_CALLS = 0.75
_MAINLY_CALLS = 0.5  # where cProfile, too, bills so much of a function to what it calls
_TRIVIAL_S = 0.6e-6  # as cProfile sees it, its own cost of about 0.1 us included
_SUBSTANTIAL = 0.3
_CALLS_PER_S = 200_000
_FEW_BEATS = 10
_OF_CHILDREN = (
    "subprocess.",
    "multiprocessing.pool",
    "multiprocessing.process",
    "multiprocessing.popen",
)
_WITHOUT_THREADS = 0.7  # of the confidence, where the system tells nothing of single threads
_ENOUGH_S = 0.3  # of the user's functions under cProfile
_HARDLY = 0.5  # of what the tracers saw
_WAITING_CALLS = {
    "time.sleep": "io",
    "recv": "io",
    "accept": "io",
    "connect": "io",
    "poll": "io",
    "select": "io",
    "'read' of": "io",
    "acquire": "lock",
    "waitpid": "child",
    "wait4": "child",
}


class Attribution:
    """Samples with their frames resolved, in seconds of the bare run."""

    def __init__(self, profile: Profile, program: Program) -> None:
        sampling = profile.sampling
        if sampling is None or sampling.beats < _FEW_BEATS:
            sampling = _from_calls(profile) or sampling or Sampling((), (), 0, 0.0)
        self.beats = sampling.beats
        self.certainty = 1.0 if sampling.by_thread else _WITHOUT_THREADS
        self.wall_s = profile.baseline.wall_s
        self.startup_s = min(profile.machine.startup_s, self.wall_s)
        total = sum(sample.seconds for sample in sampling.samples)
        self.scale = (self.wall_s - self.startup_s) / total if total else 0.0
        places = [outside.resolve(program, frame) for frame in sampling.frames]
        self.samples = [
            (tuple(place for number in sample.stack if (place := places[number])), sample)
            for sample in sampling.samples
        ]
        self._tell_children()
        self._tell_short_calls(profile)
        looks = _LOOKS if self._share_out(profile, program) else _LOOKS_ALONE
        self._tell_unseen_callees(profile, program)
        self._tell_entries(profile, program)
        if len({row.thread for row in sampling.threads}) < 2:
            # Else it takes threads for active that wake up and ask for the interpreter lock.
            self._believe(sampling.external, program, looks)
        self._tell_slow_lines(profile, program)

    def _tell_children(self) -> None:
        """Starting processes and looking whether they have ended is waiting for them, too."""
        self.samples = [
            (stack, replace(sample, kind="child", detail="a child process"))
            if sample.leaf.startswith(_OF_CHILDREN) and _is_for_children(sample)
            else (stack, sample)
            for stack, sample in self.samples
        ]

    def _tell_short_calls(self, profile: Profile) -> None:
        """Count functions that live from native calls, each too short to be seen, as native.

        The sampler finds them right after a call nearly every time, or half of the time where
        cProfile bills half of the function to its calls as well. So it does with Python code that
        makes many trivial calls; those cProfile knows, and how short they are.
        """
        for function, entries in self.own().items():
            samples = [sample for _, sample in entries if sample.kind in ("python", "native_gil")]
            holding = self.seconds(samples)
            after_call = self.seconds(
                s for s in samples if s.detail == AFTER_CALL or s.kind != "python"
            )
            calls = _calls_of(profile, function)
            needed = _MAINLY_CALLS if calls.part > _MAINLY_CALLS else _MOSTLY_CALLS
            if after_call > needed * holding and not calls.trivial:
                self.samples = [
                    (
                        stack,
                        _as_native(sample) if stack and stack[-1].function is function else sample,
                    )
                    for stack, sample in self.samples
                ]

    def _tell_unseen_callees(self, profile: Profile, program: Program) -> None:
        """Bill callees what the tracers saw of them, where the sampler could hardly see them.

        A thread gives the GIL away at jumps and calls: a function in which one operator works for
        long is left before the sampler comes to look, and its caller is seen in its place.
        """
        hottest = {key: lines.hottest for key, lines in traced.lines_of(profile, program).items()}
        for function, parts in traced.leaf_callees(profile, program).items():
            mine = [
                number
                for number, (stack, sample) in enumerate(self.samples)
                if stack and stack[-1].function is function and _computes_unseen(sample)
            ]
            seen = self._seen_under(function)
            own_s = self.seconds(self.samples[number][1] for number in mine)
            total = own_s + sum(seen.get(callee, 0.0) for callee in parts)
            missing = {
                callee: part * total - seen.get(callee, 0.0)
                for callee, part in parts.items()
                if seen.get(callee, 0.0) < _HARDLY * part * total
            }
            for callee, seconds in missing.items():
                line = hottest.get(callee, callee.first_line)
                self._move(mine, min(1.0, seconds / own_s) if own_s else 0.0, Place(callee, line))

    def _share_out(self, profile: Profile, program: Program) -> bool:
        """Divide the bytecode's time among the user's functions as cProfile saw it, if it did.

        A thread gives the GIL away where a function is entered, at jumps and after calls of C: the
        sampler finds it at the next of those places, in short functions often not in the one where
        the time went. What cProfile adds to each call is known, and taken away.
        """
        own, lines = traced.own_seconds(profile, program), traced.lines_of(profile, program)
        seen = self._bytecode()
        for function, caller in traced.main_callers(profile, program).items():
            if function in own and function not in seen and caller in seen and caller in own:
                part = own[function] / (own[function] + own[caller])
                line = lines[function].hottest if function in lines else function.first_line
                self._move(seen[caller], part, Place(function, line))
        seen = self._bytecode()
        wanted = {function: seconds for function, seconds in own.items() if function in seen}
        traced_s = sum(wanted.values())
        if traced_s < _ENOUGH_S or len(wanted) < 2:
            return False
        known = sum(self._raw(seen[function]) for function in wanted)
        calling = linetimes.before_calls(self._of_bytecode())
        timed = {function: lines[function].parts() for function in lines}
        for function, seconds in wanted.items():
            parts = calling.get(function) or timed.get(function, {})
            self._settle(seen[function], seconds / traced_s * known, parts)
        return True

    def _bytecode(self) -> dict[Function, list[int]]:
        """Function -> its samples in which it ran bytecode, none of them right after a call."""
        found: dict[Function, list[int]] = defaultdict(list)
        for number, (stack, sample) in enumerate(self.samples):
            if (
                stack
                and sample.seconds
                and _computes_unseen(sample)
                and sample.detail != AFTER_CALL
            ):
                found[stack[-1].function].append(number)
        return found

    def _settle(self, numbers: list[int], seconds: float, parts: Mapping[int, float]) -> None:
        """Give one function so many seconds, and its lines parts of it that are nearer to these."""
        whole = self._raw(numbers)
        seen: dict[int, float] = defaultdict(float)
        under: dict[Stack, float] = defaultdict(float)
        for number in numbers:
            stack, sample = self.samples[number]
            seen[stack[-1].line] += sample.seconds
            under[stack[:-1]] += sample.seconds
        settled = linetimes.settled(seen, seconds, parts)
        function, example = self.samples[numbers[0]][0][-1].function, self.samples[numbers[0]][1]
        for number in numbers:
            line = self.samples[number][0][-1].line
            self._rescale([number], settled[line] / seen[line])
        for line in settled.keys() - seen.keys():
            for stack, spent in under.items():
                part = settled[line] * spent / whole
                added = replace(example, seconds=part, cpu_s=part)
                self.samples.append(((*stack, Place(function, line)), added))

    def _believe(self, external: ExternalSampling | None, program: Program, looks: float) -> None:
        """Divide computing among functions and lines as a profiler from outside saw it.

        What was found so far counts as so many ``looks`` of that profiler: it is biased, and the
        other's view has errors by chance. Which kind of computing it is the heartbeat has said.
        """
        seen = outside.by_function(external, program) if external is not None else {}
        mine = self._computing()
        if sum(map(Counter.total, seen.values())) < outside.ENOUGH or not mine:
            return
        seconds = sum(map(self._raw, mine.values()))
        weights: dict[Function, dict[Stack, float]] = defaultdict(lambda: defaultdict(float))
        for function, counts in seen.items():
            weights[function].update(counts)
        for function, numbers in mine.items():
            for stack, sample in (self.samples[number] for number in numbers):
                weights[function][stack] += looks * sample.seconds / seconds
        whole = sum(sum(stacks.values()) for stacks in weights.values())
        for function, stacks in weights.items():
            wanted = sum(stacks.values()) / whole * seconds
            self._divide(mine.get(function, []), stacks, wanted)

    def _rescale(self, numbers: Iterable[int], factor: float) -> None:
        for number in numbers:
            stack, sample = self.samples[number]
            self.samples[number] = stack, sample.scaled(factor)

    def _computing(self) -> dict[Function, list[int]]:
        """Function -> its samples in which it, or a library for it, computed."""
        found: dict[Function, list[int]] = defaultdict(list)
        for number, (stack, sample) in enumerate(self.samples):
            computes = sample.kind in ("python", "native_gil", "native_nogil")
            if stack and computes and sample.detail != ELSEWHERE:
                found[stack[-1].function].append(number)
        return found

    def _raw(self, numbers: Iterable[int]) -> float:
        return sum(self.samples[number][1].seconds for number in numbers)

    def _divide(self, numbers: list[int], stacks: Mapping[Stack, float], seconds: float) -> None:
        """Give one function's computing so many seconds, its bytecode on stacks by their weights.

        Library functions stay on the lines where the heartbeat saw them, which takes from those.
        """
        spent = self._raw(numbers)
        factor = seconds / spent if spent else 0.0
        native: dict[int, float] = defaultdict(float)
        bytecode_s, example = 0.0 if spent else seconds, _BYTECODE
        for number in numbers:
            stack, sample = self.samples[number]
            if _computes_unseen(sample):
                bytecode_s += sample.seconds * factor
                example = sample
                self.samples[number] = stack, sample.scaled(0.0)
            else:
                native[stack[-1].line] += sample.seconds * factor
                self.samples[number] = stack, sample.scaled(factor)
        weights = outside.less(stacks, seconds, native)
        of_all = sum(weights.values())
        for stack, weight in weights.items():
            part = bytecode_s * weight / of_all if of_all else bytecode_s / len(weights)
            self.samples.append((stack, replace(example, seconds=part, cpu_s=part)))

    def _seen_under(self, function: Function) -> dict[Function, float]:
        """Callees of a function -> seconds for which the sampler saw them innermost."""
        found: dict[Function, float] = defaultdict(float)
        for stack, sample in self.samples:
            if len(stack) > 1 and stack[-2].function is function:
                found[stack[-1].function] += sample.seconds * self.scale
        return found

    def _move(self, numbers: list[int], part: float, place: Place) -> None:
        """Bill a part of some samples to a callee."""
        for number in numbers:
            stack, sample = self.samples[number]
            moved, rest = _cut(sample, part)
            self.samples[number] = (stack, rest)
            self.samples.append(((*stack, place), moved))

    def _tell_entries(self, profile: Profile, program: Program) -> None:
        """Spread what was seen as functions were entered over their lines."""
        timed = {
            function: lines.parts() for function, lines in traced.lines_of(profile, program).items()
        }
        self.samples = linetimes.within(self.samples, linetimes.seen(self._of_bytecode()) | timed)

    def _of_bytecode(self) -> Iterator[tuple[Stack, Sample]]:
        for numbers in self._bytecode().values():
            yield from (self.samples[number] for number in numbers)

    def _tell_slow_lines(self, profile: Profile, program: Program) -> None:
        """Count as native what lines take beyond what their bytecode could.

        An operator, such as ``in`` on a long list or ``*`` of long numbers, is no call: that C code
        works there shows only in the time of the line.
        """
        own = traced.own_parts(profile, program)
        native = {
            function: lines.native_part(own.get(function, 0.0))
            for function, lines in traced.lines_of(profile, program).items()
        }
        found = []
        for stack, sample in self.samples:
            part = native.get(stack[-1].function, 0.0) if stack else 0.0
            if part < _SUBSTANTIAL or not _computes_unseen(sample):
                found.append((stack, sample))
                continue
            slow, rest = _cut(sample, part)
            found += [(stack, replace(slow, kind="native_gil")), (stack, rest)]
        self.samples = found

    def seconds(self, samples: Iterable[Sample]) -> float:
        """Their time, as in the bare run."""
        return self.scale * sum(sample.seconds for sample in samples)

    def own(self) -> dict[Function, list[tuple[int, Sample]]]:
        """Function -> (line, sample) of the samples that it is innermost in."""
        found: dict[Function, list[tuple[int, Sample]]] = defaultdict(list)
        for stack, sample in self.samples:
            if stack:
                found[stack[-1].function].append((stack[-1].line, sample))
        return dict(found)

    def within(
        self, function: Function, first: int, last: int, called: Container[str] | None = None
    ) -> list[Sample]:
        """Samples with a frame of the function on these lines, however deep the calls go.

        Where ``called`` is given, only calls of functions with these names count.
        """
        found = []
        for stack, sample in self.samples:
            inside = [
                number
                for number, place in enumerate(stack)
                if place.function is function and first <= place.line <= last
            ]
            if not inside:
                continue
            above = stack[inside[-1] + 1 :]
            if called is None or not above or above[0].function.qualname.split(".")[-1] in called:
                found.append(sample)
        return found

    def inclusive(self) -> dict[Function, float]:
        """Function -> seconds in it and in all that it calls."""
        found: dict[Function, float] = defaultdict(float)
        for stack, sample in self.samples:
            for function in {place.function for place in stack}:
                found[function] += sample.seconds * self.scale
        return dict(found)

    def background_s(self, cpu_s: float) -> float:
        """Of the program's CPU seconds, those that its main thread did not spend."""
        main = self.scale * sum(sample.cpu_s for _, sample in self.samples)
        return max(0.0, cpu_s - self.startup_s - main)

    def by_kind(self, samples: Iterable[Sample]) -> TimeByKind:
        """Seconds of each kind."""
        seconds: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        for sample in samples:
            seconds[sample.kind] += sample.seconds * self.scale
        return TimeByKind(**seconds)


def _as_native(sample: Sample) -> Sample:
    return replace(sample, kind="native_gil") if sample.kind == "python" else sample


def _is_for_children(sample: Sample) -> bool:
    return sample.kind in ("native_gil", "lock") or sample.detail == "sleep"


def _computes_unseen(sample: Sample) -> bool:
    """Whether it is of the user's own code at work, in the view of the sampler: in bytecode."""
    return sample.kind == "python" and not sample.leaf


def _cut(sample: Sample, part: float) -> tuple[Sample, Sample]:
    """A part of a sample, and the rest."""
    return sample.scaled(part), sample.scaled(1 - part)


class _Calls(NamedTuple):
    """The built-ins that a function, or the library for it, calls, as cProfile saw them."""

    calls: int = 0
    seconds: float = 0.0
    substantial_s: float = 0.0
    """In those that took more than next to no time."""
    own_s: float = 0.0
    """In the bytecode around them."""

    @property
    def total_s(self) -> float:
        return self.own_s + self.seconds

    @property
    def part(self) -> float:
        """The part of the time that substantial calls took."""
        return self.substantial_s / self.total_s if self.total_s else 0.0

    @property
    def trivial(self) -> bool:
        """Whether they take next to no time.

        Callables that cProfile cannot see, such as NumPy's ufuncs, are not trivial: there would be
        too few others to fill the time.
        """
        few = self.substantial_s < _SUBSTANTIAL * self.total_s
        return few and self.calls > _CALLS_PER_S * self.total_s


def _calls_of(profile: Profile, function: Function) -> _Calls:
    graph = profile.calls
    if graph is None:
        return _Calls()
    pending = {
        number
        for number, call in enumerate(graph.functions)
        if call.file == function.module.path
        and function.first_line <= call.line <= function.end_line
    }
    return _below(graph, pending, profile.sources)


def _below(graph: CallGraph, pending: set[int], sources: Container[str]) -> _Calls:
    """The built-ins that these functions, or libraries for them, call."""
    reached: set[int] = set()
    calls, seconds, substantial, own = 0, 0.0, 0.0, 0.0
    while pending:
        reached |= pending
        own += sum(graph.functions[number].own_s for number in pending)
        edges = [edge for edge in graph.edges if edge.caller in pending]
        for edge in edges:
            if graph.functions[edge.callee].file == "~":
                calls += edge.calls
                seconds += edge.total_s
                if edge.total_s > _TRIVIAL_S * edge.calls:
                    substantial += edge.total_s
        pending = {
            edge.callee
            for edge in edges
            if graph.functions[edge.callee].file != "~"
            and graph.functions[edge.callee].file not in sources
        } - reached
    return _Calls(calls, seconds, substantial, own)


def _from_calls(profile: Profile) -> Sampling | None:
    """For a program too short to be sampled: what cProfile billed, each function by itself."""
    graph = profile.calls
    if graph is None:
        return None
    frames: list[Frame] = []
    samples: list[Sample] = []
    for number, call in enumerate(graph.functions):
        if call.file not in profile.sources:
            continue
        frames.append(Frame(call.file, call.name, call.line, call.line))
        for name, kind, seconds in [("", "python", call.own_s), *_billed(profile, graph, number)]:
            samples.append(Sample((len(frames) - 1,), name, _as_kind(kind), "", seconds, seconds))
    return Sampling(tuple(frames), tuple(samples), 0, sum(sample.seconds for sample in samples))


def _billed(profile: Profile, graph: CallGraph, caller: int) -> list[tuple[str, str, float]]:
    """Library functions that a function of the user's called: (name, kind, seconds)."""
    found = []
    for edge in graph.edges:
        callee = graph.functions[edge.callee]
        if edge.caller == caller and callee.file not in profile.sources:
            name = call_name(callee)
            if callee.file == "~":
                waits = (kind for part, kind in _WAITING_CALLS.items() if part in name)
                found.append((name, next(waits, "native_gil"), edge.total_s))
                continue
            below = _below(graph, {edge.callee}, profile.sources)
            native = below.seconds / below.total_s if below.total_s else 0.0
            found.append((name, "native_gil", edge.total_s * native))
            found.append((name, "python", edge.total_s * (1 - native)))
    return found


def _as_kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind == name)


def call_name(call: Call) -> str:
    """A readable name for an entry of cProfile's."""
    if call.file != "~":
        return call.name
    name = call.name.removeprefix("<built-in method ").removesuffix(">")
    return name.removeprefix("builtins.").removeprefix("<method ").removesuffix(" objects")
