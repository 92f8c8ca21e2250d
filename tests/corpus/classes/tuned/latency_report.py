"""Reports percentiles of the latencies of a fleet of servers.

kind: native_nogil
bound: compute
reason: numpy sorts arrays of numbers without the lock (NPY_BEGIN_THREADS_DESCR in
  item_selection.c); two threads took 1.08x the time of one.
"""

import numpy as np

QUANTILES = (0.5, 0.9, 0.99, 0.999)


def latencies(server, count):
    rng = np.random.default_rng(server)
    return np.abs(rng.standard_normal(count)) * (5.0 + server % 3)


def quantiles(ordered):
    return [ordered[int(q * (len(ordered) - 1))] for q in QUANTILES]


def show(name, values):
    print(f"{name:10}", " ".join(f"{value:8.3f}" for value in values))


def main():
    everything = []
    for server in range(8):
        sample = latencies(server, 860_000)
        everything.append(sample)
        if server % 3 == 0:
            show(f"server {server}", quantiles(np.sort(sample)))
    together = np.concatenate(everything)
    ordered = np.sort(together, kind="stable")
    show("all", quantiles(ordered))
    by_size = np.argsort(together[::4], kind="heapsort")
    print("slowest:", int(by_size[-1]))


if __name__ == "__main__":
    main()
