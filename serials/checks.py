"""Stops the start-up when a domain joined the serials by half."""

from django.apps import apps
from django.core.checks import Error, register
from django.core.exceptions import FieldDoesNotExist

from serials.models import LineSerial, SerializedLine
from serials.policy import STEPS, Moment, State


@register()
def every_serialized_line_is_wired(app_configs, **kwargs):
    """Each SerializedLine has its links, its store, its moment, and the links their constraint."""
    problems = []
    for model in apps.get_models():
        if not issubclass(model, SerializedLine):
            continue
        try:
            links = model._meta.get_field("serial_links").related_model
        except FieldDoesNotExist:
            links = None
        label = model._meta.label
        if links is None or not issubclass(links, LineSerial):
            problems.append(
                Error(f"{label} has no LineSerial reachable as serial_links.", obj=model, id="serials.E001")
            )
        elif not any(getattr(c, "fields", ()) == ("line", "serial") for c in links._meta.constraints):
            hint = "Let its Meta inherit LineSerial.Meta and keep LineSerial.Meta.constraints."
            problems.append(
                Error(
                    f"{links._meta.label} lost its (line, serial) constraint.",
                    hint=hint,
                    obj=links,
                    id="serials.E003",
                )
            )
        problems += [
            Error(f"{label} does not say its {name}.", obj=model, id="serials.E002")
            for name in ("store_path", "moment", "edit_permission", "open_documents")
            if not hasattr(model, name)
        ]
        moment = getattr(
            model, "moment", None
        )  # a property where it depends on the line: nothing is known of that here
        if isinstance(moment, Moment) and STEPS[moment].takes == {State.IN_STOCK} and model.leaving is None:
            problems.append(
                Error(f"{label} takes units out of stock and does not say leaving.", obj=model, id="serials.E005")
            )
        if not model._meta.ordering:
            problems.append(Error(f"{label} has no ordering.", obj=model, id="serials.E004"))
    return problems
