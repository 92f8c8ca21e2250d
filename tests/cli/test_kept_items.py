"""Items that a loop keeps in an object of the program's own, and the best of them."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

KEPT = """
    def score(n):
        return sum(k * n % 7 for k in range(12_000))


    class Best:
        def __init__(self):
            self.item, self.score, self.all = None, 0, []


    def main():
        items, best = [[n] for n in range(1_500)], Best()
        for item in items:
            found = score(item[0])
            best.all.append(item)
            if found > best.score:
                best.item, best.score = item, found
        print(best.item, best.score, len(best.all))


    main()
    """


def test_a_second_trial_has_the_head_that_types_show(paradvisor) -> None:
    paradvisor.write("keep.py", KEPT)
    run = paradvisor("profile", "--json", "-q", "--trial-budget", "8", "keep.py")
    assert run.returncode == 0, run.stderr.decode()
    loops = [loop for loop in json.loads(run.stdout)["loops"] if "item in items" in loop["source"]]
    assert [(loop["verdict"], loop["proof"]) for loop in loops] == [("safe", "observed")]
