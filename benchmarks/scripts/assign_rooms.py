"""Give every request for a meeting the room that fits it best, first come, first served.

needs: nothing
hot: 45
parallel: no
reason: what a request gets depends on the rooms taken by the requests before it
"""

import random

ROOMS = [(f"room {number:02}", 4 + number * 3 % 26) for number in range(90)]
SLOTS = 120
taken = {}


def make_requests(count=7000):
    rng = random.Random(31)
    return [
        (number, rng.randint(2, 24), rng.randint(0, SLOTS - 5), rng.randint(1, 4))
        for number in range(count)
    ]


def is_free(room, start, length):
    return all((room, slot) not in taken for slot in range(start, start + length))


def find_room(people, start, length):
    best = None
    for room, seats in ROOMS:
        for shift in range(-3, 4):
            begin = start + shift
            if begin < 0 or begin + length > SLOTS or seats < people:
                continue
            if is_free(room, begin, length):
                cost = (seats - people) ** 2 + 5 * abs(shift)
                if best is None or cost < best[0]:
                    best = (cost, room, begin)
    return best


refused = []
placed = 0
costs = 0
for number, people, start, length in make_requests():
    found = find_room(people, start, length)
    if found is None:
        refused.append(number)
        continue
    cost, room, begin = found
    placed += 1
    costs += cost
    for slot in range(begin, begin + length):
        taken[room, slot] = number

print(f"placed {placed}, refused {len(refused)}, first refused {refused[:5]}")
print(f"cost {costs}, {len(taken)} of {len(ROOMS) * SLOTS} slots are taken")
