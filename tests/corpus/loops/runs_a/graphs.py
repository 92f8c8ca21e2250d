"""Graph routines on a random road-like network."""
import heapq
import random
from collections import Counter, deque


def build_graph(n, extra, seed):
    rng = random.Random(seed)
    graph = {u: {} for u in range(n)}
    for u in range(1, n):
        v = rng.randrange(max(0, u - 30), u)
        graph[u][v] = graph[v][u] = rng.randint(1, 20)
    for _ in range(extra):
        u = rng.randrange(n)
        v = min(n - 1, u + rng.randint(1, 60))
        if u != v:
            graph[u][v] = graph[v][u] = rng.randint(1, 20)
    return graph


def bfs(graph, source):
    dist = {source: 0}
    queue = deque([source])
    while queue:
        u = queue.popleft()
        for v in graph[u]:
            if v not in dist:
                dist[v] = dist[u] + 1
                queue.append(v)
    return dist


def eccentricities(graph, sources):
    ecc = {}
    for s in sources:  # parallel: dict build
        dist = bfs(graph, s)
        ecc[s] = max(dist.values())
    return ecc


def hop_histogram(graph, sources):
    hist = Counter()
    for s in sources:  # parallel: histogram
        dist = bfs(graph, s)
        far = sum(dist.values()) // len(dist)
        hist[far] += 1
    return hist


def overlap(adj, edges):
    return sum(len(adj[u] & adj[v]) / len(adj[u] | adj[v]) for u, v in edges)  # parallel: reduction


def has_clique(adj, u, size):
    def extend(chosen, rest):
        if chosen == size:
            return True
        for w in sorted(rest):
            if extend(chosen + 1, {x for x in rest if x > w} & adj[w]):
                return True
        return False
    return extend(1, adj[u])


def first_clique(adj, size):
    for u in range(len(adj)):  # parallel: first match
        if has_clique(adj, u, size):
            return u
    return -1


def shortest_paths(graph, source):
    dist = {source: 0}
    heap = [(0, source)]
    while heap:  # trap: the heap and the distances drive each next step
        d, u = heapq.heappop(heap)
        if d > dist[u]:
            continue
        for v, w in graph[u].items():
            if d + w < dist.get(v, 1 << 60):
                dist[v] = d + w
                heapq.heappush(heap, (d + w, v))
    return dist


class Forest:
    """Disjoint sets with path halving."""

    def __init__(self, n):
        self.parent = list(range(n))
        self.rank = [0] * n

    def find(self, x):
        while self.parent[x] != x:
            self.parent[x] = self.parent[self.parent[x]]
            x = self.parent[x]
        return x

    def union(self, a, b):
        ra, rb = self.find(a), self.find(b)
        if ra == rb:
            return False
        if self.rank[ra] < self.rank[rb]:
            ra, rb = rb, ra
        self.parent[rb] = ra
        self.rank[ra] += self.rank[ra] == self.rank[rb]
        return True


def spanning_tree(n, edges):
    forest = Forest(n)
    tree = []
    for w, u, v in sorted(edges):  # trap: union() changes what find() answers later
        if forest.union(u, v):
            tree.append((u, v, w))
    return tree


def greedy_colours(adj):
    colour = {}
    for u in sorted(adj, key=lambda x: -len(adj[x])):  # trap: reads colours given to neighbours
        used = {colour[v] for v in adj[u] if v in colour}
        c = 0
        while c in used:
            c += 1
        colour[u] = c
    return colour


def propagate(adj, label):
    for v in adj:  # trap: labels stored by earlier nodes are read by their neighbours
        votes = {}
        for w in adj[v]:
            votes[label[w]] = votes.get(label[w], 0) + 1
        if votes:
            label[v] = min(votes, key=lambda k: (-votes[k], k))
    return label


def component_size(graph, start, visited):
    if start in visited:
        return 0
    stack = [start]
    visited.add(start)
    size = 0
    while stack:
        u = stack.pop()
        size += 1
        for v, w in graph[u].items():
            if v not in visited and (u * v + w) % 7 and w % 9:
                visited.add(v)
                stack.append(v)
    return size


def main():
    graph = build_graph(34000, 55000, 9)
    small = build_graph(700, 1500, 10)
    dense = build_graph(1300, 26000, 11)
    for u in range(270, 278):
        for v in range(270, u):
            dense[u][v] = dense[v][u] = 1
    adj = {u: set(graph[u]) for u in graph}
    dense_adj = [set(dense[u]) for u in dense]
    edges = [(u, v) for u in dense for v in dense[u] if u != v]

    ecc = eccentricities(small, range(0, 700, 3))
    hist = hop_histogram(small, range(1, 700, 4))
    count = overlap(dense_adj, edges)
    clique = first_clique(dense_adj, 8)
    dist = shortest_paths(graph, 0)
    tree = spanning_tree(34000, [(w, u, v) for u in graph for v, w in graph[u].items() if u < v])
    colour = greedy_colours(adj)
    label = propagate(adj, list(range(34000)))
    visited = set()
    sizes = [component_size(graph, s, visited) for s in graph]  # trap: visited is shared

    rank = [1 / len(dense)] * len(dense)
    for _ in range(36):  # trap: power iteration, each round reads the ranks of the last
        nxt = [0.15 / len(dense)] * len(dense)
        for u, nbrs in dense.items():
            share = 0.85 * rank[u] / len(nbrs)
            for v in nbrs:
                nxt[v] += share
        rank = nxt

    print("radius", min(ecc.values()), max(ecc.values()), sorted(hist.items())[:3])
    print("overlap", round(count, 8), "clique", clique)
    print("dijkstra", max(dist.values()), "tree", sum(w for _, _, w in tree))
    print("colours", max(colour.values()) + 1, "labels", len(set(label)))
    print("sizes", max(sizes), sum(1 for s in sizes if s))
    print("rank", round(max(rank) * 1e4, 8))


if __name__ == "__main__":
    main()
