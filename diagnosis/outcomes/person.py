"""Facts about the person whose skin a photo shows, in words for a doctor."""

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SkinType
from diagnosis.models import Profile, Screening
from diagnosis.models.decisions import decided
from diagnosis.outcomes import cause_texts
from diagnosis.rules.urgency import Urgency

UNKNOWN = _("unknown")


def facts(screening: Screening) -> list[tuple[str, str]]:
    """Return the known facts about the person with their labels: age, sex, skin type, history."""
    profile = screening.profile
    return [
        (gettext("Age"), _age(profile)),
        (gettext("Sex"), _sex(profile)),
        (gettext("Skin type"), _skin(screening)),
        *_history(profile),
    ]


def _age(profile: Profile | None) -> str:
    if profile is None or profile.age is None:
        return UNKNOWN
    words = gettext("{age} or {next} years, born in {year}")
    return words.format(age=profile.age, next=profile.age + 1, year=profile.birth_year)


def _sex(profile: Profile | None) -> str:
    return (profile.get_sex_display().lower() if profile else "") or UNKNOWN


def _skin(screening: Screening) -> str:
    profile = screening.profile
    skin = screening.owner.skin_type if profile is None else profile.skin_type
    return f"{skin}, {SkinType(skin).label.lower()}" if skin else UNKNOWN


def _history(profile: Profile | None) -> Iterator[tuple[str, str]]:
    if profile is None or profile.answered_at is None:
        yield gettext("Earlier skin cancer"), gettext("not asked")
        yield gettext("Immune system"), gettext("not asked")
        return
    earlier = {
        gettext("melanoma"): profile.had_melanoma,
        gettext("another skin cancer"): profile.had_skin_cancer,
    }
    had = [name for name, is_so in earlier.items() if is_so]
    yield (
        gettext("Earlier skin cancer"),
        gettext(" and ").join(had) or gettext("none that they know of"),
    )
    is_weak = profile.is_immune_weak
    weak = gettext("weakened") if is_weak else gettext("not weakened that they know of")
    yield gettext("Immune system"), weak


def reasons(screening: Screening, *, with_growth: bool = True) -> list[tuple[str, Urgency]]:
    """Return the reasons to see a doctor: the person's answers, and measured growth."""
    causes = decided.causes_of(screening, with_growth=with_growth)
    return [(cause_texts.QUOTED[cause], asked) for cause, asked in causes.items()]
