"""A text toolbox: documents of several kinds, parsed, packed, signed and compared."""
import base64
import csv
import difflib
import hashlib
import io
import json
import re
import struct
import textwrap
import zlib
import xml.etree.ElementTree as ET

WORDS = ("amber bird cedar delta ember falcon grove harbor island jasper kelp lantern "
         "meadow north opal prairie quartz river slate timber umber valley "
         "willow xenon yarrow zinc").split()


def sentence(seed, count):
    state = seed * 7919 + 17
    out = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        out.append(WORDS[(state >> 8) % len(WORDS)])
    return " ".join(out)


class Document:
    def __init__(self, number, length):
        self.number = number
        self.body = sentence(number, length)

    @property
    def words(self):
        return self.body.split()

    def frequencies(self):
        counts = {}
        for word in self.words:
            counts[word] = counts.get(word, 0) + 1
        return counts


class Markup(Document):
    def render(self):
        root = ET.Element("doc", number=str(self.number))
        for word in self.words:
            ET.SubElement(root, "w", size=str(len(word))).text = word
        return ET.tostring(root, encoding="unicode")


class Tokenizer:
    """Made once, used for each text; keeps nothing between texts."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern)

    def tokens(self, text):
        return [m.group().lower() for m in self.pattern.finditer(text)]

    def vowels(self, text):
        return sum(token.count("a") + token.count("e") for token in self.tokens(text))


class Scanner:
    """Walks over one long text: where a call stops, the next goes on."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def take(self, count):
        end = self.at
        for _ in range(count):
            end = self.text.find(" ", end + 1)
            if end < 0:
                end = len(self.text)
                break
        piece, self.at = self.text[self.at:end], end
        return re.sub(r"[aeiou]+", "_", piece)


class Packer:
    """Packs words in a buffer of its own, which it hands out without a copy."""

    def __init__(self, size):
        self.buf = bytearray(size)

    def fill(self, words):
        self.buf[:] = bytes(len(self.buf))
        for k, word in enumerate(words):
            code = zlib.crc32(word.encode()) % 65536
            struct.pack_into("<H", self.buf, 2 * k % len(self.buf), code)
        return self.buf

    def pack(self, words):
        buf = bytearray(len(self.buf))
        for k, word in enumerate(words):
            code = zlib.crc32(word.encode()) % 65536
            struct.pack_into("<H", buf, 2 * k % len(buf), code)
        return bytes(buf)


class Signer:
    def __init__(self, key):
        self.key = key
        self.chain = hashlib.sha256(key)

    def sign(self, document):
        digest = self.key
        for word in document.words:
            digest = hashlib.sha256(digest + word.encode()).digest()
        return base64.b64encode(digest).decode()

    def link(self, document):
        for word in document.words:
            self.chain.update(word.encode())
            self.chain.update(self.chain.digest())
        return self.chain.hexdigest()


class Writer:
    """Writes rows of CSV; every text it returns is what it holds so far."""

    def __init__(self):
        self.out = io.StringIO()
        self.rows = csv.writer(self.out)

    def add(self, document):
        self.rows.writerows(sorted(document.frequencies().items()))
        text = self.out.getvalue()
        return len(text), zlib.crc32(text.encode())


def table_of(document):
    out = io.StringIO()
    rows = csv.writer(out)
    for _ in range(30):
        rows.writerows(sorted(document.frequencies().items()))
    return sum(int(count) for _, count in csv.reader(io.StringIO(out.getvalue())))


def index(documents, tokenizer):
    return {d.number: tokenizer.vowels(d.body) for d in documents}  # parallel: dict build


def pieces(scanner, counts):
    out = []
    for count in counts:  # trap: the scanner goes on where the last call stopped
        out.append(scanner.take(count))
    return out


def packed(packer, documents):
    return [packer.pack(d.words) for d in documents]  # parallel: map


def filled(packer, documents):
    return [packer.fill(d.words) for d in documents]  # trap: all results are one shared buffer


def signatures(signer, documents):
    for document in documents:  # parallel: ordered print
        print(document.number, signer.sign(document)[:16])


def links(signer, documents):
    last = None
    for document in documents:  # trap: each link feeds the signer's one hash object
        last = signer.link(document)
    return last


def table_sizes(documents):
    return sum(table_of(document) for document in documents)  # parallel: reduction


def grown_tables(writer, documents):
    sizes = []
    for document in documents:  # trap: add() returns the text of all documents so far
        sizes.append(writer.add(document))
    return sizes


def closest(documents, wanted):
    best, who = 0.0, None
    for document in documents:  # parallel: min/max
        ratio = difflib.SequenceMatcher(None, wanted, document.body, autojunk=False).ratio()
        if ratio > best:
            best, who = ratio, document.number
    return who, round(best, 6)


def closest_chain(documents, matcher):
    found = []
    for document in documents:  # trap: the text to compare with is the document before
        matcher.set_seq1(document.body)
        found.append(round(matcher.ratio(), 4))
        matcher.set_seq2(document.body)
    return found


def round_trips(markups):
    sizes = {}
    for markup in markups:  # parallel: histogram
        found = [node.get("size") for node in ET.fromstring(markup.render())]
        for key in found:
            sizes[key] = sizes.get(key, 0) + 1
    return sorted(sizes.items())


def numbered(lines, decoder):
    return [json.loads(line, object_hook=decoder) for line in lines]  # trap: decoder numbers all


class Decoder:
    def __init__(self):
        self.seen = 0

    def __call__(self, pairs):
        self.seen += 1
        return (self.seen, len(pairs))


def wrapped(lines, width):
    out = []
    for line in lines:  # parallel: ordered append
        data = json.loads(line)
        text = textwrap.fill(" ".join(data["words"]), width)
        out.append(zlib.crc32(text.encode()) + data["extra"]["n"])
    return out


def main():
    documents = [Document(n, 150 + n) for n in range(100)]
    tokenizer = Tokenizer(r"[a-z]+")
    print(sum(n * v for n, v in index(documents * 7, tokenizer).items()))
    long = " ".join(d.body for d in documents) * 11
    print(zlib.crc32("|".join(pieces(Scanner(long), [40 + n % 9 for n in range(3600)])).encode()))
    print(zlib.crc32(b"".join(packed(Packer(200), documents * 10))))
    print(zlib.crc32(b"".join(filled(Packer(200), documents * 10))))
    signatures(Signer(b"key"), [Document(n, 5000) for n in range(22)])
    print(links(Signer(b"key"), documents * 9))
    print(table_sizes(documents[:50]))
    print(sum(crc for _, crc in grown_tables(Writer(), documents * 7)))
    print(closest([Document(n, 18) for n in range(190)], sentence(1000, 18)))
    matcher = difflib.SequenceMatcher(None, "", sentence(1, 18), autojunk=False)
    print(sum(closest_chain([Document(n, 18) for n in range(190)], matcher)))
    print(round_trips([Markup(n, 450 + n) for n in range(50)]))
    lines = [json.dumps({"words": d.words, "extra": {"n": d.number}}) for d in documents]
    print(sum(a * b for a, b in numbered(lines * 40, Decoder())))
    print(sum(wrapped(lines * 3, 60)))


if __name__ == "__main__":
    main()
