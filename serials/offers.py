"""What the list of differences offers of its own: naming units, recording them, saying that they left or stand elsewhere."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from serials.causes import Cause, Paper
from serials.differences import Gap
from serials.fixes import Offer


def name_on_document(gap: Gap, cause: Cause) -> list[Offer]:
    """A unit named on the very document that moved it: a receipt takes it back then."""
    offers = []
    for at, paper in enumerate(cause.nameable):
        words, weight = _naming(gap, paper)
        if at or len(cause.nameable) > 1:
            words = _("%(words)s on %(document)s") % {"words": words, "document": paper.number}
        what = _("%(document)s moved %(what)s. Scan the unit: its history then names that document.")
        told = {"document": paper.number, "what": paper.in_words}
        offers.append(Offer(words, what % told, weight + at, url=paper.line.serials_url, is_dialog=True))
    return offers


def _naming(gap: Gap, paper: Paper) -> tuple[str, int]:
    if gap.surplus:
        return ngettext("Say which one it was", "Say which ones", min(gap.count, abs(paper.left_over))), 10
    if paper.reason == "return":
        return ngettext("Say which one came back", "Say which came back", min(gap.count, paper.left_over)), 15
    return _("Name units"), 30


def record_units(gap: Gap, cause: Cause) -> list[Offer]:
    if not gap.lacking:
        return []
    words = ngettext("Attach %(n)d serial", "Attach %(n)d serials", gap.lacking) % {"n": gap.lacking}
    what = _("Scan what stands on the shelf. Each number goes on record here; you can stop and go on later.")
    return [Offer(words, what, 20, url=reverse("serials:back_fill", args=[gap.product.pk, gap.store.pk]))]


def say_gone(gap: Gap, cause: Cause) -> list[Offer]:
    if not gap.surplus:
        return []
    page = reverse("serials:product", args=[gap.product.pk]) + f"?gone=1&store={gap.store.pk}"
    words = ngettext("Say which one left", "Say which ones left", gap.surplus)
    written_off = ngettext("Write that serial off", "Write those serials off", gap.surplus)
    return [
        Offer(words, _("It was sold, and nobody knows on which receipt any more."), 40, url=page),
        Offer(
            written_off, _("It was lost or thrown away. The stock stays as it is."), 50, url=page + "&how=adjust_out"
        ),
    ]


def move_here(gap: Gap, cause: Cause) -> list[Offer]:
    page = reverse("serials:difference", args=[gap.product.pk, gap.store.pk]) + "?fix=moved"
    if gap.lacking:
        words, what = _("It is on record at another store"), _("Its serial is one too many there.")
    else:
        words, what = _("It stands in another store"), _("That store has a unit without a serial.")
    return [Offer(words, what, 60, url=page)]
