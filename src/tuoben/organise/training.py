"""How the classifier of categories is learnt from labelled articles. Pure, and the same each time.

NB-SVM (Wang and Manning 2012): for each category a linear support vector machine (squared hinge, dual coordinate
descent as in Hsieh et al. 2008) over features that are scaled by how much they say for or against it, and to its
weights those of complement naive Bayes (Rennie et al. 2003) are added. A fifth of the articles is held back to learn
how sure a score is and from which probability on a category may be given; then all are learnt from.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import mul

from tuoben.organise import classifier
from tuoben.organise.classifier import Classifier

COST, SMOOTHING, FLOOR, BAYES = 1.0, 0.3, 0.1, 0.5
"""Of the machine; of naive Bayes; what a feature that says nothing keeps; the share of naive Bayes."""
EPOCHS = 8
PRECISION = 0.9
"""Of the categories that are given, so many must be right."""
FEWEST_GIVEN = 20
"""Held-back articles on which that can be judged."""
UNATTAINED = 0.99
"""The probability from which categories are given where too few were held back to know better."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled article. `weight`: how many others it counts as (a person's correction counts for more)."""

    title: str
    body: str
    category: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier, and what it did on the articles that were held back: of `judged`, the share that it gives a
    category (`given`), and how many of those are right (`precision`); `accuracy` of all, however unsure."""

    classifier: Classifier
    examples: int
    judged: int
    given: float
    precision: float
    accuracy: float


def train(examples: Sequence[Example], progress: Callable[[int, int], None] = lambda done, total: None) -> Trained:
    """Learn from articles; `progress` is told (done, of how many) passes. There must be two categories or more."""
    names = tuple(sorted({one.category for one in examples}))
    counts = [classifier.features(classifier.text_of(one.title, one.body)) for one in examples]
    order = list(range(len(examples)))
    random.Random(len(order)).shuffle(order)
    back, front = order[::5], [at for place, at in enumerate(order) if place % 5]
    total = 2 * len(names)
    first = _learn(names, [examples[at] for at in front], [counts[at] for at in front], lambda n: progress(n, total))
    judged = []
    for at in back:
        scores = first.scores(classifier.vector(counts[at], _idf(first)))
        if scores is not None:
            judged.append((scores, names.index(examples[at].category)))
    sharpness = _sharpness(judged)
    sure = [_best(scores, sharpness, right) for scores, right in judged]
    least = _least(sure)
    whole = _learn(names, examples, counts, lambda n: progress(len(names) + n, total))
    made = replace(whole, sharpness=sharpness, least=least)
    given = [right for share, right in sure if share >= least]
    return Trained(
        classifier=classifier.load(classifier.dump(made)),
        examples=len(examples),
        judged=len(judged),
        given=len(given) / max(len(judged), 1),
        precision=sum(given) / max(len(given), 1),
        accuracy=sum(right for _, right in sure) / max(len(sure), 1),
    )


def _idf(found: Classifier) -> Callable[[int], float]:
    nothing = (0.0, ())
    return lambda bucket: found.weights.get(bucket, nothing)[0]


def _learn(
    names: Sequence[str], examples: Sequence[Example], counts: Sequence[Counter[int]], progress: Callable[[int], None]
) -> Classifier:
    seen: Counter[int] = Counter()
    for one in counts:
        seen.update(one.keys())
    idf = {bucket: math.log((1 + len(counts)) / (1 + n)) + 1 for bucket, n in seen.items()}
    place = {bucket: at for at, bucket in enumerate(idf)}
    vectors = [classifier.vector(one, idf.__getitem__) for one in counts]
    rows = [[place[bucket] for bucket in one] for one in vectors]
    values = [list(one.values()) for one in vectors]
    weight = [one.weight for one in examples]
    columns, bias = [], []
    bayes = _bayes(names, examples, rows, values, len(place))
    for at, name in enumerate(names):
        signs = [1.0 if one.category == name else -1.0 for one in examples]
        scale = _ratios(signs, weight, rows, len(place))
        machine, offset = _machine(signs, weight, rows, values, scale)
        columns.append([w * s + BAYES * b for w, s, b in zip(machine, scale, bayes[at], strict=True)])
        bias.append(offset)
        progress(at + 1)
    table = zip(*columns, strict=True)
    return Classifier(
        version="",
        categories=tuple(names),
        weights={bucket: (idf[bucket], tuple(row)) for bucket, row in zip(place, table, strict=True)},
        bias=tuple(bias),
        sharpness=1.0,
        least=1.0,
    )


def _ratios(signs: Sequence[float], weight: Sequence[float], rows: Sequence[Sequence[int]], size: int) -> list[float]:
    """How much each feature says for or against a category: the logarithm of its odds, without its sign."""
    inside, outside = [1.0] * size, [1.0] * size
    for sign, by, row in zip(signs, weight, rows, strict=True):
        side = inside if sign > 0 else outside
        for at in row:
            side[at] += by
    shift = math.log(sum(outside)) - math.log(sum(inside))
    return [abs(math.log(a) - math.log(b) + shift) + FLOOR for a, b in zip(inside, outside, strict=True)]


def _machine(
    signs: Sequence[float],
    weight: Sequence[float],
    rows: Sequence[Sequence[int]],
    values: Sequence[Sequence[float]],
    scale: Sequence[float],
) -> tuple[list[float], float]:
    """The weights of a support vector machine, and its offset."""
    weights, offset = [0.0] * len(scale), 0.0
    scaled = [
        [value * scale[at] for at, value in zip(row, one, strict=True)] for row, one in zip(rows, values, strict=True)
    ]
    slack = [1 / (2 * COST * by) for by in weight]
    norms = [sum(map(mul, one, one)) + 1 + own for one, own in zip(scaled, slack, strict=True)]
    dual = [0.0] * len(rows)
    order, chance = list(range(len(rows))), random.Random(len(rows))
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for n in order:
            row, one, sign, before = rows[n], scaled[n], signs[n], dual[n]
            held = sum(map(mul, map(weights.__getitem__, row), one)) + offset
            after = max(before - (sign * held - 1 + slack[n] * before) / norms[n], 0.0)
            if step := (after - before) * sign:
                dual[n] = after
                offset += step
                for at, value in zip(row, one, strict=True):
                    weights[at] += step * value
    return weights, offset


def _bayes(
    names: Sequence[str],
    examples: Sequence[Example],
    rows: Sequence[Sequence[int]],
    values: Sequence[Sequence[float]],
    size: int,
) -> list[list[float]]:
    """Complement naive Bayes: for each category, how little each feature is that of the others."""
    own = {name: [0.0] * size for name in names}
    whole = [0.0] * size
    for one, row, numbers in zip(examples, rows, values, strict=True):
        mine = own[one.category]
        for at, value in zip(row, numbers, strict=True):
            mine[at] += value * one.weight
            whole[at] += value * one.weight
    found = []
    for name in names:
        rest = [SMOOTHING + everything - mine for everything, mine in zip(whole, own[name], strict=True)]
        total = math.log(sum(rest))
        found.append([total - math.log(value) for value in rest])
    middle = [sum(column) / len(names) for column in zip(*found, strict=True)]
    return [[value - mean for value, mean in zip(one, middle, strict=True)] for one in found]


def _best(scores: Sequence[float], sharpness: float, right: int) -> tuple[float, bool]:
    shares = classifier.probabilities(scores, sharpness)
    best = max(range(len(shares)), key=shares.__getitem__)
    return shares[best], best == right


def _sharpness(judged: Sequence[tuple[Sequence[float], int]]) -> float:
    """What makes the probabilities of what was held back true, as far as one number can (temperature scaling)."""

    def surprise(sharpness: float) -> float:
        return -sum(math.log(max(classifier.probabilities(s, sharpness)[right], 1e-12)) for s, right in judged)

    return min((0.25 * 1.2**step for step in range(24)), key=surprise) if judged else 1.0


def _least(sure: Sequence[tuple[float, bool]]) -> float:
    """The lowest probability from which on the categories given are right often enough."""
    least, right = UNATTAINED, 0
    for given, (share, is_right) in enumerate(sorted(sure, reverse=True), start=1):
        right += is_right
        if given >= FEWEST_GIVEN and right >= PRECISION * given:
            least = share
    return least
