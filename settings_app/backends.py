"""How a person is known, and what they may do."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission

from settings_app.sessions import person_of_session


class StaffBackend(ModelBackend):
    """Django's own, which reads a person with their session, and what they may do by one statement instead of two."""

    def get_user(self, user_id):
        person = person_of_session(user_id)
        if person is None:
            return super().get_user(user_id)
        return person if self.user_can_authenticate(person) else None

    def get_all_permissions(self, user_obj, obj=None):
        is_plain = user_obj.is_active and not user_obj.is_superuser and not user_obj.is_anonymous and obj is None
        if is_plain and not hasattr(user_obj, "_perm_cache"):
            names = "content_type__app_label", "codename"
            own, by_roles = (
                Permission.objects.filter(**{of: user_obj}).order_by().values_list(*names)
                for of in ("user", "group__user")
            )
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in own.union(by_roles)}
        return super().get_all_permissions(user_obj, obj)
