# ruff: noqa
"""Loops that must not be called safe: each cell (``# %%``) is a program of its own.

The function with a docstring holds the trap, in its first loop unless it says "loop N"; a cell
marked ``module`` has it at its top level. The docstring says why serial and parallel runs differ.
"""

# %%
def carried_scalar():
    """prev is what the iteration before computed."""
    out = []
    prev = 0
    for i in range(9):
        prev = (prev * 3 + i) % 7
        out.append(str(prev))
    return out


# %%
def recurrence_in_disguise():
    """best[i] is computed from all earlier entries, through an innocent max()."""
    best = [0] * 9
    for i in range(1, 9):
        value = max(best[j] for j in range(i)) + 1
        best[i] = value
    return best


# %%
def repeated_row():
    """All rows are the same list, which the tail changes."""
    rows = [[0]] * 3
    out = []
    for row in rows:
        size = len(row)
        out.append(size)
        row.append(1)
    return out


# %%
def row_alias():
    """first is the row that the tail fills."""
    grid = [[0] * 5, [0] * 5]
    first = grid[0]
    for i in range(1, 5):
        value = sum(first) + i
        grid[0][i] = value
    return grid


# %%
def alias_by_or():
    """known is seen itself, since `or` gives its operand."""
    seen = [1]
    known = seen or [0]
    for i in range(5):
        value = sum(known) + i
        seen.append(value)
    return seen


# %%
def alias_by_chain():
    """x and y are one list."""
    x = y = []
    for _ in range(5):
        value = str(len(y))
        x.append(value)
    return x


# %%
def alias_by_comprehension():
    """The copy is shallow: its rows are those of the original."""
    grid = [[0, 0], [0, 0]]
    copy = list(row for row in grid)
    for i in range(5):
        value = sum(copy[0]) + i
        grid[0][0] = value
    return copy


# %%
def alias_by_method():
    """first is an element that the dictionary still holds."""
    table = {"a": [0, 0], "b": [1, 1]}
    first = table.get("a")
    for i in range(5):
        value = sum(first) + i
        table["a"][0] = value
    return first


# %%
class Holder:
    rows = None


def alias_by_attribute():
    """holder.rows is the list that the tail appends to."""
    holder = Holder()
    rows = []
    holder.rows = rows
    for i in range(5):
        value = str(len(holder.rows)) + str(i)
        rows.append(value)
    return rows


# %%
def _same(value):
    return value


def alias_by_call():
    """The function returns its argument."""
    out = []
    view = _same(out)
    for i in range(5):
        value = len(view) + i
        out.append(value)
    return out


# %%
def alias_by_default():
    """The default argument holds the list that the tail changes."""
    out = [0]

    def last(known=out):
        return known[-1]

    for i in range(5):
        value = last() + i
        out.append(value)
    return out


# %%
def alias_by_closure():
    """total() reads the list that the tail appends to."""
    out = []

    def total():
        return sum(out)

    for i in range(5):
        value = total() + i
        out.append(value)
    return out


# %%
LOG = []


def _size():
    return len(LOG)


def alias_of_global():
    """The local name log is the global that _size() reads."""
    log = LOG
    for i in range(5):
        value = _size() + i
        log.append(value)


# %%
def elements_written_through_the_list():
    """Each row is read as the loop variable and written through the list."""
    rows = [[1, 2], [3, 4], [5, 6]]
    for row in rows:
        value = sum(row)
        rows[2][0] = value
    return rows


# %%
class Node:
    def __init__(self, value):
        self.value = value
        self.previous = None


def _combine(value, step):
    return value + step


def linked_objects():
    """A node's predecessor was changed by the iteration before. (loop 3)"""
    nodes = [Node(i) for i in range(5)]
    for i in range(1, 5):
        nodes[i].previous = nodes[i - 1]
    for node in nodes:
        if node.previous is not None:
            node.value = _combine(node.previous.value, 1)
    return nodes


# %%
def nested_elements_through_enumerate():
    """neighbours is the next row, which the tail of the iteration before may have changed."""
    rows = [[1, 2], [3, 4], [5, 6]]
    for i, row in enumerate(rows):
        value = sum(row)
        rows[(i + 1) % 3][0] = value
    return rows


# %%
import random


def module_rng():
    """Draws from the module's generator."""
    out = []
    for _ in range(5):
        value = random.random()
        out.append(value)
    return out


# %%
import random


def shared_rng():
    """Draws from one generator, in the order of the iterations."""
    rng = random.Random(4)
    out = []
    for i in range(5):
        value = rng.randint(0, i + 1)
        out.append(value)
    return out


# %%
import random as r


def _noise(scale):
    return scale * r.gauss(0, 1)


def rng_in_callee():
    """The callee draws from the module's generator."""
    return [_noise(i) for i in range(5)]


# %%
def shared_iterator():
    """next() moves an iterator on."""
    numbers = iter(range(100))
    out = []
    for i in range(10):
        value = sum([next(numbers), i])
        out.append(value)
    return out


# %%
from itertools import islice


def islice_of_shared_iterator():
    """Each chunk is what the chunks before it left."""
    numbers = iter(range(100))
    out = []
    for _ in range(10):
        chunk = list(islice(numbers, 3))
        out.append(sum(chunk))
    return out


# %%
def membership_in_iterator():
    """`in` reads an iterator as far as the item."""
    letters = iter("abcdefgh")
    return [wanted in letters for wanted in "bdfa"]


# %%
def dict_from_iterator():
    """dict() uses the iterator up."""
    pairs = iter([("a", 1), ("b", 2)])
    out = []
    for i in range(3):
        table = dict(pairs)
        out.append(len(table) + i)
    return out


# %%
import math


def fsum_of_iterator():
    """math.fsum() uses the iterator up."""
    numbers = iter([0.5, 1.5])
    out = []
    for i in range(3):
        total = math.fsum(numbers) + i
        out.append(total)
    return out


# %%
def unpacked_iterator():
    """Unpacking reads the shared map object."""
    from itertools import islice

    numbers = iter(range(100))
    out = []
    for _ in range(3):
        first, second = islice(numbers, 2)
        out.append(first * second)
    return out


# %%
def zipped_with_itself():
    """Both arguments of zip are one iterator, which the tail reads too."""
    numbers = iter(range(20))
    out = []
    for first, second in zip(numbers, numbers):
        value = str(first * second)
        out.append(value)
        next(numbers)
    return out


# %%
def generator_state():
    """send() changes the generator."""

    def running():
        total = 0
        while True:
            total += yield total

    total = running()
    next(total)
    out = []
    for i in range(5):
        value = total.send(i)
        out.append(value)
    return out


# %%
def file_position():
    """Each iteration reads on in the same file."""
    out = []
    with open("x.txt") as stream:
        for _ in range(3):
            line = stream.readline().strip()
            out.append(line)
    return out


# %%
def header_after_line():
    """The tail reads from the file that is iterated over: reading ahead would take its line."""
    out = []
    stream = open("x.txt")
    for line in stream:
        value = line.strip()
        out.append(value + next(stream))
    return out


# %%
class Counter:
    made = 0

    def make(self):
        Counter.made += 1
        return Counter.made


def class_attribute():
    """A counter in the class."""
    counter = Counter()
    out = []
    for i in range(5):
        value = counter.make() + i
        out.append(value)
    return out


# %%
class Job:
    made = 0

    def __init__(self, size):
        type(self).made += 1
        self.number = type(self).made
        self.size = size


def class_attribute_by_type():
    """type(self).made counts the instances."""
    out = []
    for i in range(5):
        job = Job(i)
        out.append(job.number)
    return out


# %%
class Ticket:
    last = 0

    def __init__(self):
        self.__class__.last += 1
        self.number = self.__class__.last


def class_attribute_by_dunder_class():
    """self.__class__.last counts the instances."""
    return [Ticket().number for _ in range(5)]


# %%
class Basket:
    def __init__(self, name):
        self.name = name


Basket.items = [0]


def class_attribute_set_outside():
    """The list is one for all baskets, though no class body says so."""
    out = []
    for i in range(5):
        basket = Basket(str(i))
        basket.items[0] += 1
        out.append(len(basket.name))
    return out, Basket.items


# %%
class Registry:
    known = {}

    def __init__(self, name):
        self.known[name] = len(self.known)
        self.number = self.known[name]


def class_level_mutable():
    """known is one dictionary for all instances."""
    out = []
    for i in range(5):
        entry = Registry(str(i % 2))
        out.append(entry.number)
    return out


# %%
TOTALS = [0]


class Worker:
    def __init__(self, name):
        self.name = name
        self.totals = TOTALS


def instance_holds_global():
    """Each worker holds the same global list."""
    out = []
    for i in range(5):
        worker = Worker(str(i))
        worker.totals[0] += i
        out.append(worker.name)
    return out, TOTALS


# %%
class Box:
    def put(self, item):
        self.item = item


def fresh_box_of_shared():
    """The box is new, what is put in it is not."""
    shared = [0]
    out = []
    for i in range(5):
        box = Box()
        box.put(shared)
        box.item[0] += i
        out.append(str(i))
    return out, shared


# %%
def second_name_of_fresh_list():
    """Both names are the one new list that holds the shared one."""
    shared = [0]
    out = []
    for i in range(5):
        holder = []
        view = holder
        holder.append(shared)
        view[0][0] += i
        out.append(str(i))
    return out, shared


# %%
def _remember(item, seen=[]):
    seen.append(item)
    return len(seen)


def mutable_default():
    """The default list remembers."""
    out = []
    for i in range(5):
        value = _remember(i)
        out.append(value)
    return out


# %%
def _number(item, *, seen={}):
    seen[item] = len(seen)
    return len(seen)


def mutable_keyword_default():
    """The keyword-only default remembers."""
    out = []
    for i in range(5):
        value = _number(i)
        out.append(value)
    return out


# %%
def _place(row, column, seen={}):
    seen[row] = column
    return len(seen)


def mutable_default_with_unpacking():
    """The default remembers, whatever the arguments are unpacked from."""
    out = []
    for i in range(5):
        pair = (i, i + 1)
        value = _place(*pair)
        out.append(value)
    return out


# %%
class Meter:
    def __init__(self):
        self.count = 0

    @property
    def reading(self):
        self.count += 1
        return self.count


def property_with_state():
    """Reading the property counts."""
    meter = Meter()
    out = []
    for i in range(5):
        value = str(meter.reading + i)
        out.append(value)
    return out


# %%
class Meter:
    def __init__(self):
        self.count = 0

    @property
    def reading(self):
        self.count += 1
        return self.count


def property_by_getattr():
    """getattr() reads a property that counts."""
    meter = Meter()
    out = []
    for i in range(5):
        value = getattr(meter, "reading")
        out.append(value + i)
    return out


# %%
SETS = [0]


class Gauge:
    @property
    def level(self):
        return 1

    @level.setter
    def level(self, value):
        SETS[0] += value


def property_setter_on_fresh_object():
    """The setter of a new object counts in a global."""
    out = []
    for i in range(5):
        gauge = Gauge()
        gauge.level = i
        out.append(str(i))
    return out, SETS


# %%
CHANGES = [0]


class Tracked:
    def __setattr__(self, name, value):
        CHANGES[0] += 1


def setattr_on_fresh_object():
    """__setattr__ of a new object counts in a global."""
    out = []
    for i in range(5):
        tracked = Tracked()
        tracked.size = i
        out.append(str(i))
    return out, CHANGES


# %%
class Once:
    def __get__(self, owner, kind):
        owner.reads = getattr(owner, "reads", 0) + 1
        return owner.reads


class Sensor:
    value = Once()


def descriptor_with_state():
    """The descriptor counts its readings."""
    sensor = Sensor()
    out = []
    for i in range(5):
        value = str(sensor.value)
        out.append(value)
    return out


# %%
class Lazy:
    def __init__(self):
        self.count = 0

    def __getattr__(self, name):
        self.count += 1
        return self.count


def getattr_with_state():
    """__getattr__ counts what it is asked."""
    lazy = Lazy()
    out = []
    for i in range(5):
        value = str(lazy.anything)
        out.append(value)
    return out


# %%
class History(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, (len(self), value))


def setitem_with_history():
    """What is stored depends on what was stored before."""
    history = History()
    for i in range(5):
        history[i % 2] = str(i)
        value = history[i % 2]
        print(value)


# %%
class Sized:
    calls = 0

    def __len__(self):
        Sized.calls += 1
        return Sized.calls


def len_with_state():
    """__len__ counts its calls."""
    sized = Sized()
    out = []
    for i in range(5):
        value = len(sized) + i
        out.append(value)
    return out


# %%
class Label:
    calls = 0

    def __str__(self):
        Label.calls += 1
        return str(Label.calls)


def str_with_state():
    """__str__ counts its calls."""
    label = Label()
    out = []
    for i in range(5):
        value = f"{i}: {label}"
        out.append(value)
    return out


# %%
class Toggle:
    on = False

    def __bool__(self):
        Toggle.on = not Toggle.on
        return Toggle.on


def bool_with_state():
    """__bool__ alternates."""
    toggle = Toggle()
    out = []
    for i in range(5):
        value = i if toggle else -i
        out.append(str(value))
    return out


# %%
class Key:
    hashes = 0

    def __hash__(self):
        Key.hashes += 1
        return 1


def hash_with_state():
    """Looking a key up counts."""
    key = Key()
    table = {}
    out = []
    for i in range(5):
        value = str(table.get(key, i))
        out.append(value)
    return out, Key.hashes


# %%
class Money:
    sums = 0

    def __radd__(self, other):
        Money.sums += 1
        return Money.sums


def sum_with_state():
    """sum() runs an __radd__ that counts."""
    money = [Money()]
    out = []
    for i in range(5):
        value = sum(money)
        out.append(value + i)
    return out


# %%
class Rank:
    compared = 0

    def __lt__(self, other):
        Rank.compared += 1
        return Rank.compared % 2 == 0


def sorted_with_stateful_comparison():
    """sorted() runs an __lt__ that counts."""
    ranks = [Rank(), Rank()]
    out = []
    for i in range(5):
        ordered = sorted(ranks)
        out.append(ordered.index(ranks[0]) + i)
    return out


# %%
class Sign:
    count = 0

    def __neg__(self):
        Sign.count += 1
        return Sign.count


def negation_with_state():
    """__neg__ counts."""
    sign = Sign()
    out = []
    for i in range(5):
        value = str(-sign)
        out.append(value)
    return out


# %%
class Feed:
    read = 0

    def __iter__(self):
        Feed.read += 1
        return iter([Feed.read, 2])


def unpacking_with_state():
    """Unpacking runs an __iter__ that counts."""
    feed = Feed()
    out = []
    for i in range(5):
        first, second = feed
        out.append(str(first) + str(second))
    return out


# %%
class Appender(list):
    def append(self, item):
        super().append((len(self), item))


def overridden_append_in_head():
    """This append stores the length so far."""
    items = Appender()
    out = []
    for i in range(5):
        items.append(i)
        out.append(str(items[-1]))
    return out


# %%
from functools import lru_cache


@lru_cache
def _bucket(name):
    return [name]


def cached_object_is_changed():
    """The cache gives the same list every time, and the body appends to it."""
    out = []
    for i in range(6):
        bucket = _bucket(i % 2)
        bucket.append(i)
        out.append(len(bucket))
    return out


# %%
from functools import cache


class Style:
    def __init__(self, name):
        self.name = name


@cache
def _style(name):
    return Style(name)


def cached_object_is_kept():
    """Equal calls give one object; workers would send back several."""
    out = []
    for i in range(6):
        style = _style(i % 2)
        out.append(style)
    out[0].name = 9
    return [style.name for style in out]


# %%
from functools import lru_cache


@lru_cache
def _spelled(number):
    return f"<{number}>"


def cache_of_equal_numbers():
    """The cache gives for 1.0 what it gave for 1: which one comes first decides."""
    out = []
    for number in [1, 2.5, 1.0, True]:
        text = _spelled(number)
        out.append(text)
    return out


# %%
from functools import lru_cache


@lru_cache
def _written(number):
    return f"<{number}>"


def cache_of_equal_numbers_in_two_calls():
    """One call gives ints and the other one floats, which are the same keys."""
    out = []
    for i in range(6):
        text = _written(i // 2) if i % 2 else _written(i / 2)
        out.append(text)
    return out


# %%
import numpy


def numpy_writes_to_an_argument():
    """The third operand is where the sum goes, which the next iteration reads."""
    total = numpy.zeros(3)
    out = []
    for i in range(4):
        value = numpy.add(total, i, total)
        out.append(float(value[0]))
    return out


# %%
import numpy


def numpy_view_is_kept():
    """A view has the memory of the array that the tail changes."""
    grid = numpy.zeros((4, 3))
    row = grid.reshape(-1)
    out = []
    for i in range(1, 4):
        value = float(row.sum()) + i
        grid[i - 1] = value
        out.append(value)
    return out


# %%
from functools import lru_cache


@lru_cache
def _square(n):
    return n * n


def cache_statistics():
    """The cache's counts are printed after the loop."""
    out = []
    for i in range(6):
        value = _square(i % 3)
        out.append(value)
    print(_square.cache_info())
    return out


# %%
_KNOWN = {}


def _nearest(n):
    for known in _KNOWN:
        if abs(known - n) < 3:
            return _KNOWN[known]
    _KNOWN[n] = n
    return n


def cache_that_changes_results():
    """The result depends on what was asked before."""
    out = []
    for i in range(9):
        value = _nearest(i)
        out.append(value)
    return out


# %%
from collections import defaultdict


def defaultdict_read():
    """Reading inserts, and the size is read."""
    groups = defaultdict(list)
    out = []
    for word in "a b a".split():
        size = len(groups[word]) + len(groups)
        out.append(size)
    return out


# %%
def pop_from_dict():
    """Each iteration takes what is left."""
    left = {i: i for i in range(5)}
    out = []
    for i in range(5):
        item = left.popitem()
        out.append(item)
    return out


# %%
def conditional_assignment():
    """last keeps the value of an earlier iteration."""
    out = []
    last = 0
    for i in range(9):
        if i % 3 == 0:
            last = i * i
        out.append(str(last))
    return out


# %%
def conditional_walrus():
    """m is set in some iterations only, and read in all."""
    out = []
    m = 0
    for i in range(9):
        if i > 3 and (m := i * i) > 20:
            pass
        value = str(m)
        out.append(value)
    return out


# %%
def conditional_walrus_in_any():
    """hit keeps its value where there are no words."""
    out = []
    hit = ""
    for line in ["a b", "", "c"]:
        found = any((hit := word) == "a" for word in line.split())
        value = str(found) + hit
        out.append(value)
    return out


# %%
def conditional_walrus_in_ifexp():
    """step is set in one arm only."""
    out = []
    step = 1
    for i in range(9):
        size = (step := i * 2) if i % 3 else 0
        value = str(size + step)
        out.append(value)
    return out


# %%
def running_total_by_walrus():
    """total carries from element to element."""
    total = 0
    return [total := total + x for x in range(9)]


# %%
def previous_by_walrus():
    """Pairs each element with the one before."""
    before = 0
    return [(before, before := x) for x in range(9)]


# %%
def walrus_live_after_comprehension():
    """last is read after the comprehension."""
    last = 0
    out = [str(last := x * x) for x in range(9)]
    return out, last


# %%
def value_kept_after_loop():
    """shape is set in some iterations, and read after the loop."""
    out = []
    shape = None
    for i in range(9):
        if i % 4 == 0:
            shape = (i, i)
        out.append(str(i))
    return out, shape


# %%
def target_after_continue():
    """x is read after the loop, and the last iteration continues before it could be sent."""
    out = []
    for x in range(9):
        if x % 5 == 3:
            continue
        value = str(x)
        out.append(value)
    return out, x


# %%
def head_name_after_continue():
    """number is set even in iterations that continue."""
    out = []
    number = None
    for text in ["1", "2", "-3"]:
        number = int(text)
        if number < 0:
            continue
        value = str(number)
        out.append(value)
    return out, number


# %%
def locals_after_loop():
    """locals() shows the loop's variables after it."""
    out = []
    for x in range(3):
        value = str(x)
        out.append(value)
    return "{value} {x}".format(**locals())


# %%
def read_by_earlier_closure():
    """show(), defined above the loop, reads what the loop leaves."""
    value = 0

    def show():
        return value

    out = []
    for x in range(3):
        value = str(x)
        out.append(1)
    return show()


# %%
def closure_reads_head_name():
    """half() reads the x of this iteration, which a section would have of its own."""
    x = 0

    def half():
        return x // 2

    out = []
    for i in range(9):
        x = i * i
        value = half()
        out.append(value)
    return out


# %%
def closure_reads_loop_variable():
    """half() reads the loop variable."""

    def half():
        return x // 2

    out = []
    for x in range(9):
        value = half()
        out.append(value)
    return out


# %% module: global_read_by_callee: work() reads the global that the head sets
current = None


def work():
    return len(current)


out = []
for name in ["a", "bb"]:
    current = name * 2
    size = work()
    out.append(size)

# %% module: loop_variable_read_by_callee: work() reads the global that is the loop variable
def work():
    return len(name)


out = []
for name in ["a", "bb"]:
    size = work()
    out.append(size)

# %%
def nonlocal_counter():
    """bump() counts in the enclosing function."""
    count = 0

    def bump():
        nonlocal count
        count += 1
        return count

    out = []
    for i in range(5):
        value = bump() + i
        out.append(value)
    return out


# %%
def nonlocal_changed_by_tail():
    """The head reads what bump() changes."""
    count = 0

    def bump():
        nonlocal count
        count += 1

    out = []
    for i in range(5):
        value = str(i * count)
        bump()
        out.append(value)
    return out


# %%
LEVEL = 0


def _raise_level():
    global LEVEL
    LEVEL += 1


def global_changed_by_callee():
    """The head reads the global that the tail's callee sets."""
    out = []
    for i in range(5):
        value = str(i * LEVEL)
        out.append(value)
        _raise_level()
    return out


# %%
def callback_changes_state(notify, state):
    """notify may change the state that the head reads."""
    out = []
    for i in range(5):
        value = len(state) + i
        out.append(value)
        notify(value)
    return out


# %%
LIMITS = {"high": 3}


def callback_changes_global(listeners):
    """A listener may change the global that the head reads."""
    out = []
    for i in range(5):
        value = str(LIMITS["high"] + i)
        out.append(value)
        listeners.send(value)
    return out


# %%
THRESHOLD = 3


def set_threshold(value):
    global THRESHOLD
    THRESHOLD = value


def callback_sets_global_number(notify):
    """notify may be set_threshold, and the head reads the global."""
    out = []
    for i in range(5):
        value = str(THRESHOLD + i)
        out.append(value)
        notify(value)
    return out


# %%
def callback_argument(score):
    """What score does is not known."""
    out = []
    for i in range(5):
        value = score(i)
        out.append(value)
    return out


# %%
def callback_to_map(score):
    """What score does is not known, and map calls it."""
    out = []
    for i in range(5):
        value = list(map(score, range(i)))
        out.append(len(value))
    return out


# %%
def callback_to_filter(wanted):
    """What wanted does is not known, and filter calls it."""
    return [sum(filter(wanted, range(i))) for i in range(5)]


# %%
def append_given_to_map():
    """map() calls the list's append."""
    seen = []
    out = []
    for i in range(5):
        count = len(list(map(seen.append, range(i))))
        out.append(count)
    return out, seen


# %%
def sorted_with_stateful_key():
    """The key function, a local lambda, counts."""
    calls = []
    key = lambda x: calls.append(x) or len(calls) % 3
    out = []
    for i in range(5):
        ordered = sorted(range(i), key=key)
        out.append(str(ordered))
    return out


# %%
def _make_key():
    calls = []

    def key(x):
        calls.append(x)
        return len(calls) % 3

    return key


KEY = _make_key()
KEYS = {"count": KEY}


def sorted_with_key_from_table():
    """The key function comes out of a dictionary, and counts."""
    out = []
    for i in range(5):
        ordered = sorted(range(i), key=KEYS["count"])
        out.append(str(ordered))
    return out


# %%
class Ranker:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return self.calls % 3


def key_is_an_instance():
    """The key is an object whose __call__ counts."""
    ranker = Ranker()
    out = []
    for i in range(5):
        ordered = sorted(range(i), key=ranker)
        out.append(str(ordered))
    return out


# %%
from functools import partial

CALLS = []


def _count(weight, x):
    CALLS.append(x)
    return weight * len(CALLS) % 3


def key_is_a_partial():
    """The partial's function counts."""
    key = partial(_count, 2)
    out = []
    for i in range(5):
        best = max(range(i + 1), key=key)
        out.append(str(best))
    return out


# %%
class Item:
    made = 0

    def __init__(self, size):
        Item.made += 1
        self.number = Item.made


def class_given_to_map():
    """map() makes instances, which are numbered."""
    out = []
    for i in range(5):
        items = list(map(Item, range(i)))
        out.append(sum(item.number for item in items))
    return out


# %%
def _plain(x):
    return x + 1


HANDLERS = {"plain": _plain}


def _register():
    def counted(x):
        HANDLERS["count"] = _plain
        return x + len(HANDLERS)

    HANDLERS["plain"] = counted


_register()


def function_in_dict():
    """The function in the dictionary was replaced by one with state."""
    out = []
    for i in range(5):
        value = HANDLERS["plain"](i)
        out.append(value)
    return out


# %%
def _counted(function):
    calls = []

    def inner(x):
        calls.append(x)
        return function(x) + len(calls)

    return inner


@_counted
def _half(x):
    return x // 2


def decorator_with_state():
    """The decorator counts."""
    return [_half(i) for i in range(5)]


# %%
def cache(function):
    last = []

    def inner(x):
        if not last or x % 2:
            last.append(function(x))
        return last[-1]

    return inner


@cache
def _third(x):
    return x // 3


def own_decorator_named_cache():
    """This cache is the user's own, and gives old results."""
    return [_third(i) for i in range(5)]


# %%
_CALLS = []


def _score(x):
    return x + 1


def _numbered(function):
    def inner(x):
        _CALLS.append(x)
        return function(x) + len(_CALLS)

    return inner


_score = _numbered(_score)


def function_rebound():
    """The module replaced the function by one that counts."""
    return [_score(i) for i in range(5)]


# %%
_CALLS = []


def _score(x):
    return x + 1


def _numbered(x):
    _CALLS.append(x)
    return len(_CALLS)


def use_numbers():
    global _score
    _score = _numbered


def function_rebound_by_global_statement():
    """Another function may have replaced it by one that counts."""
    use_numbers()
    return [_score(i) for i in range(5)]


# %%
class Model:
    def __init__(self):
        self.calls = 0

    def score(self, x):
        return x + 1


def _counting(self, x):
    self.calls += 1
    return x + self.calls


Model.score = _counting


def method_replaced():
    """The class's method was replaced from outside."""
    model = Model()
    out = []
    for i in range(5):
        value = model.score(i)
        out.append(value)
    return out


# %%
class Model:
    def score(self, x):
        return x + 1


def _scorer():
    calls = []

    def score(x):
        calls.append(x)
        return x + len(calls)

    return score


def method_replaced_on_instance():
    """The instance has a score of its own."""
    model = Model()
    model.score = _scorer()
    out = []
    for i in range(5):
        value = model.score(i)
        out.append(value)
    return out


# %%
import math


def _tracing(function):
    calls = []

    def inner(x):
        calls.append(x)
        return function(x) + len(calls)

    return inner


math.sqrt = _tracing(math.sqrt)


def library_function_replaced():
    """math.sqrt was replaced by a function that counts."""
    return [math.sqrt(i) for i in range(5)]


# %%
def _counter():
    calls = []

    def inner(x):
        calls.append(x)
        return len(calls)

    return inner


def install():
    global len
    len = _counter()


def builtin_replaced_by_global_statement():
    """len is the module's own by then."""
    install()
    out = []
    for i in range(5):
        value = len("abc") + i
        out.append(value)
    return out


# %%
_ALL = []


def sum(xs):
    _ALL.extend(xs)
    return len(_ALL)


def builtin_redefined():
    """This sum is the module's own."""
    return [sum([i, i]) for i in range(5)]


# %%
from random import random as abs


def builtin_imported_over():
    """abs draws a random number."""
    return [abs() for _ in range(5)]


# %%
def other():
    from math import sqrt as pick

    return pick(4.0)


def imported_under_one_name_twice():
    """Here pick draws a random number; elsewhere it is another function."""
    from random import uniform as pick

    out = []
    for i in range(5):
        value = pick(i, 2)
        out.append(value)
    return out


def later():
    from math import fmod as pick

    return pick(4.0, 3.0)


# %%
from helpers import *


def builtin_from_star_import():
    """helpers may define a max of its own."""
    return [max(i, 2) for i in range(5)]


# %%
def exception_after_tail_effect():
    """The third iteration raises, and by then the tail has changed what the head reads."""
    table = {"a": 1}
    out = []
    for key in ["a", "b", "c"]:
        value = table[key] * 2
        out.append(value)
        table["b"] = value
    return out


# %%
def lazy_filter_over_tail_state():
    """filter() asks the set that the tail adds to."""
    seen = set()
    out = []
    for x in filter(lambda y: y % 4 not in seen, range(12)):
        value = str(x)
        out.append(value)
        seen.add(x % 4)
    return out


# %%
def lazy_genexp_over_tail_state():
    """The generator expression asks the set that the tail adds to."""
    seen = set()
    out = []
    for x in (y for y in range(12) if y % 4 not in seen):
        value = str(x)
        out.append(value)
        seen.add(x % 4)
    return out


# %%
from itertools import takewhile


def takewhile_over_tail_state():
    """takewhile() looks at what the tail has collected."""
    out = []
    for x in takewhile(lambda y: len(out) < 5, range(100)):
        value = str(x)
        out.append(value)
    return out


# %%
def enumerated_generator():
    """The generator, inside enumerate(), looks at what the tail has collected."""
    state = []

    def numbers():
        while len(state) < 5:
            yield len(state)

    for i, n in enumerate(numbers()):
        value = str(n + i)
        state.append(value)
    return state


# %%
def enumerated_unknown(source):
    """source may be a generator that looks at out."""
    out = []
    for i, x in enumerate(source):
        value = str(i)
        out.append(value)
        source.note(value)
    return out


# %%
def generator_with_side_effects():
    """The generator prints between the tails."""

    def numbers():
        for i in range(3):
            print("making", i)
            yield i

    for n in numbers():
        value = str(n)
        print(value)


# %%
def iterated_list_grows():
    """The tail adds to the list that is iterated over."""
    work = [5, 6]
    out = []
    for x in work:
        value = str(x)
        out.append(value)
        if x > 3:
            work.append(x - 1)
    return out


# %%
def iterated_items_change():
    """The values that items() gives are changed by the tail."""
    counts = {"a": 1, "b": 2}
    out = []
    for key, count in counts.items():
        value = str(count)
        out.append(value)
        counts["b"] = 7
    return out


# %%
def iterated_dict_grows():
    """RuntimeError in the second iteration, after the first one's tail."""
    counts = {"a": 1, "b": 2}
    for key in counts:
        value = key.upper()
        counts[value] = 1
    return counts


# %%
def keys_are_objects():
    """The keys are objects, which the body changes."""

    class Node:
        hits = 0

    weights = {Node(): 1, Node(): 2}
    out = []
    for node in weights:
        node.hits += 1
        out.append(str(1))
    return out, weights


# %%
class Node:
    def __init__(self):
        self.hits = 0


def item_keys_are_objects():
    """The keys are objects, which the body changes."""
    weights = {Node(): 1, Node(): 2}
    out = []
    for node, weight in weights.items():
        node.hits += weight
        out.append(str(weight))
    return out, weights


# %%
class Node:
    def __init__(self):
        self.hits = 0


def frozenset_of_objects():
    """The frozen set's members can change."""
    nodes = frozenset({Node(), Node()})
    out = []
    for i in range(3):
        for node in nodes:
            node.hits += i
        out.append(str(i))
    return out, nodes


# %%
def _each(rows):
    for row in rows:
        yield row


def rows_from_generator_function():
    """The generator gives the rows themselves."""
    rows = [[0], [1]]
    out = []
    for i in range(3):
        for row in _each(rows):
            row[0] += i
        out.append(str(i))
    return out, rows


# %%
def _fill(grid):
    shared = [0]
    for i in range(len(grid)):
        grid[i] = shared


def filled_by_callee():
    """The cells are one list, put there by another function. (loop 1)"""
    grid = [None] * 4
    _fill(grid)
    out = []
    for cell in grid:
        cell[0] += 1
        out.append(str(cell[0]))
    return out


# %%
CACHE = {"a": 0}


def _load():
    CACHE["b"] = [0]
    CACHE["a"] = CACHE["b"]


def global_filled_by_callee():
    """The global's values are lists by then, and the body changes them."""
    _load()
    out = []
    for i in range(4):
        entry = CACHE["a"]
        entry[0] += i
        out.append(str(i))
    return out


# %%
def nested_store():
    """The cells of the rows are one list. (loop 4)"""
    shared = [0]
    grid = [[None] * 2 for _ in range(2)]
    for y in range(2):
        for x in range(2):
            grid[y][x] = shared
    for row in grid:
        row[0][0] += 1
        print(str(len(row)))


# %%
class User:
    def __init__(self, name):
        self.name = name


def objects_compared_in_tail():
    """Users are equal only if they are the same object. (loop 2)"""
    users = [User(str(i)) for i in range(4)]
    admin = users[0]
    total = 0
    for user in users:
        size = len(user.name)
        if user == admin:
            total += size
    return total


# %%
class User:
    def __init__(self, name):
        self.name = name


def objects_as_keys_in_tail():
    """The dictionary finds its keys by identity. (loop 2)"""
    users = [User(str(i)) for i in range(4)]
    sizes = dict.fromkeys(users, 0)
    for user in users:
        size = len(user.name)
        sizes[user] += size
    return sizes


# %%
def concatenated_in_tail():
    """out holds the rows themselves, not copies."""
    groups = [[[1], [2]], [[3]]]
    out = []
    total = 0
    for group in groups:
        size = str(len(group))
        out = out + group
        total += len(size)
    out[0].append(9)
    return groups


# %%
def stored_by_identity():
    """The tail keeps the rows themselves."""
    rows = [[1], [2]]
    kept = []
    for row in rows:
        size = len(row)
        if size:
            kept.append(row)
    kept[0].append(9)
    return rows


# %%
def id_in_head():
    """id() of an object in another process is another object's here."""
    rows = [[1], [2]]
    out = set()
    for row in rows:
        key = id(row)
        out.add(key)
    return len(out)


# %%
import re


def match_object_hoisted():
    """A match object cannot be pickled."""
    out = []
    for line in ["a1", "b2"]:
        if match := re.match("([a-z])", line):
            out.append(match.group(1))
            if len(out) > 5:
                break
    return out


# %%
import hashlib


def hash_object_travels():
    """A hash object cannot be pickled."""
    out = []
    for line in [b"a1", b"b2"]:
        digest = hashlib.sha256(line)
        out.append(digest)
    return [digest.hexdigest() for digest in out]


# %%
def lambda_in_a_list_travels():
    """A lambda cannot be pickled, in a list neither."""
    out = []
    for i in range(3):
        pair = [lambda: i, 3]
        out.append(pair)
    return out


# %%
def generator_in_a_tuple_travels():
    """A generator cannot be pickled, in a tuple neither."""
    out = []
    for i in range(3):
        pair = (str(i), (x for x in range(i)))
        out.append(pair)
    return out


# %%
from collections import defaultdict


def defaultdict_of_lambda_travels():
    """A defaultdict with a lambda cannot be pickled."""
    out = []
    for i in range(3):
        table = defaultdict(lambda: [])
        table[i].append(i)
        out.append(table)
    return out


# %%
def local_class_travels():
    """Instances of a local class cannot be pickled."""

    class Point:
        def __init__(self, x):
            self.x = x

    out = []
    for i in range(3):
        point = Point(i)
        out.append(point)
    return out


# %%
class Handle:
    def __init__(self, size):
        self.size = size
        self.cache = [size]

    def __getstate__(self):
        return {"size": self.size}


def getstate_drops_state():
    """Pickling loses the cache."""
    out = []
    for i in range(3):
        handle = Handle(i)
        out.append(handle)
    return out


# %%
def set_order_after_pickling():
    """A copy of a set may have another order than the set."""
    out = []
    for i in range(3):
        keep = set(range(1000))
        keep.difference_update(set(range(1000)) - {999 - i, 3, 77, 18})
        out.extend(keep)
    return out


# %%
def walrus_inside_hoisted_call():
    """y is set inside an argument and read beside it."""
    for i in range(3):
        print(len(y := str(i * 3)), y)


# %%
def walrus_inside_test():
    """size is set in the test, and read below."""
    out = []
    for line in ["a", "bb"]:
        if (size := len(line.strip())) > 1:
            out.append(size)
            print(size)
        print(size)
    return out


# %%
def deleted_after_loop():
    """del of names that the loop sets: they must exist. (verdict or needs)"""
    out = []
    for text in ["1", "2"]:
        number = int(text)
        out.append(number)
    del number, text
    return out


# %%
def augmented_after_loop():
    """number is read by the augmented assignment after the loop. (verdict or needs)"""
    out = []
    for text in ["1", "2"]:
        number = int(text)
        out.append("x")
    number += 1
    out.append("y")


# %%
def order_of_exceptions():
    """limits[i] raises before int() does, and the handlers differ."""
    limits = [1]
    out = []
    try:
        for i, text in enumerate(["1", "x"]):
            out.append(limits[i] + int(text))
    except IndexError:
        return "index"
    except ValueError:
        return "value"
    return out


# %%
from pathlib import Path


def file_written_by_earlier_iteration():
    """Each iteration reads the file that the one before wrote."""
    for i in range(1, 5):
        text = Path(f"{i - 1}.txt").read_text()
        Path(f"{i}.txt").write_text(text + "x")


# %%
import os


def file_checked_before_written():
    """The file may have been made by an earlier iteration."""
    made = 0
    for name in ["a", "b", "a"]:
        there = os.path.exists(name)
        if not there:
            with open(name, "w") as stream:
                stream.write(name)
            made += 1
    return made


# %%
import os


def chdir_in_tail():
    """The head asks for the directory that the tail changes."""
    out = []
    for name in ["a", "b"]:
        here = os.getcwd()
        os.chdir(name)
        out.append(here)
    return out


# %%
import os


def environ_set():
    """Sets the environment of this process only."""
    out = []
    for mode in ["fast", "slow"]:
        os.environ["MODE"] = mode
        out.append(len(mode))
    return out


# %%
import sys


def path_appended():
    """sys.path of the worker is not that of the parent."""
    out = []
    for name in ["a", "b"]:
        sys.path.append(name)
        out.append(len(sys.path))
    return out


# %%
import mimetypes


def library_table_changed():
    """The library's table is changed."""
    out = []
    for name in ["a", "b"]:
        mimetypes.types_map["." + name] = name
        out.append(name.upper())
    return out


# %%
import time


def clock_read():
    """The times are those of the iterations."""
    out = []
    for i in range(3):
        started = time.perf_counter()
        out.append(started)
    return out


# %%
import uuid


def uuid_drawn():
    """Identifiers are drawn from the system."""
    return [str(uuid.uuid4()) for _ in range(3)]


# %%
import logging

log = logging.getLogger("x")


def _scored(i):
    log.info("scoring %d", i)
    return i * 2


def logging_in_callee():
    """The callee logs."""
    return [_scored(i) for i in range(3)]


# %%
import warnings


def _checked(i):
    if i > 1:
        warnings.warn("large")
    return i


def warnings_in_callee():
    """A warning is shown once per place."""
    return [_checked(i) for i in range(3)]


# %%
import sqlite3


def sqlite_rows():
    """One connection, one transaction."""
    connection = sqlite3.connect(":memory:")
    out = []
    for i in range(3):
        row = connection.execute("select ?", (i,)).fetchone()
        out.append(row)
    return out


# %%
import socket


def socket_stream():
    """Each iteration reads on in the stream."""
    stream = socket.create_connection(("localhost", 1))
    return [stream.recv(4) for _ in range(3)]


# %%
import subprocess


def subprocess_run():
    """Programs are run, in order."""
    out = []
    for name in ["a", "b"]:
        result = subprocess.run(["touch", name])
        out.append(result.returncode)
    return out


# %%
class Settings:
    pass


def setattr_by_name():
    """setattr() changes an object that is older than the loop."""
    settings = Settings()
    out = []
    for name in ["a", "b"]:
        setattr(settings, name, len(name))
        out.append(len(vars(settings)))
    return out


# %%
def exec_in_body():
    """exec() may do anything."""
    scope = {"n": 0}
    out = []
    for i in range(3):
        exec("n = n + 1", scope)
        out.append(scope["n"])
    return out


# %%
def finally_in_body():
    """The finally clause changes what the next iteration reads."""
    depth = [0]
    out = []
    for i in range(3):
        try:
            value = str(depth[0])
        finally:
            depth[0] += 1
        out.append(value)
    return out


# %%
import threading

lock = threading.Lock()
TOTAL = 0


def _add(i):
    global TOTAL
    with lock:
        TOTAL += i
        return TOTAL


def with_lock():
    """The lock guards a running total."""
    return [_add(i) for i in range(5)]


# %%
def match_with_state():
    """The match statement keeps a mode from one line to the next."""
    mode = "plain"
    out = []
    for line in ["[x]", "a", "[y]", "b"]:
        match line[0]:
            case "[":
                mode = line
            case _:
                pass
        out.append(mode + line)
    return out


# %%
def memoryview_slices():
    """Slices of a memoryview are views of one buffer."""
    data = bytearray(b"abcdef")
    view = memoryview(data)
    left = view[:3]
    out = []
    for i in range(3):
        value = bytes(left)
        out.append(value)
        view[i] = 120
    return out


# %%
import numpy as np


def numpy_view():
    """half is a view of data."""
    data = np.zeros(6)
    half = data[:3]
    out = []
    for i in range(3):
        value = float(half.sum())
        out.append(value)
        data[i] = value + 1
    return out


# %%
import numpy as np


def in_place_on_unknown(data):
    """data may be a list or an array, which += changes in place."""
    out = []
    for i in range(3):
        part = data
        part += i
        out.append(str(part))
    return out


# %%
import itertools
from dataclasses import dataclass, field


@dataclass
class Order:
    name: str
    number: int = field(default_factory=itertools.count().__next__)


def dataclass_with_counter():
    """The default factory counts."""
    out = []
    for name in ["a", "b"]:
        order = Order(name)
        out.append(order.number)
    return out


# %%
_NAMES = []


def _registered(kind):
    def make(name):
        _NAMES.append(name)
        return len(_NAMES)

    return make


@_registered
class Plugin:
    def __init__(self, name):
        self.name = name


def class_decorator_with_state():
    """The class decorator replaced the class by a function that counts."""
    return [Plugin(name) for name in ["a", "b"]]


# %%
class Base:
    def step(self, i):
        return i + 1

    def run(self, i):
        return self.step(i)


class Counting(Base):
    count = 0

    def step(self, i):
        Counting.count += i
        return Counting.count


def method_overridden():
    """run() of the base class runs the subclass's step()."""
    model = Counting()
    return [model.run(i) for i in range(5)]


# %%
class Base:
    def __init__(self):
        self.total = 0

    def add(self, i):
        self.total += i
        return self.total


class Derived(Base):
    def add(self, i):
        return super().add(i) * 2


def super_with_state():
    """super().add() adds up."""
    model = Derived()
    return [model.add(i) for i in range(5)]


# %%
class Meta(type):
    made = []

    def __call__(cls, *args):
        Meta.made.append(args)
        return super().__call__(len(Meta.made))


class Part(metaclass=Meta):
    def __init__(self, number):
        self.number = number


def metaclass_call():
    """The metaclass numbers the instances."""
    return [Part(0).number for _ in range(3)]


# %%
class Temporary:
    alive = [0]

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Temporary.alive[0] += 1


def finaliser_with_state():
    """__del__ counts in the class."""
    out = []
    for i in range(3):
        temporary = Temporary(str(i))
        out.append(len(temporary.name))
    return out, Temporary.alive


# %%
import weakref


class Thing:
    pass


def weak_references():
    """The dictionary forgets what is gone."""
    known = weakref.WeakValueDictionary()
    out = []
    for i in range(3):
        thing = Thing()
        known[i] = thing
        out.append(len(known))
    return out


# %%
import contextvars

LEVEL = contextvars.ContextVar("level", default=0)


def context_variable():
    """The variable's value carries on."""
    out = []
    for i in range(3):
        level = LEVEL.get()
        LEVEL.set(level + i)
        out.append(level)
    return out


# %%
from decimal import Decimal, getcontext


def decimal_context():
    """The tail changes the precision with which the head divides."""
    out = []
    for i in range(1, 5):
        value = str(Decimal(1) / Decimal(7))
        out.append(value)
        getcontext().prec = i
    return out


# %%
import locale


def locale_changed():
    """The tail changes how the head formats."""
    out = []
    for name in ["C", "de_DE.UTF-8"]:
        text = locale.format_string("%.2f", 1.5)
        out.append(text)
        locale.setlocale(locale.LC_ALL, name)
    return out


# %%
import sys


def stdin_read_by_tail():
    """The tail reads the line after the one that the loop has read."""
    out = []
    for line in sys.stdin:
        value = line.strip()
        out.append(value + input())
    return out


# %%
from pathlib import Path


def directory_changed_while_listed():
    """The tail writes into the directory that is being listed."""
    out = []
    for path in Path("data").rglob("*"):
        text = path.name.upper()
        (Path("data") / text).write_text(text)
        out.append(text)
    return out


# %%
class State:
    current = 0


STATE = State()


def _doubled():
    return STATE.current * 2


def target_is_an_attribute():
    """The loop variable is an attribute that the callee reads."""
    out = []
    for STATE.current in range(5):
        value = _doubled()
        out.append(value)
    return out


# %%
def target_is_an_element():
    """The loop variable is an element of a list that is read after the loop."""
    cell = [0]
    out = []
    for cell[0] in range(5):
        value = str(cell[0])
        out.append(value)
    return out, cell


# %%
def called_from_a_lambda(items):
    """The call that gives an iterator is in a lambda; the one that gives a list is not."""
    out = []
    for item in items:
        value = str(item)
        out.append(value)
        if value == "2":
            raise ValueError(list(items))
    return out


RUN = lambda: called_from_a_lambda(iter([1, 2, 3, 4]))
called_from_a_lambda([1])


# %%
def _as_iterator(function):
    def inner(items):
        return function(iter(items))

    return inner


@_as_iterator
def decorated_with_other_arguments(items):
    """The decorator gives an iterator, where the call gives a list."""
    out = []
    for item in items:
        value = str(item)
        out.append(value)
        out.append(next(items, None))
    return out


decorated_with_other_arguments([1, 2, 3, 4])


# %%
def argument_from_a_lambda(rows):
    """Called from a lambda with rows that hold lists, elsewhere with numbers only."""
    out = []
    for row in rows:
        entry = row[0]
        entry[0] += 1
        out.append(str(len(row)))
    return out


COMMAND = lambda: argument_from_a_lambda([[[0]], [[0]]])
argument_from_a_lambda([(1, 2)])


# %%
COUNT = [0]


def _ping(n):
    COUNT[0] += 1
    return _pong(n - 1) if n > 0 else COUNT[0]


def _pong(n):
    return _ping(n - 1) if n > 0 else 0


def first_user():
    for i in range(5):
        value = _ping(i)
        print(value)
    return 0


def mutual_recursion():
    """_pong() counts too, through _ping()."""
    first_user()
    out = []
    for i in range(5):
        value = _pong(i)
        out.append(value)
    return out


# %%
def loop_over_own_name():
    """The inner data is what the outer data held."""
    data = [[1, 2], [3]]
    out = []
    for data in data:
        value = sum(data)
        out.append(value)
    return out, data


# %%
def reduction_with_feedback():
    """The head reads the running total."""
    total = 0
    for i in range(5):
        value = abs(total - i * i)
        total += value
    return total


# %%
def heap_order():
    """What is popped depends on what was pushed."""
    import heapq

    heap = [5, 1]
    out = []
    for i in range(5):
        heapq.heappush(heap, i * 7 % 5)
        value = heapq.heappop(heap)
        out.append(value)
    return out


# %%
def visited_set():
    """Already seen items are skipped."""
    seen = set()
    out = []
    for i in range(20):
        key = i % 7
        if key in seen:
            continue
        seen.add(key)
        out.append(str(i))
    return out


# %%
def function_attribute():
    """The function counts its calls in an attribute."""
    return [_tick() for _ in range(5)]


def _tick():
    _tick.calls += 1
    return _tick.calls


_tick.calls = 0


# %%
class Config:
    scale = 1


def _apply(i):
    return i * Config.scale


def class_attribute_changed_by_tail():
    """The head's callee reads the class attribute that the tail sets."""
    out = []
    for i in range(5):
        value = _apply(i)
        out.append(value)
        Config.scale = value + 1
    return out


# %%
class Tracker:
    scale = 1

    def note(self):
        type(self).scale += 1


def class_attribute_changed_by_method():
    """The head reads the class attribute that the tail's method sets through type(self)."""
    tracker = Tracker()
    out = []
    for i in range(5):
        value = str(Tracker.scale + i)
        out.append(value)
        tracker.note()
    return out


# %%
def module_attribute_changed():
    """The module's number is changed by the tail."""
    import decimal

    out = []
    for i in range(1, 4):
        value = str(decimal.DefaultContext.prec)
        out.append(value)
        decimal.DefaultContext.prec = i
    return out


# %%
def exhausted_then_reused():
    """The tail leaves the loop by an exception, and the iterator is used again after it."""
    numbers = iter(range(10))
    out = []
    try:
        for n in numbers:
            value = str(n)
            out.append(value)
            if n > 3:
                raise StopIteration
    except StopIteration:
        pass
    return out, list(numbers)


# %%
async def async_body(source):
    """The body awaits."""
    out = []
    for i in range(3):
        value = await source.get(i)
        out.append(value)
    return out


# %%
def yields_from_loop():
    """The consumer runs between the iterations."""
    for i in range(3):
        value = str(i)
        yield value


# %%
def breaks_out():
    """Later iterations must not have happened, and may raise."""
    out = []
    for text in ["1", "2", "", "x"]:
        if not text:
            break
        value = int(text)
        out.append(value)
    return out


# %%
def returns_early():
    """Later iterations must not have happened."""
    for text in ["1", "2", "x"]:
        value = int(text)
        if value == 2:
            return value
    return None


# %%
def closure_changed_by_callback(run):
    """run may call more(), which changes what the head reads."""
    step = 1

    def more():
        nonlocal step
        step += 1

    out = []
    for i in range(5):
        value = str(i * step)
        out.append(value)
        run(more)
    return out


# %%
class Shape:
    def area(self, i):
        return i


class Square(Shape):
    total = 0

    def area(self, i):
        Square.total += i
        return Square.total


def method_of_either_class(square=True):
    """The shape may be of the class whose method counts."""
    shape = Shape()
    if square:
        shape = Square()
    out = []
    for i in range(5):
        value = shape.area(i)
        out.append(value)
    return out


# %%
def make():
    class Point:
        def move(self, i):
            return i

    return Point()


def same_class_name():
    """This Point counts; another function's does not."""
    moves = [0]

    class Point:
        def move(self, i):
            moves[0] += i
            return moves[0]

    point = Point()
    out = []
    for i in range(5):
        value = point.move(i)
        out.append(value)
    return out


def make_another():
    class Point:
        def move(self, i):
            return i

    return Point()


# %%
try:
    from speedups import area
except ImportError:

    def area(i):
        return i * i


def maybe_imported():
    """area may be the other module's, about which nothing is known."""
    return [area(i) for i in range(5)]


# %%
class Part:
    def __init__(self, size):
        self.size = size

    def half(self):
        return self.size // 2

    def _count(self):
        self.size += 1
        return self.size

    half = _count


def method_rebound_in_class_body():
    """half is another name of the method that counts."""
    part = Part(3)
    out = []
    for i in range(5):
        value = part.half()
        out.append(value)
    return out


# %%
TABLE = {"rows": [[0]]}


def _row():
    return TABLE["rows"][0]


def row_from_callee():
    """The callee gives a row of the global table, which the head changes."""
    out = []
    for i in range(5):
        row = _row()
        row[0] += i
        out.append(str(i))
    return out


# %%
LOG = [0]


class Job:
    def attach(self):
        self.log = LOG


def method_attaches_global():
    """The method gives the new object the global list."""
    out = []
    for i in range(5):
        job = Job()
        job.attach()
        job.log[0] += i
        out.append(str(i))
    return out


# %%
LOG = [0]


def _attach(box):
    box["log"] = LOG


def callee_puts_global_in_argument():
    """The callee puts the global list into the new dictionary."""
    out = []
    for i in range(5):
        box = {}
        _attach(box)
        box["log"][0] += i
        out.append(str(i))
    return out


# %%
def loop_variable_in_outer_lambda():
    """The lambda reads the loop variable, and is given to sorted()."""
    scale = lambda x: x * i
    out = []
    for i in range(1, 5):
        value = sorted([1, -1], key=scale)
        out.append(str(value))
    return out


# %%
def deleted_element():
    """Each iteration removes what the next would have found."""
    items = list(range(9))
    out = []
    for i in range(4):
        value = str(items[i])
        out.append(value)
        del items[i]
    return out


# %%
def sorted_while_read():
    """The tail sorts the list that the head reads."""
    items = [3, 1, 2]
    out = []
    for i in range(3):
        value = items[i] * 2
        out.append(value)
        items.sort()
    return out


# %%
def swapped():
    """Two names change places from one iteration to the next."""
    a, b = 0, 1
    out = []
    for i in range(9):
        a, b = b, a + b
        out.append(str(a))
    return out


# %%
def except_name():
    """error is unbound after the handler, and kept in the tail."""
    errors = []
    last = None
    for text in ["1", "x", "2"]:
        try:
            number = int(text)
        except ValueError as error:
            last = str(error)
        errors.append((number, last))
    return errors


# %%
def try_keeps_old_value():
    """number keeps the value of the iteration before, when int() fails."""
    out = []
    number = 0
    for text in ["1", "x", "2"]:
        try:
            number = int(text)
        except ValueError:
            pass
        out.append(str(number))
    return out


# %%
def inner_loop_keeps_old_value():
    """best is not set where the inner loop has no rounds."""
    out = []
    best = 0
    for text in ["ab", "", "c"]:
        for letter in text:
            best = ord(letter)
        value = str(best)
        out.append(value)
    return out


# %%
def match_keeps_old_value():
    """steps is bound by one case only."""
    out = []
    steps = 0
    for command in ["go 1", "stop", "go 2"]:
        match command.split():
            case ["go", steps]:
                pass
            case _:
                pass
        value = str(steps)
        out.append(value)
    return out


# %%
def match_name_after_loop():
    """steps, bound by one case only, is read after the loop."""
    out = []
    steps = 0
    for command in ["go 1", "stop"]:
        match command.split():
            case ["go", steps]:
                pass
        out.append(len(command))
    return out, steps


# %%
import itertools

IDS = itertools.count()


def _new_id():
    return next(IDS)


def identifiers():
    """Identifiers are handed out in order."""
    return [(_new_id(), i) for i in range(5)]


# %%
import collections


def sliding_window():
    """The window holds what earlier iterations put there."""
    window = collections.deque(maxlen=3)
    out = []
    for i in range(9):
        window.append(i * i)
        mean = sum(window) / len(window)
        out.append(mean)
    return out


# %%
def string_building():
    """text grows, and its length is used."""
    text = ""
    out = []
    for i in range(9):
        width = len(text) + i
        out.append(width)
        text += str(i)
    return out


# %%
def union_find():
    """Each edge is compared in the forest that earlier edges made."""
    parent = list(range(6))

    def find(x):
        while parent[x] != x:
            x = parent[x]
        return x

    merged = 0
    for a, b in [(0, 1), (1, 2), (0, 2)]:
        left, right = find(a), find(b)
        if left != right:
            parent[left] = right
            merged += 1
    return merged


# %%
def gauss_seidel():
    """Each value is computed from its left neighbour's new value. (loop 2)"""
    xs = [float(i) for i in range(9)]
    for i in range(1, 8):
        value = (xs[i - 1] + xs[i + 1]) / 2
        xs[i] = value
    return xs


# %%
class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
        return self.balance


def running_balance():
    """The balance carries."""
    account = Account()
    return [account.deposit(i) for i in range(5)]


# %%
class Parser:
    def __init__(self, text):
        self.text = text
        self.place = 0

    def token(self):
        self.place += 1
        return self.text[self.place - 1]

    def tokens(self):
        """self.token() moves on."""
        out = []
        for i in range(3):
            token = self.token()
            out.append(token)
        return out


# %%
class Smoother:
    def __init__(self):
        self.last = 0.0
        self.values = []

    def smooth(self):
        """The head reads the attribute that the tail sets."""
        for i in range(9):
            value = round(self.last * 0.5 + i, 3)
            self.values.append(value)
            self.last = value


# %%
class Grid:
    def __init__(self):
        self.cells = [0] * 9

    def neighbours(self, i):
        return self.cells[i - 1] + i

    def relax(self):
        """The method reads the cells that the tail sets."""
        for i in range(1, 9):
            value = self.neighbours(i)
            self.cells[i] = value


# %%
def tail_reads_through_copy(rows=((1, 2), (3, 4))):
    """current is one of the lists, which is emptied by the tail."""
    stacks = [[1, 2], [3]]
    current = max(stacks)
    out = []
    for stack in stacks:
        value = len(current)
        out.append(value)
        stack.clear()
    return out


# %%
def changed_through_another_loop():
    """The tail changes the rows by an inner loop over the list. (loop 2)"""
    rows = [[1], [2]]
    top = [row for row in rows]
    out = []
    for i in range(3):
        value = sum(top[0]) + i
        out.append(value)
        for row in rows:
            row[0] = value
    return out


# %%
def zip_of_lists_changes_rows():
    """The pairs hold the rows that the tail of an earlier iteration changed."""
    rows = [[1], [2], [3]]
    out = []
    for left, right in zip(rows, rows[1:]):
        value = sum(left)
        out.append(value)
        right[0] = value + 1
    return out


# %%
import sys


def modules_changed():
    """The modules' attributes are set. As in site.abs_paths."""
    out = []
    for module in list(sys.modules.values()):
        module.visited = True
        out.append(1)
    return out


# %%
import sys
import os


def path_entries_replaced():
    """sys.path of a worker is not that of the parent. As in idlelib.pyshell."""
    out = []
    for i in range(len(sys.path)):
        sys.path[i] = os.path.abspath(sys.path[i])
        out.append(str(i))
    return out


# %%
import re


def match_objects_iterated():
    """The loop variable, a match object, cannot be pickled. As in locale._percent_re."""
    out = []
    for found in re.finditer("[a-z]", "abc"):
        text = found.group().upper()
        out.append((found, text))
    return out


# %%
def sorted_with_key_and_reverse():
    """The key function counts."""
    calls = []

    def key(x):
        calls.append(x)
        return len(calls) % 3

    return [sorted(range(i), key=key, reverse=True) for i in range(5)]


# %%
class Palette:
    """Names bound in a class body are its attributes."""

    shades = []

    def colours(self):
        """The iterator attribute moves on."""
        out = []
        for i in range(3):
            colour = next(self.source) + str(i)
            out.append(colour)
        return out


# %%
def list_grows_through_alias():
    """work is what is iterated over, under another name."""
    work = [3]
    more = work
    out = []
    for x in work:
        value = str(x)
        out.append(value)
        if x > 0:
            more.append(x - 1)
    return out


# %%
POSITION = 0


def where():
    return POSITION


def global_loop_variable():
    """The loop variable is a global, which is read after the loop."""
    global POSITION
    for POSITION in range(5):
        print(str(POSITION))
    return where()


# %%
class Player:
    def __init__(self, skill):
        self.skill = skill
        self.score = 0


def _play(home, away, day):
    for player in home + away:
        player.score += day * player.skill
    return int(sum(player.score for player in home))


def concatenated_in_callee():
    """The sum of two lists holds the very players of both."""
    home = [Player(1), Player(2)]
    away = [Player(3)]
    out = []
    for day in range(9):
        out.append(_play(home, away, day))
    return out


# %%
TEAM_A = [{"hits": 0}, {"hits": 0}]
TEAM_B = [{"hits": 0}]


def _simulate(day):
    total = 0
    for member in TEAM_A + TEAM_B:
        member["hits"] += day
        total += day
    return total


def concatenated_globals():
    """The sum of two global lists holds the members of both."""
    out = []
    for day in range(9):
        out.append(_simulate(day))
    return out, TEAM_A


# %%
CELLS = ([0], [0])


def _bump(day):
    for cell in CELLS + ([1],):
        cell[0] += day
    return day


def concatenated_tuples():
    """So does the sum of two tuples."""
    out = []
    for day in range(9):
        out.append(_bump(day))
    return out, CELLS


# %%
def extended_in_place():
    """A new list that the shared cells are added to holds the very cells."""
    home = [[0], [0]]
    out = []
    for day in range(9):
        cells = []
        cells += home
        for cell in cells:
            cell[0] += day
        out.append(str(day))
    return out, home


# %%
def _bump_all(cells, day):
    for cell in cells * 2:
        cell[0] += day
    return day


def multiplied_list():
    """A multiple of a list holds its cells several times."""
    cells = [[0], [0]]
    out = []
    for day in range(9):
        out.append(_bump_all(cells, day))
    return out, cells


# %%
def _bump_slice(cells, day):
    for cell in [*cells[1:], [0]]:
        cell[0] += day
    return day


def sliced_and_unpacked():
    """A slice, unpacked into a new list, holds the cells."""
    cells = [[0], [0]]
    out = []
    for day in range(9):
        out.append(_bump_slice(cells, day))
    return out, cells


# %%
def _bump_sorted(cells, day):
    for cell in sorted(cells) + list(cells) + cells.copy():
        cell[0] += day
    return day


def copied_lists():
    """Copies are shallow."""
    cells = [[0], [0]]
    out = []
    for day in range(9):
        out.append(_bump_sorted(cells, day))
    return out, cells


# %%
import itertools


def _bump_chained(cells, table, day):
    for cell in itertools.chain(reversed(cells), table.values()):
        cell[0] += day
    for number, cell in enumerate(cells):
        cell[0] += number
    for cell, other in zip(cells, cells):
        other[0] += day
    return day


def chained_views():
    """Views and lazy functions give the cells themselves."""
    cells = [[0], [0]]
    table = {"a": [0]}
    out = []
    for day in range(9):
        out.append(_bump_chained(cells, table, day))
    return out, cells, table


# %%
def _bump_filtered(cells, day):
    for cell in [cell for cell in cells if cell[0] % 2 == 0]:
        cell[0] += day
    return day


def filtered_by_comprehension():
    """A comprehension that filters holds the cells themselves."""
    cells = [[0], [0]]
    out = []
    for day in range(9):
        out.append(_bump_filtered(cells, day))
    return out, cells


# %%
def _bump_merged(first, second, day):
    for cell in {**first, **second}.values():
        cell[0] += day
    return day


def merged_dicts():
    """A merged dictionary holds the cells of both."""
    first, second = {1: [0]}, {2: [0]}
    out = []
    for day in range(9):
        out.append(_bump_merged(first, second, day))
    return out, first


# %%
def slice_assigned():
    """Assigning a slice puts the items in, not the list."""
    cells = [[0], [0]]
    out = []
    for day in range(9):
        view = [None, None]
        view[:] = cells
        view[0][0] += day
        out.append(str(day))
    return out, cells


# %%
def _weigh(number, offset):
    return sum(i * offset for i in range(number))


def _run_with_offset(numbers, offset):
    """The helper, called from the tail, rebinds the parameter that the head reads."""

    def bump(value):
        nonlocal offset
        offset += value

    out = []
    for number in numbers:
        result = _weigh(number, offset)
        bump(result)
        out.append(result)
    return out


def main():
    return _run_with_offset(range(9), 1)


# %%
class Tools:
    @staticmethod
    def mark(board, number):
        board[0] = board[0] + number
        return int(sum(range(number)) + board[0])


def staticmethod_of_instance():
    """A static method gets no instance: its first parameter is the board."""
    board = [0]
    tools = Tools()
    out = []
    for number in range(9):
        out.append(tools.mark(board, number))
    return out


# %%
class Shape:
    made = [0]

    @classmethod
    def make(cls, board, number):
        board[0] += number
        return number


def classmethod_of_instance():
    """A class method gets the class, and then the board."""
    board = [0]
    shape = Shape()
    out = []
    for number in range(9):
        out.append(shape.make(board, number))
    return out, board


# %%
def _scaled(number, source):
    return sum(range(number)) + next(source)


def _report(count, source=None):
    """The call gives source by a mapping, not by its default. (loop 1)"""
    out = []
    for number in range(count):
        out.append(_scaled(number, source))
    return out


def main():
    options = {"source": iter(range(1000))}
    return _report(10, **options)


# %%
import argparse


def _collect(n, source=None, scale=1):
    """The parameters are what the command line says. (loop 1)"""
    out = []
    for number in range(n):
        out.append(int(next(source)) * scale)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=10)
    parser.add_argument("--source", type=argparse.FileType(), default="-")
    return _collect(**vars(parser.parse_args()))


# %%
class Item:
    def __init__(self):
        self.count = 0

    @property
    def total(self):
        self.count += 1
        return self.count


def _totalled(item, number):
    return int(sum(range(number)) + getattr(item, "total"))


def property_by_getattr_in_callee():
    """getattr() runs the property, which counts."""
    item = Item()
    out = []
    for number in range(9):
        out.append(_totalled(item, number))
    return out


# %%
class Probe:
    def __init__(self):
        self.count = 0

    @property
    def level(self):
        self.count += 1
        return self.count


def _probed(probe, name):
    return int(getattr(probe, name, 0)) + int(hasattr(probe, "level"))


def property_by_computed_name():
    """Which attribute it is only the run knows."""
    probe = Probe()
    out = []
    for name in ["level", "count"]:
        out.append(_probed(probe, name))
    return out


# %%
class Counted:
    def __init__(self):
        self.count = 0

    def _next(self):
        self.count += 1
        return self.count

    number = property(_next)


def property_by_call():
    """A property need not be written as a decorator."""
    counted = Counted()
    out = []
    for i in range(9):
        out.append(str(counted.number) + str(i))
    return out


# %%
import array
import csv
import itertools
import math


class Reader:
    def __init__(self, source):
        self.source = source

    def as_bytes(self, number):
        return len(bytes(self.source)) + number

    def as_keys(self, number):
        return len(dict.fromkeys(self.source)) + number

    def apart(self, number):
        return int({1, 2, 3}.isdisjoint(self.source)) + number

    def as_bytearray(self, number):
        return len(bytearray(self.source)) + number

    def as_array(self, number):
        return len(array.array("i", self.source)) + number

    def as_rows(self, number):
        return len(list(csv.reader(self.source))) + number

    def distance(self, number):
        return float(math.dist(self.source, [1, 2])) + number

    def holds(self, number):
        return int(number in self.source)

    def from_bytes(self, number):
        return int.from_bytes(self.source, "big") + number

    def extended(self, number):
        found = [0]
        found += self.source
        return len(found) + number

    def unpacked(self, number):
        return len([*self.source]) + number


def read_as_bytes():
    """bytes() of an object of unknown type may use up an iterator."""
    reader = Reader(iter(range(99)))
    return [reader.as_bytes(number) for number in range(9)]


def read_as_keys():
    """So may dict.fromkeys()."""
    reader = Reader(iter(range(99)))
    return [reader.as_keys(number) for number in range(9)]


def read_as_set():
    """So may the methods of sets."""
    reader = Reader(iter(range(99)))
    return [reader.apart(number) for number in range(9)]


def read_as_bytearray():
    """So may bytearray()."""
    reader = Reader(iter(range(99)))
    return [reader.as_bytearray(number) for number in range(9)]


def read_as_array():
    """So may array.array()."""
    reader = Reader(iter(range(99)))
    return [reader.as_array(number) for number in range(9)]


def read_as_rows():
    """csv.reader() reads from a file."""
    reader = Reader(open("x"))
    return [reader.as_rows(number) for number in range(9)]


def read_as_point():
    """math.dist() makes tuples of its arguments."""
    reader = Reader(iter(range(99)))
    return [reader.distance(number) for number in range(9)]


def read_by_membership():
    """The operator in moves an iterator on."""
    reader = Reader(iter(range(99)))
    return [reader.holds(number) for number in range(9)]


def read_as_number():
    """int.from_bytes() takes an iterable."""
    reader = Reader(iter(range(99)))
    return [reader.from_bytes(number) for number in range(9)]


def read_by_augmented_list():
    """An in-place addition to a list reads what is added."""
    reader = Reader(iter(range(99)))
    return [reader.extended(number) for number in range(9)]


# %%
import io


def buffer_is_read_on():
    """A StringIO has a position, as a file has."""
    buffer = io.StringIO("1\n2\n3\n4\n")
    out = []
    for number in range(4):
        value = sum(int(line) for line in buffer) + number
        out.append(value)
    return out


# %%
from collections import defaultdict as dd


class Index:
    def __init__(self):
        self.table = dd(int)


def _score(index, key):
    return int(sum(range(key)) + index.table[key])


def defaultdict_by_another_name():
    """Reading a missing key inserts it, whatever the class is called here."""
    index = Index()
    out = []
    for key in range(9):
        out.append(_score(index, key))
    return out, len(index.table)


# %%
STATE = {}


def _rows_kept(number):
    return number + len(STATE["rows"]) + sum(range(number))


def kept_by_or(previous):
    """STATE keeps the list that the tail appends to, if there was none before."""
    out = []
    STATE["rows"] = previous or out
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return out


def kept_by_ifexp(previous):
    """So it does by a conditional expression."""
    out = []
    STATE["rows"] = out if previous is None else previous
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return out


def kept_by_walrus():
    """So it does by an assignment in an expression."""
    out = []
    STATE["rows"] = (rows := out)
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return rows


def kept_by_tuple():
    """So it does through a tuple."""
    out = []
    STATE["rows"] = (out, 1)[0]
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return out


def kept_by_starred():
    """So it does through a list that is unpacked."""
    out = []
    STATE["rows"], *_ = [out]
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return out


def kept_by_literal():
    """So it does through an element of a literal."""
    out = []
    STATE["rows"] = {"a": out}["a"]
    for number in range(9):
        result = _rows_kept(number)
        out.append(result)
    return out


def kept_as_view():
    """A view of a dictionary sees what the tail stores in it."""
    out = {}
    STATE["rows"] = out.values()
    for number in range(9):
        result = _rows_kept(number)
        out[number] = result
    return out


def kept_as_method():
    """A bound method holds its list."""
    out = []
    STATE["rows"] = [1]
    STATE["count"] = out.__len__
    for number in range(9):
        result = sum(range(number)) + STATE["count"]()
        out.append(result)
    return out


# %%
FIRST = {}


def _first_row(number):
    return int(sum(range(number)) + FIRST["row"][-1])


def kept_row():
    """One of the rows that the tail changes is kept elsewhere."""
    rows = [[1], [2]]
    FIRST["row"] = rows[0]
    for row in rows:
        result = _first_row(3)
        row.append(result)
    return rows


def kept_row_of_loop():
    """So is one that a loop gave a name to. (loop 2)"""
    rows = [[1], [2]]
    for row in rows:
        FIRST["row"] = row
    for row in rows:
        result = _first_row(3)
        row.append(result)
    return rows


# %%
KNOWN = []


class Member:
    def __init__(self, number):
        self.score = number
        KNOWN.append(self)


def _known_score(number):
    return int(sum(range(number)) + KNOWN[0].score)


def registers_itself():
    """The members register themselves where the head reads them. (loop 2)"""
    members = [Member(number) for number in range(3)]
    for member in members:
        result = _known_score(3)
        member.score = result
    return [member.score for member in members]


# %%
import os


def _seeded(number):
    return sum(range(number)) + int(os.getenv("SEED", "0"))


def environment_set_in_tail():
    """The head reads the variable that the tail sets."""
    out = []
    for number in range(9):
        result = _seeded(number)
        os.environ["SEED"] = str(result)
        out.append(result)
    return out


# %%
import os


def _rooted(name):
    return os.path.abspath(name)


def folder_changed_in_tail():
    """The head's paths depend on the working folder, which the tail changes."""
    out = []
    for name in ["a", "b"]:
        path = _rooted(name)
        os.chdir(path)
        out.append(path)
    return out


# %%
import decimal
from decimal import Decimal


def _third(number):
    return Decimal(1) / Decimal(number + 3)


def decimal_precision_in_tail():
    """The precision of the head's division is what the tail of the iteration before set."""
    context = decimal.getcontext()
    out = []
    for number in range(9):
        result = _third(number)
        context.prec = 5 + number
        out.append(result)
    return out


# %%
import decimal


def _divided(row, number):
    return row["price"] / number


def decimal_precision_of_unknown(rows):
    """What is divided may be a decimal."""
    context = decimal.getcontext()
    out = []
    for number in range(1, 9):
        result = str(_divided(rows, number))
        context.prec = 5 + number
        out.append(result)
    return out


# %%
import json


def bound_method_as_parser():
    """json.loads() calls the method that it is given, which remembers."""
    seen = []
    out = []
    for _ in range(9):
        result = json.loads("[1]", parse_int=seen.append)
        out.append(len(result))
    return out, seen


# %%
def bound_method_in_callee():
    """map() calls the method, by whatever name."""
    seen = []
    add = seen.append
    out = []
    for number in range(9):
        result = len(list(map(add, range(number))))
        out.append(result)
    return out, seen


# %%
def table_of_fresh_row():
    """The row is in the table: what is put in it there is in the row."""
    shared = [0]
    out = []
    for number in range(9):
        row = []
        table = {"row": row}
        table["row"].append(shared)
        row[0][0] += number
        out.append(sum(range(number)))
    return out, shared


# %%
def second_name_of_fresh_dict():
    """Both names are the one new dictionary that holds the shared list."""
    shared = [0]
    out = []
    for number in range(9):
        table = {}
        view = table
        table["a"] = shared
        view["a"][0] += number
        out.append(str(number))
    return out, shared


# %%
def _hang(table, row):
    table["row"] = row


def hung_in_callee():
    """The callee puts the row into the table."""
    shared = [0]
    out = []
    for number in range(9):
        row = []
        table = {}
        _hang(table, row)
        table["row"].append(shared)
        row[0][0] += number
        out.append(str(number))
    return out, shared


# %%
def got_from_fresh_table():
    """What get() gives is the row itself."""
    shared = [0]
    out = []
    for number in range(9):
        row = []
        table = {"row": row}
        table.get("row", row).append(shared)
        row[0][0] += number
        out.append(str(number))
    return out, shared


# %%
def _marked(board, number):
    current = board
    if number > 100 and (current := [0]):
        pass
    current[0] += number
    return int(current[0])


def walrus_not_reached():
    """The assignment within the condition does not happen: current is still the board."""
    board = [0]
    out = []
    for number in range(9):
        out.append(_marked(board, number))
    return out


# %%
def _overwritten(board, number):
    current = board
    for current in [[0], [1]][: number % 2]:
        pass
    current[0] += number
    return int(current[0])


def loop_that_may_not_run():
    """A loop over nothing leaves current as it was: the board."""
    board = [0]
    out = []
    for number in range(9):
        out.append(_overwritten(board, number))
    return out


# %%
def _perhaps(board, number):
    current = board
    fresh = [(current := [item]) for item in range(number)]
    current[0] += number
    return len(fresh)


def comprehension_that_may_not_run():
    """A comprehension of nothing leaves current as it was: the board."""
    board = [0]
    out = []
    for number in range(9):
        out.append(_perhaps(board, number))
    return out, board


# %%
def _chosen(board, number):
    current = board
    ready = (current := [0]) if number > 3 else None
    current[0] += number
    return str(ready)


def conditional_rebinding():
    """One branch of the expression rebinds current, the other leaves the board."""
    board = [0]
    out = []
    for number in range(9):
        out.append(_chosen(board, number))
    return out, board


# %%
def _caught(shared, number):
    try:
        raise ValueError(shared)
    except ValueError as error:
        error.args[0][0] += number
    return number


def carried_by_an_exception():
    """The exception holds the shared list."""
    shared = [0]
    out = []
    for number in range(9):
        out.append(_caught(shared, number))
    return out, shared


# %%
import shelve


def _looked_up(shelf, number):
    return int(sum(range(number)) + shelf[str(number)])


def shelf_is_shared():
    """Forked workers would seek in one file."""
    shelf = shelve.open("x")
    out = []
    for number in range(9):
        out.append(_looked_up(shelf, number))
    return out


# %%
import shelve


class Store:
    def __init__(self):
        self.shelf = shelve.open("x")


def _stored(store, number):
    return int(store.shelf[str(number)])


def shelf_in_an_attribute():
    """So they would through an attribute."""
    store = Store()
    out = []
    for number in range(9):
        out.append(_stored(store, number))
    return out


# %%
import mmap


def mapping_is_shared():
    """An open mapping has a position."""
    with open("x", "r+b") as stream:
        pages = mmap.mmap(stream.fileno(), 0)
        out = []
        for number in range(9):
            value = int(pages[number]) + sum(range(number))
            out.append(value)
    return out


# %%
class Price:
    def __init__(self, value):
        self.value = value


LOG = []


def _add(price, other):
    LOG.append(other)
    return price.value + other + len(LOG)


Price.__add__ = _add


def _priced(price, number):
    return int(sum(range(number)) + (price + number))


def special_method_set_later():
    """The class got its operator from outside."""
    price = Price(3)
    out = []
    for number in range(9):
        out.append(_priced(price, number))
    return out


# %%
import __main__


def _rated(number):
    return number * number


NOISE = []


def _noisy(number):
    NOISE.append(number)
    return len(NOISE)


__main__._rated = _noisy


def function_set_in_module():
    """The module's function is another one by now."""
    out = []
    for number in range(9):
        out.append(_rated(number))
    return out


# %%
def _valued(number):
    return number * number


CALLS = []


def _counting(number):
    CALLS.append(number)
    return len(CALLS)


globals()["_valued"] = _counting


def function_set_in_namespace():
    """So it is by the module's dictionary."""
    out = []
    for number in range(9):
        out.append(_valued(number))
    return out


# %%
import sys


class Widget:
    def __init__(self, size):
        self.size = size


MADE = []


class CountingWidget:
    def __init__(self, size):
        MADE.append(size)
        self.size = len(MADE)


setattr(sys.modules[__name__], "Widget", CountingWidget)


def class_set_in_module():
    """So is a class."""
    out = []
    for number in range(9):
        out.append(int(Widget(number).size))
    return out


# %%
import threading

CONTEXT = threading.local()
CONTEXT.scale = 3


def _in_thread(number):
    return int(sum(range(number)) * CONTEXT.scale)


def thread_local_value():
    """A thread of a team has no scale of its own."""
    out = []
    for number in range(9):
        out.append(_in_thread(number))
    return out


# %%
import sys


def _counted(path):
    with open(path) as stream:
        return len(stream.read())


def printed_into_a_file_that_is_read(paths):
    """Standard output is a file, and the head reads it."""
    sys.stdout = open("log.txt", "a")
    for path in paths:
        size = _counted("log.txt") + len(path)
        print(size, flush=True)


# %%
class K:
    def __init__(self):
        self.n = 0


def work(ks, x):
    d = {k: 1 for k in ks}
    for k in d:
        k.n += x
    return x


def key_objects_by_comprehension():
    """The keys of the new dictionary are the shared objects."""
    ks = [K(), K()]
    out = []
    for x in range(10):
        out.append(work(ks, x))
    return (out, ks[0].n)


# %%
class K:
    def __init__(self):
        self.n = 0


def work(a, x):
    d = {a: 1}
    for k in d:
        k.n += x
    return x


def key_objects_by_literal():
    """So they are in a literal."""
    a = K()
    out = []
    for x in range(10):
        out.append(work(a, x))
    return (out, a.n)


# %%
class K:
    def __init__(self):
        self.n = 0


def work(a, x):
    d = {}
    d[a] = 1
    for k in d:
        k.n += x
    return x


def key_objects_by_store():
    """So they are after a store."""
    a = K()
    out = []
    for x in range(10):
        out.append(work(a, x))
    return (out, a.n)


# %%
import os

N = []


def opener(p, flags):
    N.append(p)
    return os.open(p, flags)


def work(x):
    with open("x", opener=opener) as f:
        return len(f.read()) + len(N)


def opener_with_state():
    """open() calls its opener."""
    out = []
    for x in range(10):
        out.append(work(x))
    return out


# %%
def work(shared, x):
    rows = [{}, {}]
    for row in rows:
        row["k"] = shared
    rows[0]["k"][0] += x
    return x


def stored_through_loop_variable():
    """The loop variable is an element of the new list: what is stored in it is there."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
def work(shared, x):
    a = {}
    if (b := a) is not None:
        b["k"] = shared
    a["k"][0] += x
    return x


def second_name_by_walrus():
    """Both names are the one new dictionary."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
def work(shared, x):
    a = []
    list(map(lambda v: a.append(v), [shared]))
    a[0][0] += x
    return x


def stored_by_lambda():
    """The function handed to map() puts the shared list into the new one."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
def work(shared, x):
    a = {}
    match a:
        case dict() as b:
            b["k"] = shared
    a["k"][0] += x
    return x


def second_name_by_match():
    """A pattern gives a second name too."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
def work(shared, x):
    a = {}
    match [a, 1]:
        case [b, _]:
            b["k"] = shared
    a["k"][0] += x
    return x


def second_name_by_sequence_pattern():
    """So does a pattern within a pattern."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
def work(shared, x):
    a = []
    t = (a,)
    a += [shared]
    t[0][0][0] += x
    return x


def extended_through_another_name():
    """An in-place operator changes the list that the tuple holds."""
    shared = [0]
    out = []
    for x in range(9):
        out.append(work(shared, x))
    return (out, shared)


# %%
class G:
    def __init__(self):
        self.n = 0

    @property
    def level(self):
        self.n += 1
        return self.n


class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_alias():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    alias = rows
    alias.append(H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_inner_function():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]

    def fill():
        rows.append(H())

    fill()
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


ROWS = [1]
item = 5


def fill(item):
    ROWS.append(item)


fill(H())


def typed_by_first_item_global():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (ROWS[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_of_rows():
    """The list holds more than the items that it began with, which do not add up like numbers. (loop 2)"""
    rows = [[1], [2]]
    for row in rows:
        row.append(H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[1][-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_tuple():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    pair = (rows, 1)
    pair[0].append(H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_slice():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    rows[:] = [H()]
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_targets():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    rows[0], y = H(), 1
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_chain():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    h = rows[0] = H()
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_for():
    """The list holds more than the items that it began with, which do not add up like numbers. (loop 2)"""
    rows = [1]
    for rows[0] in [H()]:
        pass
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_bound():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    add = rows.append
    add(H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_unbound():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    list.append(rows, H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def fill(target, what):
    target.append(what)


def typed_by_first_item_keyword():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    fill(target=rows, what=H())
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def fill(target):
    t = target
    t.append(H())


def typed_by_first_item_callee():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    fill(rows)
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def fill(target):
    target += [H()]


def typed_by_first_item_in_place():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    fill(rows)
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
class H:
    def __init__(self):
        self.n = 0

    def __add__(self, o):
        self.n += 1
        return self.n


def typed_by_first_item_map():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [1]
    list(map(rows.append, [H()]))
    out = []
    for x in range(10):
        out.append(int(sum(range(x)) + (rows[-1] + x)))
    return out


# %%
def typed_by_first_item_iterator():
    """The list holds more than the items that it began with, which do not add up like numbers."""
    rows = [[1]]
    alias = rows
    alias[0] = iter(range(100))
    out = []
    for x in range(10):
        out.append(sum(rows[0]) + x)
    return out


# %%
import dbm

SHELVES = {"a": dbm.open("x")}


def _shelved(number):
    return len(SHELVES["a"][str(number)])


def handle_in_a_table():
    """The handle is shared, wherever it is kept."""
    out = []
    for number in range(9):
        out.append(_shelved(number))
    return out


# %%
import contextlib
import io

BUFFER = io.StringIO()


def _printed_so_far(number):
    return len(BUFFER.getvalue()) + sum(range(number))


def printed_into_an_object():
    """The tail prints into the buffer that the head reads."""
    with contextlib.redirect_stdout(BUFFER):
        for number in range(9):
            result = _printed_so_far(number)
            print(result)


# %%
import logging

SEEN = []


class Collector(logging.Handler):
    def emit(self, record):
        SEEN.append(record)


logging.getLogger().addHandler(Collector())


def _logged_so_far(number):
    return len(SEEN) + sum(range(number))


def logged_into_an_object():
    """The handler is the program's own, and the head reads what it keeps."""
    out = []
    for number in range(9):
        result = _logged_so_far(number)
        logging.warning("turn")
        out.append(result)
    return out


# %%
SHOWN = []


class Shown:
    def __str__(self):
        SHOWN.append(1)
        return "shown"


def _shown_so_far(number):
    return len(SHOWN) + sum(range(number))


def str_in_tail():
    """Printing in the tail changes what the head reads."""
    shown = Shown()
    for number in range(9):
        result = _shown_so_far(number)
        print(shown, result)


# %%
class Numbered:
    def __init__(self):
        self.count = 0

    def __repr__(self):
        self.count += 1
        return str(self.count)


def repr_with_state():
    """str() runs __repr__, which counts."""
    numbered = Numbered()
    out = []
    for number in range(9):
        out.append(str(numbered) + str(number))
    return out


# %%
import sys

LIMIT = 3


def _limited(number):
    return LIMIT + sum(range(number))


def global_set_through_modules():
    """The tail sets the global that the head reads, by the module's entry."""
    out = []
    for number in range(9):
        result = _limited(number)
        sys.modules[__name__].LIMIT = result
        out.append(result)
    return out


# %%
import math


def _turned(number):
    return math.tau * number


def library_constant_set():
    """The tail sets the constant that the head reads."""
    out = []
    for number in range(9):
        result = int(_turned(number) + sum(range(number)))
        math.tau = result
        out.append(result)
    return out


# %%
def _handed_on(shared, number):
    first, second, third, fourth, fifth = [0], [0], [0], [0], shared
    for _ in range(6):
        first[0] += number
        first = second
        second = third
        third = fourth
        fourth = fifth
    return number


def handed_from_name_to_name():
    """After some rounds of the inner loop the first name is the shared list."""
    shared = [0]
    out = []
    for number in range(9):
        out.append(_handed_on(shared, number))
    return out, shared


# %%
import builtins

LENGTHS = []
_real_len = len


def _noted_len(value):
    LENGTHS.append(value)
    return _real_len(LENGTHS)


builtins.len = _noted_len


def builtin_replaced():
    """len() is the program's own by now, and counts."""
    out = []
    for number in range(9):
        out.append(len(str(number)) + sum(range(number)))
    return out


# %%
def _opener(path, flags):
    import os

    OPENED.append(path)
    return os.open(path, flags)


OPENED = []


def opener_counts():
    """open() calls the opener that it is given."""
    out = []
    for name in ["a", "b"]:
        with open(name, opener=_opener) as stream:
            size = len(stream.read())
        out.append(size)
    return out, OPENED


# %%
def item_bound_anew_in_head(rows=([3, 1], [2, 5])):
    """The tail wants what the head made of the item, not the item."""
    out = []
    for row in rows:
        row = sorted(row, key=lambda n: n % 3)
        out.append(row)
    return out


# %%
def appended_then_filled(numbers=(1, 2, 3)):
    """What is appended is filled afterwards."""
    out = []
    for n in numbers:
        if n > 1:
            group = {}
            out.append(group)
            group["sum"] = sum(range(n * 100))
    return out


# %%
def appended_then_sorted(numbers=(1, 2, 3)):
    """What is appended is changed by its own method afterwards."""
    out = []
    for n in numbers:
        row = [k * n % 7 for k in range(9)]
        out.append(row)
        row.sort()
    return out


# %%
def parse_or_none(text):
    return int(text) if text.isdigit() else None


def adding_raises_inside_try(texts=("1", "x", "3")):
    """The addition itself raises, and is caught."""
    total = 0
    for text in texts:
        try:
            total += parse_or_none(text)
        except TypeError:
            pass
    return total


# %%
def else_reads_what_the_head_made(numbers=(1, 2, 3)):
    """The else clause reads a name of the head."""
    out = []
    for n in numbers:
        value = sum(range(n * 100))
        out.append(value % 7)
    else:
        out.append(value)
    return out


# %%
def search_leaves_the_rest_unread(lines):
    """What comes behind the match is read by somebody else."""
    source = iter(lines)
    for line in source:
        if sum(map(ord, line)) % 7 == 0:
            break
    return list(source)


# %%
def any_leaves_the_rest_unread(lines):
    """The same with a generator expression. (loop 2)"""
    source = iter(lines)
    for line in ["a"]:
        print(line)
    found = any([sum(map(ord, line)) % 7 == 0 for line in source])
    return found, list(source)


# %%
class Reader:
    def __init__(self, lines):
        self.lines = lines
        self.at = 0

    def __iter__(self):
        for self.at, line in enumerate(self.lines):
            yield line


def position_of_the_reader(lines):
    """The tail looks at how far the iteration is."""
    reader = Reader(lines)
    out = []
    for line in reader:
        value = sum(map(ord, line))
        out.append((value, reader.at))
    return out


# %%
def negative_numbers_of_elements(values, low):
    """Numbers below zero mean elements that others have too."""
    for n in range(low, len(values)):
        values[n] = sum(range(values[n] * 10)) + 1
    return values


# %%
def prod(values):
    global factor
    for value in values:
        factor = value
    return factor


factor = 1


def read_by_a_function_of_mine(numbers):
    """It is not math.prod that reads the elements. (loop 2)"""
    for n in [1]:
        print(n)
    return prod([n * factor for n in numbers])


# %%
import re


def items_that_cannot_be_sent(text):
    """The items are sent to the workers, and these cannot be."""
    found = {}
    for match in re.finditer(r"(\d)([a-z])", text):
        value = sum(range(int(match.group(1)) * 50))
        found[match.group(2)] = value
    return found


# %%
class Node:
    pass


def items_that_must_not_be_copies(nodes, special):
    """The workers would compare copies of the items."""
    out = []
    for node in filter(None, nodes):
        same = node is special and sum(range(100)) > 0
        out.append(same)
    return out


# %%
SHARED_POINT = [0]


class _Vector:
    def __init__(self, size):
        self.size = size

    def __add__(self, other):
        return SHARED_POINT


def operator_gives_a_shared_object(count):
    """v + v is one list for all, which each iteration changes."""
    out = []
    for number in range(count):
        v = _Vector(number)
        point = v + v
        point[0] += 1
        out.append(point[0])
    return out


# %%
class _Counter:
    seen = 0

    def __init__(self, size):
        self.size = size

    def __lt__(self, other):
        _Counter.seen += 1
        return self.size < other.size


def comparison_counts(counters):
    """max() runs a __lt__ that counts, and the count is part of the result."""
    out = []
    for number in range(5):
        best = max(counters)
        out.append((best.size, _Counter.seen + number))
    return out


# %%
_LOG = []


class _Labelled:
    def __init__(self, name):
        self.name = name

    def __format__(self, spec):
        return f"{self.name}{len(_LOG)}"


def format_reads_what_the_tail_changes(items):
    """Formatting an item shows how long the log is, to which each iteration adds."""
    for item in items:
        text = f"{item}"
        _LOG.append(text)
    return list(_LOG)


# %%
class _Window:
    def __init__(self, parts):
        self.parts = parts

    def __getitem__(self, at):
        return self.parts[at % 2]


def subscript_gives_a_part(windows):
    """Two windows may have one list among their parts, which each iteration adds to."""
    out = []
    for window in windows:
        part = window[3]
        part.append(len(part))
        out.append(len(part))
    return out


# %%
class _Lazy:
    def __init__(self):
        self.left = 3

    def __iter__(self):
        while self.left:
            self.left -= 1
            yield self.left


def iteration_uses_it_up(lazies):
    """The second one to go over the same object finds nothing left in it."""
    out = []
    for lazy in lazies:
        total = sum(lazy)
        out.append(total)
    return out


# %%
class _Meter:
    def __init__(self):
        self.count = 0

    def _tick(self, number):
        return number * 2

    def ticks(self, numbers):
        """A class that derives from this one counts in the method that the loop calls."""
        out = []
        for number in numbers:
            tick = self._tick(number)
            out.append(tick)
        return out


class _Counting(_Meter):
    def _tick(self, number):
        self.count += 1
        return number + self.count


# %%
class _Stepper:
    def __init__(self, other):
        self.other = other

    def _step(self, number):
        return number + len(self.other)

    def steps(self, numbers):
        """Called through the class, with an object of another one whose _step counts."""
        out = []
        for number in numbers:
            step = self._step(number)
            out.append(step)
        return out


class _Sly:
    seen = 0

    def _step(self, number):
        _Sly.seen += 1
        return number + _Sly.seen


STEPS = _Stepper.steps(_Sly(), range(5))


# %%
class _Refused(Exception):
    pass


_BASKET = [0]


def _asked(number):
    if number % 3 == 0:
        raise _Refused(_BASKET)
    return number * 2


def _answered(number):
    try:
        return _asked(number)
    except _Refused as error:
        return len(error.args[0])


def exception_holds_what_is_changed(numbers):
    """What is caught holds the very list to which the loop appends."""
    for number in numbers:
        answer = _answered(number)
        _BASKET.append(answer)
    return _BASKET


# %%
def file_read_by_two(path):
    """The body takes lines from the file that the loop goes over, too."""
    found = []
    with open(path) as file:
        for number, line in enumerate(file):
            value = number + sum(map(ord, line + next(file, "")))
            found.append(value)
    return found


# %%
def file_read_on_after_an_early_end(path):
    """What is left of the file is read by others when the loop has ended early."""
    found = []
    with open(path) as file:
        for number, line in enumerate(file):
            value = sum(map(ord, line))
            if value > 3000:
                break
            found.append(number)
        rest = file.read()
    return found, rest


# %%
def _running(numbers):
    total = 0
    for number in numbers:
        total += number
        yield total, [total]


_TICKS = []


def _ticking(numbers):
    for number in numbers:
        _TICKS.append(number)
        yield number, len(_TICKS)


def generator_counts_beside(numbers):
    """The generator changes what the tail looks at: it must not run ahead."""
    found = []
    for number, _ in _ticking(numbers):
        value = sum(range(number))
        found.append((value, len(_TICKS)))
    return found


# %%
def _pair(state, number):
    state.append(number)
    return number, state


def part_of_a_tuple_is_shared(numbers):
    """The second part of what is given is one list for all."""
    state = []
    found = []
    for number in numbers:
        first, second = _pair(state, number)
        found.append(first + len(second))
    return found


# %%
def parts_that_are_read(words):
    """How many there are so far decides on what is done."""
    counts, rare = {}, []
    for word in words:
        for letter in word:
            counts[letter] = counts.get(letter, 0) + 1
            if len(counts) > 5:
                rare.append(letter)
    return counts, rare


# %%
def parts_of_floats(rows):
    """Sums of floats are rounded at each step."""
    total, count = 0.0, 0
    for row in rows:
        for value in sorted(row):
            total += value / 3
            count += 1
    return total, count


# %%
def parts_under_two_names(words):
    """One list under two names: what one iteration adds to it, the next one reads."""
    found, count = [], 0
    same = found
    for word in words:
        for letter in word:
            count += 1
            found.append(letter * len(same))
    return found, count


# %%
def _worth(number):
    return sum(k * number % 7 for k in range(20))


def made_before_and_read_meanwhile(count):
    """The generator expression looks at what the loop has seen so far."""
    seen = set()
    todo = (number for number in range(count) if number % 5 not in seen)
    found = []
    for number in todo:
        value = _worth(number)
        found.append(value)
        seen.add(number % 5)
    return found


def read_on_by_an_outer_loop(path):
    """After a bad line the outer loop goes on with the rest of the file."""
    found, tries = [], 0
    file = open(path)
    while tries < 3:
        tries += 1
        try:
            for line in file:
                value = 10 // (len(line) - 5)
                found.append(value)
        except ZeroDivisionError:
            found.append(-1)
    return found


def raised_for_any_reason(numbers):
    """What is raised is made elsewhere, with an object that the loop changes."""
    state = [0]

    def fail(kind):
        raise kind(state)

    def asked(number):
        try:
            if number % 3 == 0:
                fail(ValueError)
        except ValueError as error:
            return str(error)
        return str(number)

    out = []
    for number in numbers:
        text = asked(number)
        state.append(len(text))
        out.append(text)
    return out


class _Sized:
    def __init__(self, members):
        self.members = members


def _grouped(number):
    return _Sized({k * number % 11 for k in range(20)})


def instance_holds_a_set(count):
    """The order in the set of numbers may change on the way."""
    found = []
    for number in range(count):
        group = _grouped(number)
        found.append(group)
    return [list(group.members) for group in found]
