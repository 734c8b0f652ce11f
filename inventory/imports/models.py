"""An import under way or done, its file, and what became of every row."""

from datetime import timedelta

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from settings_app.models import Staff, Store

SILENCE = timedelta(seconds=60)  # after which a running import counts as interrupted
WAITING = timedelta(seconds=20)  # after which the page asks whether background work is running at all


class Verdict(models.TextChoices):
    """What one row of a file would do, or did."""

    WRONG = "wrong", _("To settle")
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    SAME = "same", _("Same")
    NOTHING = "nothing", _("No record")  # a row that holds nothing to import, such as one of pictures


class ImportJobQuerySet(models.QuerySet):
    def for_staff(self, staff):
        """Imports of whole-shop lists, and those into stores where `staff` works."""
        return self.filter(models.Q(store__isnull=True) | models.Q(store__in=staff.stores_allowed()))


class ImportJob(models.Model):
    """One file on its way into the records: read, tried in a dry run, imported."""

    class Status(models.TextChoices):
        COLUMNS = "columns", _("Columns to choose")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Nothing imported")

    number = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(max_length=16)  # a key of inventory.imports.kinds
    name = models.CharField(_("file"), max_length=200)
    size = models.PositiveIntegerField()  # bytes
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=12, choices=Status)
    format = models.JSONField(default=dict)  # reading.FileFormat
    headings = models.JSONField(default=list)
    samples = models.JSONField(default=list)  # for each column the first text in it
    columns = models.JSONField(default=list)  # for each column the field that it becomes, or ""
    options = models.JSONField(default=dict)
    takes_all = models.BooleanField(default=False)  # the whole file or nothing
    total = models.PositiveIntegerField(default=0)  # rows below the headings
    done = models.PositiveIntegerField(default=0)  # rows checked, or imported
    last_row = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # rows by verdict, as the dry run or the import left them
    problem = models.TextField(blank=True)  # why it cannot go on
    runner = models.CharField(max_length=32, blank=True)  # the one background run that may write
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)  # last sign of life of the background run
    finished_at = models.DateTimeField(null=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]
        permissions = [("import_products", "Imports catalogue files")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["columns", "checking", "checked", "running", "done", "stopped", "failed"]
                ),
                name="import_job_status_known",
            )
        ]

    def __str__(self):
        return _("import %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("imports:import", args=[self.pk])

    @property
    def is_busy(self) -> bool:
        """Whether background work is on it, or is asked to be."""
        return self.status in (self.Status.CHECKING, self.Status.RUNNING)

    @property
    def is_waiting(self) -> bool:
        """Whether it was handed to background work that has not begun."""
        return self.is_busy and not self.runner

    @property
    def is_interrupted(self) -> bool:
        """Whether the background run has died: it gave no sign of life for long."""
        silent = self.seen_at is None or timezone.now() - self.seen_at > SILENCE
        return self.is_busy and bool(self.runner) and silent

    @property
    def waits_long(self) -> bool:
        return self.is_waiting and self.seen_at is not None and timezone.now() - self.seen_at > WAITING

    @property
    def wrong(self) -> int:
        return self.counts.get(Verdict.WRONG, 0)

    @property
    def to_import(self) -> int:
        """Rows that would write something."""
        return self.counts.get(Verdict.NEW, 0) + self.counts.get(Verdict.CHANGED, 0)

    @property
    def fits(self) -> int:
        return self.to_import + self.counts.get(Verdict.SAME, 0)

    @property
    def records(self) -> int:
        """Rows that are about something: all but those of pictures and translations."""
        return self.fits + self.wrong

    @property
    def seconds_left(self) -> int:
        """How long the rest takes at the pace so far; 0 while that cannot be said."""
        begun = self.started_at or self.created_at
        spent = (timezone.now() - begun).total_seconds()
        return round(spent * (self.total - self.done) / self.done) if self.done >= 500 and spent > 1 else 0

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def used_columns(self) -> int:
        return sum(bool(name) for name in self.columns)


class ImportFile(models.Model):
    """The bytes of an upload, kept so that it can be read again with another encoding or other columns."""

    job = models.OneToOneField(ImportJob, on_delete=models.CASCADE, primary_key=True, related_name="file")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")

    def __str__(self):
        return str(self.job)


class ImportRow(models.Model):
    """One row of the file: its own cells, how they were read, and what they would change or have changed."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # line or row in the file where it begins
    cells = models.JSONField(default=list)
    values = models.JSONField(default=dict)  # by field, as read
    verdict = models.CharField(max_length=8, choices=Verdict)
    title = models.CharField(max_length=320, blank=True)  # what it is about, in the file's own words
    code = models.CharField(max_length=130, blank=True)
    problems = models.JSONField(default=list)  # [{column, cell, title, detail}]
    notes = models.JSONField(default=list)  # what had to be said about reading it
    changes = models.JSONField(default=list)  # [[label, before, after]]
    is_applied = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="import_row_once")]
        indexes = [models.Index(fields=["job", "verdict", "number"], name="import_row_by_verdict")]

    def __str__(self):
        return f"{self.job} {self.number}"
