"""manage.py backup FILE: the whole shop in one file, while the tills sell."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from microbiz.backups import write_backup
from microbiz.backups.errors import BackupError
from settings_app.models import AuditEntry
from settings_app.operations import note


class Command(BaseCommand):
    help = "Writes the whole shop to one new file, as it is at this moment. Tills go on selling. See docs/backup.md."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a name that is not taken yet, best on another disk")

    def handle(self, *, file, **options):
        try:
            write_backup(file)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        note(AuditEntry.Kind.COMMAND, staff=None, about=f"backup {file}")
        self.stdout.write(f"The shop is in {file} ({file.stat().st_size:,} bytes). Keep a copy on another machine.")
