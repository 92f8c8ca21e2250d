"""Puzzles and games: sudoku, queens, dice, tic-tac-toe, life, ratings, cards."""
import functools
import itertools
import random
import string


def solve_sudoku(text):
    """Solve a 4x4 or 9x9 puzzle given as text with dots; the first solution as text."""
    size = int(len(text) ** 0.5)
    box = int(size ** 0.5)
    cells = [0 if ch == "." else int(ch) for ch in text]

    def options(pos):
        r, c = divmod(pos, size)
        taken = {cells[r * size + k] for k in range(size)}
        taken |= {cells[k * size + c] for k in range(size)}
        br, bc = r - r % box, c - c % box
        taken |= {cells[(br + a) * size + bc + b] for a in range(box) for b in range(box)}
        return [v for v in range(1, size + 1) if v not in taken]

    def fill():
        best = None
        for pos, v in enumerate(cells):
            if v == 0:
                choice = options(pos)
                if best is None or len(choice) < len(best[1]):
                    best = (pos, choice)
        if best is None:
            return True
        for v in best[1]:
            cells[best[0]] = v
            if fill():
                return True
        cells[best[0]] = 0
        return False

    return "".join(map(str, cells)) if fill() else ""


def make_puzzle(seed):
    rng = random.Random(seed)
    digits = rng.sample("123456789", 9)
    grid = [digits[(r * 3 + r // 3 + c) % 9] for r in range(9) for c in range(9)]
    for pos in rng.sample(range(81), 40):
        grid[pos] = "."
    return "".join(grid)


def queens(n, cols, left, right):
    if cols == (1 << n) - 1:
        return 1
    count = 0
    free = ~(cols | left | right) & ((1 << n) - 1)
    while free:
        bit = free & -free
        free ^= bit
        count += queens(n, cols | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def winner(board):
    for a, b, c in LINES:
        if board[a] != "." and board[a] == board[b] == board[c]:
            return board[a]
    return None


def minimax(board, player):
    won = winner(board)
    if won:
        return 1 if won == "x" else -1
    if "." not in board:
        return 0
    other = "o" if player == "x" else "x"
    scores = [minimax(board[:k] + player + board[k + 1:], other)
              for k, ch in enumerate(board) if ch == "."]
    return max(scores) if player == "x" else min(scores)


def roll_chances(dice, sides):
    chances = {}
    for roll in itertools.product(range(1, sides + 1), repeat=dice):  # parallel: histogram
        ordered = sorted(roll)
        longest = run = 1
        for a, b in zip(ordered, ordered[1:]):
            run = run + 1 if b == a + 1 else 1
            longest = max(longest, run)
        key = (longest, len(set(ordered)))
        chances[key] = chances.get(key, 0) + 1
    return chances


def life(cells, width, rounds):
    for _ in range(rounds):  # trap: each generation is made from the one before
        height = len(cells) // width
        around = [0] * len(cells)
        for pos, alive in enumerate(cells):
            if alive:
                r, c = divmod(pos, width)
                for dr in (-1, 0, 1):
                    for dc in (-1, 0, 1):
                        if dr or dc:
                            around[(r + dr) % height * width + (c + dc) % width] += 1
        cells = [n == 3 or (n == 2 and a) for n, a in zip(around, cells)]
    return cells


def knights_tour(size, start):
    seen = [[False] * size for _ in range(size)]
    jumps = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]

    def exits(r, c):
        return [(r + a, c + b) for a, b in jumps
                if 0 <= r + a < size and 0 <= c + b < size and not seen[r + a][c + b]]

    r, c = start
    length = 0
    while True:  # trap: the next square depends on the squares visited so far
        seen[r][c] = True
        length += 1
        choices = exits(r, c)
        if not choices:
            break
        r, c = min(choices, key=lambda s: (len(exits(*s)), s))
    return length


def rate_players(games, ratings):
    for a, b, result in games:  # trap: ratings changed by earlier games are read
        expected = 1 / (1 + 10 ** ((ratings[b] - ratings[a]) / 400))
        gain = 24 * (result - expected)
        ratings[a] += gain
        ratings[b] -= gain
    return ratings


class Deck:
    def __init__(self, seed):
        self.seed = seed
        self.cards = []

    def draw(self):
        if not self.cards:
            self.seed = (self.seed * 48271) % 2147483647
            self.cards = sorted(range(52), key=lambda c: (c + 1) * self.seed % 8191)
        return self.cards.pop()


def play_hands(deck, hands):
    wins = 0
    for _ in range(hands):  # trap: draw() takes cards from a deck shared by all the hands
        total = 0
        while total < 17:
            total += min(10, deck.draw() % 13 + 1)
        if total <= 21:
            wins += total
    return wins


def counted(func):
    """Every hundredth call is a bonus."""
    calls = 0

    @functools.wraps(func)
    def wrapper(*args):
        nonlocal calls
        calls += 1
        result = func(*args)
        return result * 2 if calls % 100 == 0 else result
    return wrapper


@counted
def word_score(word):
    points = 0
    for k, ch in enumerate(word):
        points += (string.ascii_lowercase.index(ch) % 10 + 1) * (2 if k % 4 == 3 else 1)
    return points


def alpha_beta_root(values, depth):
    """Best of the root moves; bad ones are cut off by the best so far."""
    alpha = -10**9
    visited = 0
    for move in values:  # trap: alpha of the earlier moves cuts the search of this one
        low = 10**9
        for k in range(depth):
            visited += 1
            low = min(low, (move * 7919 + k * 104729) % 100003)
            if low <= alpha:
                break
        alpha = max(alpha, low)
    return alpha, visited


def best_in_memory(n, memory={}):
    """Collatz length, but looked up numbers count as one step."""
    steps = 0
    first = n
    while n != 1 and n not in memory:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    memory[first] = steps
    return steps


def main():
    puzzles = [make_puzzle(s) for s in range(28)]
    solved = [solve_sudoku(p) for p in puzzles]  # parallel: map

    placements = 0
    n = 11
    for first, second in itertools.product(range(n), repeat=2):  # parallel: reduction
        if abs(first - second) < 2:
            continue
        a, b = 1 << first, 1 << second
        placements += queens(n, a | b, (a << 2) | (b << 1), (a >> 2) | (b >> 1))

    openings = ["".join(p) for p in sorted(set(itertools.permutations("xxoo.", 4)))]
    worst_score = None
    for opening in openings + openings[::-1]:  # parallel: min/max
        board = opening + "....."
        score = (minimax(board, "x"), board.count("."), board)
        if worst_score is None or score < worst_score:
            worst_score = score

    chances = roll_chances(6, 6)
    rng = random.Random(17)
    cells = life([rng.random() < 0.3 for _ in range(48 * 48)], 48, 120)
    tour = knights_tour(100, (3, 4))
    ratings = {k: 1500.0 for k in range(50)}
    games = [(rng.randrange(50), rng.randrange(50), rng.choice([0, 0.5, 1]))
             for _ in range(150000)]
    rate_players(games, ratings)
    wins = play_hands(Deck(5), 58000)
    words = ["".join(rng.choices(string.ascii_lowercase, k=7)) for _ in range(8000)]
    points = sum(map(word_score, words * 7))  # trap: the decorator counts the calls
    alpha, visited = alpha_beta_root([rng.randrange(10**6) for _ in range(500)], 3000)
    lengths = [best_in_memory(k) for k in range(1, 95000)]  # trap: results depend on the memory

    print("solved", sum(map(bool, solved)), solved[3][:20], "queens", placements)
    print("worst", worst_score, "chances", sorted(chances.items())[:3])
    print("life", sum(map(bool, cells)), "tour", tour)
    print("ratings", round(max(ratings.values()), 6), "wins", wins)
    print("points", points, "alpha", alpha, visited, "lengths", sum(lengths))


if __name__ == "__main__":
    main()
