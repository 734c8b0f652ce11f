"""Importing from the command line: the same dry run and the same import, with a bar instead of a page."""

from pathlib import Path
from typing import ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from inventory.imports import operations, run_operations
from inventory.imports.formats import DECIMALS, DELIMITERS, ENCODINGS, FileFormat, said
from inventory.imports.kinds import Kind
from inventory.imports.models import ImportJob, Verdict
from inventory.imports.results import result_lines
from microbiz.errors import DomainError
from microbiz.progress import progress_bar
from microbiz.uploads import LARGEST_UPLOAD, too_large
from settings_app.models import Staff, Store

REFUSED, NOTHING_TO_DO = 1, 2  # exit status where nothing was applied
DELIMITER_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"} | {
    sign: sign for sign, _label in DELIMITERS
}


class ImportCommand(BaseCommand):
    """Shows the dry run, then imports unless it was only to be tried. All rows or none, unless bad rows are skipped."""

    kind: ClassVar[type[Kind]]

    def add_arguments(self, parser):
        parser.add_argument("file", help="a CSV or XLSX file")
        parser.add_argument("--dry-run", action="store_true", help="show what would change and change nothing")
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="import the rows that fit and leave the others out"
        )
        parser.add_argument(
            "--errors", metavar="FILE", help="write the rows that cannot be taken, with the reasons, to FILE"
        )
        parser.add_argument(
            "--columns",
            default="",
            help="what the columns are: by position, such as category,sku,name,-,price (- leaves one out), "
            "or by heading, such as 'Item no.=sku,Sell=price'. Known: "
            + ", ".join(field.name for field in self.kind.fields),
        )
        parser.add_argument(
            "--encoding", choices=[code for code, _label in ENCODINGS], help="where the detected one is wrong"
        )
        parser.add_argument("--delimiter", choices=list(DELIMITER_WORDS), help="where the detected one is wrong")
        parser.add_argument(
            "--decimal", choices=["point", "comma"], help="the decimal sign, where the detected one is wrong"
        )
        parser.add_argument("--sheet", help="the sheet of a workbook")
        parser.add_argument("--no-headings", action="store_true", help="the first row is a row like the others")
        parser.add_argument("--staff", metavar="USERNAME", help="in whose name it is done")
        if self.kind.needs_store:
            parser.add_argument("--store", metavar="CODE", required=True, help="the store where the units are")
        for option in self.kind.options:
            parser.add_argument(
                "--" + option.name.replace("_", "-"), action="store_true", help=f"{option.label}. {option.help}"
            )

    def handle(self, *args, **options):
        if not self.kind.is_available():
            raise CommandError(_("Serial Numbers is switched off under Settings > General > Add On Features."))
        job = self._open(options)
        run_operations.check_rows(job, progress_bar(self.stdout, _("Checking")))
        if job.status != ImportJob.Status.CHECKED:
            raise CommandError(job.problem, returncode=REFUSED)
        self._tell(job)
        if options["errors"]:
            self._write_errors(job, options["errors"])
        takes_all = not options["skip_bad_rows"]
        if options["dry_run"]:
            self._end_dry_run(job, takes_all=takes_all)
            return
        if not job.to_import:
            raise CommandError(self._why_nothing(job), returncode=REFUSED if job.wrong else NOTHING_TO_DO)
        try:
            job = operations.queue_import(job, takes_all=takes_all, in_background=False)
        except DomainError as refused:
            raise CommandError(
                _("%(why)s Nothing was imported. (--skip-bad-rows leaves them out.)") % {"why": refused}
            ) from None
        run_operations.apply_rows(job, progress_bar(self.stdout, _("Importing")))
        applied = job.rows.filter(is_applied=True).count()
        if job.status != ImportJob.Status.DONE or not applied:
            raise CommandError(job.problem or self._why_nothing(job), returncode=REFUSED)
        if options["errors"]:
            self._write_errors(job, options["errors"])
        self.stdout.write(self.style.SUCCESS(f"{self.kind.imported(applied)}."))

    def _open(self, options) -> ImportJob:
        path = Path(options["file"])
        try:
            size = path.stat().st_size
            if size > LARGEST_UPLOAD:
                raise CommandError(too_large(size), returncode=REFUSED)
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}) from None
        chosen = {
            "encoding": options["encoding"],
            "delimiter": DELIMITER_WORDS.get(options["delimiter"]),
            "decimal": {"point": ".", "comma": ","}.get(options["decimal"]),
            "sheet": options["sheet"],
            "has_headings": False if options["no_headings"] else None,
        }
        try:
            job = operations.open_import(
                self.kind,
                name=path.name,
                content=content,
                staff=self._staff(options["staff"]),
                store=self._store(options.get("store")),
                options={option.name: options[option.name] for option in self.kind.options},
                chosen={part: value for part, value in chosen.items() if value is not None},
                columns=options["columns"],
                in_background=False,
            )
        except DomainError as refused:
            raise CommandError(str(refused), returncode=REFUSED) from None
        self.stdout.write(
            f"{path.name}: " + ", ".join(f"{part} {value}" for part, value in said(FileFormat.from_json(job.format)))
        )
        for heading, name in zip(job.headings, job.columns, strict=True):
            label = next((field.label for field in self.kind.fields if field.name == name), "-")
            self.stdout.write(f"  {heading} → {label}")
        if job.status == ImportJob.Status.COLUMNS:
            raise CommandError(f"{job.problem} (--columns)", returncode=REFUSED)
        return job

    def _staff(self, username: str | None) -> Staff | None:
        if not username:
            return None
        staff = Staff.objects.filter(username=username, is_active=True).first()
        if staff is None:
            raise CommandError(_("Nobody signs in as “%(name)s”.") % {"name": username})
        return staff

    def _store(self, code: str | None) -> Store | None:
        if not code:
            return None
        store = Store.objects.filter(code__iexact=code, is_active=True).first()
        if store is None:
            codes = ", ".join(Store.objects.filter(is_active=True).order_by("code").values_list("code", flat=True))
            raise CommandError(
                _("There is no store “%(code)s”. The stores are: %(codes)s.") % {"code": code, "codes": codes}
            )
        return store

    def _tell(self, job: ImportJob) -> None:
        """The dry run in words, and the first rows that cannot be taken."""
        if any(name in run_operations.AMOUNTS for name in job.columns):
            decimal = dict(DECIMALS).get(job.format["decimal"], _("not known"))
            self.stdout.write(_("Decimal sign: %(sign)s") % {"sign": decimal})
        for doubt in job.format["doubts"].values():
            self.stdout.write(self.style.WARNING(doubt))
        counts = job.counts
        self.stdout.write(
            _("%(total)s rows: %(new)s new, %(changed)s changed, %(same)s the same, %(wrong)s to settle")
            % {
                "total": f"{job.total:,}",
                **{verdict: f"{counts.get(verdict, 0):,}" for verdict in ("new", "changed", "same", "wrong")},
            }
        )
        for row in job.rows.filter(verdict=Verdict.WRONG)[:20]:
            for problem in row.problems:
                column = f" {problem['column']}:" if problem["column"] else ""
                self.stderr.write(f"  {_('row')} {row.number}:{column} {problem['title']}. {problem['detail']}")
        if job.wrong > 20:
            self.stderr.write("  " + _("and %(count)s more (--errors FILE)") % {"count": f"{job.wrong - 20:,}"})

    def _end_dry_run(self, job: ImportJob, *, takes_all: bool) -> None:
        if job.wrong and (takes_all or not job.fits):
            raise CommandError(
                _("Dry run: %(count)s rows are to be settled, so nothing would be imported.")
                % {"count": f"{job.wrong:,}"},
                returncode=REFUSED,
            )
        self.stdout.write(
            _("Dry run: nothing was changed. %(count)s rows would be imported.") % {"count": f"{job.to_import:,}"}
        )

    def _why_nothing(self, job: ImportJob) -> str:
        if job.wrong:
            return _("Nothing was imported: %(count)s rows are to be settled.") % {"count": f"{job.wrong:,}"}
        return _("Nothing was imported: every row is the same as on record.")

    def _write_errors(self, job: ImportJob, path: str) -> None:
        rows = job.rows.filter(verdict=Verdict.WRONG).iterator(chunk_size=500)
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            file.writelines(result_lines(job, rows))
