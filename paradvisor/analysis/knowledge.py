"""What builtins and the standard library do, for an analysis that cannot run them.

The tables are conservative: a name that is not here is unknown to the caller, and whatever is
doubtful is not here. What one entry cannot say, and a caller must add:

* Iterators. Whatever walks over an argument (``list``, ``sum``, ``str.join``, ``zip`` once it is
  consumed) uses it up if it is an iterator, and runs its code if it is a generator; ``mutates`` is
  set only where that is the purpose of the call, as in ``next``.
* ``elem`` of a function's argument 0 is what iterating over it gives; for a method of a mapping it
  is a value. Where the call passes a default (``get``, ``pop``, ``next``) it may be that default,
  and ``max(xs)`` gives an element of its one argument. Words (``elem``, ``alias``, ``fresh``) may
  stand in the brackets too; a container tag without brackets says nothing about its elements,
  which may alias the arguments.
* ``alias`` covers the receiver as well. It stands for all that depends on the operand's type
  (``sum``, ``abs``, ``round``, ``operator.add``), to be refined where the types are known.
* Text or bytes: functions that take either are listed as giving ``str``.
* Plain dunder methods run unseen (``__eq__``, ``__lt__``, ``__iter__``, ``__str__``, ``__hash__``,
  and a defaultdict's subscript, which inserts what is missing).
* ``print(file=...)``, ``urlopen`` with data or a Request, ``datetime.now``: the entry describes the
  usual call. ``random.Random()`` is taken as seeded. For opening modes see ``OPENERS``.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from functools import cache
from typing import NamedTuple


class Known(NamedTuple):
    """What one function or method gives and does.

    Attributes:
        result: A type tag, perhaps with an element type ("list[str]"), or a word such as "elem",
            "self", "fresh", "alias", "args" or "number".
        effect: pure, wait, file, network, clock, environment, rng, output, input or external.
        mutates: It changes its receiver (a function: its first argument).
        stores: It keeps a reference to its arguments in the receiver or in its result.
        calls: It may call a function among its arguments, or user-defined methods of theirs.
    """

    result: str
    effect: str = "pure"
    mutates: bool = False
    stores: bool = False
    calls: bool = False


def parse_result(text: str) -> tuple[str, str | None]:
    """Split "list[str]" into ("list", "str"), and "int" into ("int", None)."""
    outer, bracket, inner = text.partition("[")
    return outer, inner[:-1] if bracket else None


def method(tag: str, name: str) -> Known | None:
    """The entry of a method, for a type tag with or without an element type."""
    return METHODS.get(parse_result(tag)[0], {}).get(name)


_CLASSES: dict[str, type] = {
    **{kind.__name__: kind for kind in (int, float, complex, bool, str, bytes, range)},
    **{kind.__name__: kind for kind in (list, tuple, set, frozenset, dict, deque, bytearray)},
    "none": type(None),
    "defaultdict": defaultdict,
    "ordereddict": OrderedDict,
    "counter": Counter,
}


@cache
def types_without(name: str) -> frozenset[str]:
    """Tags of types that have no such attribute: a call of it only raises."""
    return frozenset(tag for tag, kind in _CLASSES.items() if not hasattr(kind, name))


def _rows(text: str) -> list[tuple[str, str, str]]:
    """Read a table: (meaning, prefix, name) for each name.

    Statements end with a semicolon and consist of one meaning and the names that have it. A word
    such as "math:" is the prefix of the names after it, and "list,deque:" is two prefixes. A
    meaning is a result, perhaps with an effect ("str/file") and perhaps with the initials of
    mutates, stores and calls ("none+ms").
    """
    rows = []
    for statement in text.split(";"):
        meaning, *words = statement.split()
        prefixes = [""]
        for word in words:
            if word.endswith(":"):
                prefixes = word[:-1].split(",")
            else:
                rows += [(meaning, prefix, word) for prefix in prefixes]
    return rows


def _known(meaning: str) -> Known:
    rest, _, flags = meaning.partition("+")
    result, _, effect = rest.partition("/")
    return Known(result, effect or "pure", "m" in flags, "s" in flags, "c" in flags)


_BASIC_TYPES = frozenset(
    ("str", "bytes", "bytearray", "int", "float", "complex", "list", "set", "frozenset", "tuple")
)


def _functions(*tables: str) -> dict[str, Known]:
    """The tables' functions by dotted name, and the unbound methods of the basic types.

    An unbound method ("str.lower" given to map) does to argument 0 what the bound one does to its
    receiver. Not so in dict, where "elem" differs between the two.
    """
    known = {
        f"{tag}.{name}": entry
        for tag, methods in METHODS.items()
        if tag in _BASIC_TYPES
        for name, entry in methods.items()
    }
    for meaning, prefix, name in _rows(";".join(tables)):
        known[f"{prefix}.{name}" if prefix else name] = _known(meaning)
    return known


def _methods(*tables: str) -> dict[str, dict[str, Known]]:
    """The tables' methods by type tag; "@" in a result is the tag."""
    known: dict[str, dict[str, Known]] = {}
    for meaning, tag, name in _rows(";".join(tables)):
        known.setdefault(tag, {})[name] = _known(meaning.replace("@", tag))
    return known


def _attributes(table: str) -> dict[str, dict[str, str]]:
    tags: dict[str, dict[str, str]] = {}
    for kind, tag, name in _rows(table):
        tags.setdefault(tag, {})[name] = kind
    return tags


_PURE = """
int len int ord int.from_bytes math: ceil comb factorial floor gcd isqrt lcm perm trunc zlib:
  adler32 crc32 binascii: crc32 crc_hqx struct: calcsize operator: countOf index indexOf
  length_hint unicodedata: combining mirrored calendar: leapdays timegm weekday stat: S_IFMT
  S_IMODE;
bool all any bool callable isinstance issubclass math: isclose isfinite isinf isnan cmath: isclose
  isfinite isinf isnan os.path: isabs hmac: compare_digest operator: contains is_ is_not not_
  truth unicodedata: is_normalized fnmatch: fnmatch fnmatchcase keyword: iskeyword issoftkeyword
  calendar: isleap inspect: isbuiltin isclass isfunction isgenerator ismethod ismodule
  dataclasses: is_dataclass stat: S_ISDIR S_ISLNK S_ISREG;
float float float.fromhex math: acos acosh asin asinh atan atan2 atanh cbrt copysign cos cosh
  degrees dist erf erfc exp exp2 expm1 fabs fma fmod fsum gamma hypot ldexp lgamma log log10 log1p
  log2 nextafter pow radians remainder sin sinh sqrt tan tanh ulp cmath: phase;
complex complex cmath: acos acosh asin asinh atan atanh cos cosh exp log log10 rect sin sinh sqrt
  tan tanh;
str ascii bin chr format hex oct repr str os.path: basename commonpath commonprefix dirname join
  normcase normpath os: fspath fsdecode html: escape unescape textwrap: dedent fill shorten
  string: capwords re: escape fnmatch: translate glob: escape shlex: join quote urllib.parse:
  quote quote_from_bytes quote_plus unquote unquote_plus urljoin urlunparse urlunsplit ast: dump
  unparse unicodedata: bidirectional category decomposition east_asian_width lookup normalize
  stat: filemode reprlib: repr sys: intern getdefaultencoding;
bytes bytes bytes.fromhex bytes.maketrans os: fsencode hashlib: pbkdf2_hmac scrypt zlib: compress
  decompress gzip: decompress bz2: compress decompress lzma: compress decompress binascii:
  a2b_base64 a2b_hex a2b_qp a2b_uu b2a_base64 b2a_hex b2a_qp b2a_uu hexlify unhexlify base64:
  a85decode a85encode b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode
  b64encode b85decode b85encode decodebytes encodebytes standard_b64decode standard_b64encode
  urlsafe_b64decode urlsafe_b64encode struct: pack marshal: dumps urllib.parse: unquote_to_bytes
  quopri: decodestring encodestring; bytearray bytearray bytearray.fromhex;
alias abs divmod memoryview pow round sum super math: prod sumprod statistics: median operator:
  abs add and_ concat eq floordiv ge gt inv invert le lshift lt matmul mod mul ne neg or_ pos pow
  rshift sub truediv xor unicodedata: decimal digit name numeric;
fresh compile object marshal: loads codecs: decode encode ast: literal_eval parse; range range;
slice slice; list[elem] list statistics: multimode fnmatch: filter; tuple[elem] tuple;
set[elem] set; frozenset[elem] frozenset; dict[alias] dict dict.fromkeys;
iter[elem] reversed itertools: compress cycle islice;
iter[tuple] enumerate zip struct: iter_unpack itertools: batched combinations
  combinations_with_replacement pairwise permutations product zip_longest;
list[str] dir re: split shlex: split textwrap: wrap difflib: get_close_matches; dict str.maketrans;
tuple[number] math: frexp colorsys: hls_to_rgb hsv_to_rgb rgb_to_hls rgb_to_hsv rgb_to_yiq
  yiq_to_rgb; tuple[float] math: modf cmath: polar;
number statistics: fmean geometric_mean harmonic_mean mean pstdev pvariance stdev variance
  correlation covariance; elem statistics: median_high median_low mode operator: getitem;
list[number] statistics: quantiles; tuple[str] os.path: split splitdrive splitext;
hash hashlib: blake2b blake2s md5 new sha1 sha224 sha256 sha384 sha3_224 sha3_256 sha3_384
  sha3_512 sha512 shake_128 shake_256; compressor zlib: compressobj decompressobj;
pattern re: compile; match re: fullmatch match search; list[fresh] re: findall;
iter[match] re: finditer; struct struct.Struct; tuple[fresh] struct: unpack unpack_from;
url urllib.parse: urlparse urlsplit urldefrag; dict[list] urllib.parse: parse_qs;
list[tuple] urllib.parse: parse_qsl;
path pathlib: Path PosixPath PurePath PurePosixPath PureWindowsPath;
datetime datetime: datetime datetime.combine datetime.fromisocalendar datetime.fromisoformat
  datetime.fromordinal;
date datetime: date date.fromisocalendar date.fromisoformat date.fromordinal;
time datetime: time time.fromisoformat; timedelta datetime: timedelta; timezone datetime: timezone;
decimal decimal: Decimal Decimal.from_float; decimalcontext/environment decimal: localcontext;
fraction fractions: Fraction Fraction.from_decimal Fraction.from_float;
counter[number] collections: Counter; deque[elem] collections: deque;
ordereddict[alias] collections: OrderedDict; type collections: namedtuple;
iter[alias] itertools: chain chain.from_iterable repeat ast: iter_child_nodes walk;
iter[number] itertools: count; function operator: itemgetter; stringio io: StringIO;
bytesio io: BytesIO; iter[list[str]] csv: reader; iter[dict[str]] csv: DictReader;
array[number] array: array; random random: Random; uuid uuid: UUID uuid3 uuid5;
template string: Template;
ipaddress ipaddress: IPv4Address IPv4Network IPv6Address IPv6Network ip_address ip_interface
  ip_network; tuple[int] calendar: monthrange; element xml.etree.ElementTree: Element;
request urllib.request: Request; bool+c hasattr;
alias+c getattr aiter functools: reduce copy: copy dataclasses: replace; args+c max min;
list[elem]+c sorted; iter[elem]+c iter;
iter[alias]+c filter map itertools: accumulate dropwhile filterfalse starmap takewhile heapq:
  merge; type+c type;
str+c json: dumps pprint: pformat re: sub textwrap: indent urllib.parse: urlencode;
tuple+c re: subn; fresh+c json: loads pickle: loads copy: deepcopy xml.etree.ElementTree: tostring;
element+c xml.etree.ElementTree: XML fromstring; bytes+c pickle: dumps hmac: digest;
dict[fresh]+c tomllib: loads dataclasses: asdict; hash+c hmac: new;
tuple[fresh]+c dataclasses: astuple; iter[tuple]+c itertools: groupby;
list[alias]+c heapq: nlargest nsmallest;
int+c bisect: bisect bisect_left bisect_right sys: getsizeof;
iter[str]+c difflib: context_diff ndiff unified_diff;
exception+s ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup
  BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError
  ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
  DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup
  FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError
  ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError
  KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
  NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning
  PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError
  ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError
  SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError
  UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning
  UserWarning ValueError Warning ZeroDivisionError json.JSONDecodeError re.error struct.error
  zlib.error decimal.InvalidOperation decimal.DivisionByZero urllib.error.URLError binascii.Error;
alias+s classmethod property staticmethod types: MappingProxyType contextlib: nullcontext typing:
  cast collections: ChainMap; namespace+s types: SimpleNamespace;
csvwriter+s csv: writer DictWriter; defaultdict[alias]+sc collections: defaultdict;
function+sc functools: cmp_to_key partial operator: attrgetter methodcaller;
sequencematcher+sc difflib: SequenceMatcher
"""

_CHANGES_ITS_ARGUMENT = """
elem+m next heapq: heappop; none+m operator: delitem heapq: heapify;
self+m ast: fix_missing_locations increment_lineno; none+ms operator: setitem heapq: heappush;
elem+ms heapq: heapreplace;
alias+ms heapq: heappushpop operator: iadd iand iconcat ifloordiv ilshift imatmul imod imul ior
  ipow irshift isub itruediv ixor xml.etree.ElementTree: SubElement; self+ms ast: copy_location;
none+mc delattr; none+msc setattr bisect: insort insort_left insort_right
"""

_DEPENDS_ON_THE_WORLD = """
none/wait time: sleep; file/file open io: open tokenize: open;
list[str]/file os: listdir glob: glob linecache: getlines; iter[str]/file glob: iglob;
iter/file os: scandir; stat/file os: fstat lstat stat;
str/file os: readlink shutil: which linecache: getline traceback: format_exc os.path: realpath;
bool/file os: access os.path: exists isdir isfile islink ismount lexists samefile filecmp: cmp
  zipfile: is_zipfile tarfile: is_tarfile; float/file os.path: getatime getctime getmtime;
int/file os.path: getsize; tuple[int]/file shutil: disk_usage; timezone/file zoneinfo: ZoneInfo;
alias/file xml.etree.ElementTree: parse; tuple/file mimetypes: guess_type;
iter[tuple]/file+c os: walk; fresh/file+mc json: load pickle: load;
dict[fresh]/file+mc tomllib: load; hash/file+mc hashlib: file_digest;
response/network urllib.request: urlopen; str/network socket: gethostbyname;
list[tuple]/network socket: getaddrinfo;
int/clock id os: cpu_count getgid getpid getppid getuid process_cpu_count threading: active_count
  get_ident multiprocessing: cpu_count time: monotonic_ns perf_counter_ns process_time_ns
  thread_time_ns time_ns;
float/clock time: clock_gettime monotonic perf_counter process_time thread_time time timeit:
  default_timer; struct_time/clock time: gmtime localtime;
str/clock time: asctime ctime strftime platform: machine node python_implementation python_version
  release system version socket: getfqdn gethostname;
datetime/clock datetime: datetime.now datetime.today datetime.utcnow;
date/clock datetime: date.today; alias/clock threading: current_thread main_thread;
set[int]/clock os: sched_getaffinity; tuple[float]/clock os: getloadavg times;
tuple[str]/clock os: uname; bytes/clock gzip: compress;
int/environment hash sys: getrecursionlimit locale: atoi; alias/environment os: environ.get getenv;
bytes/environment os: getcwdb;
str/environment os: getcwd os.path: abspath expanduser expandvars relpath calendar: calendar month
  sys: getfilesystemencoding getpass: getuser sysconfig: get_path locale: format_string currency;
float/environment time: mktime locale: atof; tuple/environment locale: getlocale;
dict/environment locale: localeconv;
tuple[int]/environment os: get_terminal_size shutil: get_terminal_size;
path/environment pathlib: Path.cwd Path.home;
datetime/environment datetime: datetime.fromtimestamp datetime.strptime;
date/environment datetime: date.fromtimestamp; struct_time/environment time: strptime;
list[list]/environment calendar: monthcalendar;
float/rng random: betavariate expovariate gammavariate gauss lognormvariate normalvariate
  paretovariate random triangular uniform vonmisesvariate weibullvariate;
int/rng random: binomialvariate getrandbits randint randrange secrets: randbelow randbits;
bytes/rng random: randbytes os: getrandom urandom secrets: token_bytes;
str/rng secrets: token_hex token_urlsafe; elem/rng random: choice secrets: choice;
list[elem]/rng random: choices sample; tuple/rng random: getstate; uuid/rng uuid: uuid1 uuid4;
none/rng+m random: shuffle
"""

_CHANGES_THE_WORLD = """
alias/external+mc anext; alias/external+c __import__ eval asyncio: run atexit: register;
none/external+c exec json: dump pickle: dump;
none/output print warnings: showwarning warn warn_explicit pprint: pp pprint logging: critical
  debug error exception info log warning traceback: print_exc print_exception print_stack sys:
  stdout.flush stdout.writelines stderr.flush stderr.writelines; logger/output logging: getLogger;
int/output sys: stdout.write stderr.write;
str/input input sys: stdin.read stdin.readline getpass: getpass;
list[str]/input sys: stdin.readlines;
alias/external globals locals vars importlib: import_module reload tempfile: TemporaryDirectory
  mkstemp subprocess: check_output getoutput getstatusoutput
  sys: _getframe threading: enumerate multiprocessing: Array Manager Pipe Pool Value
  get_context concurrent.futures: wait asyncio: create_task gather warnings: catch_warnings
  contextlib: redirect_stderr redirect_stdout gc: get_objects get_referrers http.client:
  HTTPConnection HTTPSConnection smtplib: SMTP SMTP_SSL ftplib: FTP urllib.request: build_opener
  install_opener urlretrieve signal: alarm signal atexit: unregister select: select decimal:
  getcontext setcontext;
none/external breakpoint copyright credits exit help license quit marshal: dump random: seed
  setstate locale: setlocale os: _exit abort chdir chmod chown close execv execve execvp kill
  killpg link makedirs mkdir putenv remove removedirs rename renames replace rmdir symlink
  truncate unlink unsetenv utime fsync ftruncate shutil: chown copyfileobj copymode copystat
  rmtree unpack_archive sys: exit setprofile setrecursionlimit setswitchinterval settrace
  threading: excepthook setprofile settrace stack_size multiprocessing: set_start_method logging:
  addLevelName basicConfig disable shutdown logging.config: dictConfig fileConfig warnings:
  filterwarnings resetwarnings simplefilter gc: collect disable enable freeze set_threshold
  socket: setdefaulttimeout calendar: setfirstweekday time: tzset linecache: clearcache re: purge
  csv: register_dialect faulthandler: enable;
file/external gzip: GzipFile open bz2: BZ2File open lzma: LZMAFile open codecs: open os: fdopen
  popen tempfile: NamedTemporaryFile SpooledTemporaryFile TemporaryFile;
zipfile/external zipfile: ZipFile; threadlocal/external threading: local;
handle/external tarfile: open shelve: open dbm: open mmap: mmap;
str/external tempfile: gettempdir mkdtemp mktemp shutil: copy copy2 copyfile copytree make_archive
  move;
int/external os: dup dup2 fork getpgid nice open sched_setaffinity setsid spawnv system umask wait
  waitpid lseek write subprocess: call check_call csv: field_size_limit; bytes/external os: read;
tuple[int]/external os: pipe; process/external subprocess: Popen;
completedprocess/external subprocess: run;
thread/external threading: Thread Timer multiprocessing: Process;
lock/external threading: Condition Event Lock RLock Semaphore BoundedSemaphore Barrier
  multiprocessing: Event Lock RLock Semaphore;
queue/external multiprocessing: JoinableQueue Queue SimpleQueue queue: LifoQueue PriorityQueue
  Queue SimpleQueue; executor/external concurrent.futures: ProcessPoolExecutor ThreadPoolExecutor;
iter/external concurrent.futures: as_completed; sqlite/external sqlite3: connect;
socket/external socket: create_connection create_server socket; bool/external webbrowser: open
"""

# A decimal's methods with the effect "environment" depend on the thread's own decimal context.
_TEXT_AND_NUMBERS = """
@ str,bytes,bytearray: capitalize center expandtabs ljust lower lstrip removeprefix removesuffix
  replace rjust rstrip join strip swapcase title translate upper zfill bytes,bytearray: fromhex;
list[@] str,bytes,bytearray: rsplit split splitlines;
tuple[@] str,bytes,bytearray: partition rpartition;
int str,bytes,bytearray: count find index rfind rindex int,bool: bit_count bit_length conjugate
  from_bytes decimal: adjusted;
bool str,bytes,bytearray: endswith isalnum isalpha isascii isdigit islower isspace istitle isupper
  startswith str: isdecimal isidentifier isnumeric isprintable int,bool: is_integer float:
  is_integer fraction: is_integer decimal: is_canonical is_finite is_infinite is_nan is_qnan
  is_signed is_snan is_zero;
str str: casefold format format_map bytes,bytearray: decode hex float: hex;
bytes str: encode bytes,bytearray: maketrans int,bool: to_bytes; dict str: maketrans;
none+m bytearray: append clear extend insert remove reverse; int+m bytearray: pop;
bytearray bytearray: copy;
tuple[int] int,bool: as_integer_ratio float: as_integer_ratio fraction: as_integer_ratio decimal:
  as_integer_ratio; float float: conjugate fromhex; complex complex: conjugate;
fraction fraction: limit_denominator conjugate; tuple decimal: as_tuple;
decimal decimal: canonical conjugate copy_abs copy_negate copy_sign radix;
bool/environment decimal: is_normal is_subnormal; str/environment decimal: to_eng_string;
decimal/environment decimal: compare exp fma ln log10 logb max max_mag min min_mag next_minus
  next_plus next_toward normalize quantize remainder_near rotate same_quantum scaleb shift sqrt
  to_integral_exact to_integral_value
"""

_CONTAINERS = """
int list,tuple,range,deque,array: count index; bool set,frozenset: isdisjoint issubset issuperset;
str array: tounicode memoryview: hex; bytes array: tobytes memoryview: tobytes;
none+m deque,list,array,bytearray: clear reverse remove deque: rotate array: byteswap frombytes
  fromlist fromunicode set: clear difference_update discard remove
  dict,ordereddict,defaultdict,counter: clear ordereddict: move_to_end memoryview: release;
tuple[int] array: buffer_info;
@[elem] list,deque: copy set,frozenset: copy difference dict,ordereddict,defaultdict,counter: copy;
elem+m list,deque,array: pop deque: popleft set: pop dict,ordereddict,defaultdict,counter: pop
  iter,generator: __next__;
none+ms list,deque,array: append extend insert deque: appendleft extendleft set: add
  intersection_update symmetric_difference_update update dict,ordereddict,defaultdict,counter:
  update counter: subtract; none+mc list: sort; list[number] array: tolist memoryview: tolist;
none/external+c array: tofile;
@[alias] set,frozenset: intersection symmetric_difference union dict,ordereddict: fromkeys;
elem dict,ordereddict,defaultdict,counter: get;
iter[elem] dict,ordereddict,defaultdict,counter: values;
iter[tuple] dict,ordereddict,defaultdict,counter: items;
iter[fresh] dict,ordereddict,defaultdict,counter: keys counter: elements;
tuple[alias]+m dict,ordereddict,defaultdict,counter: popitem;
elem+ms dict,ordereddict,defaultdict,counter: setdefault; list[tuple] counter: most_common;
alias counter: total memoryview: cast toreadonly; alias+msc iter,generator: send throw;
none+msc iter,generator: close
"""

_STREAMS_AND_PATHS = """
int file: fileno stringio: tell bytesio: tell response: getcode;
bool file: isatty readable seekable writable stringio,bytesio: readable seekable writable isatty
  path: is_absolute is_relative_to match full_match;
str stringio: getvalue path: as_posix as_uri response: geturl; bytes bytesio: getvalue;
none+m stringio,bytesio: close flush writelines; int+m stringio,bytesio: seek truncate write;
bool/environment stdout,stdin: isatty;
alias bytesio: getbuffer response: getheader getheaders info zipfile: getinfo;
fresh/file+m file: peek read read1 readall readline; list[fresh]/file+m file: readlines;
int/file+m file: seek tell; none/file+m file: close; int/external+m file: truncate write;
none/external+m file: flush writelines zipfile: close extractall setpassword write writestr;
str+m stringio: read readline; list[str]+m stringio: readlines;
bytes+m bytesio: read read1 readline; list[bytes]+m bytesio: readlines; int/output stdout: write;
none/output stdout: flush writelines; int/environment stdout,stdin: fileno;
str/input stdin: read readline; list[str]/input stdin: readlines;
path path: joinpath relative_to with_name with_segments with_stem with_suffix;
path/environment path: absolute cwd expanduser home;
bool/file path: exists is_block_device is_char_device is_dir is_fifo is_file is_junction is_mount
  is_socket is_symlink samefile; stat/file path: lstat stat; str/file path: group owner read_text;
bytes/file path: read_bytes; path/file path: readlink resolve;
iter[path]/file path: glob iterdir rglob; iter[tuple]/file+c path: walk; file/external path: open;
int/external path: write_bytes write_text; path/external path: rename replace;
none/external path: chmod hardlink_to lchmod mkdir rmdir symlink_to touch unlink;
bytes/network+m response: peek read read1 readline; list[bytes]/network+m response: readlines;
none/network+m response: close; list[str] zipfile: namelist; list[alias] zipfile: infolist;
bytes/file+m zipfile: read; alias/file+m zipfile: testzip; file/external+m zipfile: open;
str/external+m zipfile: extract
"""

# random: shuffle is not here, for it changes its argument too.
_OTHER_TYPES = """
@ datetime,date,time: replace; int match: end start datetime,date: isoweekday toordinal weekday;
str match: expand group hash: hexdigest datetime,date: ctime datetime,date,time: isoformat url:
  geturl template: safe_substitute substitute; bytes hash: digest struct: pack;
none+m hash: update random: seed setstate element: clear remove;
int+m random: binomialvariate getrandbits randint randrange;
tuple[int] match: span datetime,date: isocalendar; float timedelta: total_seconds;
tuple random: getstate; bool/environment logger: isEnabledFor hasHandlers;
str/environment datetime,date,time: strftime;
none+ms exception: add_note element: append extend insert set; iter[tuple] struct: iter_unpack;
list[tuple] element: items; alias element: find findtext get;
none/external+m logger: addHandler removeHandler setLevel environ: clear update sqlite: close
  commit rollback thread: join start lock: release executor: shutdown process: kill terminate
  socket: close; bytes+m compressor: compress decompress flush random: randbytes;
none/output logger: critical debug error exception info log warning;
int/environment logger: getEffectiveLevel; list[str] pattern: split element: keys;
list[alias] element: findall; tuple[str] match: groups; dict[str] match: groupdict;
match pattern: fullmatch match search; list[fresh] pattern: findall; iter[match] pattern: finditer;
str+c pattern: sub datetime,time: tzname; tuple+c pattern: subn; hash hash: copy;
float+m random: betavariate expovariate gammavariate gauss lognormvariate normalvariate
  paretovariate random triangular uniform vonmisesvariate weibullvariate sequencematcher:
  quick_ratio ratio real_quick_ratio; alias+m random: choice;
list[alias]+m random: choices sample sequencematcher: get_matching_blocks get_opcodes;
struct_time datetime,date: timetuple; timedelta+c datetime,time: dst utcoffset;
date datetime: date; time datetime: time timetz; float/environment datetime: timestamp;
datetime/environment datetime: astimezone; struct_time/environment datetime: utctimetuple;
tuple[fresh] struct: unpack unpack_from; self+ms exception: with_traceback;
iter[alias] element: iter iterfind; iter[str] element: itertext; alias/environment environ: get;
iter[str]/environment environ: keys values; iter[tuple]/environment environ: items;
dict[str]/environment environ: copy;
alias/external+m environ: pop setdefault sqlite: cursor execute executemany executescript process:
  communicate poll wait socket: accept connect recv send sendall;
alias/external+mc csvwriter: writerow; none/external+mc csvwriter: writerows;
bool/external+m lock: acquire; elem/external+m queue: get get_nowait;
none/external+ms queue: put put_nowait; alias/external+sc executor: submit;
iter/external+sc executor: map
"""

#: NumPy's functions that give arrays and numbers of their own (numpy.org, Array objects and
#: Routines); a result that is one or the other is "fresh". Not here: what gives views of its
#: arguments, calls a function of the caller's, or uses up an iterator. See `INTO_ARGUMENTS`.
_NUMPY_ELEMENTWISE = """
fresh numpy: abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh deg2rad
  degrees exp exp2 expm1 fabs floor isfinite isinf isnan log log10 log1p log2 logical_not negative
  rad2deg radians reciprocal rint sign sin sinh sqrt square tan tanh trunc
"""
_NUMPY_MADE = """
ndarray numpy: arange bartlett blackman empty empty_like eye full full_like geomspace hamming
  hanning identity kaiser linspace logspace ones ones_like tri zeros zeros_like;
ndarray[alias] numpy: array; fresh numpy: interp where
"""
_NUMPY = """
fresh numpy: add all allclose amax amin any arctan2 argmax argmin argsort argwhere around
  array_equal average bincount bitwise_and bitwise_or bitwise_xor concatenate convolve copysign
  corrcoef correlate count_nonzero cov cross cumprod cumsum diff digitize divide divmod dot dstack
  column_stack equal flatnonzero float_power floor_divide fmax fmin fmod gradient greater
  greater_equal heaviside histogram histogram2d hstack hypot inner isclose kron less less_equal
  logaddexp logical_and logical_or logical_xor matmul max maximum mean median min minimum mod
  multiply nanargmax nanargmin nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod
  nanquantile nanstd nansum nanvar nonzero not_equal outer percentile polyfit polyval power prod ptp
  quantile remainder repeat roll round searchsorted sort stack std subtract sum tensordot tile trace
  true_divide unique vdot vstack var
  numpy.linalg: cholesky det eig eigh eigvals eigvalsh inv lstsq matrix_power matrix_rank norm pinv
  qr slogdet solve svd numpy.fft: fft fft2 fftfreq fftshift ifft ifft2 irfft rfft rfftfreq
"""
#: Those among them that give several things.
NUMPY_SEVERAL: frozenset[str] = frozenset(
    f"{prefix}.{name}"
    for _, prefix, name in _rows("""several
numpy: divmod gradient histogram histogram2d nonzero polyfit unique where cov
numpy.linalg: eig eigh lstsq qr slogdet svd
""")
)
_ARRAYS = """
fresh ndarray: all any argmax argmin argsort astype clip conj conjugate cumprod cumsum dot item max
  mean min nonzero prod ptp repeat round searchsorted std sum take tolist trace var;
ndarray ndarray: copy flatten; bytes ndarray: tobytes; none+m ndarray: fill sort;
alias ndarray: diagonal ravel reshape squeeze swapaxes transpose view
"""

METHODS: dict[str, dict[str, Known]] = _methods(
    _TEXT_AND_NUMBERS, _CONTAINERS, _STREAMS_AND_PATHS, _OTHER_TYPES, _ARRAYS
)

FUNCTIONS: dict[str, Known] = _functions(
    *(_PURE, _CHANGES_ITS_ARGUMENT, _DEPENDS_ON_THE_WORLD, _CHANGES_THE_WORLD),
    *(_NUMPY_ELEMENTWISE, _NUMPY_MADE, _NUMPY),
)

#: Keywords by which NumPy's functions and methods write to an argument, or may give it back.
INTO_ARGUMENTS: frozenset[str] = frozenset(("out", "copy", "overwrite_input", "casting", "subok"))

#: How many operands one of them takes by position before one to write to may follow.
OPERANDS: dict[str, int] = {
    **{f"numpy.{name}": 1 for _, _, name in _rows(_NUMPY_ELEMENTWISE)},
    **{f"{prefix}.{name}": 9 for _, prefix, name in _rows(_NUMPY_MADE)},
    **{f"{prefix}.{name}": 2 for _, prefix, name in _rows(_NUMPY)},
    **{f"ndarray.{name}": 1 for _, _, name in _rows(_ARRAYS)},
    **dict.fromkeys(("ndarray.clip", "ndarray.repeat", "ndarray.searchsorted"), 2),
    **dict.fromkeys(("ndarray.reshape", "ndarray.transpose", "ndarray.swapaxes"), 9),
}

#: Where the mode is among the positional arguments. "open" and "io.open" are entered as if for
#: reading, all others as external: with a mode that only reads, their effect is "file".
OPENERS: dict[str, int] = {
    **dict.fromkeys(("open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open"), 1),
    **dict.fromkeys(("zipfile.ZipFile", "tarfile.open", "os.fdopen"), 1),
    "path.open": 0,  # the methods
    "zipfile.open": 1,
}

CONSTANTS: dict[str, str] = {
    f"{prefix}.{name}" if prefix else name: kind
    for kind, prefix, name in _rows("""
bool __debug__ typing: TYPE_CHECKING; ellipsis Ellipsis; notimplemented NotImplemented;
float math: e inf nan pi tau cmath: e inf nan pi tau sys: float_info.epsilon float_info.max
  float_info.min; complex cmath: infj nanj;
int sys: float_info.dig float_info.mant_dig hexversion maxsize maxunicode datetime: MAXYEAR
  MINYEAR os: F_OK O_APPEND O_CREAT O_RDONLY O_RDWR O_TRUNC O_WRONLY R_OK W_OK SEEK_CUR SEEK_END
  SEEK_SET X_OK io: DEFAULT_BUFFER_SIZE SEEK_CUR SEEK_END SEEK_SET logging: CRITICAL DEBUG ERROR
  INFO NOTSET WARNING subprocess: DEVNULL PIPE STDOUT re: A ASCII DOTALL I IGNORECASE M MULTILINE
  S U UNICODE VERBOSE X errno: EACCES EAGAIN EEXIST EINTR EINVAL ENOENT ENOTDIR EPERM EPIPE
  signal: SIGINT SIGKILL SIGTERM socket: AF_INET AF_INET6 SOCK_DGRAM SOCK_STREAM pickle:
  DEFAULT_PROTOCOL HIGHEST_PROTOCOL time: timezone altzone csv: QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE
  QUOTE_NONNUMERIC zlib: MAX_WBITS Z_BEST_COMPRESSION;
str string: ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits printable
  punctuation whitespace os: curdir devnull extsep linesep name pardir pathsep sep os.path: curdir
  extsep pathsep sep sys: base_prefix byteorder exec_prefix executable platform prefix version
  decimal: ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP
  ROUND_UP; list[str] sys: argv path keyword: kwlist; dict[module] sys: modules;
dict[str] html.entities: entitydefs html5 errno: errorcode;
set[str] hashlib: algorithms_available algorithms_guaranteed;
tuple[str] time: tzname sys: builtin_module_names; tuple sys: version_info;
frozenset[str] sys: stdlib_module_names; environ os: environ; stdout sys: stderr stdout;
stdin sys: stdin; timezone datetime: UTC timezone.utc;
timedelta datetime: timedelta.max timedelta.min timedelta.resolution;
date datetime: date.max date.min; datetime datetime: datetime.max datetime.min;
time datetime: time.max time.min; uuid uuid: NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL
""")
}

ATTRIBUTES: dict[str, dict[str, str]] = _attributes("""
int int: denominator imag numerator real bool: denominator imag numerator real fraction:
  denominator imag numerator range: start step stop memoryview: itemsize nbytes ndim array:
  itemsize match: endpos lastindex pos pattern: flags groups hash: block_size digest_size
  datetime: day fold hour microsecond minute month second year date: day month year time: fold
  hour microsecond minute second timedelta: days microseconds seconds struct_time: tm_hour
  tm_isdst tm_mday tm_min tm_mon tm_sec tm_wday tm_yday tm_year stat: st_dev st_gid st_ino st_mode
  st_mtime_ns st_nlink st_size st_uid struct: size url: port response: code status
  completedprocess: returncode process: pid returncode uuid: int version deque: maxlen logger:
  level; float float: imag real complex: imag real stat: st_atime st_ctime st_mtime;
fraction fraction: real; decimal decimal: imag real;
bool memoryview: readonly c_contiguous file: closed stringio: closed bytesio: closed stdout:
  closed stdin: closed;
str memoryview: format array: typecode path: anchor drive name root stem suffix file: encoding
  errors mode name newlines stdout: encoding errors name stdin: encoding errors name match:
  lastgroup string pattern: pattern hash: name struct: format url: fragment hostname netloc params
  password path query scheme url username response: reason url uuid: hex urn element: tag tail
  text template: template zipfile: filename logger: name; path path: parent;
tuple[path] path: parents; tuple[str] path: parts; list[str] path: suffixes; stdout stdout: buffer;
stdin stdin: buffer; pattern match: re; mappingproxy[int] pattern: groupindex;
timezone datetime: tzinfo time: tzinfo;
alias response: headers msg completedprocess: args stderr stdout process: stderr stdin stdout;
tuple exception: args; bytes uuid: bytes; dict[str] element: attrib
""")

#: Methods that are pure in every builtin and standard class that has them, and that hardly any
#: other class has, so that they may be taken as pure on a receiver of unknown type. (Not "lower"
#: and "title", which tkinter's widgets have, nor "encode", "decode", "join", "replace", "find".)
PURE_METHOD_NAMES: frozenset[str] = frozenset(
    name
    for _, _, name in _rows("""pure
as_integer_ratio bit_count bit_length capitalize casefold conjugate endswith expandtabs groupdict
hexdigest is_integer isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric
isocalendar isoformat isoweekday isprintable isspace istitle isupper limit_denominator ljust lstrip
most_common removeprefix removesuffix rfind rindex rjust rpartition rsplit rstrip split splitlines
startswith strip swapcase toordinal total_seconds upper zfill
""")
)

#: Types whose instances cannot change and hold nothing that can.
IMMUTABLE: frozenset[str] = frozenset(
    tag
    for _, _, tag in _rows("""immutable
bool bytes complex date datetime decimal ellipsis float fraction frozenset int ipaddress match none
number path pattern range slice stat str struct struct_time time timedelta timezone url uuid
""")
)
