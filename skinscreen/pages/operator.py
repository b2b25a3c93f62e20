"""The operator of the site, for the footer, mails and reports."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True)
class Operator:
    """The person or organisation that runs the site.

    Attributes:
        contact: an e-mail address or a telephone number.
        data_protection: the contact for data protection. If empty, `contact` is used.
        clinicians: their names and registrations, as the law of the country requires.
    """

    name: str = ""
    contact: str = ""
    address: str = ""
    country: str = ""
    data_protection: str = ""
    clinicians: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The operator in one line, for the end of mails."""
        return ", ".join(filter(None, (self.name, self.address, self.country, self.contact)))


def read(*, is_production: bool) -> Operator:
    """Read the operator from the environment."""
    operator = Operator(
        name=env.text("SKINSCREEN_OPERATOR_NAME"),
        contact=env.text("SKINSCREEN_OPERATOR_CONTACT"),
        address=env.text("SKINSCREEN_OPERATOR_ADDRESS"),
        country=env.text("SKINSCREEN_OPERATOR_COUNTRY"),
        data_protection=env.text("SKINSCREEN_DATA_PROTECTION_CONTACT"),
        clinicians=_listed(env.text("SKINSCREEN_CLINICIANS")),
    )
    if is_production and not (operator.name and operator.contact):
        raise ImproperlyConfigured(
            "SKINSCREEN_OPERATOR_NAME and SKINSCREEN_OPERATOR_CONTACT are needed in production: "
            "set them to the name of whoever runs this site, and to an e-mail address or telephone "
            "number where people can reach them."
        )
    return operator


def _listed(text: str) -> tuple[str, ...]:
    """Split a list at semicolons, since names with titles contain commas."""
    return tuple(filter(None, map(str.strip, text.split(";"))))


def show(request: "HttpRequest") -> dict[str, Operator]:
    """Make the operator available to every template. This is a context processor."""
    return {"operator": settings.OPERATOR}
