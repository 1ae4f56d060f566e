"""How a source is, and why an address was not captured: for `tuoben source show` and `tuoben source check`."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from tuoben import health
from tuoben.commands import terminal
from tuoben.health import Health, Lag
from tuoben.jobs import tracing

WORDS = {
    health.State.PAUSED: "paused",
    health.State.NEW: "not visited yet",
    health.State.REFUSED: "refused by robots.txt",
    health.State.FAILING: "failing",
    health.State.CHANGED: "the layout of a listing changed",
    health.State.SILENT: "silent for longer than usual",
    health.State.NORMAL: "normal",
}


def of(source: str) -> dict[str, Any]:
    """How a source is, as JSON."""
    found = tracing.state_of(source, timezone.now()) or Health(state=health.State.NEW)
    return {
        "state": found.state.value,
        "newest": found.newest.isoformat(timespec="seconds") if found.newest else None,
        "per_day": round(found.per_day, 3) if found.per_day is not None else None,
        "silent_after": found.expected.total_seconds() if found.expected else None,
        "lag": _lag(found.lag) if found.lag else None,
        "why": list(found.why),
    }


def _lag(lag: Lag) -> dict[str, Any]:
    ends = [*health.BINS, None]
    bars = [{"up_to": end, "articles": count} for end, count in zip(ends, lag.bars, strict=True)]
    return {"articles": lag.count, "median": lag.median, "p90": lag.p90, "most": lag.most, "bars": bars}


def tell(told: dict[str, Any]) -> None:
    """The same for people."""
    line = f"  health: {WORDS[health.State(told['state'])]}"
    if told["per_day"] is not None:
        line += f"; {told['per_day']:.3g} articles a day"
    if told["lag"]:
        lag = told["lag"]
        line += f"; published → snapshot: median {_span(lag['median'])}, 90% within {_span(lag['p90'])}"
    terminal.out.print(line)
    for sentence in told["why"]:
        terminal.out.print(f"    {sentence}")


def _span(seconds: float) -> str:
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def explain(address: str, *, json: bool) -> int:
    """Why an address was not captured, or how it was: one sentence for each step."""
    steps = tracing.trace(address, timezone.now())
    if json:
        rows = [{"step": said.step.value, "why": health.sentence(said), **said.values} for said in steps]
        terminal.document({"url": address, "steps": rows})
    else:
        for said in steps:
            terminal.out.print(health.sentence(said))
    return 0
