"""How a person is known, and what they may do."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class StaffBackend(ModelBackend):
    """Django's own, which reads what a person may do by roles and by themselves in one statement instead of two."""

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
