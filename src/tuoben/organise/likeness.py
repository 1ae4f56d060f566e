"""How much two articles have to do with each other, and what it is that they share. Pure.

Cosine of tf-idf weights over the tokens of headline and text (the headline counts three times), where the idf is that
of the archive and the phrases of every speech and report (套话, by-line words, English function words) weigh little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest

from tuoben.text import Token, spans, tokens

HEADLINE = 3
LONGEST = 8000
"""Characters of a text that count."""

_CLICHES = """
谱写 新篇章 篇章 高质量发展 新征程 新时代 砥砺前行 砥砺奋进 感恩奋进 牢记嘱托 凝聚共识 凝心聚力 真抓实干 埋头苦干
奋力 奋进 贡献力量 作出贡献 源源不断 有力支撑 坚强保障 全面振兴 新突破 新局面 新台阶 新气象 新高度 再上新台阶
中国式现代化 现代化 深入贯彻落实 贯彻落实 重要讲话精神 重要讲话 指示精神 重要指示 高举旗帜 团结奋进 开创新局 开创
指导思想 总书记 习近平 党中央 坚强领导 锚定 目标任务 扎实推进 持续推进 稳步推进 全力推进 加快推进 加快构建 加快建设
深入推进 深入实施 统筹推进 积极推进 大力推进 不断提升 不断完善 进一步 取得 成效 成就 成果丰硕 有效 认真学习
学习贯彻 主题教育 座谈会 举行 召开 会议 强调 指出 表示 介绍 认为 记者 报道 日电 消息 近日 日前 今天 昨天 今年 去年
目前 据悉 了解到 获悉 本报 编辑 责任编辑 来源 供稿 供图 摄影 本文转自 热线 新闻 我们 他们 以及 通过 进行 开展 推动
推进 提升 促进 加强 工作 发展 建设 实施 实现 方面 相关 有关 重要 重大 积极 全面 中国 我国 全国 国家
"""
_FUNCTION_WORDS = """
a about after again all also an and any are as at be because been before being between both but by can could did do does
down during each for from further had has have he her here him his how i if in into is it its just like made make may
me more most mr mrs my new no not now of off on one only or other our out over own per said same says she should so some
such than that the their them then there these they this those through time to today told two under until up us very was
we were what when where which while who will with would year years you your
der die das und ist von mit den für auf des im nicht ein eine sich dem la le les et de des en un une du est pour que qui
dans par sur pas au plus el los las del y se por con una para su al lo как на что по не из за от это его для
"""
_LITTLE = frozenset(token for phrase in _CLICHES.split() for token in tokens(phrase))
_NOTHING = frozenset(token for word in _FUNCTION_WORDS.split() for token in tokens(word))
_MARKS = frozenset("“”「」『』《》〈〉")
_EDGES = frozenset("的了在和与为是将把被对等及其也并又就都而以于从到向由让使各该此这那有不个第名位")


@dataclass(frozen=True)
class Words:
    """An article made ready to be compared."""

    title: str
    text: str
    counts: Counter[str] = field(init=False)
    headline: frozenset[str] = field(init=False)
    """The tokens of the headline."""

    def __post_init__(self) -> None:
        counts, headline = Counter(tokens(self.text[:LONGEST])), tokens(self.title)
        for token in headline:
            counts[token] += HEADLINE
        for token in _NOTHING & counts.keys():
            del counts[token]
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "headline", frozenset(headline))

    @cached_property
    def joined(self) -> str:
        """All tokens in order between spaces, the headline first."""
        return f" {' '.join((*tokens(self.title), '|', *tokens(self.text[:LONGEST])))} "

    @cached_property
    def body(self) -> str:
        """The tokens of the text alone."""
        return " " + self.joined.partition(" | ")[2]


class _Rarities(dict[str, float]):
    """Token → its weight, found out when it is first asked for."""

    def __init__(self, df: Mapping[str, int], total: int) -> None:
        super().__init__()
        self._df = df
        self._total = total
        self._usual = max(1, total // 500)
        self._known: dict[int, float] = {}

    def __missing__(self, token: str) -> float:
        count = self._df.get(token, self._usual)
        weight = self._known.get(count)  # nearly all are of few articles
        if weight is None:
            self._known[count] = weight = max(0.0, math.log((self._total + 1) / (count + 0.5)))
        if (len(token) < 3 and (len(token) == 1 or token.isdigit())) or token in _LITTLE:
            weight *= 0.15
        self[token] = weight
        return weight


@dataclass(frozen=True)
class Scale:
    """How rare tokens are: in how many of `total` articles each occurs."""

    df: Mapping[str, int]
    total: int
    rarities: Mapping[str, float] = field(init=False, repr=False, compare=False)
    """The weight of any token that occurs; one not in `df` is taken to be fairly rare."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rarities", _Rarities(self.df, self.total))

    def idf(self, token: str) -> float:
        """The weight of a token."""
        return self.rarities[token]

    def weights(self, words: Words) -> dict[str, float]:
        """What an article is about: its tokens with their weights."""
        rarities = self.rarities
        return {token: (1 + math.log(count)) * rarities[token] for token, count in words.counts.items()}


def top(weights: Mapping[str, float], count: int = 25) -> dict[str, float]:
    """The weightiest tokens."""
    best = nsmallest(count, [(-weight, token) for token, weight in weights.items() if weight > 0])
    return {token: weights[token] for _, token in best}


def likeness(own: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The cosine of two articles' weights, 0 to 1."""
    shared = sum(weight * other[token] for token, weight in own.items() if token in other)
    norms = math.sqrt(sum(w * w for w in own.values()) * sum(w * w for w in other.values()))
    return shared / norms if norms else 0.0


def passages(own: Words, other: Words, weights: Mapping[str, float], most: int = 3) -> list[tuple[str, bool]]:
    """The weightiest passages that both have, as written in `own`, each with whether the other's text has it too.

    A passage is a run of tokens without punctuation between them that stands in the other article as well.
    """
    found: dict[str, tuple[float, bool]] = {}
    for source in (own.title, own.text[:LONGEST]):
        for passage, run in _shared_runs(source, spans(source), other.joined):
            value = sum(weights.get(token, 0.0) for token in set(run))
            if passage not in found or value > found[passage][0]:
                found[passage] = (value, f" {' '.join(run)} " in other.body)
    chosen: list[tuple[str, bool]] = []
    taken: set[str] = set()
    for passage, (value, inside) in sorted(found.items(), key=lambda item: (-item[1][0], item[0])):
        held = set(tokens(passage))
        if value > 0 and not held & taken and len(chosen) < most:
            chosen.append((passage, inside))
            taken |= held
    return chosen


def _shared_runs(source: str, found: Sequence[Token], joined: str) -> list[tuple[str, list[str]]]:
    """The longest runs of neighbouring tokens of `source` that stand in `joined`."""
    # A pair that was joined across a quotation mark is no passage: the marks would be cut in two.
    found = [token for token in found if _MARKS.isdisjoint(source[token.start : token.end])]
    runs: list[tuple[str, list[str]]] = []
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and (end == at or _touch(source, found[end - 1], found[end])):
            if f" {' '.join(token.text for token in found[at : end + 1])} " not in joined:
                break
            end += 1
        if end > at:
            run = _trimmed(source, list(found[at:end]))
            if run and _whole(source, run):
                runs.append((source[run[0].start : run[-1].end], [token.text for token in run]))
        at = max(end, at + 1)
    return runs


def _touch(source: str, left: Token, right: Token) -> bool:
    return right.start <= left.end or source[left.end : right.start].isspace()


def _whole(source: str, run: Sequence[Token]) -> bool:
    """Whether a run may be shown: not one character, and not a pair cut out of the middle of words."""
    if len(run) > 1 or source[run[0].start].isascii() or len(run[0].text) > 2:
        return True
    before, after = source[run[0].start - 1 : run[0].start] or " ", source[run[0].end : run[0].end + 1] or " "
    return len(run[0].text) > 1 and any(not c.isalnum() or c.isascii() or c in _EDGES for c in (before, after))


def _trimmed(source: str, run: list[Token]) -> list[Token]:
    """A run without function words and particles at its ends."""
    while run and (run[0].text in _NOTHING or source[run[0].start] in _EDGES):
        run.pop(0)
    while run and (run[-1].text in _NOTHING or source[run[-1].end - 1] in _EDGES):
        run.pop()
    return run
