import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SkinType

ADULT = 18
EARLIEST_BIRTH = 1900


class Profile(models.Model):
    """The person whose skin a spot is on: the owner of the account, or somebody they photograph."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Another")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profiles"
    )
    # Empty for the account's own person.
    name = models.CharField(max_length=80, blank=True)
    # Only the year. It is enough for an age, and identifies a person less than a date.
    birth_year = models.PositiveSmallIntegerField(_("year of birth"), null=True)
    sex = models.CharField(max_length=8, choices=Sex.choices, blank=True)
    # Empty for the account's own person, whose skin type is in the account.
    other_skin_type = models.CharField(max_length=3, choices=SkinType.choices, blank=True)
    # Null if the person does not know, or has not answered.
    is_immune_weak = models.BooleanField(_("weakened immune system"), null=True)
    had_melanoma = models.BooleanField(_("has had a melanoma"), null=True)
    had_skin_cancer = models.BooleanField(_("has had another skin cancer"), null=True)
    answered_at = models.DateTimeField(null=True)
    # When the person last told of an earlier cancer. A reading from before then does not lower the
    # urgency of their photos. Null without an earlier cancer.
    cause_added_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="profile_is_one_a_name", fields=["owner", "name"]),
            models.CheckConstraint(
                name="profile_own_skin_type_is_the_accounts",
                condition=~Q(name="") | Q(other_skin_type=""),
            ),
            models.CheckConstraint(
                name="profile_is_known",
                condition=Q(sex__in=["", "female", "male", "other"])
                & Q(other_skin_type__in=["", "I", "II", "III", "IV", "V", "VI"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Me")

    @property
    def is_own(self) -> bool:
        return not self.name

    @property
    def skin_type(self) -> str:
        return self.owner.skin_type if self.is_own else self.other_skin_type

    @property
    def earlier_cancers(self) -> set[str]:
        """The names of the questions about earlier cancers that were answered with yes."""
        return {name for name in ("had_melanoma", "had_skin_cancer") if getattr(self, name)}

    @property
    def age(self) -> int | None:
        """The lowest possible age, since this year's birthday may still be to come."""
        return self.birth_year and max(0, timezone.localdate().year - self.birth_year - 1)

    @property
    def is_minor(self) -> bool:
        """Whether the person may be a minor, for whom the model has no answer."""
        return self.age is not None and self.age < ADULT
