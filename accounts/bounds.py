"""Length limits of form fields, checked before any other work."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# The response of a security key has about 2,000 characters.
LONGEST_CREDENTIAL = 16_384


class Bounded(forms.Form):
    """Limits the length of text fields that have no limit, such as allauth's password field.

    `labels` replace allauth's labels, both beside the fields and in the list of problems.
    """

    labels: ClassVar[dict[str, "StrPromise"]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.labels.items():
            self.fields[name].label = label
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and not isinstance(field, forms.JSONField):
                _bound(field, settings.MAX_PASSWORD_LENGTH)


def _bound(field: forms.CharField, most: int) -> None:
    if field.max_length is not None:
        return
    field.max_length = most
    field.validators = [*field.validators, MaxLengthValidator(most)]
    field.widget.attrs.update(field.widget_attrs(field.widget))


class BoundedDecoder(json.JSONDecoder):
    """Accepts only short and shallow JSON. Other JSON counts as invalid, and crashes no parser."""

    def decode(self, s: str, *args: Any) -> Any:
        if len(s) > LONGEST_CREDENTIAL:
            raise json.JSONDecodeError("too long", "", 0)
        try:
            return super().decode(s, *args)
        except (RecursionError, ValueError) as error:
            # Raised for thousands of nested brackets, and for a number with thousands of digits.
            raise json.JSONDecodeError("invalid", "", 0) from error


class CredentialField(forms.JSONField):
    """The response of a security key."""

    def __init__(self) -> None:
        super().__init__(
            widget=forms.HiddenInput,
            decoder=BoundedDecoder,
            error_messages={
                "invalid": gettext("We could not read the passkey's answer. Try again.")
            },
        )

    def to_python(self, value: Any) -> Any:
        credential = super().to_python(value)
        if credential is not None and not isinstance(credential, dict):
            raise ValidationError(self.error_messages["invalid"], params={"value": value})
        return credential
