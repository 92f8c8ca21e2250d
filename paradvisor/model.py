"""The values that flow through paradvisor, all frozen; this module imports nothing else of ours.

Three layers, in the order in which they come to be:

* evidence: what the instruments measured (`Run`, `Sampling`, `CallGraph`, `LineHits`), gathered in
  a `Profile`;
* findings: what the analysis makes of it (`Hotspot`, `Loop`, `Advice`, `Skip`), gathered in a
  `Plan`;
* the `Report`: the public JSON contract, with paths relative to the target's folder.

Units are in the names: ``_s`` seconds, ``_bytes`` bytes. A speedup above 1 is faster.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA_VERSION: Literal[1] = 1

Kind = Literal["python", "native_gil", "native_nogil", "io", "lock", "child"]
Bound = Literal["compute", "io"]
Verdict = Literal["safe", "unsafe", "unknown"]
Form = Literal["for", "comprehension", "map", "while"]
Outcome = Literal["faster", "slower", "same", "inconclusive"]

KINDS: tuple[Kind, ...] = ("python", "native_gil", "native_nogil", "io", "lock", "child")
WAITING: frozenset[Kind] = frozenset({"io", "lock", "child"})


class Frozen(msgspec.Struct, frozen=True):
    """Base of every value here."""


# --- evidence -------------------------------------------------------------------------------


class Location(Frozen, frozen=True):
    """A place in the source: ``file`` is absolute in evidence, relative in a report."""

    file: str
    function: str
    line: int
    end_line: int


class TargetInfo(Frozen, frozen=True):
    """What was run: a script or a module, its arguments, where."""

    script: str | None
    module: str | None
    args: tuple[str, ...]
    cwd: str
    python: str


class Fingerprint(Frozen, frozen=True):
    """What a run left behind that the next run must leave behind too."""

    exit_code: int
    stdout_sha256: str
    stdout_bytes: int
    stderr_sha256: str = ""
    """Of standard error, with the numbers of source lines left out."""
    stderr_bytes: int = 0
    files: dict[str, str] = {}
    """Files created or written: path relative to the cwd -> sha256 and mode."""


class Run(Frozen, frozen=True):
    """One run of the target in a child process."""

    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    timed_out: bool
    fingerprint: Fingerprint


class Baseline(Frozen, frozen=True):
    """The runs that set the time. ``noise`` is the relative spread of their wall times."""

    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    exit_code: int
    runs: tuple[Run, ...]
    noise: float
    differences: tuple[str, ...] = ()
    """How the program differed from itself; empty for a deterministic one."""


class Machine(Frozen, frozen=True):
    """What this machine offers to a parallel program."""

    system: str
    python_version: str
    usable_cores: int
    parallel_capacity: float
    """Cores' worth of work measured to run at the same time, at most ``usable_cores``."""
    gil: bool
    fork: bool
    compiler: str | None
    startup_s: float
    """Time that the interpreter takes before the first line of a program."""
    import_s: float
    """Time that a program takes to import the runtime, with all that its first region needs."""
    team_s: float
    """Time of a region that does next to nothing, by a team of the usable cores."""
    item_s: float
    """Time to deal out an iteration that does next to nothing and to get its result back."""


class Frame(Frozen, frozen=True):
    """A position in the user's own code, as the sampler saw it."""

    file: str
    function: str
    first_line: int
    line: int


class Sample(Frozen, frozen=True):
    """Time seen with one stack of the user's frames, outermost first."""

    stack: tuple[int, ...]
    """Indices into `Sampling.frames`."""
    leaf: str
    """The library function at the top of the stack, or '' where it is the user's own."""
    kind: Kind
    detail: str
    """What a waiting thread waited in, such as 'recv on a socket'."""
    seconds: float
    cpu_s: float

    def scaled(self, factor: float) -> Sample:
        """So many times its seconds."""
        return msgspec.structs.replace(
            self, seconds=self.seconds * factor, cpu_s=self.cpu_s * factor
        )


class ThreadSample(Frozen, frozen=True):
    """Time of one Python thread that was spent in one way."""

    thread: str
    kind: Kind
    detail: str
    seconds: float
    cpu_s: float


class Crowd(Frozen, frozen=True):
    """What else was seen to compute for the program, at most at the same time."""

    native_threads: int = 0
    """Threads that are not Python's, such as those of a BLAS."""
    native_s: float = 0.0
    """Seconds for which all of those had a core, or waited for one, in sum over the whole run."""
    children: int = 0
    threads_of_children: int = 0
    libraries: tuple[str, ...] = ()
    """Those that start threads, among the libraries that are loaded: openblas, mkl, gomp, iomp."""


class ExternalStack(Frozen, frozen=True):
    """A stack of all frames, outermost first, and how often it was seen at work."""

    stack: tuple[Frame, ...]
    count: int


class ExternalSampling(Frozen, frozen=True):
    """A run as a profiler in another process saw it; of frames, only file and line count."""

    tool: str
    rate_hz: float
    stacks: tuple[ExternalStack, ...]


class Sampling(Frozen, frozen=True):
    """The heartbeat sampler's view of one run."""

    frames: tuple[Frame, ...]
    samples: tuple[Sample, ...]
    beats: int
    wall_s: float
    threads: tuple[ThreadSample, ...] = ()
    crowd: Crowd = Crowd()
    by_thread: bool = True
    """Whether the system tells the CPU time of each thread: else the kinds are less certain."""
    gil: bool = True
    """Whether the interpreter had its lock at the end, when all that is imported was imported."""
    external: ExternalSampling | None = None
    """Of another run with the same input."""


class Call(Frozen, frozen=True):
    """A function that cProfile saw, or a built-in with ``file`` '~' and line 0."""

    file: str
    line: int
    name: str
    calls: int
    own_s: float
    total_s: float


class CallEdge(Frozen, frozen=True):
    """``calls`` calls from one function to another: indices into `CallGraph.functions`."""

    caller: int
    callee: int
    calls: int
    total_s: float


class CallGraph(Frozen, frozen=True):
    """cProfile's view: structure and counts. Its seconds are distorted: never predict from them."""

    functions: tuple[Call, ...]
    edges: tuple[CallEdge, ...]
    complete: bool = True
    """Whether the whole run was traced: else the numbers of calls are those of its beginning."""
    own: tuple[tuple[str, int, float], ...] = ()
    """File and first line of functions, and their own seconds while nothing else traced, less what
    tracing costs: to compare with each other only."""


class LineHit(Frozen, frozen=True):
    """How often line_profiler saw a line, and its (distorted) seconds."""

    line: int
    hits: int
    seconds: float


class FunctionLines(Frozen, frozen=True):
    """The line counts of one function."""

    file: str
    first_line: int
    name: str
    lines: tuple[LineHit, ...]


class LineCounts(Frozen, frozen=True):
    """line_profiler's view. Its counts are whole only if the run was traced to its end."""

    functions: tuple[FunctionLines, ...]
    complete: bool


class Difference(Frozen, frozen=True):
    """An iteration gave the tail something else in one order than in serial order."""

    order: str
    iteration: int
    other: int
    """The iteration that ran before it, in the order that shows the difference."""
    count: int
    """How many iterations differed, ``of`` so many."""
    of: int


class Facts(Frozen, frozen=True):
    """What was seen while a loop's head ran. Types are in words, as ``shadow/seen.py`` gives them.

    Keys join a file with a line, the first line of a function, or the name of a class, and a name.
    """

    names: dict[str, tuple[str, ...]] = {}
    """``FILE:FIRST LINE:NAME`` -> types of a variable."""
    attributes: dict[str, tuple[str, ...]] = {}
    """``FILE:CLASS:NAME`` -> types of an attribute."""
    calls: dict[str, tuple[str, ...]] = {}
    """``FILE:LINE`` -> ``FILE:FIRST LINE`` of functions of the program's own called there."""
    library: dict[str, tuple[str, ...]] = {}
    """``FILE:LINE`` -> library functions called there."""
    lines: frozenset[str] = frozenset()
    """``FILE:LINE`` of all that ran."""
    handled: dict[str, int] = {}
    """Types of objects from before the loop that hide their state -> a line that called them."""


class Trial(Frozen, frozen=True):
    """The shadow trials of one loop, at some of its entries."""

    file: str
    line: int
    column: int
    shape: str
    """Which part of the body was taken for the head: see `analysis.evidence.shape`."""
    entries: int
    """How many were tried, of the ``of_entries`` that the loop had."""
    of_entries: int
    iterations: int
    """How many were tried, ``of_iterations``, in all entries that were tried."""
    all_iterations: int | None
    """Those of all entries, where the loop's items could be counted."""
    of_iterations: int
    orders: tuple[str, ...]
    differences: tuple[Difference, ...]
    touched: tuple[str, ...]
    """Variables through which the head changed something that was there before."""
    ordered_state: tuple[str, ...]
    """Those that the reversed order left in another state."""
    effects: tuple[str, ...]
    """What it would have done outside the process."""
    returned: str | None
    """The type of an object from before the loop that the head gives to the tail."""
    shared: tuple[int, int] | None
    """Two iterations that give the tail the same mutable object."""
    opaque: str | None
    """The type of something given to the tail that cannot be compared."""
    stuck: str | None
    """The type of an item that workers would be sent and that pickle does not leave as it was."""
    inexact: str | None
    """The type of something added to a variable, of which parts would not add up to the same."""
    unordered: str | None
    """The type of something in a set that is given to the tail, if it is no text."""
    files_apart: bool
    """Whether the loop wrote to no file that its head opened, and to no folder that it listed."""
    prints: bool
    distinct: bool
    """Whether every item of the loop was an object of its own."""
    apart: tuple[str, ...]
    """Variables, and attributes of them, whose objects were compared."""
    overlaps: tuple[tuple[str, str], ...]
    """Those among them that hold one and the same object."""
    whole_state: bool
    """Whether everything that the loop can reach was compared."""
    problems: tuple[str, ...]
    head_s: float
    travel_s: float
    """Seconds for which what an iteration gives, and takes where items have no index, is pickled
    and unpickled."""
    loop_s: float
    """Seconds of the program's own run, tails included, of the iterations of ``head_s``."""
    beside: float | None
    """How many times as long iterations took beside a thread that always wants the GIL."""
    crowded: float | None
    """How many times as long they took in processes on every core at once."""
    spent_s: float
    facts: Facts


class Trials(Frozen, frozen=True):
    """The shadow trials of one run."""

    loops: tuple[Trial, ...]


class Profile(Frozen, frozen=True):
    """Everything that was measured, and the sources that it speaks of."""

    target: TargetInfo
    roots: tuple[str, ...]
    machine: Machine
    baseline: Baseline
    sampling: Sampling | None
    calls: CallGraph | None
    lines: LineCounts | None
    sources: dict[str, str]
    """The user's files that ran: absolute path -> text."""
    modules: dict[str, str]
    """Names under which they were imported: absolute path -> module name."""
    notes: tuple[str, ...] = ()
    trials: Trials | None = None
    interrupted: bool = False
    """Whether the program was stopped before its end, or the profile before its last pass."""


# --- findings -------------------------------------------------------------------------------


class TimeByKind(Frozen, frozen=True):
    """Seconds by kind; their sum is the wall time of the main thread."""

    python: float = 0.0
    native_gil: float = 0.0
    native_nogil: float = 0.0
    io: float = 0.0
    lock: float = 0.0
    child: float = 0.0


class ThreadTime(Frozen, frozen=True):
    """A thread of the program: its seconds by kind, and what it waited in."""

    name: str
    wall_s: float
    cpu_s: float
    time: TimeByKind
    waited_in: tuple[str, ...]


class Interval(Frozen, frozen=True):
    """An estimate with its bounds."""

    low: float
    mid: float
    high: float


class HotLine(Frozen, frozen=True):
    """A line of a hotspot: its share of the program's time and, where counted, its hits."""

    line: int
    share: float
    hits: int | None
    text: str


class Evidence(Frozen, frozen=True):
    """Why a hotspot was classified as it was, in numbers and in words."""

    wall_s: float
    cpu_s: float
    time: TimeByKind
    waited_in: tuple[str, ...]
    calls_into: tuple[str, ...]
    summary: str


class Hotspot(Frozen, frozen=True):
    """A function of the user's where time goes; libraries are billed to the line calling them."""

    id: str
    location: Location
    wall_s: float
    share: float
    calls: int | None
    bound: Bound
    kind: Kind
    confidence: float
    evidence: Evidence
    lines: tuple[HotLine, ...]


class Dependence(Frozen, frozen=True):
    """Why iterations of a loop cannot be reordered, or what is not known about them."""

    kind: str
    name: str
    source_line: int
    sink_line: int
    explanation: str
    iterations: tuple[int, int] | None = None
    objects: tuple[str, str] | None = None
    """Two variables that may be, or hold, one object."""
    places: tuple[str, ...] = ()
    """Where it is, as FILE:LINE, if that is in functions that the loop calls."""
    moved: tuple[str, ...] = ()
    """Variables whose objects the loop itself may put where it changes the first of the two."""


class Tried(Frozen, frozen=True):
    """How a loop was tried out: ``iterations`` of ``of_iterations`` in some of its entries."""

    entries: int
    iterations: int
    of_iterations: int
    orders: tuple[str, ...]
    seconds: float
    problems: tuple[str, ...]
    beside: float | None = None
    """How many times as long iterations took beside a thread that always wants the GIL: clearly
    longer if they hold it, and rough."""


class Loop(Frozen, frozen=True):
    """A loop of a hot function or of one of its callers."""

    id: str
    location: Location
    form: Form
    source: str
    """The loop's first line, as written."""
    entries: int | None
    iterations: int | None
    wall_s: float
    share: float
    head_share: float
    """Share of the program's time in the part that could run in parallel."""
    kind: Kind
    verdict: Verdict
    proof: Literal["static", "observed"] | None
    pattern: str | None
    dependences: tuple[Dependence, ...]
    tried: Tried | None = None
    outgoing: bool = False
    """Whether the part that could run in parallel has effects outside the program."""
    column: int = 0
    """Where on its first line it begins, in bytes from 0: several loops may begin on one line."""
    head: tuple[tuple[int, int], ...] = ()
    """First and last lines of the statements and expressions that could run in parallel."""


class Predicted(Frozen, frozen=True):
    """What a remedy would bring to the whole program and to its loop."""

    program_speedup: Interval
    loop_speedup: Interval


class Advice(Frozen, frozen=True):
    """A remedy worth trying, with the arithmetic behind its prediction."""

    id: str
    rule: str
    strategy: str
    location: Location
    hotspot: str | None
    loop: str | None
    workers: int | None
    predicted: Predicted
    basis: Literal["trial", "model"]
    rationale: str
    arithmetic: str
    caveats: tuple[str, ...]


class Skip(Frozen, frozen=True):
    """A remedy or a loop that is not recommended, and why."""

    location: Location
    code: str
    reason: str
    strategy: str | None = None
    loop: str | None = None
    workers: int | None = None
    predicted: Predicted | None = None
    """What it would bring if its safety, which is not known, turned out well."""


class Plan(Frozen, frozen=True):
    """What the analysis concluded."""

    time: TimeByKind
    bound: Bound
    hotspots: tuple[Hotspot, ...]
    loops: tuple[Loop, ...]
    advice: tuple[Advice, ...]
    skipped: tuple[Skip, ...]
    threads: tuple[ThreadTime, ...] = ()
    notes: tuple[str, ...] = ()


# --- a change -------------------------------------------------------------------------------


class Patch(Frozen, frozen=True):
    """A change to one file, not yet made."""

    file: str
    before_sha256: str
    after_sha256: str
    diff: str
    strategy: str
    workers: int | None
    loop: str
    location: Location


class Verification(Frozen, frozen=True):
    """Whether the changed program left behind the very same things."""

    equal: bool
    differences: tuple[str, ...]


class Measurement(Frozen, frozen=True):
    """Wall seconds before and after, measured in turn, pair by pair."""

    before_s: tuple[float, ...]
    after_s: tuple[float, ...]
    speedup: Interval
    verdict: Outcome


class Attempt(Frozen, frozen=True):
    """A change that was proved, or was to be, and what came of it."""

    patch: Patch
    predicted: Predicted
    verification: Verification | None
    measurement: Measurement | None
    kept: bool
    reason: str


# --- the report -----------------------------------------------------------------------------


class Tool(Frozen, frozen=True):
    """Who wrote the report."""

    name: str
    version: str


class Report(Frozen, frozen=True, kw_only=True):
    """The JSON contract: see docs/schema.json, which is generated from this class."""

    schema_version: Literal[1] = SCHEMA_VERSION
    command: Literal["profile", "apply"]
    tool: Tool
    machine: Machine
    target: TargetInfo
    baseline: Baseline
    time: TimeByKind
    bound: Bound
    hotspots: tuple[Hotspot, ...]
    loops: tuple[Loop, ...]
    advice: tuple[Advice, ...]
    skipped: tuple[Skip, ...]
    notes: tuple[str, ...]
    threads: tuple[ThreadTime, ...] = ()
    """Every thread, where there is more than one."""
    sources: dict[str, str]
    """sha256 of each source file that was analysed, by its path in this report."""
    patch: Patch | None = None
    predicted: Predicted | None = None
    verification: Verification | None = None
    measurement: Measurement | None = None
    kept: bool | None = None
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    """Every change that was tried, in order; ``patch`` and its like are those of one of them."""
    together: Measurement | None = None
    """All changes that are kept against none, where there are several."""
    ignored: tuple[str, ...] = ()
    """Regular expressions of what was allowed to differ."""
