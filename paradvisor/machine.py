"""What this machine offers: usable cores, what they really give together, a GIL, a compiler."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from paradvisor.model import Machine

_SPIN_S = 0.04
_ROUNDS = 3
_MOST_ROUNDS = 12  # of measuring the capacity, while it looks as if something disturbs
_UNDISTURBED = 0.9  # of the cores
_USUAL_COSTS = {"import_s": 0.025, "team_s": 0.004, "item_s": 1e-6}

_TRY_THE_RUNTIME = """
import sys, time
sys.path.insert(0, sys.argv[1])
begun = time.perf_counter()
from paradvisor import parallel, scheduled

def region_s(length):
    def section():
        for i in scheduled(range(length)):
            yield i, i * 0.5
    begun = time.perf_counter()
    for _ in parallel(section, workers=int(sys.argv[2]), strategy=sys.argv[3]):
        pass
    return time.perf_counter() - begun

region_s(1)
import_s = time.perf_counter() - begun
team_s = sorted(region_s(1) for _ in range(5))[2]
item_s = max(region_s(10_000) - team_s, 0) / 10_000
print('{"import_s": %r, "team_s": %r, "item_s": %r}' % (max(import_s - team_s, 0), team_s, item_s))
"""


def inspect_machine() -> Machine:
    """Describe the machine; takes half a second, or twice that where cores disturb each other."""
    cores = usable_cores()
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python_version=platform.python_version(),
        usable_cores=cores,
        parallel_capacity=_parallel_capacity(cores),
        gil=_gil_enabled(),
        fork=can_fork(),
        compiler=next(filter(None, map(shutil.which, ("cc", "gcc", "clang", "cl"))), None),
        startup_s=min(_startup() for _ in range(_ROUNDS)),
        **_team_costs(cores),
    )


def _team_costs(cores: int) -> dict[str, float]:
    """What the runtime costs here: measured in a fresh interpreter, as a program would find it."""
    tries = [_try_the_runtime(cores) for _ in range(_ROUNDS)]
    # The least of each: a first import may read from the disk, and a neighbour may disturb.
    return {name: min(costs[name] for costs in tries) for name in _USUAL_COSTS}


def _try_the_runtime(cores: int) -> dict[str, float]:
    here = str(Path(__file__).parents[1])
    strategy = "fork" if can_fork() else "threads"
    command = [sys.executable, "-c", _TRY_THE_RUNTIME, here, str(cores), strategy]
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, env=_plain()
    )
    try:
        costs: dict[str, float] = json.loads(done.stdout)
    except ValueError:  # no process can be started here, or the like
        return _USUAL_COSTS
    return costs


def _plain() -> dict[str, str]:
    """The environment without what would change the runtime's ways."""
    return {name: value for name, value in os.environ.items() if "PARADVISOR_" not in name}


def _startup() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=False, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begun


def can_fork() -> bool:
    """Whether the fork strategy exists here. macOS has the call, but system frameworks break."""
    return sys.platform == "linux"


def usable_cores() -> int:
    """Cores that this process may use: affinity and the cgroup's quota both count."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = _cgroup_quota()
    return max(1, min(cores or 1, int(quota) if quota is not None and quota >= 1 else (cores or 1)))


def _cgroup_quota() -> float | None:
    """CPUs allowed by cgroup v2 (cpu.max) or v1 (cpu.cfs_quota_us), the tightest on the way up."""
    quotas = []
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in groups:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            quotas += _quotas_v2(Path("/sys/fs/cgroup"), group)
        elif "cpu" in controllers.split(","):
            quotas += _quotas_v1(Path("/sys/fs/cgroup/cpu") / group.lstrip("/"))
    return min(quotas, default=None)


def _quotas_v2(top: Path, group: str) -> list[float]:
    found = []
    folder = top / group.lstrip("/")
    for place in (folder, *folder.parents):
        if not place.is_relative_to(top):
            break
        try:
            quota, period = (place / "cpu.max").read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            continue
        if quota != "max":
            found.append(int(quota) / int(period))
    return found


def _quotas_v1(folder: Path) -> list[float]:
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text(encoding="utf-8"))
        period = int((folder / "cpu.cfs_period_us").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [quota / period] if quota > 0 else []


def _gil_enabled() -> bool:
    check = getattr(sys, "_is_gil_enabled", None)
    return bool(check()) if check is not None else True


def _parallel_capacity(cores: int) -> float:
    """Cores' worth of pure Python that run at once, by spinning in forked children.

    Two hardware threads of one core give less than the count promises, and a prediction that counts
    cores would not come true. Counted per CPU second, so that a busy neighbour does not look like a
    missing core.
    """
    if cores == 1 or not can_fork():
        return float(cores)
    together = alone = 0.0
    for number in range(_MOST_ROUNDS):
        # The best of each: what disturbs a round, such as another guest of the host, only slows it.
        together = max(together, _spin_together(cores))
        alone = max(alone, _spin_together(1))
        if number + 1 >= _ROUNDS and together / alone >= _UNDISTURBED * cores:
            break
    return max(1.0, min(float(cores), together / alone))


def _spin_together(children: int) -> float:
    """Sum of the children's loop rates (loops per CPU second), all spinning at the same time."""
    readers = []
    for _ in range(children):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(writer, str(_spin()).encode())
            os._exit(0)
        os.close(writer)
        readers.append((pid, reader))
    rate = 0.0
    for pid, reader in readers:
        rate += float(os.read(reader, 64) or b"0")
        os.close(reader)
        os.waitpid(pid, 0)
    return max(rate, 1.0)


def _spin() -> float:
    count = 0
    begun = time.process_time()
    end = time.perf_counter() + _SPIN_S
    while time.perf_counter() < end:
        for _ in range(100):
            count += 1
    return count / max(time.process_time() - begun, 1e-6)
