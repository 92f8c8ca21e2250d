"""The remedies. A new one is a module with a class and a line here."""

from __future__ import annotations

from paradvisor.analysis.plan import Strategy
from paradvisor.strategies.fork import Fork
from paradvisor.strategies.native import Native
from paradvisor.strategies.threads import Threads

STRATEGIES: tuple[Strategy, ...] = (Threads(), Fork(), Native())

APPLICABLE = ("threads", "fork")
"""Those that ``apply`` can write into a program."""
