"""How parallel a program is already: its threads, the cores it keeps busy, and too many of them."""

from __future__ import annotations

from collections import Counter, defaultdict

from paradvisor.model import KINDS, WAITING, Crowd, Profile, ThreadTime, TimeByKind

_SMALLEST_SHARE = 0.01
_WAITS = 3
_BUSY_CORES = 1.25
_MUCH = 0.1  # of the time, spent waiting for children
_LEAST_S = 0.1
_CROWDED = 1.5  # times the cores
_FEW = 0.75  # of the cores: two threads of one core give 0.6, disturbed ones anything
_SETTINGS = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "gomp": "OMP_NUM_THREADS",
    "iomp": "OMP_NUM_THREADS",
}


def threads(profile: Profile) -> tuple[ThreadTime, ...]:
    """Every thread of the program with its time, the main one first; none if it is alone."""
    sampling = profile.sampling
    if sampling is None:
        return ()
    seconds: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(KINDS, 0.0))
    cpu: dict[str, float] = defaultdict(float)
    waited: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in sampling.threads:
        seconds[sample.thread][sample.kind] += sample.seconds
        cpu[sample.thread] += sample.cpu_s
        if sample.kind in WAITING and sample.detail:
            waited[sample.thread][sample.detail] += sample.seconds  # type: ignore[assignment]
    found = [
        ThreadTime(
            name=name,
            wall_s=sum(spent.values()),
            cpu_s=cpu[name],
            time=TimeByKind(**spent),
            waited_in=tuple(
                f"{what} ({spent_s:.2f} s)" for what, spent_s in waited[name].most_common(_WAITS)
            ),
        )
        for name, spent in seconds.items()
        if sum(spent.values()) >= _SMALLEST_SHARE * sampling.wall_s
    ]
    if len(found) < 2:
        return ()
    return tuple(sorted(found, key=lambda thread: (thread.name != "main", -thread.wall_s)))


def busy_cores(profile: Profile) -> float:
    """How many cores the program keeps busy by itself, or would, if others did not, on average."""
    baseline, sampling = profile.baseline, profile.sampling
    had = baseline.cpu_s / max(baseline.wall_s, 1e-9)
    if sampling is None or not sampling.crowd.native_threads:
        return had
    wanted_s = sum(sample.cpu_s for sample in sampling.threads) + sampling.crowd.native_s
    return max(had, wanted_s / max(sampling.wall_s, 1e-9))


def is_parallel(profile: Profile) -> bool:
    """Whether it uses more than one core by itself: more workers would only share those."""
    return busy_cores(profile) > _BUSY_CORES


def notes(profile: Profile, time: TimeByKind) -> tuple[str, ...]:
    """What a person should know of the cores that the program uses by itself."""
    if profile.sampling is None:
        return ()
    crowd, cores = profile.sampling.crowd, profile.machine.usable_cores
    capacity = profile.machine.parallel_capacity
    used = busy_cores(profile)
    said = []
    if is_parallel(profile):
        said.append(f"it keeps {used:.1f} cores busy by itself{_by(crowd)}")
    if capacity < _FEW * cores:
        said.append(
            f"this machine's {cores} cores gave {capacity:.1f} cores' worth of work when this was "
            "measured: predictions are for that; if other programs were busy, profile again later"
        )
    if (crowding := _crowding(crowd, cores)) is not None:
        said.append(crowding)
    if time.child >= max(_LEAST_S, _MUCH * profile.baseline.wall_s):
        said.append("what the child processes do was not profiled: profile their program by itself")
    return tuple(said)


def _by(crowd: Crowd) -> str:
    if crowd.children > 1:
        return f": {crowd.children} child processes were at work at the same time"
    if crowd.native_threads:
        names = f" of {', '.join(crowd.libraries)}" if crowd.libraries else ""
        return f": {crowd.native_threads + 1} threads{names} were at work at the same time"
    return ""


def _crowding(crowd: Crowd, cores: int) -> str | None:
    """More threads than cores: each waits for its turn, and all together are slower."""
    settings = sorted({_SETTINGS[name] for name in crowd.libraries})
    setting = f"{settings[0]}=1" if settings else "a limit on the threads of each"
    if crowd.children > 1 and crowd.threads_of_children > max(_CROWDED * cores, crowd.children):
        each = crowd.threads_of_children / crowd.children
        return (
            f"oversubscribed: {crowd.children} processes with {each:.0f} threads each share "
            f"{cores} cores; try {setting}"
        )
    if crowd.native_threads + 1 > _CROWDED * cores:
        return (
            f"oversubscribed: {crowd.native_threads + 1} native threads share {cores} cores; "
            f"try {setting.replace('=1', f'={cores}')}"
        )
    return None
