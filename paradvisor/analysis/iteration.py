"""Which functions and methods leave an iterator or an open file among their arguments alone.

All others are taken to read what they are given, as far as it goes: that is what most of them are
for, and the type of what they are given is often not known.
"""

from __future__ import annotations

_FUNCTIONS = """
abs ascii bin bool breakpoint callable chr complex copy.copy divmod float format getattr hasattr
hash hex id input int isinstance issubclass len next oct open ord pow print range repr round
setattr slice str super type
base64: b16decode b16encode b32decode b32encode b64decode b64encode urlsafe_b64decode
  urlsafe_b64encode
binascii: a2b_base64 a2b_hex b2a_base64 b2a_hex crc32 crc_hqx hexlify unhexlify
bz2: compress decompress
collections: defaultdict namedtuple
copy: copy
datetime: date date.fromisoformat date.fromordinal date.fromtimestamp date.today datetime
  datetime.combine datetime.fromisoformat datetime.fromordinal datetime.fromtimestamp datetime.now
  datetime.strptime time timedelta timezone
decimal: Decimal
fnmatch: fnmatch fnmatchcase translate
fractions: Fraction
functools: partial
gzip: compress decompress
hashlib: blake2b blake2s md5 new pbkdf2_hmac scrypt sha1 sha224 sha256 sha384 sha3_224 sha3_256
  sha3_384 sha3_512 sha512 shake_128 shake_256
hmac: compare_digest digest new
html: escape unescape
io: BytesIO StringIO
itertools: repeat
json: dumps loads
lzma: compress decompress
math: acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees erf erfc exp
  exp2 expm1 fabs factorial floor fma fmod frexp gamma gcd hypot isclose isfinite isinf isnan isqrt
  lcm ldexp lgamma log log10 log1p log2 modf nextafter perm pow radians remainder sin sinh sqrt tan
  tanh trunc ulp
cmath: acos acosh asin asinh atan atanh cos cosh exp isclose isfinite isinf isnan log log10 phase
  polar rect sin sinh sqrt tan tanh
operator: abs add and_ eq floordiv ge getitem gt inv invert is_ is_not itemgetter le lshift lt
  matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
os: access environ.get fspath getenv listdir lstat readlink scandir stat
os.path: abspath basename dirname exists expanduser expandvars getatime getctime getmtime getsize
  isabs isdir isfile islink ismount join lexists normcase normpath realpath relpath samefile split
  splitdrive splitext
pathlib: Path PosixPath PurePath PurePosixPath
pickle: loads
random: Random betavariate choice expovariate gammavariate gauss getrandbits lognormvariate
  normalvariate paretovariate randint random randrange triangular uniform vonmisesvariate
  weibullvariate
re: compile escape findall finditer fullmatch match search split sub subn
statistics: NormalDist
string: Template capwords
struct: Struct calcsize pack unpack unpack_from
textwrap: dedent fill indent shorten wrap
time: gmtime localtime mktime sleep strftime strptime
types: SimpleNamespace
unicodedata: bidirectional category combining decomposition east_asian_width is_normalized lookup
  mirrored name normalize numeric
urllib.parse: parse_qs parse_qsl quote quote_plus unquote unquote_plus urldefrag urljoin urlparse
  urlsplit
urllib.request: Request urlopen
uuid: UUID uuid3 uuid5
zlib: adler32 compress compressobj crc32 decompress decompressobj
"""

_METHODS = """
str,bytes,bytearray: capitalize center count decode encode endswith expandtabs find format
  format_map index isalnum isalpha isascii isdigit islower isspace istitle isupper ljust lower
  lstrip partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip
  split splitlines startswith strip swapcase title translate upper zfill
list,deque,array: append appendleft count index insert remove
set: add discard remove
dict,ordereddict,defaultdict,counter: get move_to_end pop setdefault
hash: update
compressor: compress decompress
pattern: findall finditer fullmatch match search split sub subn
match: end expand group groups span start
path: glob is_relative_to joinpath match open read_bytes read_text relative_to rglob with_name
  with_stem with_suffix write_bytes write_text
random: choice gauss getrandbits randint random randrange seed shuffle uniform
struct: pack unpack unpack_from
date,datetime,time: astimezone replace strftime
element: append find findall findtext get insert iter iterfind remove set
file,stringio,bytesio,stdout: seek write
queue: put put_nowait
logger: critical debug error exception info log warning
"""


def _names(table: str) -> frozenset[str]:
    found: set[str] = set()
    prefixes = [""]
    for word in table.split():
        if word.endswith(":"):
            prefixes = [f"{prefix}." for prefix in word[:-1].split(",")]
        else:
            found |= {prefix + word for prefix in prefixes}
    return frozenset(found)


_FUNCTION_NAMES = _names(_FUNCTIONS)
_METHOD_NAMES = _names(_METHODS)


def function_iterates(name: str, arguments: int) -> bool:
    """Whether a library function may read through an argument; ``name`` is dotted."""
    if name in ("max", "min"):  # of several, it compares them
        return arguments < 2
    if name.endswith(("Error", "Exception", "Warning")):
        return False
    return name not in _FUNCTION_NAMES | _METHOD_NAMES


def method_iterates(tag: str, name: str) -> bool:
    """The same for a method of a type."""
    return f"{tag}.{name}" not in _METHOD_NAMES
