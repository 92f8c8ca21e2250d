"""Builds the targets of a project in the order of their dependencies, several at once.

kind: child
bound: io
reason: the event loop waits for the compilers' output and end (asyncio subprocesses); the
  compilers are processes that compute.
"""

import asyncio
import sys

TARGETS = {
    "core": [],
    "text": ["core"],
    "math": ["core"],
    "shell": ["text"],
    "plots": ["math", "text"],
    "app": ["shell", "plots"],
}
COMPILER = """
import sys
value = len(sys.argv[1])
for step in range(2_300_000):
    value = (value * 69069 + step) & 0xFFFFFFFF
print(f"{value:08x}")
"""


class Build:
    def __init__(self, targets):
        self.targets = targets
        self.tasks = {}
        self.results = {}

    async def make(self, name):
        await asyncio.gather(*(self.wanted(other) for other in self.targets[name]))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", COMPILER, name, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        self.results[name] = output.decode().strip()

    def wanted(self, name):
        if name not in self.tasks:
            self.tasks[name] = asyncio.ensure_future(self.make(name))
        return self.tasks[name]


async def build(goal):
    plan = Build(TARGETS)
    await plan.wanted(goal)
    return plan.results


def main():
    results = asyncio.run(build("app"))
    for name in sorted(results):
        print(name, results[name])


if __name__ == "__main__":
    main()
