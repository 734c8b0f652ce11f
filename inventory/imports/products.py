"""Catalogue import: what a row of a price list means for the product with its SKU."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from simple_history.utils import bulk_create_with_history

from inventory.imports.categories import add_categories, read_deepest_path, read_path
from inventory.imports.columns import Field
from inventory.imports.kinds import Cells, Kind, Reading
from inventory.imports.models import Verdict
from inventory.imports.values import CellProblem, read_barcodes, read_code, read_description, read_price, read_text
from inventory.models import Barcode, Category, Product
from inventory.scans import barcode_key
from microbiz.money import format_money
from settings_app.models import SerialTracking, ShopSettings, TaxClass

LONGEST = {name: Product._meta.get_field(name).max_length for name in ("sku", "name", "manufacturer", "model_number")}
SETS = {"grouped", "bundle", "configurable"}  # of Magento: made of other products, with no stock of their own

FIELDS = (
    Field("sku", gettext_lazy("SKU"), ("sku", "source id", "item no", "item number", "item code", "article no", "article number", "product code", "product id", "stock code", "artikelnummer", "artikel nr", "référence", "variant sku"), True),
    Field("name", gettext_lazy("Name"), ("name", "product name", "product title", "title", "item name", "product", "bezeichnung", "artikelbezeichnung", "nombre", "désignation", "nom")),
    Field("variant", gettext_lazy("Size or variant (added to the name)"), ("size", "variant", "option", "grösse", "größe", "taille")),
    Field("barcode", gettext_lazy("UPC/EAN"), ("gtin", "gtin 14", "gtin 13", "gtin 12", "ean", "ean 13", "ean code", "upc", "upc a", "upc ean", "upc ean code", "barcode", "bar code", "isbn", "isbn 13", "variant barcode"), True),
    Field("price", gettext_lazy("Price"), ("price", "sell", "sell price", "selling price", "sales price", "retail price", "rrp", "variant price", "preis", "verkaufspreis", "vk", "prix", "prix de vente", "precio", "prijs")),
    Field("currency", gettext_lazy("Currency"), ("currency", "currency code", "währung")),
    Field("cost", gettext_lazy("Cost"), ("cost", "cost price", "cost per item", "einkaufspreis", "ek")),
    Field("category", gettext_lazy("Category"), ("category", "product category", "category path", "department", "kategorie", "warengruppe", "catégorie", "categoría")),
    Field("category_paths", gettext_lazy("Categories, separated by commas"), ()),
    Field("manufacturer", gettext_lazy("Manufacturer"), ("manufacturer", "brand", "brand name", "maker", "make", "hersteller", "marke", "marque", "marca", "fabricant")),
    Field("model_number", gettext_lazy("Model"), ("model", "model number", "model no", "mpn", "manufacturer part number", "modell", "modèle"), True),
    Field("description", gettext_lazy("Description"), ("description", "long description", "beschreibung")),
    Field("tax_class", gettext_lazy("Tax class"), ("tax class", "tax", "steuerklasse")),
    Field("serial_tracking", gettext_lazy("Serial number policy"), ("serial number policy", "serials policy", "serial numbers", "serial tracking", "tracking policy", "s n")),
    Field("group", gettext_lazy("Same product as (handle)"), ()),
    Field("composition", gettext_lazy("Kind of product (simple or set)"), ()),
    Field("store_view", gettext_lazy("Store view (translations)"), ()),
)  # fmt: skip
LABELS = {field.name: field.label for field in FIELDS}
PLAIN_TEXTS = ("name", "manufacturer", "model_number", "description")  # written as they were read


class ProductImport(Kind):
    """A list of products. The SKU says which product a row is about; without one, its barcode does."""

    code = "products"
    title = gettext_lazy("Import catalogue")
    permission = "inventory.import_products"
    fields = FIELDS
    row_heading = gettext_lazy("Product in the file")
    running = gettext_lazy("Importing products")
    trace = gettext_lazy("Every changed product has this file’s name in its History.")
    result_path = "/products/"
    result_label = gettext_lazy("See the products")
    template = (
        ("SKU", "Name", "UPC/EAN", "Price", "Cost", "Category", "Manufacturer", "Model", "Description", "Tax class", "Serial number policy"),
        ("ST16000NT001", "Seagate IronWolf Pro 16 TB", "0763649170229", "309.99", "241.00", "Storage > Hard drives", "Seagate", "ST16000NT001", "", "", "Sales Required"),
    )  # fmt: skip

    def __init__(self, job):
        super().__init__(job)
        self.shop = ShopSettings.load()
        self.decimal = job.format.get("decimal", "")
        self.tax_classes = {tax_class.name.casefold(): tax_class for tax_class in TaxClass.objects.all()}
        self.default_tax_class = next((t for t in self.tax_classes.values() if t.is_default), None)
        self.categories = {category.path.casefold(): category for category in Category.objects.all()}
        self.policies = {str(choice.label).casefold(): choice.value for choice in SerialTracking} | {
            choice.value: choice.value for choice in SerialTracking
        }
        self.group_rows: dict[str, dict] = {}
        self.sku_rows: dict[str, Reading] = {}
        self.key_rows: dict[str, Reading] = {}

    @classmethod
    def missing_columns(cls, columns):
        if "name" not in columns:
            return _("No column for a product name was found.")
        if "sku" not in columns and "barcode" not in columns:
            return _("No column that says which product it is, a SKU or UPC/EAN, was found.")
        return ""

    @classmethod
    def imported(cls, count):
        return ngettext("%(count)s product imported", "%(count)s products imported", count) % {"count": f"{count:,}"}

    # --- reading ---

    def read(self, number, cells):
        reading = Reading(number, list(cells))
        row = Cells(cells, self.job.columns, self.job.headings)
        group = row["group"].strip()
        if self._holds_nothing(row, group, reading):
            return reading
        reading.title = row["name"].strip()
        reading.code = row["sku"].strip() or row["barcode"].strip()
        values = reading.values
        values["sku"] = row.read("sku", read_code, reading, longest=LONGEST["sku"]) or ""
        values["name"] = self._read_name(row, group, reading)
        values["manufacturer"] = row.read("manufacturer", read_text, reading, longest=LONGEST["manufacturer"]) or ""
        values["model_number"] = row.read("model_number", read_code, reading, longest=LONGEST["model_number"]) or ""
        values["description"] = row.read("description", read_description, reading) or ""
        values["category"] = row.read("category", read_path, reading) or ""
        if row.has("category_paths"):
            values["category"] = row.read("category_paths", read_deepest_path, reading) or ""
        for amount in ("price", "cost"):
            values[amount] = row.read(amount, read_price, reading, decimal=self.decimal, currency=self.shop.currency)
        self._read_currency(row, reading)
        values["tax_class"] = self._read_choice("tax_class", row, reading, self.tax_classes)
        values["serial_tracking"] = self._read_choice("serial_tracking", row, reading, self.policies)
        barcodes = row.read("barcode", read_barcodes, reading) or []
        values["barcodes"] = list(dict.fromkeys(barcode.code for barcode in barcodes))
        reading.notes += [barcode.note for barcode in barcodes if barcode.note]
        if group:
            self._inherit(group, reading)
        reading.title = values["name"] or reading.title
        if not reading.problems and not values["sku"] and not values["barcodes"]:
            columns = [row.headings[name] for name in ("sku", "barcode") if name in row.headings]
            reading.refuse(
                _("SKU and UPC/EAN are missing"),
                _("one of them must say which product it is"),
                column=", ".join(columns),
            )
        if not values["sku"] and values["barcodes"]:
            values["sku_from_barcode"] = values["barcodes"][0]
        reading.code = values["sku"] or ", ".join(values["barcodes"]) or reading.code
        if not reading.problems:
            self._refuse_repeats(reading)
        return reading

    def _holds_nothing(self, row, group, reading) -> bool:
        """Rows of an export that are about no product: pictures, translations, and sets of other products."""
        if (
            group
            and group in self.group_rows
            and not (row.has("sku") or row.has("barcode") or row.has("name") or row.has("price"))
        ):
            reading.verdict = Verdict.NOTHING
            reading.title, reading.code = self.group_rows[group]["name"], group
            reading.notes = [_("another picture of the product above")]
        elif row.has("store_view"):
            reading.verdict = Verdict.NOTHING
            reading.title, reading.code = row["name"].strip(), row["sku"].strip()
            reading.notes = [_("a translation for the store view “%(view)s”") % {"view": row["store_view"].strip()}]
        elif row["composition"].strip().casefold() in SETS:
            reading.title, reading.code = row["name"].strip(), row["sku"].strip()
            reading.refuse(
                _("A set of other products"),
                _("“%(kind)s” has no stock of its own: sell its parts, or add it as a product by hand")
                % {"kind": row["composition"].strip()},
                column=row.headings["composition"],
                cell=row["composition"],
            )
        return bool(reading.verdict)

    def _read_name(self, row, group, reading) -> str:
        name = row["name"]
        if not name.strip() and group in self.group_rows:
            name = self.group_rows[group]["bare_name"]
        reading.values["bare_name"] = " ".join(name.split())
        variant = " ".join(row["variant"].split())
        if variant and variant not in {"0", "Default Title"} and name.strip():
            name = f"{name}, {variant}"
        try:
            return read_text(name, longest=LONGEST["name"])
        except CellProblem as problem:
            reading.refuse(_("Name is too long"), problem.detail, column=row.headings.get("name", ""), cell=name)
            return ""

    def _read_currency(self, row, reading) -> None:
        currency = row["currency"].strip().upper()
        if currency and currency != self.shop.currency and (row.has("price") or row.has("cost")):
            reading.refuse(
                _("Price is in another currency"),
                _("“%(cell)s”: the shop sells in %(currency)s") % {"cell": currency, "currency": self.shop.currency},
                column=row.headings["currency"],
                cell=currency,
            )

    def _read_choice(self, name, row, reading, choices) -> str:
        text = " ".join(row[name].split())
        if not text:
            return ""
        if text.casefold() in choices:
            return text.casefold()
        labels = (
            [str(choice.label) for choice in SerialTracking]
            if name == "serial_tracking"
            else [t.name for t in choices.values()]
        )
        near = [
            label
            for label in labels
            if text.casefold().split()[0] in label.casefold() or label.casefold().split()[0] in text.casefold()
        ]
        hint = (
            _("did you mean %(choice)s?") % {"choice": near[0]}
            if near
            else _("one of: %(choices)s") % {"choices": ", ".join(labels)}
        )
        title = _("Policy not known") if name == "serial_tracking" else _("Tax class not known")
        reading.refuse(title, f"“{text[:60]}”: {hint}", column=row.headings[name], cell=text)
        return ""

    def _inherit(self, group, reading) -> None:
        """Give a variant what only the first row of its product says, as Shopify writes it."""
        first = self.group_rows.setdefault(group, reading.values)
        for name in ("manufacturer", "category", "description", "tax_class", "serial_tracking"):
            reading.values[name] = reading.values[name] or first[name]

    def _refuse_repeats(self, reading) -> None:
        sku = reading.values["sku"] or reading.values["sku_from_barcode"]
        if earlier := self.sku_rows.get(sku):
            differs = [
                str(LABELS.get(name, name))
                for name in ("name", "price", "category", "manufacturer", "model_number")
                if earlier.values[name] != reading.values[name]
            ]
            what = (
                _("with another %(fields)s") % {"fields": ", ".join(differs).lower()}
                if differs
                else _("with the same content")
            )
            title = _("SKU twice in the file") if reading.values["sku"] else _("UPC/EAN twice in the file")
            reading.refuse(title, _("also in row %(row)s, %(what)s") % {"row": f"{earlier.number:,}", "what": what})
            return
        for code in reading.values["barcodes"]:
            if earlier := self.key_rows.get(barcode_key(code)):
                reading.refuse(
                    _("UPC/EAN twice in the file"),
                    _("“%(code)s” is also on row %(row)s, %(sku)s")
                    % {"code": code, "row": f"{earlier.number:,}", "sku": earlier.code},
                )
                return
        self.sku_rows[sku] = reading
        for code in reading.values["barcodes"]:
            self.key_rows[barcode_key(code)] = reading

    # --- comparing ---

    def compare(self, readings, *, locked=False):
        open_ = [reading for reading in readings if not reading.verdict]
        keys = {barcode_key(code) for reading in open_ for code in reading.values["barcodes"]}
        owners = {barcode.key: barcode.product_id for barcode in Barcode.objects.filter(key__in=keys)}
        skus = {reading.values["sku"] or reading.values["sku_from_barcode"] for reading in open_}
        found = Product.objects.filter(sku__in=skus) | Product.objects.filter(pk__in=set(owners.values()))
        found = found.order_by("pk").select_for_update() if locked else found
        products = {product.pk: product for product in found}
        by_sku = {product.sku: product for product in products.values()}
        for reading in open_:
            self._compare_one(reading, products, by_sku, owners)

    def _compare_one(self, reading, products, by_sku, owners) -> None:
        values = reading.values
        owned = {code: owners.get(barcode_key(code)) for code in values["barcodes"]}
        product = by_sku.get(values["sku"] or values["sku_from_barcode"])
        if product is None and not values["sku"]:
            product = products.get(next((owner for owner in owned.values() if owner), None))
        for code, owner in owned.items():
            if owner and (product is None or owner != product.pk):
                reading.refuse(
                    _("UPC/EAN belongs to another product"),
                    _("“%(code)s” is already on %(sku)s, %(name)s")
                    % {"code": code, "sku": products[owner].sku, "name": products[owner].name},
                )
        if product is None:
            if not values["name"]:
                reading.refuse(
                    _("Name is missing"),
                    _("%(sku)s is not in the catalogue yet, so it needs a name") % {"sku": reading.code},
                )
        elif values["serial_tracking"] and self.policies[values["serial_tracking"]] != product.serial_tracking:
            reading.refuse(
                _("Policy differs from the product’s"),
                _("it has %(policy)s: change it on the product’s Settings tab, where what turns red is shown first")
                % {"policy": product.get_serial_tracking_display()},
            )
        if reading.problems:
            return
        reading.record = product
        if product is None:
            reading.verdict = Verdict.NEW
            if values["price"] is None:
                reading.notes.append(_("no price: it is asked for at the register"))
            if values["category"] and values["category"].casefold() not in self.categories:
                reading.notes.append(_("new category %(path)s") % {"path": values["category"]})
            return
        reading.title = reading.title or product.name
        reading.changes = self._changes(reading, product, [code for code, owner in owned.items() if not owner])
        reading.verdict = Verdict.CHANGED if reading.changes else Verdict.SAME
        if product.is_archived:
            reading.notes.append(_("the product is archived and stays so"))

    def _changes(self, reading, product, new_codes) -> list[list[str]]:
        """What would be different, as [label, before, after]. An empty cell changes nothing."""
        values = reading.values
        changes = [
            [str(LABELS[name]), getattr(product, name), values[name]]
            for name in PLAIN_TEXTS
            if values[name] and values[name] != getattr(product, name)
        ]
        for amount in ("price", "cost"):
            before, after = getattr(product, amount), values[amount]
            if after is not None and after != before:
                shown = "" if before is None else format_money(before, self.shop.currency)
                changes.append([str(LABELS[amount]), shown, format_money(after, self.shop.currency)])
        category = self.categories.get(values["category"].casefold())
        if values["category"] and (category is None or category.pk != product.category_id):
            before = next((there.path for there in self.categories.values() if there.pk == product.category_id), "")
            changes.append([str(LABELS["category"]), before, values["category"]])
        tax_class = self.tax_classes.get(values["tax_class"])
        if tax_class and tax_class.pk != product.tax_class_id:
            before = next((there.name for there in self.tax_classes.values() if there.pk == product.tax_class_id), "")
            changes.append([str(LABELS["tax_class"]), before, tax_class.name])
        changes += [[str(LABELS["barcode"]), "", code] for code in new_codes]
        return changes

    # --- writing ---

    def write(self, readings):
        add_categories(
            {reading.values["category"] for reading in readings if reading.values["category"]}, self.categories
        )
        reason = self._reason([])
        now = timezone.now()
        new, changed, codes = [], [], []
        for reading in readings:
            if reading.verdict == Verdict.NEW:
                product = Product(
                    sku=reading.values["sku"] or reading.values["sku_from_barcode"],
                    serial_tracking=self.policies.get(
                        reading.values["serial_tracking"], self.shop.default_serial_tracking
                    ),
                    tax_class=self.default_tax_class,
                )
                new.append(product)
            else:
                product = reading.record
                product.updated_at = now
                product._change_reason = self._reason(
                    [after for label, _b, after in reading.changes if label == str(LABELS["barcode"])]
                )
                changed.append(product)
            self._fill(product, reading.values)
            codes.append((product, reading))
        if new:
            made = bulk_create_with_history(
                new, Product, batch_size=500, default_user=self.job.staff, default_change_reason=reason
            )
            pks = {product.sku: product.pk for product in made}
            for product in new:
                product.pk = pks[product.sku]
        if changed:
            # An upsert of whole rows: the CASE of a bulk_update takes ten times as long, while tills wait.
            fields = [*PLAIN_TEXTS, "price", "cost", "category", "tax_class", "updated_at"]
            Product.objects.bulk_create(
                changed, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=fields
            )
            Product.history.bulk_history_create(
                changed, batch_size=500, update=True, default_user=self.job.staff, default_change_reason=reason
            )
        self._add_barcodes(codes)

    def _reason(self, codes: Sequence[str]) -> str:
        """What the product’s history says: the file, and the barcodes that came with it."""
        return " ".join([_("Imported from %(file)s") % {"file": self.job.name}, *(f"+ {code}" for code in codes)])

    def _fill(self, product, values) -> None:
        for name in PLAIN_TEXTS:
            setattr(product, name, values[name] or getattr(product, name))
        for amount in ("price", "cost"):
            if values[amount] is not None:
                setattr(product, amount, values[amount])
        if values["category"]:
            product.category = self.categories[values["category"].casefold()]
        if values["tax_class"]:
            product.tax_class = self.tax_classes[values["tax_class"]]

    def _add_barcodes(self, codes: Sequence[tuple[Product, Reading]]) -> None:
        wanted = {
            barcode_key(code): (code, product) for product, reading in codes for code in reading.values["barcodes"]
        }
        there = set(Barcode.objects.filter(key__in=wanted).values_list("key", flat=True))
        Barcode.objects.bulk_create(
            (
                Barcode(product=product, code=code, key=key)
                for key, (code, product) in wanted.items()
                if key not in there
            ),
            batch_size=500,
        )
