"""One transfer's page, in whatever status: a request to change, boxes to unpack, or what became of it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from serials.pages import Say, answer
from serials.verdicts import red_lines
from settings_app.middleware import StaffRequest
from settings_app.models import ShopSettings
from transfers.comparison import Comparison, Result, Row, compare
from transfers.history import history_of
from transfers.models import Discrepancy, Transfer, TransferLine
from transfers.views.access import on_transfer, rights_on

ROWS = 100
SHOW = {
    "arrived": {Result.ARRIVED},
    "missing": {Result.MISSING, Result.STILL, Result.BACK, Result.LOST},
    "unexpected": {Result.UNEXPECTED, Result.WRONG_UNIT, Result.SEND_BACK},
}


@require_safe
@on_transfer("transfers.view_transfer")
def transfer(request: StaffRequest, found: Transfer) -> HttpResponse:
    """The page of the address; `?show=` and `?page=` choose rows of the comparison."""
    return draw(request, found)


def draw(
    request: StaffRequest, found: Transfer, say: Say | None = None, *, selected: int | None = None, status: int = 200
) -> HttpResponse:
    """The page as it is now, or for htmx its fragment."""
    if found.sent_at is None:
        page, fragment, context = "transfers/request.html", "transfers/_request.html", request_context(request, found)
    else:
        page, fragment, context = "transfers/receive.html", "transfers/_receive.html", receive_context(request, found)
    context |= {"transfer": found, "rights": rights_on(request, found), "history": history_of(found)}
    chosen = selected or context.get("selected")
    return answer(request, page, fragment, context | {"selected": chosen}, say, status=status)


def request_context(request: StaffRequest, found: Transfer) -> dict:
    lines = lines_of(found)
    red = red_lines(lines) if ShopSettings.load().serial_numbers_enabled else []
    asked = request.POST.get("line") or request.GET.get("line")
    chosen = next((line for line in lines if str(line.pk) == asked), lines[-1] if lines else None)
    return {
        "lines": lines,
        "selected": chosen.pk if chosen else None,
        "red": red,
        "units": sum(line.quantity for line in lines),
        "held": sum(line.attached for line in lines),
    }


def lines_of(found: Transfer) -> list[TransferLine]:
    """The lines of a request, numbered from 1."""
    lines = list(found.lines.with_serials())
    for number, line in enumerate(lines, 1):
        line.no, line.transfer = number, found
    return lines


def receive_context(request: StaffRequest, found: Transfer) -> dict:
    compared = compare(found)
    show = request.GET.get("show", "") or request.POST.get("show", "")
    rows = [row for row in compared.rows if row.result in SHOW.get(show, set(Result))]
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    decided = [row for row in compared.rows if row.discrepancy and row.discrepancy.is_decided and not row.is_posted]
    undecided = compared.undecided
    return {
        "compared": compared,
        "show": show if show in SHOW else "",
        "tabs": {
            name: sum(row.quantity for row in compared.rows if row.result in kinds) for name, kinds in SHOW.items()
        },
        "all_rows": sum(row.quantity for row in compared.rows),
        "page": page,
        "groups": _groups(compared, page.object_list),
        "undecided": _to_decide(compared),
        "decided": decided,
        "missing": sum(row.quantity for row in undecided if row.result is Result.MISSING),
        "to_decide": len(undecided) + len(decided),
        "backs": sum(row.quantity for row in decided if row.result is Result.BACK),
        "percent": 100 * compared.arrived // compared.out if compared.out else 0,
    }


def _groups(compared: Comparison, rows: list[Row]) -> list[dict]:
    """The rows of a page below their products, each with what it adds up to."""
    groups: list[dict] = []
    for row in rows:
        if not groups or groups[-1]["product"] != row.product:
            groups.append({"product": row.product, "own": compared.of(row.product), "rows": []})
        groups[-1]["rows"].append(row)
    return groups


def _to_decide(compared: Comparison) -> list[dict]:
    """The open rows with their decisions, the likeliest first: what is unexpected, what was perhaps swapped, the rest."""
    decisions = Discrepancy.Decision
    found = []
    for row in compared.undecided:
        own = compared.of(row.product)
        swapped = row.is_expected and any(not other.is_expected and not other.is_posted for other in own.rows)
        choices = [decisions.WRONG_UNIT, decisions.SEND_BACK]
        if row.is_expected:
            likely = [decisions.BACK, decisions.STILL] if swapped else [decisions.STILL, decisions.BACK]
            choices = [*likely, decisions.LOST]
        found.append({"row": row, "choices": choices, "swapped": swapped})
    return sorted(found, key=lambda one: (one["row"].is_expected, not one["swapped"]))
