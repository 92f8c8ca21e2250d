"""DNA strings: windows, codons, alignments, k-mers, populations, checks."""
import hashlib
import math
import random
from collections import deque
from itertools import combinations

BASES = "ACGT"
CODONS = {a + b + c: (i * 16 + j * 4 + k) % 21 for i, a in enumerate(BASES)
          for j, b in enumerate(BASES) for k, c in enumerate(BASES)}
AMINO = "ACDEFGHIKLMNPQRSTVWY*"


def make_genome(n, seed):
    rng = random.Random(seed)
    return "".join(rng.choice(BASES) for _ in range(n))


def gc_skew(genome, width, step):
    out = []
    for start in range(0, len(genome) - width + 1, step):  # parallel: ordered append
        window = genome[start:start + width]
        g, c = window.count("G"), window.count("C")
        if g + c == 0:
            out.append(0.0)
            continue
        entropy = -sum(window.count(b) / width * math.log2(window.count(b) / width)
                       for b in BASES if b in window)
        out.append((g - c) / (g + c) * entropy)
    return out


def translate(read):
    protein = []
    for k in range(0, len(read) - 2, 3):
        amino = AMINO[CODONS[read[k:k + 3]]]
        if amino == "*":
            break
        protein.append(amino)
    return "".join(protein)


def alignment_score(a, b):
    row = [-j for j in range(len(b) + 1)]
    for i, ca in enumerate(a, 1):
        diagonal, row[0] = row[0], -i
        for j, cb in enumerate(b, 1):
            best = diagonal + (1 if ca == cb else -1)
            diagonal = row[j]
            row[j] = max(best, row[j] - 1, row[j - 1] - 1)
    return row[-1]


def kmer_bins(reads, k):
    bins = [0] * 32
    for read in reads:  # parallel: histogram
        smallest = min(read[i:i + k] for i in range(len(read) - k + 1))
        code = 0
        for ch in smallest:
            code = code * 4 + BASES.index(ch)
        bins[code % 32] += 1
    return bins


def first_orf(genome, least):
    """First start codon that is followed by a long enough open frame."""
    starts = [k for k in range(len(genome) - 2) if genome[k:k + 3] == "ATG"]
    for s in starts:  # parallel: first match
        window = genome[s:s + 900]
        back = window[::-1]
        frames = [translate(text[k:]) for text in (window, back) for k in range(4)]
        content = sum(ch in "GC" for ch in window[:300])
        if len(frames[0]) >= least and content > 158:
            return s, frames[0][:12], len(frames[1])
    return None


def long_alignment(a, b):
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):  # trap: each row of the table needs the row before
        fresh = [i]
        for j, cb in enumerate(b, 1):
            fresh.append(min(row[j] + 1, fresh[j - 1] + 1, row[j - 1] + (ca != cb)))
        row = fresh
    return row[-1]


def forward_probability(genome, stay):
    """Two-state hidden Markov model, scaled forward pass."""
    emit = ({"A": .3, "C": .2, "G": .2, "T": .3}, {"A": .1, "C": .4, "G": .4, "T": .1})
    p, q = 0.5, 0.5
    log = 0.0
    for base in genome:  # trap: the state probabilities carry from base to base
        np = (p * stay + q * (1 - stay)) * emit[0][base]
        nq = (q * stay + p * (1 - stay)) * emit[1][base]
        scale = np + nq
        p, q = np / scale, nq / scale
        log += math.log(scale)
    return log


class Population:
    def __init__(self, size, length, seed):
        self.rng = random.Random(seed)
        self.members = [self.rng.getrandbits(length) for _ in range(size)]
        self.length = length

    def fitness(self, genes):
        return bin(genes ^ (genes >> 1)).count("1")

    def generation(self):
        ranked = sorted(self.members, key=self.fitness, reverse=True)
        parents = ranked[:len(ranked) // 2]
        children = []
        for p in parents:
            mask = self.rng.getrandbits(self.length)
            q = self.rng.choice(parents)
            children.append((p & mask | q & ~mask) ^ (1 << self.rng.randrange(self.length)))
        self.members = parents + children
        return self.fitness(ranked[0])

    def evolve(self, generations):
        best = []
        for _ in range(generations):  # trap: each generation is bred from the one before
            best.append(self.generation())
        return best


def mutate_all(reads, rng):
    mutated = []
    for read in reads:  # trap: one Random object serves all the reads
        letters = list(read)
        for _ in range(6):
            letters[rng.randrange(len(letters))] = rng.choice(BASES)
        mutated.append("".join(letters))
    return mutated


def checkpoints(reads):
    digest = hashlib.sha256()
    marks = []
    for read in reads:  # trap: the digest covers everything fed in before
        digest.update(read.encode())
        marks.append(int(digest.hexdigest()[:8], 16) % 997)
    return marks


def recent_repeats(reads, span):
    recent = deque(maxlen=span)
    repeats = 0
    for read in reads:  # trap: the deque holds the reads just before this one
        head = read[:6]
        if head in recent:
            repeats += 1
        recent.append(head)
    return repeats


def main():
    genome = make_genome(240000, 1)
    reads = [genome[k:k + 90] for k in range(0, 239000, 30)]

    skew = gc_skew(genome, 300, 15)
    proteins = {translate(r) for r in reads * 3}  # parallel: map
    picks = reads[:12]
    scores = {}
    for a, b in combinations(range(12), 2):  # parallel: dict build
        scores[a, b] = alignment_score(picks[a][:70], picks[b][:70])
    bins = kmer_bins(reads, 7)
    orf = first_orf(genome, 105)
    distance = long_alignment(genome[:500], genome[700:1300])
    log = forward_probability(genome, 0.9)
    population = Population(400, 160, 3)
    best = population.evolve(150)
    mutated = mutate_all(reads * 2, random.Random(8))
    marks = checkpoints(reads * 10)
    repeats = recent_repeats(reads * 8, 120)

    print("skew", round(sum(skew), 8), "proteins", sum(map(len, proteins)))
    print("scores", max(scores.values()), "bins", bins[:6], "orf", orf)
    print("distance", distance, "log", round(log, 6), "best", best[-1])
    print("mutated", sum(r.count("A") for r in mutated), "marks", sum(marks), repeats)


if __name__ == "__main__":
    main()
