"""Files that a loop's head reads, and those that its tail writes.

Whether they are the same ones the source seldom tells. Where the one only opens files and the other
only writes some, a trial sees it, by audit events.
"""

from __future__ import annotations

from msgspec.structs import replace

from paradvisor.analysis.effects import WORLD, Effects
from paradvisor.analysis.judgement import Findings

_OPENING = frozenset(
    {"open()", "io.open()", ".open()", ".read_text()", ".read_bytes()", ".read()", ".readline()"}
    | {".readlines()", "gzip.open()", "bz2.open()", "lzma.open()", "json.load()", "pickle.load()"}
    | {"zipfile.ZipFile()", "os.listdir()", "os.scandir()", ".iterdir()", "tomllib.load()"}
    | {"xml.etree.ElementTree.parse()", "os.walk()", ".close()"}
)
"""Ways to read files that an audit hook sees."""
_TO_FILES = frozenset(
    {".write()", ".writelines()", ".writerow()", ".writerows()", ".flush()", ".close()"}
)
_WRITING = frozenset(
    {"open()", "io.open()", ".open()", ".write_text()", ".write_bytes()"}
    | {".mkdir()", "os.makedirs()", "os.mkdir()"}
    | {"gzip.open()", "bz2.open()", "lzma.open()", "json.dump()", "pickle.dump()"}
    | _TO_FILES
    | {"os.replace()", "os.rename()", ".rename()", ".replace()", "os.remove()", ".unlink()"}
    | {
        f"{how} of something that belongs to the process"
        for how in _TO_FILES | {"entering and leaving it", "iterating over it"}
    }
)
"""Ways to write files, and nothing else."""


def only_opens_files(effects: Effects) -> bool:
    """Whether files are all that code reads outside of the program, in ways that can be seen."""
    return {what for _, what in effects.noted("wait", "network")} <= _OPENING


def only_writes_files(effects: Effects) -> bool:
    """Whether all that code does outside of the program is to write files."""
    return {what for _, what in effects.noted("external", "network")} <= _WRITING


def judge_files(findings: Findings, head: Effects, tail: Effects) -> None:
    """Where a head only opens files and a tail only writes some, a trial can tell them apart."""
    if only_opens_files(head) and only_writes_files(tail):
        places = {place for _, what in head.noted("wait") for place in head.places("wait", what)}
        findings.doubts = [
            replace(doubt, kind="files", places=tuple(sorted(places)))
            if doubt.kind == "flow" and doubt.name == WORLD[1]
            else doubt
            for doubt in findings.doubts
        ]
