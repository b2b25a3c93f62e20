import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models.profile import Profile

if TYPE_CHECKING:
    from datetime import datetime

    from diagnosis.models.histology import Histology
    from diagnosis.models.screening import Screening


class LesionQuerySet(models.QuerySet["Lesion"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def movable_by(self, user: AbstractUser | AnonymousUser) -> Self:
        """Lesions between which somebody may move photos: all for clinicians, else their own."""
        if user.is_staff and user.has_perms(["diagnosis.view_screening", "diagnosis.add_review"]):
            return self.all()
        return self.owned_by(user)

    def of_others(self, user: AbstractUser | AnonymousUser) -> Self:
        """Lesions whose biopsy result somebody may enter: all but their own."""
        return self.exclude(owner_id=user.pk)

    def beside(self, lesion: "Lesion") -> Self:
        """The other lesions of the same person."""
        same = self.filter(owner=lesion.owner_id, profile=lesion.profile_id)
        return same.exclude(pk=lesion.pk)

    def at(self, site: str, side: str) -> Self:
        """Lesions at a place on the body. An empty argument matches every place."""
        at_site = self.filter(body_site=site) if site else self.all()
        return at_site.filter(side=side) if side else at_site

    def by_newest_photo(self) -> Self:
        """Lesions in the order of their newest photos, the newest first."""
        from diagnosis.models.screening import Screening

        photos = Screening.objects.filter(lesion=models.OuterRef("pk")).order_by("-created_at")
        last = models.Subquery(photos.values("created_at")[:1])
        return self.annotate(last=last).order_by("-last", "-pk")

    def with_newest_photo(self) -> Self:
        """Annotate the key of the newest photo, for its thumbnail."""
        from diagnosis.models.screening import Screening

        # Screening.Meta orders the newest photo first.
        photos = Screening.objects.filter(lesion=models.OuterRef("pk"))
        return self.annotate(newest_pk=models.Subquery(photos.values("pk")[:1]))

    def with_photos(self, *related: str) -> Self:
        """Prefetch all photos with their outcomes, and with these related rows of each photo.

        Call it on `user.lesions`, which share the user, so that the owner is not queried again.
        """
        from diagnosis.models.screening import Screening

        photos = Screening.objects.with_outcome_of_lesion(*related)
        own = self.select_related("profile")
        return own.prefetch_related("reminders", models.Prefetch("screenings", photos))


class Lesion(models.Model):
    """A spot that is followed over time. Every screening belongs to a lesion."""

    class BodySite(models.TextChoices):
        SCALP = "scalp", _("Scalp")
        FACE = "face", _("Face")
        EAR = "ear", _("Ear")
        EYELID = "eyelid", _("Eyelid")
        NOSE = "nose", _("Nose")
        LIP = "lip", _("Lip")
        NECK = "neck", _("Neck")
        CHEST = "chest", _("Chest")
        ABDOMEN = "abdomen", _("Abdomen")
        BACK = "back", _("Back")
        GENITAL = "genital", _("Genital area")
        ARM = "arm", _("Arm or shoulder")
        # Earlier releases offered only whole hands and feet. People may still choose these.
        HAND = "hand", _("Hand, finger or nail")
        BACK_OF_HAND = "back of hand", _("Back of the hand")
        PALM = "palm", _("Palm")
        FINGER = "finger", _("Finger")
        FINGERNAIL = "fingernail", _("Fingernail")
        LEG = "leg", _("Leg or hip")
        FOOT = "foot", _("Foot, toe or nail")
        TOP_OF_FOOT = "top of foot", _("Top of the foot")
        SOLE = "sole", _("Sole")
        TOE = "toe", _("Toe")
        TOENAIL = "toenail", _("Toenail")

    class Side(models.TextChoices):
        LEFT = "left", _("Left")
        RIGHT = "right", _("Right")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesions"
    )
    # The person whose skin the spot is on. Null for older spots until their next photo.
    profile = models.ForeignKey(
        Profile, on_delete=models.RESTRICT, null=True, blank=True, related_name="lesions"
    )
    name = models.CharField(max_length=80, blank=True)
    # Counts the owner's lesions, to distinguish lesions without a name.
    number = models.PositiveIntegerField(null=True, editable=False)
    body_site = models.CharField(
        _("where on the body"), max_length=16, choices=BodySite.choices, blank=True
    )
    side = models.CharField(_("which side"), max_length=8, choices=Side.choices, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LesionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="lesion_side_is_of_a_site", condition=Q(side="") | ~Q(body_site="")
            )
        ]

    def __str__(self) -> str:
        if self.name or not self.number:
            return self.name or self.place or gettext("Spot without a name")
        place = self.place[:1].lower() + self.place[1:]
        if not place:
            return gettext("Spot {number}").format(number=self.number)
        return gettext("Spot {number}, {place}").format(number=self.number, place=place)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.number:
            own = Lesion.objects.filter(owner=self.owner_id)
            self.number = (own.aggregate(last=models.Max("number"))["last"] or 0) + 1
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("diagnosis:lesion", args=[self.pk])

    @property
    def seen_by_doctor_at(self) -> "datetime | None":
        """When the person last reported a doctor's visit, from prefetched rows if there are any."""
        visits = (visit for visit in self.reminders.all() if visit.answer == visit.Answer.SEEN)
        return max((visit.closed_at for visit in visits if visit.closed_at), default=None)

    @property
    def is_acral(self) -> bool:
        """Whether the recorded site is a palm, a sole or a nail."""
        site = Lesion.BodySite
        return self.body_site in {site.PALM, site.SOLE, site.FINGERNAIL, site.TOENAIL}

    @property
    def place(self) -> str:
        """Side and site in words: "Left arm or shoulder", but "Back, left side"."""
        side, site = str(NAMES.get(self.side, "")), str(NAMES.get(self.body_site, ""))
        if side and self.body_site in SINGLE:
            return gettext("{site}, {side} side").format(site=site, side=side.lower())
        return f"{side} {site.lower()}".strip().capitalize()

    @property
    def histology(self) -> "Histology | None":
        """The valid biopsy result, from prefetched rows if there are any."""
        return next(
            (histology for histology in self.histologies.all() if not histology.corrected_at), None
        )

    @property
    def newest(self) -> "Screening | None":
        """The last photo, from prefetched rows if there are any."""
        return next(iter(self.screenings.all()), None)

    def photo(self, pk: uuid.UUID) -> "Screening | None":
        """One of the lesion's photos, from prefetched rows if there are any."""
        return next((photo for photo in self.screenings.all() if photo.pk == pk), None)


_Site = Lesion.BodySite
# Parts that a body has only once: nobody has a left back.
SINGLE: Final = {
    *(_Site.SCALP, _Site.FACE, _Site.NOSE, _Site.LIP, _Site.NECK),
    *(_Site.CHEST, _Site.ABDOMEN, _Site.BACK, _Site.GENITAL),
}
# Django's `get_…_display` would hash the value of every choice for each spot.
NAMES: Final = {name.value: name.label for name in (*Lesion.BodySite, *Lesion.Side)}
