"""Lets an app say when units were last seen on the shelf, so that the ones that were not are offered first to leave."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models.expressions import BaseExpression

from inventory.models import Product
from settings_app.models import Store


@dataclass(frozen=True)
class Sighting:
    """The last look at a product's shelf: by which document, and for each unit (its pk as outer) when it was seen."""

    document: str
    url: str
    at: BaseExpression


Source = Callable[[Store, Product], Sighting | None]

_sources: list[Source] = []


def add_sightings(source: Source) -> None:
    """Ask `source` for the last look at a product's shelf; called from an app's `ready()`. Added once."""
    if source not in _sources:
        _sources.append(source)


def last_sighting(store: Store, product: Product) -> Sighting | None:
    """What the first source knows that knows anything."""
    return next((found for source in _sources if (found := source(store, product)) is not None), None)
