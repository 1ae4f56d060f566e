"""How a source is, how late its snapshots are, and why an address was not captured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tuoben import health
from tuoben.health import Lag, Said, State, Step
from tuoben.jobs import tracing
from tuoben.store import past, queries
from tuoben.web.views import common

LONGEST = 4000
"""Characters of an address that is asked about."""
STATES: Mapping[State, Promise] = {
    State.PAUSED: gettext_lazy("已暂停收录"),
    State.NEW: gettext_lazy("还没有访问过"),
    State.REFUSED: gettext_lazy("robots.txt 不允许收录"),
    State.FAILING: gettext_lazy("访问失败"),
    State.CHANGED: gettext_lazy("版式可能变了"),
    State.SILENT: gettext_lazy("比平时沉默得久"),
    State.NORMAL: gettext_lazy("正常"),
}
PAST: Mapping[str, Promise] = {
    "active": gettext_lazy("往期收录中"),
    "stopped": gettext_lazy("已停下"),
    "paused": gettext_lazy("已暂停收录"),
    "done": gettext_lazy("已到头"),
    "blocked": gettext_lazy("停在一页上：这一页取不到"),
}
STEPS: Mapping[Step, Promise] = {
    Step.NO_ADDRESS: gettext_lazy("这不是 http(s) 网址。"),
    Step.UNKNOWN: gettext_lazy("没有哪个来源的列表公布过这个网址。"),
    Step.NO_SOURCE: gettext_lazy("%(host)s 还不是我们的来源。"),
    Step.EXCLUDED: gettext_lazy("来源 %(source)s 的网址范围不包括它。"),
    Step.ROBOTS: gettext_lazy("%(host)s 的 robots.txt 不允许：%(line)s"),
    Step.PAUSED: gettext_lazy("来源 %(source)s 已暂停收录。"),
    Step.ALIAS: gettext_lazy("它转到 %(url)s。"),
    Step.QUEUED: gettext_lazy("它在排队，定于 %(time)s 访问。"),
    Step.WAITING: gettext_lazy("在 %(time)s 之前不再访问主机 %(host)s。"),
    Step.RETRY: gettext_lazy("访问了 %(tries)s 次没有成功（%(error)s），%(time)s 再试。"),
    Step.UNDER_WAY: gettext_lazy("此刻正在访问。"),
    Step.FAILED: gettext_lazy("访问了 %(tries)s 次，没有成功：%(error)s"),
    Step.NO_ARTICLE: gettext_lazy("%(time)s 收录了，页面里没有文章：%(error)s"),
    Step.ARTICLE: gettext_lazy("已收录：%(title)s"),
    Step.TWIN: gettext_lazy("它是另一篇的别的样子，那一篇在 %(url)s。"),
    Step.HIDDEN: gettext_lazy("这一篇已不再展示。"),
    Step.IMPORTED: gettext_lazy("%(time)s 的快照由文件 %(file)s 导入。"),
    Step.CAPTURED: gettext_lazy("%(time)s 收录过（状态 %(status)s）。"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the lag's figure, in the units of its view box."""

    name: str
    count: int
    y: int
    width: int


LONGEST_BAR, STEP = 190, 16
"""Of the figure, in its own units: a bar lies in a row behind its name, so that names have room on a phone, too."""


@require_safe
def of_source(request: HttpRequest, id: str) -> HttpResponse:
    """/s/<id>/health/: state, listings, lag; with ?url= why that address was not captured."""
    source = queries.site(id)
    found = tracing.state_of(id, timezone.now())
    if source is None or found is None:
        raise Http404
    asked = request.GET.get("url", "").strip()[:LONGEST]
    said = {
        "source": source,
        "health": found,
        "state": STATES[found.state],
        "expected": span(found.expected) if found.expected else "",
        "lag": _told(found.lag) if found.lag else None,
        "past": [(row, PAST[row.state]) for row in past.told(id)],
        "bars": bars(found.lag) if found.lag else (),
        "asked": asked,
        "steps": _steps(tracing.trace(asked, timezone.now())) if asked else (),
    }
    return common.show(request, "health.html", said)


def state_name(id: str) -> tuple[str, str]:
    """(state, its name) of a source, for its own page."""
    found = tracing.state_of(id, timezone.now())
    return (found.state.value, str(STATES[found.state])) if found is not None else ("", "")


def _told(lag: Lag) -> dict[str, str | int]:
    spans = {name: span(timedelta(seconds=getattr(lag, name))) for name in ("median", "p90", "most")}
    return {"count": lag.count, **spans}


def bars(lag: Lag) -> tuple[Bar, ...]:
    """The figure of a distribution: one bar for each bin, the fullest as long as there is room."""
    most = max(lag.bars)
    ends = [span(timedelta(seconds=end)) for end in health.BINS]
    names = [*(f"≤ {end}" for end in ends), f"> {ends[-1]}"]
    out = []
    for place, (name, count) in enumerate(zip(names, lag.bars, strict=True)):
        width = max(round(LONGEST_BAR * count / most), 1 if count else 0)
        out.append(Bar(name, count, place * STEP, width))
    return tuple(out)


def span(length: timedelta) -> str:
    """A length of time in one unit."""
    seconds = length.total_seconds()
    if seconds >= 2 * 86400:
        return _("%d 天") % round(seconds / 86400)
    if seconds >= 3600:
        return _("%d 小时") % round(seconds / 3600)
    if seconds >= 60:
        return _("%d 分钟") % round(seconds / 60)
    return _("%d 秒") % round(seconds)


def _steps(steps: tuple[Said, ...]) -> list[dict[str, str]]:
    out = []
    for said in steps:
        values = {name: _local(value) if name == "time" else value for name, value in said.values.items()}
        shown = said.step in (Step.ARTICLE, Step.TWIN)
        out.append({"text": str(STEPS[said.step]) % values, "article": said.values["id"] if shown else ""})
    return out


def _local(value: str) -> str:
    return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M:%S")
