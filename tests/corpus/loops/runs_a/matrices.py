"""Dense linear algebra on plain lists (module-level script)."""
import math
import random


def make_matrix(n, m, seed):
    rng = random.Random(seed)
    return [[rng.uniform(-1, 1) for _ in range(m)] for _ in range(n)]


def transpose(a):
    return [list(col) for col in zip(*a)]


def matmul(a, b):
    bt = transpose(b)
    out = []
    for row in a:  # parallel: ordered append
        out.append([sum(x * y for x, y in zip(row, col)) for col in bt])
    return out


def eliminate(a):
    """Gauss elimination in place, without pivoting; product of the pivots."""
    n = len(a)
    det = 1.0
    for k in range(n):  # trap: each column is cleared on what the columns before left
        pivot = a[k][k]
        det *= pivot
        for i in range(k + 1, n):
            f = a[i][k] / pivot
            target, source = a[i], a[k]
            for j in range(k, n):
                target[j] -= f * source[j]
    return det


def gauss_seidel(a, b, sweeps):
    n = len(b)
    x = [0.0] * n
    for _ in range(sweeps):
        for i in range(n):  # trap: x[j] of this sweep are used by the later rows
            row = a[i]
            acc = b[i]
            for j in range(n):
                if j != i:
                    acc -= row[j] * x[j]
            x[i] = acc / row[i]
    return x


def cholesky(a):
    n = len(a)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):  # trap: row i is made from the rows above it
        for j in range(i + 1):
            acc = sum(p * q for p, q in zip(low[i][:j], low[j][:j]))
            if i == j:
                low[i][i] = math.sqrt(a[i][i] - acc)
            else:
                low[i][j] = (a[i][j] - acc) / low[j][j]
    return low


def determinant(m):
    if len(m) == 1:
        return m[0][0]
    return sum((-1) ** j * m[0][j] * determinant([r[:j] + r[j + 1:] for r in m[1:]])
               for j in range(len(m)))


def chain_cost(dims):
    """Cheapest way to multiply a chain of matrices."""
    n = len(dims) - 1
    best = [[0] * n for _ in range(n)]
    for length in range(1, n):  # trap: longer chains are built from the shorter ones
        for i in range(n - length):
            j = i + length
            best[i][j] = min(best[i][k] + best[k + 1][j] + dims[i] * dims[k + 1] * dims[j + 1]
                             for k in range(i, j))
    return best[0][n - 1]


def accumulate_rows(source, target):
    """target row = row of source + half of the target row above."""
    for i in range(1, len(source)):  # trap: the caller passes one matrix under both names
        above = source[i - 1]
        target[i] = [math.tanh(x + 0.5 * y) for x, y in zip(source[i], above)]
    return target


class Permuted:
    """Row access through a permutation; every miss moves the row one place ahead."""

    def __init__(self, rows):
        self.rows = rows
        self.order = list(range(len(rows)))

    def __getitem__(self, i):
        k = self.order[i]
        if i:
            self.order[i - 1], self.order[i] = self.order[i], self.order[i - 1]
        return self.rows[k]


A = make_matrix(110, 110, 1)
B = make_matrix(110, 110, 2)
C = matmul(A, B)

norms = [math.sqrt(sum(x * x for x in row)) for row in C * 130]  # parallel: map

frobenius = 0.0
for i in range(len(A)):  # parallel: reduction
    for j in range(len(A)):
        dot = 0.0
        for k in range(0, 110, 3):
            dot += A[i][k] * C[k][j]
        frobenius += dot * dot

minors = {}
for seed in range(50):  # parallel: dict build
    m = make_matrix(6, 6, seed)
    for r in range(6):
        m[r][r] += seed % 3
    minors[seed] = determinant(m)

angles = [row[0] * 45 for row in C * 600]
for k in range(len(angles) - 1, -1, -1):  # parallel: in-place element update
    a = angles[k]
    while a > math.pi:
        a -= 2 * math.pi
    angles[k] = math.sin(a)

widest = None
gap = -1.0
for r, row in enumerate(make_matrix(2100, 110, 6)):  # parallel: min/max
    ordered = sorted(row, key=abs)
    spread = max(q - p for p, q in zip(ordered, ordered[1:]))
    if spread > gap:
        gap, widest = spread, r

S = [[(10.0 + i if i == j else 1.0 / (1 + abs(i - j))) for j in range(190)] for i in range(190)]
det = eliminate([row[:] for row in S])
x = gauss_seidel(S, list(range(190)), 50)
low = cholesky(S)
cost = chain_cost([10 + (k * 37) % 41 for k in range(127)])
D = make_matrix(5000, 110, 4)
accumulate_rows(D, D)

P = Permuted(make_matrix(400, 50, 5))
profile = []
for step in range(22000):  # trap: reading a row through __getitem__ changes the order
    row = P[(step * 7) % 400]
    profile.append(sum(v * v for v in row))

print("norms", round(sum(norms), 6), "frobenius", round(frobenius, 6))
print("minors", round(sum(minors.values()), 8), "angles", round(sum(angles), 6))
print("widest", widest, round(gap, 8), "det", f"{det:.8e}")
print("x", round(sum(x), 8), "low", round(sum(map(sum, low)), 6), "cost", cost)
print("D", round(sum(map(sum, D)), 6), "profile", round(sum(profile[::7]), 6))
