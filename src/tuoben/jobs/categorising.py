"""The classifier of categories: learnt from the archive's own labelled articles, kept as one file, and asked about the
articles that nothing else sorts, some at a time, by whichever worker has a moment.

What is left to do is what the rows say (Article.category_model): the work may stop anywhere. No classifier is shipped:
the collections of labelled headlines that it could be learnt from are for research only.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

from tuoben.errors import DataError
from tuoben.home import Home
from tuoben.organise import classifier, training
from tuoben.organise.classifier import Classifier
from tuoben.organise.training import Example, Trained
from tuoben.store import categories, queries

BATCH = 200
"""Articles that are sorted in one transaction."""
FEWEST, LARGEST = 10, 32
"""Articles without which a category is not learnt; categories that are learnt, the fullest ones."""
CORRECTED = 5.0
"""A person's correction counts as so many articles."""
_READ = 500


def learn(home: Home, most: int, progress: Callable[[int, int], None] = lambda done, total: None) -> Trained:
    """Learn from at most so many articles, the newest, corrected ones before all, and put the classifier in its place.

    Raises DataError when there is too little to learn from, or another process is at it.
    """
    with home.lock("classifier") as ours:
        if not ours:
            raise DataError("Another process is learning categories; try again when it is done.")
        found = training.train(_examples(most), progress)
        draft = home.classifier.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(classifier.dump(found.classifier))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(home.classifier)
    return found


def _examples(most: int) -> list[Example]:
    taught = categories.labelled()[:most]
    counts = Counter(one.category for one in taught)
    known = {name for name, count in counts.most_common(LARGEST) if count >= FEWEST}
    if len(known) < 2:
        raise DataError(
            f"There is too little to learn from: two categories with {FEWEST} articles each are needed, said by the "
            "pages themselves or by you (`tuoben category map`, `tuoben category set`)."
        )
    examples = []
    for at in range(0, len(taught), _READ):
        part = taught[at : at + _READ]
        texts = queries.lessons([one.id for one in part])
        examples += [
            Example(*texts[one.id], one.category, CORRECTED if one.corrected else 1.0)
            for one in part
            if one.id in texts and one.category in known
        ]
    if len({one.category for one in examples}) < 2:
        raise DataError(
            "The publishers of nearly all labelled articles reserve text and data mining; those are not learnt from."
        )
    return examples


class Sorter:
    """Asks the classifier that lies in the data directory, read anew when another one lies there."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._stamp = (0, 0)
        self._held: Classifier | None = None

    def sort(self, limit: int = BATCH) -> int:
        """Look at some of the articles that wait; how many. Raises DataError when the classifier's file is damaged."""
        held = self._classifier()
        waiting = categories.unsorted(held.version, limit) if held is not None else []
        if held is None or not waiting:
            return 0
        texts = queries.texts([pk for pk, _ in waiting])
        guesses = {pk: held.guess(title, texts.get(pk, "")) for pk, title in waiting}
        categories.guessed({pk: (guess.category, guess.sure) for pk, guess in guesses.items()}, held.version)
        return len(waiting)

    def _classifier(self) -> Classifier | None:
        try:
            state = self.home.classifier.stat()
        except FileNotFoundError:
            self._held, self._stamp = None, (0, 0)
            return None
        stamp = (state.st_mtime_ns, state.st_ino)
        if stamp != self._stamp:
            self._stamp, self._held = stamp, None  # a damaged one is told of once
            self._held = classifier.load(self.home.classifier.read_bytes())
        return self._held
