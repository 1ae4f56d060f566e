"""What a run of the crawler did, counted: the summary of `tuoben crawl --once`."""

from __future__ import annotations

from dataclasses import dataclass

from tuoben.model import Kind, Receipt, Verdict


@dataclass(slots=True)
class Tally:
    """Counts of one run."""

    listings: int = 0
    links: int = 0
    captured: int = 0
    unchanged: int = 0
    failed: int = 0
    articles: int = 0
    requisites: int = 0

    def count(self, receipt: Receipt) -> None:
        """Add what one commit did."""
        outcome = receipt.outcome
        kind = outcome.claim.kind
        self.links += receipt.new_links
        self.articles += receipt.new_article
        self.captured += outcome.capture is not None
        self.unchanged += outcome.unchanged
        self.failed += kind in (Kind.PAGE, Kind.RENDERED) and outcome.verdict is Verdict.FAILED
        answered = outcome.capture is not None and outcome.verdict is Verdict.DONE and not outcome.redirect
        self.listings += kind is Kind.LISTING and answered
        self.requisites += kind is Kind.REQUISITE and answered
