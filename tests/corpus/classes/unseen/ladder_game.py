"""Plays a game of snakes and ladders many times to see how long it takes.

kind: python
bound: compute
reason: random.Random.randrange is written in Python (Lib/random.py) around the much shorter
  getrandbits; the game itself is a loop over small integers.
"""

import random
import statistics

JUMPS = {4: 14, 9: 31, 17: 7, 20: 38, 28: 84, 40: 59, 51: 67, 54: 34, 62: 19, 63: 81, 64: 60}
JUMPS |= {71: 91, 87: 24, 93: 73, 95: 75, 99: 78}


class Player:
    def __init__(self, name):
        self.name = name
        self.square = 0
        self.turns = 0

    def move(self, die):
        self.turns += 1
        target = self.square + die
        if target > 100:
            target = 200 - target
        self.square = JUMPS.get(target, target)
        return self.square == 100


def game(rng, players):
    """Play until someone arrives; a six gives another turn."""
    while True:
        for player in players:
            die = 6
            while die == 6:
                die = rng.randrange(1, 7)
                if player.move(die):
                    return player


def main():
    rng = random.Random(2024)
    winners, lengths = {}, []
    for _ in range(35_000):
        winner = game(rng, [Player("red"), Player("blue"), Player("green")])
        winners[winner.name] = winners.get(winner.name, 0) + 1
        lengths.append(winner.turns)
    print(winners)
    print(f"turns: mean {statistics.fmean(lengths):.2f}, longest {max(lengths)}")


if __name__ == "__main__":
    main()
