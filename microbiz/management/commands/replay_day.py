from pathlib import Path
from time import monotonic

from django.core.management.base import BaseCommand, CommandError

from microbiz.laws import broken_laws
from microbiz.progress import progress_bar
from microbiz.replay.day import Day, Figures, on_hand
from microbiz.replay.files import WrongFile, read_catalogue, read_invoices, read_serials, read_stores
from microbiz.replay.shop import ShopThere, prepare

MOST_TOLD = 20  # broken laws


class Command(BaseCommand):
    help = (
        "Replay a day of a shop of four stores: goods received with real serial numbers, sent on, sold and brought "
        "back. Ends with the figures and the laws of the records; the status is 1 when one is broken. See docs/replay.md."
    )

    def add_arguments(self, parser):
        parser.add_argument("--stores", type=Path, required=True, metavar="FILE", help="stores.csv: the first four")
        parser.add_argument(
            "--invoices", type=Path, required=True, metavar="FILE", help="invoices, a line for each item"
        )
        parser.add_argument("--serials", type=Path, required=True, metavar="FILE", help="serial numbers by model")
        parser.add_argument(
            "--catalogue", type=Path, metavar="FILE", help="products with barcodes, to scan off the shelf"
        )
        parser.add_argument("--day", default="", metavar="YYYY-MM-DD", help="of the invoices; else their first")
        parser.add_argument("--most-serials", type=int, default=2000, metavar="N", help="units that come in by serial")
        parser.add_argument("--most-invoices", type=int, default=0, metavar="N", help="0: all of the day")
        parser.add_argument("--currency", default="GBP", help="of a shop that is opened for this")
        parser.add_argument("--seed", type=int, default=1, help="another seed is another day with the same goods")
        parser.add_argument("--into-this-shop", action="store_true", help="where there is a shop with data already")

    def handle(self, **options):
        started, currency = monotonic(), options["currency"]
        try:
            stores = read_stores(options["stores"])
            invoices = read_invoices(options["invoices"], currency, options["day"])
            serials = read_serials(options["serials"])
            goods = read_catalogue(options["catalogue"], currency) if options["catalogue"] else []
            shop = prepare(stores, currency, into_this_shop=options["into_this_shop"])
        except WrongFile as reason:
            raise CommandError(str(reason)) from reason
        except ShopThere:
            raise CommandError(
                "There is a shop with data already. Use an empty database, or say --into-this-shop."
            ) from None
        invoices = invoices[: options["most_invoices"] or None]
        day = Day(shop, seed=options["seed"], bar=lambda what: progress_bar(self.stdout, what))
        figures = day.run(serials, goods, invoices, most=options["most_serials"])
        self._tell(figures, monotonic() - started)
        self._check()

    def _tell(self, figures: Figures, seconds: float) -> None:
        rows = [
            ("units received", figures.received),
            ("units sold", figures.sold),
            ("units returned", figures.returned),
            ("units transferred", figures.transferred),
            ("units lost in transit", figures.lost),
            ("units on hand", on_hand()),
            ("receipts", figures.sales),
            ("refusals", figures.refusals.total()),
            *((f"  {reason}", count) for reason, count in figures.refusals.most_common()),
        ]
        for words, count in rows:
            self.stdout.write(f"{words:<36}{count:>9,}")
        self.stdout.write(f"{'seconds':<36}{seconds:>9.1f}")

    def _check(self) -> None:
        broken = broken_laws()
        if not broken:
            self.stdout.write(self.style.SUCCESS("Every law holds."))
            return
        for sentence in broken[:MOST_TOLD]:
            self.stderr.write(sentence)
        raise CommandError(f"{len(broken)} records break a law.", returncode=1)
