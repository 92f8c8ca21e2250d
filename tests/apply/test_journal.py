"""Changes are taken back byte for byte, or refused: never something in between."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paradvisor.apply.journal import Journal, refuse_to_write
from paradvisor.errors import InconclusiveError, RecordError
from paradvisor.records import Records, write_atomically

ENDINGS = st.sampled_from(["\n", "\r\n"])
LINES = st.lists(
    st.sampled_from(["", "    pass", "x = 1", "for i in range(3):", "    # é", "\t\x0c", "}"]),
    max_size=12,
)
quick = settings(max_examples=150, deadline=None,
                 suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def journal(folder: Path) -> Journal:
    return Journal(Records(folder))


def text(lines: list[str], ending: str, last: bool) -> bytes:
    """Lines of a file, the last one perhaps without an end."""
    whole = "".join(line + ending for line in lines)
    return (whole if last else whole.removesuffix(ending)).encode()


@quick
@given(LINES, LINES, LINES, LINES, ENDINGS, st.booleans())
def test_undo_right_after_is_byte_exact(top, old, new, bottom, ending, last) -> None:
    before = text([*top, *old, *bottom], ending, last)
    after = text([*top, *new, *bottom], ending, last)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.py")
        file.write_bytes(before)
        entry = journal(Path(name)).write(file, before, after, "fork", "a.py:1")
        assert file.read_bytes() == after
        assert journal(Path(name)).undo(entry.number).undone
        assert file.read_bytes() == before
        assert sorted(path.name for path in Path(name).iterdir()) == [".paradvisor", "a.py"]


def marked(prefix: str, count: int) -> list[str]:
    """Lines that stand nowhere else."""
    return [f"{prefix} {number}" for number in range(count)]


@st.composite
def edits_elsewhere(draw):
    """(before, after, edited after, edited before), the edits at a line's distance at least."""
    size = st.integers(0, 4)
    # Lines of the change may repeat those around it; those around are each their own.
    top, bottom = marked("top", draw(st.integers(2, 6))), marked("bottom", draw(st.integers(2, 6)))
    old, new = draw(LINES), draw(LINES)
    second_old, second_new = draw(LINES), draw(LINES)
    middle = marked("middle", draw(st.integers(2, 5)))

    def edited(lines: list[str], start: int, stop: int) -> list[str]:
        first = draw(st.integers(start, stop))
        last = draw(st.integers(first, stop))
        return [*lines[:first], *marked(f"edit {lines[0]}", draw(size)), *lines[last:]]

    new_top, new_bottom = edited(top, 0, len(top) - 1), edited(bottom, 1, len(bottom) - 1)
    ending, last = draw(ENDINGS), draw(st.booleans())

    def whole(head, one, two, tail) -> bytes:
        return text([*head, *one, *middle, *two, *tail], ending, last)

    return (
        whole(top, old, second_old, bottom), whole(top, new, second_new, bottom),
        whole(new_top, new, second_new, new_bottom), whole(new_top, old, second_old, new_bottom),
    )


@quick
@given(edits_elsewhere())
def test_undo_keeps_edits_elsewhere(texts) -> None:
    before, after, edited, expected = texts
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.py")
        file.write_bytes(before)
        journal(Path(name)).write(file, before, after, "fork", "a.py:1")
        file.write_bytes(edited)
        journal(Path(name)).undo(None)
        assert file.read_bytes() == (before if edited == before else expected)


@quick
@given(LINES, LINES, LINES, LINES, st.lists(st.text("ab\n", max_size=3), max_size=8), ENDINGS)
def test_undo_of_anything_else_is_refused_or_complete(top, old, new, bottom, other, ending) -> None:
    before = text([*top, "before", *old, *bottom], ending, True)
    after = text([*top, "after", *new, *bottom], ending, True)
    current = "".join(other).encode()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "a.py")
        file.write_bytes(before)
        journal(Path(name)).write(file, before, after, "fork", "a.py:1")
        file.write_bytes(current)
        with pytest.raises(InconclusiveError):  # its line "after" is nowhere
            journal(Path(name)).undo(None)
        assert file.read_bytes() == current
        assert not journal(Path(name)).entries()[0].undone


def test_a_changed_line_of_the_change_is_refused(tmp_path: Path) -> None:
    before = b"import a\n\nfor x in y:\n    z = f(x)\n    w.append(z)\nprint(w)\n"
    after = b"import a\n\ndef section():\n    yield f(x)\nfor z in parallel(section):\n" \
            b"    w.append(z)\nprint(w)\n"
    for old, new in ((b"yield f(x)", b"yield f(x) + 1"), (b"def section():\n", b""),
                     (b"def section():\n", b"def section():\n    # why\n"),
                     (b"parallel(section)", b"parallel(section, workers=3)")):
        folder = tmp_path / str(abs(hash((old, new))))
        folder.mkdir()
        file = folder / "a.py"
        file.write_bytes(before)
        journal(folder).write(file, before, after, "fork", "a.py:3")
        file.write_bytes(after.replace(old, new))
        with pytest.raises(InconclusiveError):
            journal(folder).undo(None)
        assert file.read_bytes() == after.replace(old, new)


def test_a_copy_of_the_change_elsewhere_is_left_alone(tmp_path: Path) -> None:
    block = "def section():\n    yield f(x)\nfor z in parallel(section):\n    w.append(z)\n"
    before = "top\n\nfor x in y:\n    w.append(f(x))\nbottom\n"
    after = f"top\n\n{block}bottom\n"
    file = tmp_path / "a.py"
    file.write_text(before)
    journal(tmp_path).write(file, before.encode(), after.encode(), "fork", "a.py:3")
    file.write_text(f"{after}\nother\n{block}rest\n")
    journal(tmp_path).undo(None)
    assert file.read_text() == f"{before}\nother\n{block}rest\n"


def test_changes_are_numbered_and_undone_from_the_last(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    states = [b"".join(b"line %d\n" % n if n > done else b"new %d\n" % n for n in range(1, 4))
              for done in range(4)]
    file.write_bytes(states[0])
    for number in (1, 2, 3):
        entry = journal(tmp_path).write(file, states[number - 1], states[number], "fork", "a.py:1")
        assert entry.number == number
    for number in (3, 2, 1):
        assert journal(tmp_path).undo(None).number == number
        assert file.read_bytes() == states[number - 1]
    with pytest.raises(RecordError):
        journal(tmp_path).undo(None)
    entry = journal(tmp_path).write(file, states[0], states[1], "fork", "a.py:1")
    assert entry.number == 4


def test_more_than_nine_changes_keep_their_order(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"0\n")
    for number in range(1, 13):
        journal(tmp_path).write(file, b"%d\n" % (number - 1), b"%d\n" % number, "fork", "a.py:1")
    assert [entry.number for entry in journal(tmp_path).entries()] == list(range(1, 13))
    assert journal(tmp_path).undo(None).number == 12
    assert file.read_bytes() == b"11\n"


def test_a_file_that_has_changed_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"other\n")
    with pytest.raises(RecordError):
        journal(tmp_path).write(file, b"before\n", b"after\n", "fork", "a.py:1")
    assert file.read_bytes() == b"other\n"
    assert journal(tmp_path).entries() == []


def test_mode_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old\n")
    file.chmod(0o751)
    journal(tmp_path).write(file, b"old\n", b"new\n", "fork", "a.py:1")
    assert file.stat().st_mode & 0o777 == 0o751
    journal(tmp_path).undo(None)
    assert file.stat().st_mode & 0o777 == 0o751


def test_writing_goes_through_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_atomically(file, b"1")
    write_atomically(file, b"2")
    assert file.read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with pytest.raises(OSError, match="No such file"):
        write_atomically(tmp_path / "no" / "a", b"1")


def test_where_not_to_write(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    for folder in (inside, outside):
        (folder / "a.py").write_text("x")
    assert refuse_to_write(inside / "a.py", inside) is None
    assert "outside" in str(refuse_to_write(outside / "a.py", inside))
    (inside / "link.py").symlink_to(outside / "a.py")
    assert "outside" in str(refuse_to_write(inside / "link.py", inside))
    (inside / "a.py").chmod(0o444)
    assert "read-only" in str(refuse_to_write(inside / "a.py", inside))
