"""Train the table that has the last word on every block of a page: `python -m benches.train` (make train-extract).

Reads the development pages, takes for each the candidate and the rules' story as `tuoben.extract` finds them, labels
every block by the gold body (most of its 4-token shingles stand in it), and fits small boosted trees. Prints, per
language group, the rules alone, cross-validation by site, and the bound that perfect labels would reach; writes
src/tuoben/extract/weights.py, which is plain text and the whole model. `--check` only prints.
"""

from __future__ import annotations

import argparse
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from benches import corpus
from tuoben import extract as extraction
from tuoben.extract import blocks as rendering
from tuoben.extract import features, keep
from tuoben.extract.element import Block
from tuoben.extract.trim import Story
from tuoben.model import Hints

PARAMETERS: dict[str, Any] = {
    "max_iter": 70, "max_leaf_nodes": 6, "learning_rate": 0.12, "min_samples_leaf": 40, "l2_regularization": 5,
}  # fmt: skip
FOLDS = 5
TARGET = corpus.ROOT / "src" / "tuoben" / "extract" / "weights.py"


@dataclass
class Sample:
    """One page as the table sees it."""

    gold: corpus.Gold
    blocks: list[Block]
    story: Story
    rows: np.ndarray
    labels: np.ndarray
    weights: np.ndarray

    @property
    def kept(self) -> set[int]:
        """Numbers of the blocks that the rules keep."""
        return {block.number for block in self.story.blocks}

    def text(self, decided: np.ndarray) -> str:
        """The text of the blocks decided for, as the program would print it."""
        return rendering.plain([block for block, yes in zip(self.blocks, decided, strict=True) if yes])


def labels(score: ModuleType, gold: corpus.Gold, blocks: list[Block]) -> tuple[np.ndarray, np.ndarray]:
    """Share of each block that is in the gold body, and how much it counts: by its length, nothing where the gold
    leaves it open (its optional lines, the headline)."""
    shingles = score.shingles(gold["body"])
    lines = {score.norm(line) for line in gold["body"].split("\n")}
    open_ = {score.norm(line) for line in gold.get("optional") or []}
    if not score.norm(gold["body"]).startswith(score.norm(gold.get("title"))):
        open_.add(score.norm(gold.get("title")))
    shares, counts = [], []
    for block in blocks:
        own = score.shingles(block.text)
        tokens = len(score.TOKEN.findall(block.text))
        name = score.norm(block.text)
        inside = sum(min(times, shingles[one]) for one, times in own.items()) / max(1, sum(own.values()))
        share = inside if tokens >= 4 else float(name in lines)
        unclear = name in open_ or (block.kind == "figcaption" and 0.3 < share < 0.7)
        shares.append(share)
        counts.append(0.0 if unclear else ((tokens + 1) / (sum(shingles.values()) + 30)) ** 0.5)
    return np.array(shares), np.array(counts)


def sample(score: ModuleType, gold: corpus.Gold) -> Sample | None:
    """The page as the table sees it; None when its markup holds no candidate."""
    found = extraction.before_table(corpus.page(gold), Hints())
    if found is None:
        return None
    tree, top, story, title_at, described = found
    blocks = features.scope(tree, top, title_at)
    rows = features.rows(tree, top, blocks, {b.number for b in story.blocks}, title_at, described)
    return Sample(gold, blocks, story, np.array(rows), *labels(score, gold, blocks))


def fit(samples: list[Sample]) -> HistGradientBoostingClassifier:
    """The trees that tell kept from cut blocks."""
    rows = np.concatenate([one.rows for one in samples])
    truth = np.concatenate([one.labels > 0.5 for one in samples])
    counts = np.concatenate([one.weights for one in samples])
    use = counts > 0
    model = HistGradientBoostingClassifier(random_state=0, early_stopping=False, **PARAMETERS)
    with threadpool_limits(1):  # threads that wait for each other on a busy machine cost a hundred times the work
        return model.fit(rows[use], truth[use], counts[use] / counts.mean())


def decided(one: Sample, odds: np.ndarray) -> np.ndarray:
    """Which blocks stay, by the rule of `keep.decide`."""
    bounds = keep.CHINESE if one.gold["group"] == "zh" else keep.OTHERS
    return np.array(keep.stays(one.blocks, [float(sum_) for sum_ in odds], one.kept, bounds))


def show(score: ModuleType, name: str, samples: list[Sample], choice: list[np.ndarray]) -> None:
    """One line: F1, precision, recall and share of bad pages per group."""
    rows = defaultdict(list)
    for one, keep_ in zip(samples, choice, strict=True):
        rows[one.gold["group"]].append(score.page(one.gold, {"text": one.text(keep_)}))
    parts = []
    for group in corpus.GROUPS:
        mean, (low, high) = score.summary(rows[group]), score.interval(rows[group], 300)["F1"]
        parts.append(
            f"{group} {mean['F1']:.4f} [{low:.3f}, {high:.3f}] "
            f"P {mean['P']:.3f} R {mean['R']:.3f} bad {mean['bad']:.3f}"
        )
    print(f"{name:16} " + " | ".join(parts), flush=True)


def nested(nodes: np.ndarray, at: int = 0) -> str:
    """One tree as an expression over the names of the numbers."""
    node = nodes[at]
    if node["is_leaf"]:
        return repr(float(f"{float(node['value']):.4g}"))
    name, threshold = features.NAMES[node["feature_idx"]], float(f"{float(node['num_threshold']):.6g}")
    return f"({nested(nodes, node['left'])} if {name} <= {threshold!r} else {nested(nodes, node['right'])})"


MODULE = '''"""The trees of `keep`: written by `python -m benches.train`, not by hand."""
# ruff: noqa: E501
# fmt: off

from __future__ import annotations


def odds(row: list[float]) -> float:
    """Log-odds that a block belongs to the story, by its row of `features.NAMES`: above 0 when it rather does."""
    (
{names}
    ) = row
    return (
        {base!r}
{trees}
    )
'''
"""The model as a module: a sum of nested conditions, which reads well and which mypyc compiles to plain comparisons."""


def write(model: HistGradientBoostingClassifier) -> None:
    """The model as a module of plain Python."""
    indent = 8 * " "
    names = textwrap.fill(", ".join(features.NAMES) + ",", 110, initial_indent=indent, subsequent_indent=indent)
    trees = "\n".join(f"{indent}+ {nested(stage[0].nodes)}" for stage in model._predictors)
    base = float(f"{float(np.ravel(model._baseline_prediction)[0]):.4g}")
    TARGET.write_text(MODULE.format(names=names, base=base, trees=trees), encoding="utf-8")
    print(f"written: {TARGET.relative_to(corpus.ROOT)}")


def main() -> None:
    """Train, judge by cross-validation, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="print the figures, write nothing")
    check = parser.parse_args().check
    score = corpus.scorer()
    pages = [gold for gold in corpus.golds(score) if gold.get("body")]
    samples = [one for gold in pages if (one := sample(score, gold)) is not None]
    sites, blocks = {corpus.site(one.gold) for one in samples}, sum(len(one.blocks) for one in samples)
    print(f"{len(samples)} pages, {len(sites)} sites, {blocks} blocks")
    rules = [np.array([block.number in one.kept for block in one.blocks]) for one in samples]
    show(score, "rules", samples, rules)
    choice: list[np.ndarray] = [np.array([])] * len(samples)
    for learn, judge in corpus.folds([one.gold for one in samples], FOLDS):
        model = fit([samples[at] for at in learn])
        for at in judge:
            choice[at] = decided(samples[at], model.decision_function(samples[at].rows))
    show(score, "cross-validated", samples, choice)
    show(score, "perfect labels", samples, [one.labels > 0.5 for one in samples])
    if not check:
        write(fit(samples))


if __name__ == "__main__":
    main()
