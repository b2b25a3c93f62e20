"""Facts about the person whose skin a photo shows, in words for a doctor."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SkinType
from diagnosis.models import Answers, Profile, Screening
from diagnosis.models.decisions import decided
from diagnosis.outcomes import cause_texts
from diagnosis.rules.urgency import Urgency

UNKNOWN: Final = _("unknown")
IMMUNE: Final = {True: _("weakened"), False: _("no weakness reported"), None: UNKNOWN}


def facts(screening: Screening) -> list[tuple[str, str]]:
    """Return facts about the person with their labels: age, sex, skin type, history, and since
    when they have had the spot."""
    profile = screening.profile
    return [
        (gettext("Age"), _age(profile)),
        (gettext("Sex"), _sex(profile)),
        (gettext("Skin type"), _skin(screening)),
        *_history(profile),
        *_noticed(screening),
    ]


def _age(profile: Profile | None) -> str:
    if profile is None or profile.age is None:
        return str(UNKNOWN)
    words = gettext("{age} or {next} years, born in {year}")
    return words.format(age=profile.age, next=profile.age + 1, year=profile.birth_year)


def _sex(profile: Profile | None) -> str:
    return (profile.get_sex_display().lower() if profile else "") or str(UNKNOWN)


def _skin(screening: Screening) -> str:
    skin = screening.skin_type
    return f"{skin}, {SkinType(skin).label.lower()}" if skin else str(UNKNOWN)


def _history(profile: Profile | None) -> Iterator[tuple[str, str]]:
    if profile is None or profile.answered_at is None:
        yield gettext("Earlier skin cancer"), gettext("not asked")
        yield gettext("Immune system"), gettext("not asked")
        return
    earlier = {
        gettext("melanoma"): profile.had_melanoma,
        gettext("another skin cancer"): profile.had_skin_cancer,
    }
    had = gettext(" and ").join(name for name, is_so in earlier.items() if is_so)
    is_none = set(earlier.values()) == {False}
    yield (
        gettext("Earlier skin cancer"),
        had or (gettext("none reported") if is_none else str(UNKNOWN)),
    )
    yield gettext("Immune system"), str(IMMUNE[profile.is_immune_weak])


def _noticed(screening: Screening) -> Iterator[tuple[str, str]]:
    """Yield how long the person has had the spot. The form asks this only with the first photo."""
    answers = screening.given_answers
    if screening.has_earlier or answers is None:
        return
    since = gettext("within a few months") if answers.is_new else gettext("longer ago")
    is_unknown = not answers.is_new and (answers.unsure is None or "is_new" in answers.unsure)
    yield gettext("Spot first noticed"), str(UNKNOWN) if is_unknown else since


def signs(answers: Answers) -> list[str]:
    """Return the signs that the person answered with yes. If there are none, return a sentence."""
    if answers.ticked:
        return answers.sentences
    if answers.is_nothing_known:
        return [gettext("“Don’t know” for every sign")]
    if answers.is_all_denied:
        return [gettext("None of the signs in the questions")]
    return [gettext("No sign is answered with yes; some are not known")]


def reasons(screening: Screening, *, with_growth: bool) -> list[tuple[str, Urgency]]:
    """Return the reasons to see a doctor: the person's answers, and measured growth."""
    causes = decided.causes_of(screening, with_growth=with_growth)
    return [(str(cause_texts.QUOTED[cause]), urgency) for cause, urgency in causes.items()]
