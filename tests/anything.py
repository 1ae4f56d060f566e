"""Any record of `tuoben.model`, for property tests."""

from __future__ import annotations

import types
import typing
from datetime import date, datetime, timedelta, timezone
from enum import Enum

from hypothesis import strategies as st

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
PLAIN = {
    str: st.text(max_size=6),
    bytes: st.binary(max_size=6),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    date: st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    datetime: st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES),
}


def values(hint) -> st.SearchStrategy:
    """Any value of a type as the records use them."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(values(one) if one is not type(None) else st.none() for one in inner)
    if origin is tuple and inner[-1] is Ellipsis:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(one) for one in inner))
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=2)
    if hint in PLAIN:
        return PLAIN[hint]
    return st.sampled_from(hint) if issubclass(hint, Enum) else records(hint)


def records(cls) -> st.SearchStrategy:
    """Any record of a class."""
    return st.builds(cls, **{name: values(hint) for name, hint in typing.get_type_hints(cls).items()})
