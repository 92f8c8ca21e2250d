"""Plugins found by name, small languages, coroutines and caches."""
import functools
import time
from types import SimpleNamespace


def grind(seed, count):
    state = seed % 30269 + 1
    for k in range(count):
        state = (state * 171 + k) % 30269
    return state


class Plugins:
    """Methods found by their names."""

    def do_fold(self, n):
        return grind(n, 600) % 7

    def do_twist(self, n):
        return grind(n * 3, 500) % 11

    def do_press(self, n):
        return grind(n, 300) + grind(n + 1, 300)

    def dispatch(self, name, n):
        return getattr(self, "do_" + name)(n)


class Tuner:
    """Its step method is exchanged for another as soon as it has met a large result."""

    def step(self, n):
        return grind(n, 600)

    def tune(self, n):
        value = self.step(n)
        if value > 30000:
            self.step = lambda m, base=n: grind(m + base, 600) // 2
        return value


class Formula:
    """One expression, compiled once, evaluated in a namespace made for each call."""

    def __init__(self, text):
        self.code = compile(text, "<formula>", "eval")

    def __call__(self, **names):
        return eval(self.code, {"__builtins__": {}, "sum": sum, "range": range, **names})


class Session:
    """Statements run in one namespace, which lasts."""

    def __init__(self):
        self.names = {"x": 1, "grind": grind}

    def run(self, text):
        exec(text, self.names)
        return self.names["x"]


class Engine:
    """Warms up with the first job: how, depends on the job."""

    def __init__(self):
        self.ready = False
        self.gear = 0

    def drive(self, job):
        if not self.ready:
            self.ready = True
            self.gear = job % 17 + 1
        return grind(job * self.gear, 600)


class Motor:
    """Warmed up when made."""

    def __init__(self, gear):
        self.ready = True
        self.gear = gear

    def turn(self, job):
        if not self.ready:
            raise RuntimeError("cold")
        return grind(job * self.gear, 600)


class Rounded:
    """Remembers by the ten: whoever asks first decides what the others of the ten get."""

    def __init__(self):
        self.memo = {}

    def ask(self, n):
        key = n // 10
        if key not in self.memo:
            self.memo[key] = grind(n, 4000)
        return self.memo[key]


@functools.lru_cache(maxsize=None)
def partitions(n, largest):
    if n == 0:
        return 1
    return sum(partitions(n - k, min(k, n - k)) for k in range(1, min(n, largest) + 1))


@functools.lru_cache(maxsize=32)
def slow_root(n):
    return grind(n, 900)


def averager():
    total, count, value = 0, 0, 0
    while True:
        value = yield (total / count if count else 0.0)
        total += grind(value, 600)
        count += 1


def walk(n, steps):
    state = n
    for k in range(steps):
        state = (state * 171 + k) % 30269
        if state % 3:
            yield state


def collect(n, bag=[]):
    bag.append(grind(n, 600))
    return max(bag)


def gather(n, bag=None):
    bag = [] if bag is None else bag
    for k in range(3):
        bag.append(grind(n + k, 200))
    return max(bag)


ALARM = False


def watch(n):
    global ALARM
    value = grind(n, 600)
    if value % 500 == 0:
        ALARM = not ALARM
    return -value if ALARM else value


class Trail:
    """Returns the one list of what it has visited, in which all calls' results go on."""

    def __init__(self, keep):
        self.keep = keep
        self.steps = []

    def follow(self, n):
        self.steps.append(grind(n, 500))
        del self.steps[:-self.keep]
        return self.steps


def dispatched(plugins, jobs):
    out = []
    for name, n in jobs:  # parallel: ordered append
        out.append(plugins.dispatch(name, n))
    return out


def tuned(tuner, numbers):
    out = []
    for n in numbers:  # trap: tune() replaces the method step() after a large value
        out.append(tuner.tune(n))
    return out


def evaluated(formula, numbers):
    return sum(formula(a=n, b=n % 13) for n in numbers)  # parallel: reduction


def executed(session, texts):
    total = 0
    for text in texts:  # trap: x in the session is what the statements before made it
        total += session.run(text)
    return total


def driven(engine, jobs):
    return [engine.drive(job) for job in jobs]  # trap: the first job sets the gear


def turned(motor, jobs):
    return [motor.turn(job) for job in jobs]  # parallel: map


def rounded(oracle, numbers):
    found = {}
    for n in numbers:  # trap: the memo answers with what another number of the ten got
        found[n] = oracle.ask(n)
    return found


def counted(numbers):
    found = {}
    for n in numbers:  # parallel: dict build
        found[n] = partitions(n % 60 + 20, n % 7 + 2) + slow_root(n) + slow_root(n + 1)
    return found


def averages(talk, numbers):
    out = []
    for n in numbers:  # trap: one coroutine is sent all numbers, and averages them
        out.append(talk.send(n))
    return out


def walked(numbers):
    longest, where = -1, None
    for n in numbers:  # parallel: min/max
        length = sum(1 for _ in walk(n, 500))
        if length > longest:
            longest, where = length, n
    return longest, where


def defaults(numbers):
    return list(map(collect, numbers))  # trap: collect()'s default list lasts


def gathered(numbers):
    return list(map(gather, numbers))  # parallel: map


def watched(numbers):
    total = 0
    for n in numbers:  # trap: watch() turns a global flag
        total += watch(n)
    return total


def trails(trail, numbers):
    return [trail.follow(n) for n in numbers]  # trap: each result is the same list


def stamped(numbers):
    """Whether times go up in the order of the numbers."""
    out = []
    for n in numbers:  # trap: the clock's values go up in the order of execution
        began = time.perf_counter_ns()
        value = grind(n, 600)
        out.append((began, value))
    return out == sorted(out), sum(value for _, value in out)


def ranked(people, numbers):
    def age(person):
        return person.age

    counts = {}
    for n in numbers:  # parallel: histogram
        order = sorted(people, key=lambda person: (person.age * n % 101, -age(person)))
        name = order[n % 10].name
        counts[name] = counts.get(name, 0) + n
    return sorted(counts.items())[:3]


def main():
    jobs = [(("fold", "twist", "press")[n % 3], n) for n in range(1400)]
    print(sum(dispatched(Plugins(), jobs)))
    print(sum(tuned(Tuner(), range(1400))))
    print(evaluated(Formula("sum(a * k % (b + 2) for k in range(400))"), range(1500)))
    print(executed(Session(), [f"x = grind(x + {n}, 500)" for n in range(1400)]))
    print(sum(driven(Engine(), range(3, 1400))))
    print(sum(turned(Motor(4), range(3, 1400))))
    print(sum(k * v for k, v in rounded(Rounded(), range(5, 2200)).items()))
    print(sum(counted(range(900)).values()))
    talk = averager()
    next(talk)
    print(round(sum(averages(talk, range(1400))), 6))
    print(walked(range(1, 1200)))
    print(sum(defaults(range(1, 1400))))
    print(sum(gathered(range(1, 1400))))
    print(watched(range(1, 1400)), ALARM)
    print(sum(sum(steps) for steps in trails(Trail(9), range(1600))))
    print(stamped(range(1, 1400)))
    people = [SimpleNamespace(name=f"p{n % 17:02}", age=n * 37 % 89) for n in range(150)]
    print(ranked(people, range(1000)))


if __name__ == "__main__":
    main()
