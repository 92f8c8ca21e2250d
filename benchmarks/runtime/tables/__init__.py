"""The tables. Each has ``cells(settings)``, ``measure(cell, turn, report)`` and ``judge(...)``.

``measure`` runs in the child and reports; ``judge`` prints the table and returns its verdicts.
"""
