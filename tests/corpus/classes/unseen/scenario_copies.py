"""Plays out variants of a plan, each on a deep copy of it.

kind: python
bound: compute
reason: copy.deepcopy is written in Python (Lib/copy.py) and recurses through the plan in
  bytecode.
"""

import copy


class Task:
    def __init__(self, name, days, needs):
        self.name = name
        self.days = days
        self.needs = needs
        self.notes = {"owner": name[::-1], "history": [days]}


class Plan:
    def __init__(self, tasks):
        self.tasks = tasks

    def finish(self):
        """Return the day on which the last task ends."""
        ends = {}
        for task in self.tasks:
            start = max((ends[need.name] for need in task.needs), default=0)
            ends[task.name] = start + task.days
        return max(ends.values())

    def delay(self, index, days):
        task = self.tasks[index]
        task.days += days
        task.notes["history"].append(days)


def build(count):
    tasks = []
    for n in range(count):
        needs = [tasks[n // 2], tasks[n * 2 // 3]] if n > 2 else []
        tasks.append(Task(f"task{n}", n % 9 + 1, needs))
    return Plan(tasks)


def worst(plan, days):
    """Return which task's delay hurts most."""
    results = []
    for index in range(len(plan.tasks)):
        variant = copy.deepcopy(plan)
        variant.delay(index, days)
        results.append((variant.finish(), -index))
    return max(results)


def main():
    plan = build(425)
    print("planned:", plan.finish())
    day, index = worst(plan, 12)
    print(f"a delay of {plan.tasks[-index].name} moves the end to day {day}")


if __name__ == "__main__":
    main()
