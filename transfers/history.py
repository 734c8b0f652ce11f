"""What happened to a transfer, oldest first: who, when, what. No writing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from settings_app.models import Staff
from transfers.models import ArrivalLine, Discrepancy, Outcome, Transfer


@dataclass(frozen=True)
class Happening:
    """One step, with the reason that somebody gave."""

    at: datetime
    words: str
    staff: Staff | None
    icon: str
    reason: str = ""


def history_of(transfer: Transfer) -> list[Happening]:
    """Everything that happened, in two queries beside the transfer's own people."""
    told = [Happening(transfer.created_at, _("Requested"), transfer.requested_by, "pencil", transfer.note)]
    if transfer.sent_at:
        told.append(Happening(transfer.sent_at, _("Sent"), transfer.sent_by, "truck-delivery"))
    told += _receipts(transfer.arrivals.filter(posted_at__isnull=False).select_related("posted_by"), transfer)
    told += _decisions(transfer.discrepancies.filter(posted_at__isnull=False))
    if transfer.status == Transfer.Status.CANCELLED:
        told.append(Happening(transfer.ended_at, _("Cancelled"), transfer.ended_by, "x"))
    elif transfer.status == Transfer.Status.RECEIVED:
        told.append(Happening(transfer.ended_at, _("Nothing is in transit any more"), transfer.ended_by, "check"))
    return sorted(told, key=lambda one: one.at)


def _receipts(lines: QuerySet[ArrivalLine], transfer: Transfer) -> list[Happening]:
    """One step for each posting and way that units ended."""
    units: dict[tuple[datetime, str], int] = {}
    people: dict[datetime, Staff | None] = {}
    for line in lines:
        units[line.posted_at, line.outcome] = units.get((line.posted_at, line.outcome), 0) + line.quantity
        people[line.posted_at] = line.posted_by
    words = {
        Outcome.ARRIVED: lambda n: ngettext("%(n)d unit received", "%(n)d units received", n),
        Outcome.BACK: lambda n: ngettext("%(n)d unit back at %(sender)s", "%(n)d units back at %(sender)s", n),
        Outcome.LOST: lambda n: ngettext("%(n)d unit written off", "%(n)d units written off", n),
        Outcome.WRONG_UNIT: lambda n: ngettext("%(n)d wrong unit received", "%(n)d wrong units received", n),
    }
    icons = {Outcome.BACK: "arrow-back-up", Outcome.LOST: "trash", Outcome.WRONG_UNIT: "replace"}
    return [
        Happening(
            at,
            words[Outcome(outcome)](count) % {"n": count, "sender": transfer.from_store},
            people[at],
            icons.get(Outcome(outcome), "package-import"),
        )
        for (at, outcome), count in units.items()
    ]


def _decisions(told: QuerySet[Discrepancy]) -> list[Happening]:
    return [
        Happening(
            one.decided_at,
            _("%(unit)s, %(kind)s: %(decision)s")
            % {
                "unit": one.name,
                "kind": one.get_kind_display().lower(),
                "decision": one.get_decision_display().lower(),
            },
            one.decided_by,
            "question-mark",
            one.reason,
        )
        for one in told.select_related("serial", "product", "decided_by")
    ]
