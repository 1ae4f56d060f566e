"""What was read from captures: articles with their revisions, parts, keys, addresses, stories and requisites."""

from __future__ import annotations

from django.db import models

from tuoben.store import fields
from tuoben.store.models.collecting import Source


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
    exact = models.BigIntegerField(null=True)
    """The key of all its text (organise.signature); null where there is too little of it."""
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


class NewKey(models.Model):
    """A signature key of an article, by which copies find each other, until it is merged into a run (store.runs)."""

    key = models.BigIntegerField()
    article = fields.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["key", "article"], name="newkey_owners")]

    def __str__(self) -> str:
        return str(self.key)


class KeyBlock(models.Model):
    """Some hundred keys in order with their articles, packed (store.runs)."""

    id = fields.RowField(primary_key=True)
    """The run, and what its first key begins with."""
    pairs = models.BinaryField()

    def __str__(self) -> str:
        return str(self.id)


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
