"""Loops marked for lucen, which compiles this module when it is imported."""

from __future__ import annotations

# LUCEN's checks for profit are left out where the benchmark is about its workers.


def fill(function, items, results):
    # LUCEN START backend=process, calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


def fill_in_chunks(function, items, results):
    # LUCEN START backend=process(chunks=100), calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


def fill_by_2(function, items, results):
    # LUCEN START backend=thread(pool_size=2), calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


def fill_by_8(function, items, results):
    # LUCEN START backend=thread(pool_size=8, chunks=160), calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


def fill_by_32(function, items, results):
    # LUCEN START backend=thread(pool_size=32, chunks=640), calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


def fill_by_128(function, items, results):
    # LUCEN START backend=thread(pool_size=128, chunks=2560), calibrate=false, trust=callables
    for at in range(len(items)):
        results[at] = function(items[at])
    # LUCEN END


BY_THREADS = {2: fill_by_2, 8: fill_by_8, 32: fill_by_32, 128: fill_by_128}


def halves(items, results, factor):
    # LUCEN START
    for at in range(len(items)):
        results[at] = items[at] * factor
    # LUCEN END


def halves_forced(items, results, factor):
    # LUCEN START backend=process, calibrate=false
    for at in range(len(items)):
        results[at] = items[at] * factor
    # LUCEN END


def halves_by_threads(items, results, factor):
    # LUCEN START backend=thread(pool_size=2), calibrate=false
    for at in range(len(items)):
        results[at] = items[at] * factor
    # LUCEN END
