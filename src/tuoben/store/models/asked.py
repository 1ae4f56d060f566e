"""What people decided and asked for, and what processes tell each other."""

from __future__ import annotations

from django.db import models

from tuoben.store import fields


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


class Outbox(models.Model):
    """What must follow from a transaction: entries are drained in order and deleted when done."""

    topic = fields.CharField(max_length=20)
    """index."""
    article = fields.CharField(max_length=20)

    def __str__(self) -> str:
        return f"{self.topic} {self.article}"


class Status(models.Model):
    """What a running process says of itself: worker heartbeat, why collecting is paused."""

    name = fields.CharField(primary_key=True, max_length=40)
    value = fields.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
