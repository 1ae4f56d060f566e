"""What is collected from whom: sources, their listings, hosts, and the items of the frontier."""

from __future__ import annotations

from django.db import models

from tuoben.store import fields


class Source(models.Model):
    """来源: a publisher that we collect from."""

    id = models.SlugField(primary_key=True, max_length=120, allow_unicode=True)
    url = models.URLField(max_length=8192)
    name = fields.CharField(max_length=200)
    category = fields.CharField(max_length=80, blank=True)
    state = fields.CharField(max_length=20, default="active")
    """active, paused."""
    why = fields.TextField(blank=True)
    """One plain sentence on the state, when there is something to say."""
    settings = fields.JSONField(default=dict)
    """model.SourceSettings as JSON."""
    added_at = models.DateTimeField()
    habit = fields.JSONField(default=dict)
    """What is known of how its articles are edited (fetch.recheck.Habit as JSON)."""
    habit_root = models.FloatField(default=0.0)
    """The share of one of its articles in the budget of checks; 0 before anything is known."""
    habit_weight = models.FloatField(default=0.0)
    """New articles per day."""

    def __str__(self) -> str:
        return self.name


class Listing(models.Model):
    """A place where a source announces articles."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="listings")
    url = fields.CharField(max_length=8192)
    kind = fields.CharField(max_length=12)
    checked_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    error = fields.TextField(blank=True)
    rhythm = fields.JSONField(default=dict)
    """What is known of how articles appear on it (fetch.schedule.Rhythm as JSON)."""
    root = models.FloatField(default=0.0)
    """√ of its publishing rate: its share in the budget of polls; 0 before the first visit."""
    host = fields.CharField(max_length=270, blank=True, db_index=True)
    """Whom its visits ask, in the end."""
    learned = fields.JSONField(default=dict)
    """Of a section page: which forms of URL are articles, how many it usually shows (model.Learned as JSON)."""
    notice = fields.TextField(blank=True)
    """One plain sentence when the layout of a section page seems to have changed: no error, it is still read."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "url"], name="listing_once")]

    def __str__(self) -> str:
        return self.url


class Push(models.Model):
    """A WebSub subscription: a hub that a listing announces, and how it stands with us (W3C WebSub, 5)."""

    class State(models.TextChoices):
        WANTED = "wanted"
        ASKED = "asked"
        ACTIVE = "active"
        DENIED = "denied"

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="push")
    hub = fields.CharField(max_length=8192)
    topic = fields.CharField(max_length=8192)
    """The feed's own URL, as it says."""
    token = fields.CharField(max_length=64, unique=True)
    """In the address that the hub calls: nobody else knows it."""
    secret = fields.CharField(max_length=64)
    """Signs what the hub sends."""
    state = fields.CharField(max_length=8, choices=State.choices, default=State.WANTED)
    ask_at = models.DateTimeField(db_index=True)
    """When the hub is asked (again)."""
    attempts = models.SmallIntegerField(default=0)
    """Requests that were not confirmed yet."""
    lease_until = models.DateTimeField(null=True)
    pinged_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    """The last poll that found news of which the hub had not told."""
    error = fields.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.hub} for {self.listing_id}"


class Host(models.Model):
    """A politeness unit ("host" or "host:port"): one request at a time, leased until it is completed."""

    authority = fields.CharField(primary_key=True, max_length=270)
    site = fields.CharField(max_length=270, blank=True, db_index=True)
    """The registered name that it belongs to: all hosts of a site share a few slots (fetch.slots)."""
    page_ready_at = models.DateTimeField()
    """No robots.txt, listing or page is asked for before this."""
    requisite_ready_at = models.DateTimeField()
    wake_at = models.DateTimeField(null=True, db_index=True)
    """When something can be asked for: the readiness and the earliest due item together; null when idle."""
    leased_until = models.DateTimeField(null=True)
    holder = fields.CharField(max_length=40, blank=True)
    """The process that holds the lease (home.process)."""
    epoch = models.BigIntegerField(default=0)
    """Grows with each lease: a completion that carries an older epoch is stale and changes nothing."""
    strikes = models.SmallIntegerField(default=0)
    """Answers in a row by which it said that it is asked too much (429, 503)."""
    listed = models.BooleanField(default=False)
    """What it was asked for last was a listing: a new page that waits comes before another one."""
    crawl_delay = models.FloatField(null=True)
    robots = models.BinaryField(null=True)
    robots_verdict = fields.CharField(max_length=12, blank=True)
    """use, allow-all, disallow-all; "" before robots.txt was asked for."""
    robots_until = models.DateTimeField(null=True)
    robots_waiting = models.BooleanField(default=False)
    """A robots.txt item for this host is queued."""
    tdm = fields.JSONField(default=list)
    """model.TdmRule as JSON: what its /.well-known/tdmrep.json said."""
    tdm_until = models.DateTimeField(null=True)
    """That file is not asked for again before this; null when it never was."""

    def __str__(self) -> str:
        return self.authority


class Item(models.Model):
    """A URL in the frontier: what to ask for, for whom, and how far it came."""

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased"
        DONE = "done"
        FAILED = "failed"
        REFUSED = "refused"

    kind = fields.CharField(max_length=10)
    rank = models.SmallIntegerField()
    """0 robots, 1 listing, 2 new page, 3 page to be looked at again, 4 requisite, 5 what is of a source's past: the
    order within a host."""
    url = fields.CharField(max_length=8192)
    key = fields.CharField(max_length=8300, unique=True)
    """kind class and canonical URL: what makes an item the same item."""
    host = fields.CharField(max_length=270)
    state = fields.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="+")
    listing = models.ForeignKey(Listing, null=True, on_delete=models.SET_NULL, related_name="+")
    article = fields.CharField(max_length=20, blank=True, db_index=True)
    """Id minted when the link was claimed; kept in the WARC beside the response."""
    part = models.SmallIntegerField(default=0)
    """Number of the page within a multi-page article (0 and 1: the first)."""
    for_host = fields.CharField(max_length=270, blank=True)
    """The host whose robots.txt this is, across redirects."""
    referer = fields.CharField(max_length=8192, blank=True)
    hints = fields.JSONField(default=dict)
    """The Link as announced."""
    needs = fields.JSONField(default=list)
    """Of a style sheet that was read: the requisites that it names."""
    via = fields.JSONField(default=list)
    """URLs that redirected here, oldest first."""
    etag = fields.CharField(max_length=400, blank=True)
    last_modified = fields.CharField(max_length=100, blank=True)
    payload_digest = fields.CharField(max_length=80, blank=True)
    """Of the payload that was last read with success: the same again needs no reading."""
    visits = models.SmallIntegerField(default=0)
    error = fields.TextField(blank=True)
    alias_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["host", "state", "rank", "due_at"], name="item_next"),
            models.Index(fields=["state", "due_at"], name="item_due"),
        ]

    def __str__(self) -> str:
        return self.url
