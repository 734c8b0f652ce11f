"""manage.py import_products FILE: take a catalogue in."""

from inventory.imports.commands import ImportCommand
from inventory.imports.products import ProductImport


class Command(ImportCommand):
    help = "Imports products from a CSV or XLSX file: all rows or none, unless --skip-bad-rows."
    kind = ProductImport
