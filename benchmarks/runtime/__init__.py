"""The runtime against hand-written pools: regions, dispatch, balance, waiting, results.

Run: python -m benchmarks.runtime [--only TABLE]... [--rounds N] [--peers A,B] [--quick]
"""
