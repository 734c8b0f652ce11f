"""Why units and serials of a product disagree in a store: the documents whose units are not their serials. Reads only.

Each document's stock movements are compared with what it did to serials there. What is left over is the cause.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Lag, RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.documents import document_url
from inventory.models import Product, StockMovement
from serials.differences import Gap
from serials.models import SerialEvent, SerializedLine
from serials.policy import DEPARTURES, STEPS, Moment, State
from settings_app.models import SerialTracking, Staff

LOOK_BACK = 200  # movements of each product and store; what is older is said to be longer ago
MOST_PAPERS = 3  # that a row names; it counts the others

Pair = tuple[int, int]  # product, store
Document = tuple[str, int]  # model label, pk


@dataclass
class Paper:
    """One document that moved so many units of a product at a store, with another number of serials."""

    document: Document
    number: str
    reason: str  # StockMovement.Reason
    at: datetime
    staff: Staff | None
    note: str
    units: int = 0  # negative left
    serials: int = 0  # likewise
    line: SerializedLine | None = None  # where its units can be named, if they can

    @property
    def url(self) -> str | None:
        return document_url(*self.document)

    @property
    def left_over(self) -> int:
        """Units without a serial; negative: units that left without one."""
        return self.units - self.serials

    @property
    def in_words(self) -> str:
        """What it moved: 6 units, 4 serials."""
        units, serials = abs(self.units), abs(self.serials)
        what = ngettext("%(n)d unit", "%(n)d units", units) % {"n": units}
        if not serials:
            return _("%(units)s, no serial") % {"units": what}
        return _("%(units)s, %(serials)s") % {
            "units": what,
            "serials": ngettext("%(n)d serial", "%(n)d serials", serials) % {"n": serials},
        }


@dataclass
class Cause:
    """The probable cause of a gap, in words, with the documents behind it, newest first."""

    words: str
    papers: Sequence[Paper] = ()
    more: int = 0  # further documents
    detail: str = ""
    nameable: Sequence[Paper] = field(default_factory=list)  # those on which units can be named now


def explain(gaps: Sequence[Gap], *, most: int = MOST_PAPERS) -> dict[Pair, Cause]:
    """The probable cause of each gap. The number of queries depends on the kinds of documents, not on the rows."""
    papers = _papers(gaps)
    tracked_since = _tracked_since({gap.product for gap in gaps})
    causes = {}
    for gap in gaps:
        left, behind = abs(gap.difference), []
        for paper in papers[gap.pair]:
            if left > 0 and (paper.left_over > 0) == (gap.difference > 0) and paper.left_over:
                behind.append(paper)
                left -= abs(paper.left_over)
        causes[gap.pair] = _cause(gap, behind, tracked_since.get(gap.product.pk), most)
    _find_lines(causes)
    return causes


def _cause(gap: Gap, behind: list[Paper], tracked_since, most: int) -> Cause:
    if gap.lacking and tracked_since and (not behind or behind[0].at < tracked_since["at"]):
        before = SerialTracking(tracked_since["before"]).label
        detail = _("Policy changed %(when)s from %(before)s")
        return Cause(
            _("In stock before tracking"),
            behind[:most],
            max(len(behind) - most, 0),
            detail % {"when": date_format(timezone.localtime(tracked_since["at"]), "j M Y"), "before": before},
        )
    if behind:
        words = _words(behind[0].reason, gap.lacking > 0, abs(gap.difference))
        return Cause(words, behind[:most], max(len(behind) - most, 0))
    if gap.surplus:
        return Cause(_("Recorded without a receipt"), detail=_("More serial numbers were put on record than units."))
    return Cause(_("Longer ago"), detail=_("Not among its last %(count)d movements.") % {"count": LOOK_BACK})


def _words(reason: str, is_lack: bool, count: int) -> str:
    """A cause by the kind of movement. Of those that left, the words count the serials."""
    reasons = StockMovement.Reason
    came: dict[str, str] = {
        reasons.OPENING: _("Opening stock without serials"),
        reasons.ADJUSTMENT: _("Added by hand without serials"),
        reasons.RETURN: ngettext("Came back without its serial", "Came back without their serials", count),
        reasons.TRADE_IN: ngettext("Traded in without its serial", "Traded in without their serials", count),
        reasons.TRANSFER_IN: ngettext("Arrived without its serial", "Arrived without their serials", count),
    }
    left: dict[str, str] = {
        reasons.SALE: ngettext("Sold without its serial", "Sold without their serials", count),
        reasons.ORDER: ngettext("Handed over without its serial", "Handed over without their serials", count),
        reasons.ADJUSTMENT: ngettext("Taken out without its serial", "Taken out without their serials", count),
        reasons.TRANSFER_OUT: ngettext("Sent without its serial", "Sent without their serials", count),
    }
    if is_lack:
        return str(came.get(reason, _("Came without serials")))
    return str(left.get(reason, ngettext("Left without its serial", "Left without their serials", count)))


# --- The two ledgers --------------------------------------------------------------------------------------------------


def _papers(gaps: Iterable[Gap]) -> dict[Pair, list[Paper]]:
    """The documents that moved each pair lately, newest first, with their units and serials. Two queries."""
    wanted = Q(pk__in=[])
    for gap in gaps:
        wanted |= Q(product=gap.product.pk, store=gap.store.pk)
    rank = Window(RowNumber(), partition_by=["product", "store"], order_by="-pk")
    movements = (
        StockMovement.objects.filter(wanted)
        .annotate(rank=rank)
        .filter(rank__lte=LOOK_BACK)
        .select_related("staff")
        .order_by("-pk")
    )
    found: dict[Pair, dict[Document, Paper]] = defaultdict(dict)
    for one in movements:
        document = (one.document_type, one.document_id or 0)
        own = found[one.product_id, one.store_id]
        if document not in own:
            own[document] = Paper(document, one.document, one.reason, one.at, one.staff, one.note)
        own[document].units += one.quantity
        if one.rank == LOOK_BACK:
            del own[document]  # some of its movements may be further back
    for pair, document, change in _serial_changes(found):
        if document in found.get(pair, ()):
            found[pair][document].serials += change
    return defaultdict(list, {pair: list(own.values()) for pair, own in found.items()})


def _serial_changes(found: dict[Pair, dict[Document, Paper]]) -> Iterable[tuple[Pair, Document, int]]:
    """How many serials each of these documents added to a store, or (negative) took from it."""
    by_type: dict[str, set[int]] = defaultdict(set)
    for own in found.values():
        for label, pk in own:
            by_type[label].add(pk)
    documents = Q(pk__in=[])
    for label, pks in by_type.items():
        documents |= Q(document_type=label, document_id__in=pks)
    arrivals = [moment for moment in Moment if STEPS[moment].leaves == State.IN_STOCK and moment != Moment.MOVE]
    sign = Case(
        When(kind__in=arrivals, then=Value(1)),
        When(kind__in=[*DEPARTURES, Moment.REVERSE], then=Value(-1)),
        default=Value(0),
    )
    products = {product for product, _store in found}
    events = SerialEvent.objects.that_hold().filter(documents, serial__product__in=products).order_by()
    by_document = ("serial__product", "store", "document_type", "document_id")
    rows = events.exclude(kind=Moment.MOVE).values_list(*by_document).annotate(change=Sum(sign))
    for product, store, label, pk, change in rows:
        yield (product, store), (label, pk), change
    before = SerialEvent.objects.filter(serial=OuterRef("serial"), sequence=OuterRef("sequence") - 1)
    moves = events.filter(kind=Moment.MOVE).annotate(origin=Subquery(before.values("store")))
    for product, store, label, pk, origin in moves.values_list(*by_document, "origin"):
        yield (product, store), (label, pk), 1
        yield (product, origin), (label, pk), -1


def _tracked_since(products: Iterable[Product]) -> dict[int, dict]:
    """When the policy of each product last changed from one that requires nothing of sales, and from which."""
    before = Window(Lag("serial_tracking"), partition_by="id", order_by=["history_date", "history_id"])
    history = Product.history.model.objects.filter(id__in=[product.pk for product in products])
    changes = history.annotate(before=before).filter(before=SerialTracking.NONE).exclude(serial_tracking=F("before"))
    found = {}
    for row in changes.order_by("history_date", "history_id").values("id", "history_date", "before"):
        found[row["id"]] = {"at": row["history_date"], "before": row["before"]}
    return found


def _find_lines(causes: dict[Pair, Cause]) -> None:
    """Where the units of the named documents can be named: a query for each kind of line among them."""
    wanted: dict[str, dict[tuple[int, int], list[Paper]]] = defaultdict(lambda: defaultdict(list))
    for (product, _store), cause in causes.items():
        for paper in cause.papers:
            wanted[paper.document[0]][paper.document[1], product].append(paper)
    for model in apps.get_models():
        if not issubclass(model, SerializedLine):
            continue
        name = model.store_path.partition("__")[0]
        papers = wanted.get(model._meta.get_field(name).related_model._meta.label_lower)
        if not papers:
            continue
        lines = model._default_manager.short().filter(
            **{f"{name}__in": {pk for pk, _product in papers}, "product__in": {product for _pk, product in papers}}
        )
        for line in lines.select_related("product", model.store_path):
            for paper in papers.get((getattr(line, f"{name}_id"), line.product_id), ()):
                leaves = STEPS[line.moment].leaves
                if paper.line is None and not line.is_open and (leaves == State.IN_STOCK) == (paper.left_over > 0):
                    paper.line = line
    for cause in causes.values():
        cause.nameable = [paper for paper in cause.papers if paper.line is not None]
