"""The tables. Only modules of `store` import this one; the rest of the house asks `queries` and tells `repository`.

Times are UTC. A field that a publisher told with a zone and a precision keeps both beside the sortable time.
"""

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
    """0 robots, 1 listing, 2 new page, 3 page to be looked at again, 4 requisite: the order within a host."""
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


class Article(models.Model):
    """资讯: the work at a canonical URL, with what lists need of its newest revision."""

    id = fields.CharField(primary_key=True, max_length=20)
    key = fields.CharField(max_length=8192, unique=True)
    """canonical(canonical URL)."""
    url = fields.CharField(max_length=8192)
    canonical = fields.CharField(max_length=8192)
    site = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="articles")
    title = fields.CharField(max_length=1000)
    announced_title = fields.CharField(max_length=1000, blank=True)
    column = fields.CharField(max_length=200, blank=True)
    credited = fields.CharField(max_length=200, blank=True)
    """来源 as the page credits it."""
    column_key = fields.CharField(max_length=200, blank=True)
    """The column's name folded for comparing: columns of one source with the same key are one."""
    category = fields.CharField(max_length=80, blank=True)
    section = fields.CharField(max_length=80, blank=True)
    """The word of the page, else of the listing, from which the category was read, as it stands there."""
    category_told = fields.CharField(max_length=80, blank=True)
    """What the page, its listing or its source says, before the desk."""
    told_origin = fields.CharField(max_length=10, blank=True)
    """Which of them (model.CategoryOrigin)."""
    category_origin = fields.CharField(max_length=10, blank=True)
    """Who says so (model.CategoryOrigin); "" while nobody does."""
    category_sure = models.FloatField(default=0.0)
    """The classifier's probability, when it says so."""
    category_model = fields.CharField(max_length=20, blank=True)
    """The classifier that looked at it last; "" before any did."""
    lang = fields.CharField(max_length=20, blank=True)
    lead = fields.CharField(max_length=400, blank=True)
    image = fields.CharField(max_length=8192, blank=True)
    published = fields.CharField(max_length=40, blank=True)
    """ISO 8601 with an offset, "" when unknown."""
    published_precision = fields.CharField(max_length=8, blank=True)
    published_zone_known = models.BooleanField(default=False)
    published_origin = fields.CharField(max_length=12, blank=True)
    sort_at = models.DateTimeField()
    first_captured_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    """Snapshot time of the newest revision."""
    checked_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)
    gone_why = fields.CharField(max_length=8, blank=True)
    """How that was seen: 404, 410, home, section (model.Outcome.gone)."""
    group = fields.CharField(max_length=20, blank=True, db_index=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_reason = fields.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-sort_at", "id"], name="article_newest"),
            models.Index(fields=["category", "-sort_at"], name="article_category"),
            models.Index(fields=["site", "-sort_at"], name="article_site"),
            models.Index(
                fields=["site", "column_key", "-sort_at"], condition=~models.Q(column_key=""), name="article_column"
            ),
            models.Index(
                fields=["category_model", "id"],
                condition=models.Q(category="") | models.Q(category_origin="classifier"),
                name="article_unsorted",
            ),
            models.Index(fields=["captured_at"], name="article_captured"),
            models.Index(fields=["hidden_at"], condition=models.Q(hidden_at__isnull=False), name="article_hidden"),
        ]

    def __str__(self) -> str:
        return self.title


class Revision(models.Model):
    """One state of an article's extracted content, with the capture it was read from."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()
    capture = fields.CharField(max_length=60)
    """Record id."""
    captured_at = models.DateTimeField()
    extractor = fields.CharField(max_length=20)
    """By which extractor it was read (tuoben.extractor)."""
    content = fields.PackedField()
    """model.Article as JSON."""
    withheld = models.BooleanField(null=True)
    """The content says noarchive. None: written by an older version, which told it in the content alone."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return f"{self.article_id}/{self.number}"


class Part(models.Model):
    """A further page of a multi-page article, as read."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="parts")
    number = models.SmallIntegerField()
    capture = fields.CharField(max_length=60)
    content = fields.PackedField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.article_id} p.{self.number}"


class OlderReading(models.Model):
    """What an earlier extractor read from the capture of a revision, kept when a later one read it otherwise.

    It names its article and capture and leans on no other row, so that it outlives a rebuild.
    """

    article = fields.CharField(max_length=20, db_index=True)
    capture = fields.CharField(max_length=60)
    captured_at = models.DateTimeField()
    extractor = fields.CharField(max_length=20)
    content = fields.PackedField()

    def __str__(self) -> str:
        return f"{self.article} as {self.extractor} read it"


class ArticleKey(models.Model):
    """A signature key of an article: how copies find each other."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="keys")
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "article"], name="articlekey_owners")]
        """Holds all that is asked of it: with millions of articles the rows lie all over the file."""

    def __str__(self) -> str:
        return str(self.key)


class Address(models.Model):
    """An address under which an article's page was read, or which that page names as its twin."""

    key = fields.CharField(max_length=8192, unique=True)
    """canonical(url)."""
    fold = fields.CharField(max_length=8192, db_index=True)
    """url.fold: equal for the usual forms of mobile, AMP and print addresses; a hint, never a proof."""
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="addresses")

    def __str__(self) -> str:
        return self.key


class Alias(models.Model):
    """The id of an article that turned out to be another one's twin."""

    id = fields.CharField(primary_key=True, max_length=20)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="aliases")

    def __str__(self) -> str:
        return f"{self.pk} is {self.article_id}"


class Section(models.Model):
    """A decision of the desk: what a source calls `name` belongs to a category."""

    source = fields.CharField(max_length=120)
    name = fields.CharField(max_length=80)
    """As the pages have it (Article.section)."""
    category = fields.CharField(max_length=80)
    by = fields.CharField(max_length=150, blank=True)
    """The account; "" from the command line."""
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="section_once")]

    def __str__(self) -> str:
        return f"{self.source}: {self.name} is {self.category}"


class Correction(models.Model):
    """A decision of the desk: the category of one article, whatever else says otherwise."""

    article = fields.CharField(primary_key=True, max_length=20)
    category = fields.CharField(max_length=80, blank=True)
    by = fields.CharField(max_length=150, blank=True)
    """The account; "" from the command line."""
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.article} is {self.category}"


class StoryMember(models.Model):
    """An article in a story. A story is named by the article that founded it, and has no row of its own."""

    article = models.OneToOneField(Article, primary_key=True, on_delete=models.CASCADE, related_name="membership")
    story = fields.CharField(max_length=20, db_index=True)
    score = models.FloatField(default=0.0)
    """The strength of its best link (organise.stories.link) when it entered; 0 of the article that founded it."""
    origin = fields.CharField(max_length=8)
    """How it entered: founded, linked, copy, merged, split."""

    def __str__(self) -> str:
        return f"{self.article_id} in {self.story}"


class Requisite(models.Model):
    """An image, style sheet or font that an article's snapshot needs."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="requisites")
    url = fields.CharField(max_length=8192)
    key = fields.CharField(max_length=8192, db_index=True)

    def __str__(self) -> str:
        return self.url


class Outbox(models.Model):
    """What must follow from a transaction: entries are drained in order and deleted when done."""

    topic = fields.CharField(max_length=20)
    """index."""
    article = fields.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.topic} {self.article}"


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


class Status(models.Model):
    """What a running process says of itself: worker heartbeat, why collecting is paused."""

    name = fields.CharField(primary_key=True, max_length=40)
    value = fields.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Save(models.Model):
    """A page that a person asked to have saved now. It leans on no other row, so that it outlives a rebuild."""

    id = fields.CharField(primary_key=True, max_length=32)
    """In the address of the page that shows how far it is; not to be guessed."""
    account = fields.CharField(max_length=150, blank=True)
    """Whose it is; "" from the command line."""
    url = fields.CharField(max_length=8192)
    article = fields.CharField(max_length=20)
    """Id that the page's items in the frontier carry."""
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "asked_at"], name="save_of_account")]

    def __str__(self) -> str:
        return self.url
