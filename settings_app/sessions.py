"""Sessions in the database, each read with what every request asks: who it is, what they may do, where they stand.

Set as `SESSION_ENGINE`. Django's own engine reads the session alone; the person, their rights, their store and the
shop's settings would be a statement each, before a request has done anything.
"""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.utils import timezone

from microbiz.many_rows import rows_of
from microbiz.per_request import keep, kept
from microbiz.prepared import first, prepared
from settings_app.models import Session, ShopSettings, Staff, Store


class SessionStore(DatabaseSessionStore):
    """Django's own, with the person and the store of a session in columns of its row."""

    @classmethod
    def get_model_class(cls):
        return Session

    def create_model_instance(self, data):
        session = super().create_model_instance(data)
        session.staff_id = data.get(SESSION_KEY)
        session.store_id = data.get("store_id")
        return session

    def _get_session_from_db(self):
        session = first(_session(self.session_key))
        if session is None or session.expire_date <= timezone.now():
            self._session_key = None
            return None
        keep("session", session)
        if session.shop:
            keep("shop", ShopSettings.from_db(None, SHOP, session.shop[0]))
        return session


@receiver(user_logged_in, dispatch_uid="sessions.ended")
def clear_ended(**kwargs) -> None:
    """Whoever signs in clears away the sessions that have ended: nobody need remember a command for it."""
    SessionStore.clear_expired()


SHOP = [field.attname for field in ShopSettings._meta.concrete_fields]


@prepared
def _session(key):
    sessions = Session.objects.filter(session_key=key).select_related("staff", "store")
    rights = "content_type__app_label", "codename"
    return sessions.annotate(
        own_rights=rows_of(Permission.objects.filter(user=OuterRef("staff")), *rights),
        rights_of_roles=rows_of(Permission.objects.filter(group__user=OuterRef("staff")), *rights),
        works_here=Exists(Staff.stores.through.objects.filter(staff=OuterRef("staff"), store=OuterRef("store"))),
        shop=rows_of(ShopSettings.objects.filter(pk=1), *SHOP),
    )


def person_of_session(pk: int) -> Staff | None:
    """The person with this key as they were read with this request's session, and what they may do; None elsewhere."""
    session: Any = kept("session")
    if session is None or session.staff_id != pk or session.staff is None:
        return None
    person: Any = session.staff
    if person.is_active and not person.is_superuser:
        rights = [*(session.own_rights or ()), *(session.rights_of_roles or ())]
        person._perm_cache = {f"{app}.{codename}" for app, codename in rights}  # where Django's backend looks first
    return person


def store_of_session(staff: Staff, pk: int | None) -> Store | None:
    """The store with this key as it was read with this request's session, if this person may work there."""
    session: Any = kept("session")
    if session is None or (session.staff_id, session.store_id) != (staff.pk, pk) or session.store is None:
        return None
    may_work_here = session.works_here or staff.has_all_stores
    return session.store if session.store.is_active and may_work_here else None
