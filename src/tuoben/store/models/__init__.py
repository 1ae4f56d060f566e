"""The tables. Only modules of `store` import these; the rest of the house asks `queries` and tells `repository`.

Times are UTC. A field that a publisher told with a zone and a precision keeps both beside the sortable time.
"""

from tuoben.store.models.asked import Correction, Outbox, Save, Section, Status
from tuoben.store.models.collecting import Host, Item, Listing, Push, Source
from tuoben.store.models.kept import Capture, Import, LogLeaf, Segment
from tuoben.store.models.reading import (
    Address,
    Alias,
    Article,
    KeyBlock,
    NewKey,
    OlderReading,
    Part,
    Requisite,
    Revision,
    StoryMember,
)

__all__ = [
    "Address",
    "Alias",
    "Article",
    "Capture",
    "Correction",
    "Host",
    "Import",
    "Item",
    "KeyBlock",
    "Listing",
    "LogLeaf",
    "NewKey",
    "OlderReading",
    "Outbox",
    "Part",
    "Push",
    "Requisite",
    "Revision",
    "Save",
    "Section",
    "Segment",
    "Source",
    "Status",
    "StoryMember",
]
