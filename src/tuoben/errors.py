"""The errors of the house. Each message is one plain sentence for the person who runs the program.

TuobenError                  anything we say ourselves
├── UsageError               the call is wrong (exit 2)
├── DataError                the data directory cannot be used: newer version, locked, not writable
│   └── DiskFull             no room left, or the disk floor is reached
├── FetchError               an exchange could not be made; `permanent` says whether to try again
│   ├── RefusedAddress       the one door refused the address (law 3)
│   ├── BadUrl               not an http(s) URL that can be asked for
│   ├── DnsError             the host has no address
│   ├── ConnectError         no connection, or it broke before a response
│   ├── TlsError             the certificate or the handshake is bad
│   ├── TimedOut             too slow, in part or in all
│   ├── NotNow               the host is to be left alone for longer than we wait
│   ├── BrowserError         a page could not be opened in a browser, or that ended
│   └── BadResponse          what came back is not HTTP
├── ArchiveError             a WARC cannot be read or written; names segment and offset
├── LimitExceeded            foreign bytes went over a limit (size, ratio, depth, attributes, time, memory)
└── QueryError               a search that cannot be understood
"""

from __future__ import annotations

from datetime import datetime


class TuobenError(Exception):
    """Anything the program says itself, in one plain sentence."""


class UsageError(TuobenError):
    """The call is wrong."""


class DataError(TuobenError):
    """The data directory cannot be used."""


class DiskFull(DataError):
    """There is no room left to write."""


class FetchError(TuobenError):
    """An exchange could not be made."""

    permanent = False


class RefusedAddress(FetchError):
    """The address is one that the door never connects to."""

    permanent = True


class BadUrl(FetchError):
    """Not an http(s) URL that can be asked for."""

    permanent = True


class DnsError(FetchError):
    """The host name has no address."""


class ConnectError(FetchError):
    """No connection, or it broke before a response came."""


class TlsError(FetchError):
    """The certificate or the TLS handshake is bad."""


class TimedOut(FetchError):
    """The server was too slow."""


class NotNow(FetchError):
    """The host wants to be left alone for longer than we wait, or somebody of ours asks it all the time.

    `until`: when it may be asked again at the earliest.
    """

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(f"{host} is not to be asked before {until:%Y-%m-%d %H:%M:%S} UTC; try again then.")
        self.until = until


class BadResponse(FetchError):
    """What came back is not HTTP."""


class BrowserError(FetchError):
    """A page could not be opened in a browser, or the browser ended."""


class Disallowed(FetchError):
    """robots.txt does not allow it."""

    permanent = True


class NoDocument(BrowserError):
    """What its server has at the address is no page."""

    permanent = True


class ArchiveError(TuobenError):
    """A WARC segment cannot be read or written."""


class BeingWritten(ArchiveError):
    """Another process has the segment open: its end grows and is not to be touched."""


class LimitExceeded(TuobenError):
    """Foreign bytes went over a limit."""


class QueryError(TuobenError):
    """A search that cannot be understood."""
