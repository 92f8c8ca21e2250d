"""Text mining on a made-up corpus: profiles, stems, vocabulary, spelling, babble."""
import math
import random
import re
from collections import Counter, defaultdict

SYLLABLES = ["ka", "lo", "mi", "ter", "sun", "ra", "ve", "ing", "ed", "per", "tion", "al"]


def make_word(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 4)))


def make_documents(n, words, seed):
    rng = random.Random(seed)
    lexicon = [make_word(rng) for _ in range(900)]
    docs = {}
    for k in range(n):
        body = [lexicon[int(rng.random() ** 2 * len(lexicon))] for _ in range(words)]
        docs[f"doc{k:03d}"] = " ".join(body)
    return docs


def document_frequencies(docs):
    df = Counter()
    for text in docs.values():
        df.update(set(text.split()))
    return df


def tfidf(text, df, total):
    counts = Counter(re.findall(r"[a-z]+", text))
    scored = [(math.log(total / (1 + df[w])) * c, w) for w, c in counts.items()]
    norm = math.sqrt(sum(s * s for s, _ in scored))
    scored = [(s / norm, w) for s, w in scored]
    scored.sort(reverse=True)
    return scored[:5]


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, cb in enumerate(b, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, previous + (ca != cb))
            previous, row[j] = row[j], cost
    return row[-1]


def stem(word):
    changed = True
    while changed:
        changed = False
        for suffix in ("tion", "ing", "ed", "al", "er"):
            if word.endswith(suffix) and len(word) > len(suffix) + 2:
                word = word[:-len(suffix)]
                changed = True
    return word


def readability(sentence):
    vowels = sum(ch in "aeiou" for ch in sentence)
    runs = max((len(r) for r in re.findall(r"[^aeiou ]+", sentence)), default=0)
    colour = sum(k * ord(ch) for k, ch in enumerate(sentence, 1)) % 9973 / 9973
    pairs = sum(a < b for a, b in zip(sentence, sentence[1:]))
    return vowels / max(1, len(sentence)) + runs + colour + pairs / 1000


def first_unreadable(sentences, limit):
    for s in sentences:  # parallel: first match
        if readability(s) > limit:
            return s
    return None


def encode(docs):
    vocab = {}
    encoded = []
    for text in docs:  # trap: word numbers depend on the words met before
        encoded.append([vocab.setdefault(w, len(vocab)) for w in text.split()])
    return vocab, encoded


def split_quotes(tokens):
    stream = iter(tokens)
    chunks = []
    for tok in stream:  # trap: the body takes more items from the iterator it loops over
        if tok.startswith("ka"):
            quoted = []
            for inner in stream:
                if inner.endswith("ed"):
                    break
                quoted.append(inner)
            chunks.append(tuple(quoted))
        else:
            chunks.append((tok,))
    return chunks


class Speller:
    """Corrects words to known ones, and learns the frequency of what it returned."""

    def __init__(self, words):
        self.freq = {w: 1 for w in words}

    def correct(self, word):
        best = word
        rank = (9, 0)
        for known, seen in self.freq.items():
            if abs(len(known) - len(word)) < 2 and known[0] == word[0]:
                key = (edit_distance(word, known), -seen)
                if key < rank:
                    rank, best = key, known
        self.learn(best)
        return best

    def learn(self, word):
        self.freq[word] = self.freq.get(word, 0) + 1

    def correct_all(self, words):
        fixed = []
        for w in words:  # trap: correct() learns from each earlier correction
            fixed.append(self.correct(w))
        return fixed


def novelty(sentence, seen=set()):
    grams = {sentence[k:k + 4] for k in range(len(sentence) - 3)}
    fresh = len(grams - seen)
    seen |= grams
    return fresh


def babble(chain, start, length):
    word = start
    out = [word]
    for k in range(length):  # trap: the next word is drawn from the current word
        options = chain[word]
        word = options[(k * 7919 + len(word)) % len(options)] if options else start
        out.append(word)
    return " ".join(out)


def main():
    docs = make_documents(400, 300, 3)
    texts = list(docs.values())
    words = " ".join(texts).split()
    df = document_frequencies(docs)

    profiles = {}
    for name, text in docs.items():  # parallel: dict build
        profiles[name] = tfidf(text, df, len(docs))

    target = "permiterlotion"
    distance = sum(edit_distance(w, target) for w in words[:3600])  # parallel: reduction

    stems = words[:80000]
    for i in range(len(stems)):  # parallel: in-place element update
        stems[i] = stem(stems[i])

    shapes = defaultdict(int)
    for w in words[:42000]:  # parallel: histogram
        shape = re.sub(r"[aeiou]+", "V", re.sub(r"[^aeiou]+", "C", w))
        shapes[shape] += 1

    sentences = [t[k:k + 90] for t in texts[:150] for k in range(0, len(t) - 90, 45)]
    hit = first_unreadable(sentences, 4.431)
    vocab, encoded = encode(texts * 4)
    chunks = split_quotes(words * 4)
    speller = Speller(sorted(set(words))[:220])
    fixed = speller.correct_all([w + "x" for w in words[:1000]])
    scores = [novelty(s) for s in sentences]  # trap: mutable default argument remembers n-grams
    chain = defaultdict(list)
    for a, b in zip(words, words[1:]):
        chain[a].append(b)
    speech = babble(chain, words[0], 250000)

    print("profile", profiles["doc007"][0][1], len(profiles))
    print("distance", distance, "stems", len(set(stems)), "shapes", len(shapes))
    print("hit", hit, len(vocab), sum(len(e) for e in encoded), len(chunks))
    print("spelling", sum(map(len, fixed)), max(speller.freq.values()))
    print("novelty", sum(scores), scores[-1])
    print("speech", len(speech), speech[-40:])


if __name__ == "__main__":
    main()
