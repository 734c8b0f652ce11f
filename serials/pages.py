"""What the pages of all documents share: the message line with its next step, and answers that redraw in place.

A document's page keeps all that changes in one fragment with the id `document` and the address of the page in
`data-url`; the scan box (templates/documents/_scan.html) stands outside it, so that no code is lost while it is
redrawn. static/js/document.js moves the hands.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget, trigger_client_event

from inventory.models import Product
from microbiz.offers import Offer, offers_on
from serials.scan_operations import ScanKind, ScanResult
from serials.verdicts import Finding, Verdict
from settings_app.middleware import StaffRequest


@dataclass(frozen=True)
class Say:
    """The message line under the scan box, with the next step that it offers.

    `next` names the step. `url` is a page, a fragment for the dialog `target`, or with `values` a POST.
    """

    text: str
    ok: bool = True
    next: str = ""
    url: str = ""
    target: str = ""
    values: dict | None = None


def say_of(request: StaffRequest, result: ScanResult) -> Say:
    """What a scan did, in words; of a refused unit also what can be done about it."""
    may = request.user.has_perm
    if result.kind == ScanKind.UNKNOWN_SERIAL and may("serials.add_serial"):
        return Say(result.message, False, _("Add New"), result.line.serials_url, "#popup")
    verdict = result.verdict
    is_known = verdict is not None and verdict.serial is not None and verdict.finding != Finding.HERE
    if is_known and (offer := offer_elsewhere(request, verdict)):
        return Say(result.message, False, offer.label, offer.url)
    if is_known and may("serials.view_serial"):
        return Say(result.message, False, _("See the unit"), verdict.serial.get_absolute_url())
    return Say(result.message, ok=result.ok)


def offer_elsewhere(request: StaffRequest, verdict: Verdict) -> Offer | None:
    """The next step where the unit stands at another store than it is wanted at, and nobody holds it there."""
    if verdict.finding is not Finding.ELSEWHERE or verdict.hold is not None:
        return None
    return next(iter(offers_on("serials.elsewhere", verdict.serial, store=request.store, staff=request.user)), None)


def answer(
    request: StaffRequest, page: str, fragment: str, context: dict, say: Say | None = None, *, status: int = 200
) -> HttpResponse:
    """The page, or for htmx its #document fragment in place; closes the dialog that asked for it."""
    context |= {"say": say}
    if not request.htmx:
        return render(request, page, context, status=status)
    drawn = render(request, fragment, context, status=status)
    return _signalled(reswap(retarget(drawn, "#document"), "outerHTML"), say, closes=status == 200)


def refused(request: StaffRequest, say: Say, document) -> HttpResponse:
    """Nothing was changed, and why: the message line alone, or the page of `document` where no script runs."""
    if not request.htmx:
        messages.error(request, say.text)
        return redirect(document)
    drawn = render(request, "documents/_say.html", {"say": say}, status=422)
    return _signalled(reswap(retarget(drawn, "#say"), "outerHTML"), say)


def choose(request: StaffRequest, result: ScanResult, url: str) -> HttpResponse:
    """Several products may be meant: the list under the scan box; a choice is posted to `url` with its code."""
    found = Product.objects.filter(pk__in=[product.pk for product in result.products]).with_stock_at(request.store)
    context = {"products": found, "code": result.number, "query": result.number, "url": url}
    drawn = render(request, "documents/_found.html", context | {"say": Say(result.message, result.ok)})
    return reswap(retarget(drawn, "#say"), "outerHTML")


def ask(request: StaffRequest, fragment: str, context: dict, *, status: int = 200) -> HttpResponse:
    """A question in the dialog #ask over the document; a page of its own where no script runs or a tab was opened."""
    if not request.htmx:
        return render(request, "documents/ask.html", context | {"fragment": fragment}, status=status)
    drawn = render(request, fragment, context, status=status)
    return reswap(retarget(drawn, "#ask"), "innerHTML")


def _signalled(drawn: HttpResponse, say: Say | None, *, closes: bool = False) -> HttpResponse:
    if say is not None:
        trigger_client_event(drawn, "shop:sound", {"value": "yes" if say.ok else "no"})
    if closes:
        trigger_client_event(drawn, "document:answered", after="swap")
    return drawn
