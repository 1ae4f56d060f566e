"""What the WARC holds, as rows: segments, captures, files that were imported, entries of the log."""

from __future__ import annotations

from django.db import models

from tuoben.store import fields


class Segment(models.Model):
    """A WARC file and how much of it the rows know: what lies behind `committed` is the tail to take in."""

    name = fields.CharField(primary_key=True, max_length=200)
    committed = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Capture(models.Model):
    """A row for model.Capture, findable by URL and time."""

    record_id = fields.CharField(unique=True, max_length=60)
    url = fields.CharField(max_length=8192)
    key = fields.CharField(max_length=8192, db_index=True)
    """canonical(url), for replay and for "is this already held?"."""
    kind = fields.CharField(max_length=10)
    time = models.DateTimeField()
    segment = fields.CharField(max_length=200)
    offset = models.BigIntegerField()
    length = models.BigIntegerField()
    end = models.BigIntegerField()
    status = models.IntegerField()
    mime = fields.CharField(max_length=200, blank=True)
    block_digest = fields.CharField(max_length=80)
    payload_digest = fields.CharField(max_length=80)
    payload_length = models.BigIntegerField()
    revisit_of = fields.CharField(max_length=60, blank=True)
    truncated = fields.CharField(max_length=20, blank=True)
    origin = fields.CharField(max_length=200, blank=True)
    """Name of the file that it was imported from."""
    article = fields.CharField(max_length=20, blank=True, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["time"], name="capture_time"),
            models.Index(fields=["payload_digest"], condition=models.Q(revisit_of=""), name="capture_payload"),
        ]
        constraints = [models.UniqueConstraint(fields=["segment", "offset"], name="capture_once")]

    def __str__(self) -> str:
        return self.record_id


class Import(models.Model):
    """A file that is or was imported, and how far: what lies before (offset, index) is in the rows."""

    key = fields.CharField(primary_key=True, max_length=100)
    """Of the file's size and beginning."""
    name = fields.CharField(max_length=200)
    offset = models.BigIntegerField(default=0)
    index = models.BigIntegerField(default=0)
    counts = fields.JSONField(default=dict)
    at = models.DateTimeField()
    done = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class LogLeaf(models.Model):
    """An entry of the log: pending until it has a number, its place there."""

    record = fields.CharField(unique=True, max_length=60)
    """Record id of the capture; one of its own for what is hidden."""
    kind = fields.CharField(max_length=8)
    """capture, import, hide."""
    entry = fields.TextField(blank=True)
    """The entry itself, until the log holds it."""
    secret = fields.TextField(blank=True)
    """Of what is hidden: what opens the entry's `about`. For a capture that lies in the WARC."""
    number = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="leaf_pending")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"
