"""manage.py restore FILE: the shop of a backup, in this database."""

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from microbiz.backups import read_backup
from microbiz.backups.errors import BackupError
from settings_app.models import AuditEntry
from settings_app.operations import note


class Command(BaseCommand):
    help = "Puts the shop of a backup into this database, whole or not at all, and verifies it. See docs/backup.md."
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="what `backup` wrote, by this release or an earlier one")
        parser.add_argument(
            "--replace", action="store_true", help="there is a shop already: keep it in a file, replace it"
        )

    def handle(self, *, file, replace, **options):
        try:
            kept = read_backup(file, replace=replace)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        if kept:
            self.stdout.write(f"The shop that was here is in {kept}.")
        self.stdout.write(f"The shop of {file} is in the database. Bringing its schema up to date, then verifying.")
        call_command("migrate", interactive=False, verbosity=0)
        note(AuditEntry.Kind.COMMAND, staff=None, about=f"restore {file}")
        call_command("verify", stdout=self.stdout)
