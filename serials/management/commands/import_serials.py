"""manage.py import_serials FILE --store CODE: put a list of units on record at a store."""

from inventory.imports.commands import ImportCommand
from serials.imports import SerialImport


class Command(ImportCommand):
    help = "Imports serial numbers of units at one store from a CSV or XLSX file: all rows or none, unless --skip-bad-rows."
    kind = SerialImport
