"""The page on which labels are chosen and seen before they are printed, and the PDF."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from inventory.models import Product
from microbiz.errors import DomainError
from serials.labels.contents import Batch, labels_of, of_document, of_product, of_serials
from serials.labels.drawing import label_svg, labels_pdf
from serials.labels.formats import Format
from serials.labels.forms import QR, LabelForm
from serials.labels.layout import Label, lay_out
from serials.models import Serial
from settings_app.models import ShopSettings

MOST_SHOWN = 12  # pictures of the preview
MOST_SERIALS = 500  # that an address can name
USUAL_FORMAT = "label_format"  # session key: the paper that was printed on last


@dataclass(frozen=True)
class Sorted:
    """The labels that fit their paper, and why each of the others does not."""

    fitting: Sequence[Label]
    problems: Sequence[str]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The choices at the left, the labels as they will be at the right."""
    if not _source(request):
        return render(request, "labels/nothing.html")
    batch = _batch(request)
    form = LabelForm(request.GET, batch=batch, usual_format=request.session.get(USUAL_FORMAT, ""))
    template = "labels/_preview.html" if request.htmx else "labels/labels.html"
    context = {"batch": batch, "form": form, "address": request.GET.urlencode(), "source": _source(request)}
    if not form.is_valid():
        return render(request, template, context, status=422)
    return render(request, template, context | _preview(form))


@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    """The labels that fit, as a PDF; the page has said which do not. 422 where none does."""
    batch = _batch(request)
    form = LabelForm(request.GET, batch=batch)
    labels = _sort(form).fitting if form.is_valid() else []
    if not labels:
        context = {"batch": batch, "form": form, "address": request.GET.urlencode(), "source": _source(request)}
        shown = _preview(form) if form.is_valid() else {}
        return render(request, "labels/labels.html", context | shown, status=422)
    request.session[USUAL_FORMAT] = form.cleaned_data["format"]
    file = labels_pdf(labels, form.paper, start=form.first, as_qr=form.cleaned_data["code"] == QR)
    answer = HttpResponse(file, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="labels.pdf"'
    return answer


def _batch(request: HttpRequest) -> Batch:
    """What the address asks labels for: 404 where it is not there or not theirs, 403 where they may not see it."""
    asked = request.GET
    if "document" in asked:
        return of_document(asked["document"], _whole(asked.get("pk")), request.user)
    if "product" in asked:
        if not request.user.has_perm("inventory.view_product"):
            raise PermissionDenied
        return of_product(get_object_or_404(Product, pk=_whole(asked["product"])))
    wanted = [_whole(pk) for pk in asked.getlist("serial")[:MOST_SERIALS]]
    if wanted and not request.user.has_perm("serials.view_serial"):
        raise PermissionDenied
    found = Serial.objects.filter(pk__in=wanted).select_related("product").prefetch_related("product__barcodes")
    if not found or not ShopSettings.load().serial_numbers_enabled:
        raise Http404("No such unit.")
    return of_serials(found)


def _whole(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404("No such record.")
    return int(text)


def _source(request: HttpRequest) -> list[tuple[str, str]]:
    """What the labels are for, as the fields that the form carries along."""
    return [(name, value) for name in ("document", "pk", "product", "serial") for value in request.GET.getlist(name)]


def _sort(form: LabelForm) -> Sorted:
    fitting: list[Label] = []
    problems: dict[Label, str] = {}
    for label in labels_of(form.batch, form.cleaned_data["kind"], copies=form.cleaned_data["copies"]):
        if label not in problems:
            try:
                lay_out(label, form.paper, as_qr=form.cleaned_data["code"] == QR)
            except DomainError as reason:
                problems[label] = str(reason)
            else:
                fitting.append(label)
    return Sorted(fitting, list(problems.values()))


def _preview(form: LabelForm) -> dict:
    found, as_qr = _sort(form), form.cleaned_data["code"] == QR
    paper: Format = form.paper
    different = list(dict.fromkeys(found.fitting))
    return {
        "count": len(found.fitting),
        "problems": found.problems,
        "pictures": [label_svg(label, paper, as_qr=as_qr) for label in different[:MOST_SHOWN]],
        "more": max(len(different) - MOST_SHOWN, 0),
        "pages": -(-(len(found.fitting) + form.first - 1) // paper.a_page),
        "paper": paper,
        "as_qr": as_qr,
        "spots": [
            "used" if form.first <= place < form.first + len(found.fitting) else "free"
            for place in range(1, paper.a_page + 1)
        ]
        if paper.is_sheet
        else [],
    }
