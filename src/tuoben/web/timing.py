"""How a time is told to readers: in the site's zone, with what is known of it. Pure but for the site's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tuoben.model import Moment, Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A publication time as it is printed."""

    text: str
    """Date and time to the second, or the date alone."""
    short: str
    """To the minute, for lists."""
    zone: str
    """Offset of what is printed ("+08:00"); "" for a date."""
    machine: str
    """For the datetime attribute: no more than is known."""
    precision: Precision
    zone_known: bool
    assumed: str
    """The offset that was assumed where the source named none."""
    elsewhere: str
    """The time as the source wrote it, when its zone is another one; else ""."""


def told(moment: Moment) -> Told:
    """What to print for a moment."""
    if moment.precision is Precision.DAY:
        day = moment.value.date().isoformat()
        return Told(
            text=day, short=day, zone="", machine=day, precision=moment.precision, zone_known=moment.zone_known,
            assumed="", elsewhere="",
        )  # fmt: skip
    local = timezone.localtime(moment.value) if moment.value.tzinfo else timezone.make_aware(moment.value)
    seconds = moment.precision is Precision.SECOND
    elsewhere = ""
    if moment.zone_known and moment.value.utcoffset() != local.utcoffset():
        elsewhere = f"{moment.value:%Y-%m-%d %H:%M} {offset(moment.value)}"
    return Told(
        text=f"{local:%Y-%m-%d %H:%M:%S}",
        short=f"{local:%Y-%m-%d %H:%M}",
        zone=offset(local),
        machine=local.isoformat(timespec="seconds" if seconds else "minutes"),
        precision=moment.precision,
        zone_known=moment.zone_known,
        assumed=offset(moment.value),
        elsewhere=elsewhere,
    )


def offset(value: datetime) -> str:
    """The UTC offset of an aware time: "+08:00"; "" for a naive one."""
    text = value.strftime("%z")
    return f"{text[:3]}:{text[3:5]}" if text else ""
