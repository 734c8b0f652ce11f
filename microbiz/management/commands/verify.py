"""manage.py verify: does every law hold over the whole database?"""

from time import perf_counter

from django.core.management.base import BaseCommand, CommandError

from microbiz.laws import LAWS
from microbiz.laws.law import Law
from microbiz.laws.snapshot import snapshot

BY_NAME = {law.name: law for law in LAWS}


class Command(BaseCommand):
    help = "Checks every law over the whole database and names each record that breaks one. Reads only."

    def add_arguments(self, parser):
        parser.add_argument("--law", choices=BY_NAME, help="check this one only")

    def handle(self, *args, law=None, **options):
        laws = [BY_NAME[law]] if law else LAWS
        with snapshot():
            broken = sum(self._check(one) for one in laws)
        if broken:
            raise CommandError(f"{broken:,} violations.", returncode=1)
        self.stdout.write(self.style.SUCCESS("Every law checked holds."))

    def _check(self, law: Law) -> int:
        """Print what breaks the law, then a line about it; how many violations there were."""
        began, broken = perf_counter(), 0
        for violation in law.violations():
            broken += 1
            self.stdout.write(f"{law.name}: {violation}")
        figures = f"{law.rows():>12,} rows{broken:>9,} broken{perf_counter() - began:>8.1f} s"
        self.stdout.write(f"{law.name:<16}{figures}   {law.promise}")
        return broken
