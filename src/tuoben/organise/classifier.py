"""The category of an article from its words alone, where nothing tells it: a linear classifier over runs of one to
three characters of the folded text. Pure; `training` makes it, and what it makes is data that any version may read.

The features are those that did best on short Chinese headlines (tf–idf of character runs); they are hashed (CRC-32), so
the file holds no words of anybody's text, only numbers.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import add

from tuoben.errors import DataError
from tuoben.text import normalise

FORMAT = 1
LONGEST_RUN = 3
BUCKETS = (1 << 24) - 1
LEAD = 120
"""Characters of the body that are looked at behind the headline: where a report says what it is about."""
STEP = 1 / 2048
"""What one unit of a stored weight stands for."""
MOST_BYTES = 1 << 28
"""Of the numbers of a file: a damaged one does not fill the memory."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Guess:
    """A category, and the probability that it is right; "" as category when that is not enough to say it."""

    category: str
    sure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """What was learnt. `weights`: bucket → (idf, the weight for each category)."""

    version: str
    """Of the content: the same training gives the same version."""
    categories: tuple[str, ...]
    weights: Mapping[int, tuple[float, tuple[float, ...]]]
    bias: tuple[float, ...]
    sharpness: float
    """What scores are multiplied with before they become probabilities."""
    least: float
    """The probability from which a category is given."""

    def guess(self, title: str, body: str = "") -> Guess:
        """The likeliest category of an article."""
        scores = self.scores(vector(features(text_of(title, body)), self._idf))
        if scores is None:
            return Guess("", 0.0)
        shares = probabilities(scores, self.sharpness)
        best = max(range(len(shares)), key=shares.__getitem__)
        return Guess(self.categories[best] if shares[best] >= self.least else "", shares[best])

    def _idf(self, bucket: int) -> float:
        known = self.weights.get(bucket)
        return known[0] if known else 0.0

    def scores(self, values: Mapping[int, float]) -> list[float] | None:
        """A score for each category; None when no feature was ever seen."""
        if not values:
            return None
        total = self.bias
        for bucket, value in values.items():
            total = tuple(map(add, total, [value * weight for weight in self.weights[bucket][1]]))
        return list(total)


def text_of(title: str, body: str) -> str:
    """What of an article is looked at."""
    return f"{title}\n{' '.join(body[: 4 * LEAD].split())[:LEAD]}" if body else title


def features(text: str) -> Counter[int]:
    """How often each feature stands in a text: its lines, each with its ends marked, digits all the same."""
    found: Counter[int] = Counter()
    for line in text.split("\n"):
        marked = f"^{_DIGIT.sub('0', normalise(line))}$"
        for length in range(1, LONGEST_RUN + 1):
            found.update(map(_bucket, (marked[at : at + length] for at in range(len(marked) - length + 1))))
    return found


def _bucket(run: str) -> int:
    return zlib.crc32(run.encode("utf-8", "replace")) & BUCKETS


def vector(counts: Mapping[int, int], idf: Callable[[int], float]) -> dict[int, float]:
    """The features that are known (idf above 0), (1 + ln tf) · idf each, of length one together."""
    raw = {bucket: (1 + math.log(n)) * weight for bucket, n in counts.items() if (weight := idf(bucket))}
    length = math.sqrt(sum(value * value for value in raw.values()))
    return {bucket: value / length for bucket, value in raw.items()} if length else {}


def probabilities(scores: Sequence[float], sharpness: float) -> list[float]:
    """Softmax of the scores times the sharpness."""
    most = max(scores)
    shares = [math.exp(sharpness * (score - most)) for score in scores]
    total = sum(shares)
    return [share / total for share in shares]


# --- as a file ------------------------------------------------------------------------------------------------------
def dump(found: Classifier) -> bytes:
    """The classifier as JSON; the numbers as little-endian 16- and 32-bit integers, deflated, in base 64."""
    buckets = sorted(found.weights)
    told = {
        "format": FORMAT,
        "categories": found.categories,
        "bias": found.bias,
        "sharpness": found.sharpness,
        "least": found.least,
        "buckets": _pack(array("I", buckets)),
        "idf": _pack(array("h", (_short(found.weights[bucket][0]) for bucket in buckets))),
        "weights": _pack(array("h", map(_short, chain.from_iterable(found.weights[bucket][1] for bucket in buckets)))),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def load(data: bytes) -> Classifier:
    """The classifier that `dump` wrote. Raises DataError when it is anything else."""
    try:
        told = json.loads(data)
        if told["format"] != FORMAT:
            raise DataError("The classifier was written by another version; `tuoben category train` makes a new one.")
        categories = tuple(str(name) for name in told["categories"])
        buckets, idf, weights = _unpack("I", told["buckets"]), _unpack("h", told["idf"]), _unpack("h", told["weights"])
        width = len(categories)
        bias = tuple(float(value) for value in told["bias"])
        if not (len(buckets) == len(idf) == len(weights) / max(width, 1)) or len(bias) != width or not width:
            raise ValueError("sizes")
        rows = (tuple(STEP * value for value in weights[at : at + width]) for at in range(0, len(weights), width))
        return Classifier(
            version=version_of(data),
            categories=categories,
            weights={b: (STEP * i, row) for b, i, row in zip(buckets, idf, rows, strict=True)},
            bias=bias,
            sharpness=float(told["sharpness"]),
            least=float(told["least"]),
        )
    except (ValueError, KeyError, TypeError, binascii.Error, zlib.error) as error:
        raise DataError("The classifier's file is damaged; `tuoben category train` makes a new one.") from error


def version_of(data: bytes) -> str:
    """The name of what a file holds."""
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"


def _short(value: float) -> int:
    return max(-32768, min(32767, round(value / STEP)))


def _pack(numbers: array[int]) -> str:
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(zlib.compress(numbers.tobytes(), 9)).decode("ascii")


def _unpack(kind: str, text: str) -> array[int]:
    numbers = array(kind)
    inflate = zlib.decompressobj()
    data = inflate.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
