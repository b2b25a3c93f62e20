"""The questions about a spot, and the questions about the person, which are asked once."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import SKIN_CHOICES, UNSAID, skin_type_of
from accounts.models import SkinType, User
from diagnosis.models import Answers, Profile, Screening
from diagnosis.models.profile import EARLIEST_BIRTH
from diagnosis.outcomes import promise
from diagnosis.screenings import services

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

YES, NO, UNSURE, GROWS = "yes", "no", "unsure", "grows"
CHOICES: Final = [(YES, _("Yes")), (NO, _("No")), (UNSURE, _("Don't know"))]
# Red flags come first. `is_new` is asked with the first photo of a spot, `changed_since_last` with
# later photos.
QUESTIONS: Final = {
    "bleeds": _("Does it bleed without a knock or scratch?"),
    "is_unhealed": _("Is it a sore that has not healed for four weeks?"),
    "lump": _("Is it a raised lump?"),
    "is_new": _("Is it new (at most a few months old)?"),
    "changed_since_last": _("Has it clearly changed since your last photo of it?"),
    "is_acral": _("Is it under a nail, on a palm or on a sole?"),
    "changed_size": _("Has it changed in size?"),
    "irregular_shape": _("Is its shape irregular, or has its shape changed?"),
    "irregular_colour": _("Does it have several colours, or has its colour changed?"),
    "feels_different": _("Does it itch, hurt or feel different?"),
    "is_oozing": _("Does it ooze or have a crust?"),
    "is_inflamed": _("Is the skin around it red or swollen?"),
    "is_large": _("Is it at least 7 mm wide (the width of a pencil)?"),
}


class ChoiceRow(forms.ChoiceField):
    """An optional question, with its answers in a row."""

    def __init__(
        self, label: "StrOrPromise", choices: Sequence[tuple[str, "StrOrPromise"]]
    ) -> None:
        super().__init__(label=label, choices=choices, required=False, widget=forms.RadioSelect)


class AnswersForm(forms.Form):
    """The questions about the spot in a photo. An omitted answer counts as not known."""

    def __init__(self, data: Any = None, *, screening: Screening, by: AbstractUser) -> None:
        self.screening, self.by = screening, by
        preset = {"is_acral": YES} if screening.lesion.is_acral else {}
        super().__init__(data, initial=preset | _earlier_answers(screening.given_answers))
        left_out = "is_new" if screening.has_earlier else "changed_since_last"
        for name, label in QUESTIONS.items():
            if name != left_out:
                self.fields[name] = ChoiceRow(label, CHOICES)
        self.fields["lump"] = ChoiceRow(
            QUESTIONS["lump"],
            [CHOICES[0], (GROWS, gettext("Yes, and it grows")), *CHOICES[1:]],
        )
        self.order_fields(QUESTIONS)

    def save(self) -> Answers:
        answers = dict(self.cleaned_data)
        lump = answers.pop("lump")
        ticked: dict[str, Any] = {name: answer == YES for name, answer in answers.items()}
        ticked |= {"is_raised": lump in {YES, GROWS}, "is_growing_lump": lump == GROWS}
        unknown = [name for name, answer in self.cleaned_data.items() if answer in {"", UNSURE}]
        return services.answer(self.screening, by=self.by, ticked=ticked | {"unsure": unknown})


def _earlier_answers(answers: Answers | None) -> dict[str, str]:
    """Return the stored answers. Earlier forms had boxes: an unticked box does not mean "no"."""
    if answers is None:
        return {}
    unsure = answers.unsure
    no = {} if unsure is None else {name: NO for name in QUESTIONS if name not in unsure}
    not_known = dict.fromkeys(unsure or (), UNSURE)
    yes = dict.fromkeys(answers.ticked, YES)
    lump = (
        {"lump": GROWS} if answers.is_growing_lump else {"lump": YES} if answers.is_raised else {}
    )
    return no | not_known | yes | lump


CHOOSE_ONE: Final = {"required": _("Choose an answer. “Don't know” is also an answer.")}
# For each answer: whether the person had a melanoma, and whether they had another skin cancer.
EARLIER: Final[dict[str, tuple[bool | None, bool | None]]] = {
    "melanoma": (True, False),
    "other": (False, True),
    "both": (True, True),
    NO: (False, False),
    UNSURE: (None, None),
}
AS_BOOLEAN: Final = {YES: True, NO: False, UNSURE: None}


class ProfileForm(forms.ModelForm):
    """The questions asked once about the person in the photo. Stored answers are preselected."""

    birth_year = forms.IntegerField(
        label=_("Year of birth"),
        help_text=_(
            "The model has no answer for people under 18. A person who turns 18 this year counts "
            "as under 18."
        ),
        min_value=EARLIEST_BIRTH,
        error_messages={"required": _("Enter the year, such as 1974.")},
    )
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=[*Profile.Sex.choices, (UNSAID, _("Rather not say"))],
        required=False,
        widget=forms.RadioSelect,
    )
    skin_type = forms.ChoiceField(
        label=_("Skin colour, where the sun does not reach"),
        choices=SKIN_CHOICES,
        required=False,
        widget=forms.RadioSelect,
    )
    is_immune_weak = forms.ChoiceField(
        label=_(
            "Is the immune system weakened, such as after a transplant, with leukaemia, or by "
            "medicines?"
        ),
        choices=CHOICES,
        widget=forms.RadioSelect,
        error_messages=CHOOSE_ONE,
    )
    earlier = forms.ChoiceField(
        label=_("Has there been a skin cancer before?"),
        choices=[
            (NO, _("No")),
            ("melanoma", _("Yes, a melanoma")),
            ("other", _("Yes, another skin cancer")),
            ("both", _("Yes, a melanoma and another skin cancer")),
            (UNSURE, _("Don't know")),
        ],
        widget=forms.RadioSelect,
        error_messages=CHOOSE_ONE,
    )

    class Meta:
        model = Profile
        fields = ("birth_year", "sex")

    def __init__(
        self, data: Any = None, *, instance: Profile, by: User, asks_skin_type: bool = True
    ) -> None:
        self.by = by
        initial = {"skin_type": instance.skin_type} | _health(instance)
        super().__init__(data, instance=instance, initial=initial)
        if asks_skin_type:
            self.fields["skin_type"].help_text = promise.for_skin(by)
        else:
            del self.fields["skin_type"]

    def clean_birth_year(self) -> int:
        year: int = self.cleaned_data["birth_year"]
        if year > timezone.localdate().year:
            raise ValidationError(gettext("This year is in the future."))
        return year

    def clean_sex(self) -> str:
        sex: str = self.cleaned_data["sex"]
        return "" if sex == UNSAID else sex

    def clean_skin_type(self) -> str:
        return skin_type_of(self.cleaned_data["skin_type"])

    def save_profile(self) -> Profile:
        profile: Profile = self.instance
        earlier = self.cleaned_data["earlier"]
        skin_type = self.cleaned_data.get("skin_type", profile.skin_type)
        profile.is_immune_weak = AS_BOOLEAN[self.cleaned_data["is_immune_weak"]]
        profile.had_melanoma, profile.had_skin_cancer = EARLIER[earlier]
        return services.describe_person(profile, by=self.by, skin_type=skin_type)


def _health(profile: Profile) -> dict[str, str | None]:
    """Return the stored answers about health, to preselect them. An unknown answer is None.

    Earlier forms stored "don't know" and an omitted answer alike, so neither is preselected.
    """
    had = (profile.had_melanoma, profile.had_skin_cancer)
    return {
        "is_immune_weak": _name_of(profile.is_immune_weak, AS_BOOLEAN),
        "earlier": _name_of(had, EARLIER),
    }


def _name_of(value: Any, values: Mapping[str, Any]) -> str | None:
    name = next((name for name, known in values.items() if known == value), UNSURE)
    return None if name == UNSURE else name


class SkinTypeForm(forms.Form):
    skin_type = forms.ChoiceField(choices=SkinType.choices)
