"""Serial import: units with their numbers, put on record at one store from a list."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from simple_history.utils import bulk_create_with_history

from inventory.imports.columns import Field
from inventory.imports.kinds import Cells, Kind, Option, Reading
from inventory.imports.models import Verdict
from inventory.imports.values import CellProblem, read_barcodes, read_code, read_text
from inventory.models import Barcode, Product, StockLevel, StockMovement
from inventory.operations import lock_levels, move_stock, new_product
from inventory.scans import barcode_key
from serials import operations
from serials.errors import InvalidNumber
from serials.models import Serial
from serials.numbers import number_key, valid_number
from serials.policy import State
from settings_app.models import SerialTracking, ShopSettings

LONGEST_SKU = Product._meta.get_field("sku").max_length

FIELDS = (
    Field(
        "number",
        gettext_lazy("Serial number"),
        (
            "serial number",
            "serial",
            "serial no",
            "serial nr",
            "serialnumber",
            "s n",
            "sn",
            "seriennummer",
            "numéro de série",
        ),
        True,
    ),
    Field(
        "sku",
        gettext_lazy("Product: SKU"),
        ("sku", "item no", "item number", "item code", "product code", "artikelnummer"),
        True,
    ),
    Field("barcode", gettext_lazy("Product: UPC/EAN"), ("gtin", "ean", "upc", "upc ean", "barcode"), True),
    Field("model_number", gettext_lazy("Product: model"), ("model", "model number", "model no", "mpn", "modell"), True),
    Field(
        "manufacturer", gettext_lazy("Product: manufacturer"), ("manufacturer", "brand", "maker", "make", "hersteller")
    ),
    Field("name", gettext_lazy("Product: name"), ("name", "product name", "product", "title")),
)


class SerialImport(Kind):
    """A list of units. Each is put on record, in stock, at the store of the import."""

    code = "serials"
    title = gettext_lazy("Import serial numbers")
    permission = "serials.import_serials"
    fields = FIELDS
    needs_store = True
    at_once = 5000
    row_heading = gettext_lazy("Unit in the file")
    running = gettext_lazy("Importing serial numbers")
    trace = gettext_lazy("Every unit has this file’s name in its history.")
    result_path = "/serials/"
    result_label = gettext_lazy("See the units")
    options = (
        Option(
            "add_stock",
            gettext_lazy("These units are new stock"),
            gettext_lazy(
                "Each new serial number adds one unit to the store’s stock. Otherwise they must fit the open stock."
            ),
        ),
        Option(
            "create_products",
            gettext_lazy("Create missing products"),
            gettext_lazy(
                "A model that is not in the catalogue becomes a product, with the model as its SKU and without a price."
            ),
        ),
    )
    template = (
        ("Serial number", "SKU", "UPC/EAN", "Manufacturer", "Model"),
        ("ZR50A1B2", "ST16000NT001", "", "", ""),
    )

    def __init__(self, job):
        super().__init__(job)
        self.adds_stock = bool(job.options.get("add_stock"))
        self.creates_products = bool(job.options.get("create_products"))
        self.rows: dict[tuple[str, str], int] = {}  # serial of a product -> its row in the file
        self.room: dict[int, int] = {}  # product -> units without a serial on record
        self.announced: set[str] = set()  # products to be created, named once

    @classmethod
    def is_available(cls):
        return ShopSettings.load().serial_numbers_enabled

    @classmethod
    def missing_columns(cls, columns):
        if "number" not in columns:
            return _("No column for a serial number was found.")
        if not {"sku", "barcode", "model_number"} & set(columns):
            return _("No column that says which product a unit is, a SKU, UPC/EAN or model, was found.")
        return ""

    @classmethod
    def imported(cls, count):
        return ngettext("%(count)s serial number imported", "%(count)s serial numbers imported", count) % {
            "count": f"{count:,}"
        }

    # --- reading ---

    def read(self, number, cells):
        reading = Reading(number, list(cells))
        row = Cells(cells, self.job.columns, self.job.headings)
        values = reading.values
        reading.title = row["number"].strip()
        values["number"] = row.read("number", read_number, reading) or ""
        values["sku"] = row.read("sku", read_code, reading) or ""
        barcodes = row.read("barcode", read_barcodes, reading) or []
        values["keys"] = [barcode_key(barcode.code) for barcode in barcodes]
        reading.notes += [barcode.note for barcode in barcodes if barcode.note]
        values["model_number"] = row.read("model_number", read_code, reading, longest=120) or ""
        values["manufacturer"] = row.read("manufacturer", read_text, reading, longest=160) or ""
        values["name"] = row.read("name", read_text, reading, longest=300) or ""
        reading.code = values["sku"] or " ".join(values["keys"]) or values["model_number"]
        if reading.problems:
            return reading
        if not reading.code:
            columns = [row.headings[name] for name in ("sku", "barcode", "model_number") if name in row.headings]
            reading.refuse(
                _("Product is missing"), _("one of these cells must say what the unit is"), column=", ".join(columns)
            )
            return reading
        here = (_product_words(values), number_key(values["number"]))
        earlier = self.rows.setdefault(here, number)
        if earlier != number:
            reading.refuse(
                _("Serial number twice in the file"),
                _("also in row %(row)s") % {"row": f"{earlier:,}"},
                column=row.headings["number"],
                cell=row["number"],
            )
        return reading

    # --- comparing ---

    def compare(self, readings, *, locked=False):
        open_ = [reading for reading in readings if not reading.verdict]
        found = self._products_of(open_)
        products = {product.pk: product for there in found for product in there}
        store = self.job.store_id
        if locked and products:
            lock_levels({(store, pk) for pk in products})
        self._count_room(products)
        keys = {number_key(reading.values["number"]) for reading in open_}
        on_record = {
            (serial.product_id, serial.number_key): serial
            for serial in Serial.objects.filter(product__in=products, number_key__in=keys).select_related("store")
        }
        for reading, there in zip(open_, found, strict=True):
            self._compare_one(reading, there, on_record)

    def _compare_one(self, reading, found, on_record) -> None:
        values = reading.values
        if len(found) > 1:
            reading.refuse(
                _("More than one product fits"),
                _("%(code)s is the model of %(skus)s: give the SKU")
                % {"code": reading.code, "skus": ", ".join(sorted(product.sku for product in found)[:5])},
            )
            return
        if not found:
            self._plan_product(reading)
            return
        product = reading.record = found[0]
        serial = on_record.get((product.pk, number_key(values["number"])))
        if serial and serial.state == State.IN_STOCK and serial.store_id == self.job.store_id:
            reading.verdict = Verdict.SAME
        elif serial:
            reading.refuse(
                _("Serial number is on record"),
                _("%(number)s: %(where)s. Sell, return, transfer or adjust it; an import does not move it")
                % {"number": serial.number, "where": serial.whereabouts},
            )
        elif product.is_archived:
            reading.refuse(_("Product is archived"), _("take %(sku)s out of the archive first") % {"sku": product.sku})
        elif product.serial_tracking == SerialTracking.NONE:
            reading.refuse(
                _("Product has No Tracking"),
                _("change the policy of %(sku)s on its Settings tab first") % {"sku": product.sku},
            )
        elif not self.adds_stock and self.room[product.pk] <= 0:
            reading.refuse(
                _("No open stock left"),
                _(
                    "%(sku)s has a serial number for every unit at %(store)s: receive or adjust stock first, or say that these units are new stock"
                )
                % {"sku": product.sku, "store": self.job.store.name},
            )
        else:
            self.room[product.pk] -= 1
            reading.verdict = Verdict.NEW

    def _plan_product(self, reading) -> None:
        values = reading.values
        what = _("no product has %(what)s") % {"what": reading.code}
        if not self.creates_products:
            reading.refuse(
                _("Product not found"),
                _("%(what)s: import the catalogue first, or choose Create missing products") % {"what": what},
            )
        elif not (values["sku"] or values["model_number"]):
            reading.refuse(_("Product not found"), _("%(what)s, and a new one needs a SKU or model") % {"what": what})
        elif not self.adds_stock:
            reading.refuse(
                _("No open stock"),
                _("%(what)s, so it has no units: say that these units are new stock") % {"what": what},
            )
        elif len(values["sku"] or values["model_number"]) > LONGEST_SKU:
            reading.refuse(_("Model is too long for a SKU"), _("%(longest)d characters fit") % {"longest": LONGEST_SKU})
        else:
            reading.verdict = Verdict.NEW
            sku = values["sku"] or values["model_number"]
            if sku.casefold() not in self.announced:
                self.announced.add(sku.casefold())
                reading.notes.append(_("new product %(sku)s, %(name)s") % {"sku": sku, "name": product_name(values)})

    def _products_of(self, readings) -> list[list[Product]]:
        """For each row the products that it may mean: by SKU, else by barcode, else by model and manufacturer."""
        skus = {reading.values["sku"] for reading in readings} - {""}
        keys = {key for reading in readings for key in reading.values["keys"]}
        models = {reading.values["model_number"].lower() for reading in readings} - {""}
        owner = dict(Barcode.objects.filter(key__in=keys).values_list("key", "product"))
        products = Product.objects.alias(model_key=Lower("model_number"), sku_key=Lower("sku")).filter(
            Q(sku__in=skus) | Q(pk__in=set(owner.values())) | Q(model_key__in=models) | Q(sku_key__in=models)
        )
        by_pk, by_sku, by_model = {}, {}, defaultdict(list)
        for product in products.order_by("pk"):
            by_pk[product.pk], by_sku[product.sku] = product, product
            for text in {product.model_number.lower(), product.sku.lower()} - {""}:
                by_model[text].append(product)
        return [self._meant(reading.values, by_pk, by_sku, by_model, owner) for reading in readings]

    def _meant(self, values, by_pk, by_sku, by_model, owner) -> list[Product]:
        if values["sku"]:
            return [by_sku[values["sku"]]] if values["sku"] in by_sku else []
        owners = {owner[key] for key in values["keys"] if key in owner}
        if owners:
            return [by_pk[pk] for pk in owners]
        found = by_model.get(values["model_number"].lower(), [])
        maker = values["manufacturer"].casefold()
        return [product for product in found if not maker or product.manufacturer.casefold() in ("", maker)]

    def _count_room(self, products: Iterable[int]) -> None:
        fresh = [pk for pk in products if pk not in self.room]
        store = self.job.store_id
        self.room |= dict.fromkeys(fresh, 0)
        for level in StockLevel.objects.filter(store=store, product__in=fresh):
            self.room[level.product_id] = level.on_hand - level.serials

    # --- writing ---

    def write(self, readings):
        if not readings:
            return
        self._create_products([reading for reading in readings if reading.record is None])
        by_product: dict[int, list[Reading]] = defaultdict(list)
        for reading in readings:
            by_product[reading.record.pk].append(reading)
        note = (_("Imported from %(file)s") % {"file": self.job.name})[:200]
        if self.adds_stock:
            units = Counter({pk: len(rows) for pk, rows in by_product.items()})
            move_stock([self._movement(pk, count, note) for pk, count in units.items()], staff=self.job.staff)
        for _pk, rows in sorted(by_product.items()):
            numbers = [reading.values["number"] for reading in rows]
            operations.record(rows[0].record, self.job.store, numbers, staff=self.job.staff, note=note)

    def _movement(self, product_id: int, quantity: int, note: str) -> StockMovement:
        return StockMovement(
            product_id=product_id,
            store=self.job.store,
            quantity=quantity,
            reason=StockMovement.Reason.OPENING,
            document_type=self.job._meta.label_lower,
            document_id=self.job.pk,
            document=self.job.number,
            note=note,
        )

    def _create_products(self, readings) -> None:
        by_sku: dict[str, list[Reading]] = defaultdict(list)
        for reading in readings:
            by_sku[(reading.values["sku"] or reading.values["model_number"]).casefold()].append(reading)
        if not by_sku:
            return
        default = new_product()  # carries the shop's defaults
        tracking = (
            SerialTracking.OPTIONAL if default.serial_tracking == SerialTracking.NONE else default.serial_tracking
        )
        new = []
        for rows in by_sku.values():
            values = rows[0].values
            new.append(
                Product(
                    sku=values["sku"] or values["model_number"],
                    name=product_name(values),
                    manufacturer=values["manufacturer"],
                    model_number=values["model_number"],
                    serial_tracking=tracking,
                    tax_class=default.tax_class,
                )
            )
        reason = (_("Imported from %(file)s") % {"file": self.job.name})[:100]
        made = bulk_create_with_history(new, Product, default_user=self.job.staff, default_change_reason=reason)
        for product in made:
            for reading in by_sku[product.sku.casefold()]:
                reading.record = product


def read_number(cell: str) -> str:
    """A serial number, as text."""
    text = read_code(cell, longest=None)
    try:
        return valid_number(text)
    except InvalidNumber as refused:
        raise CellProblem(_("Serial number cannot be taken"), str(refused)) from None


def product_name(values: dict) -> str:
    """What a product is called that is known by maker and model alone."""
    name, maker = values["name"] or values["model_number"] or values["sku"], values["manufacturer"]
    return name if not maker or name.casefold().startswith(maker.casefold()) else f"{maker} {name}"


def _product_words(values: dict) -> str:
    return "|".join([values["sku"], *values["keys"], values["model_number"], values["manufacturer"]]).casefold()
