"""Facts about the person whose skin a photo shows, in words for a doctor."""

from collections.abc import Iterator

from accounts.models import SkinType
from diagnosis.models import Profile, Screening
from diagnosis.models.decisions import decided
from diagnosis.outcomes import cause_texts
from diagnosis.rules.urgency import Urgency

UNKNOWN = "unknown"


def facts(screening: Screening) -> list[tuple[str, str]]:
    """Return the known facts about the person with their labels: age, sex, skin type, history."""
    profile = screening.profile
    return [
        ("Age", _age(profile)),
        ("Sex", _sex(profile)),
        ("Skin type", _skin(screening)),
        *_history(profile),
    ]


def _age(profile: Profile | None) -> str:
    if profile is None or profile.age is None:
        return UNKNOWN
    return f"{profile.age} or {profile.age + 1} years, born in {profile.birth_year}"


def _sex(profile: Profile | None) -> str:
    return (profile.get_sex_display().lower() if profile else "") or UNKNOWN


def _skin(screening: Screening) -> str:
    profile = screening.profile
    skin = screening.owner.skin_type if profile is None else profile.skin_type
    return f"{skin}, {SkinType(skin).label.lower()}" if skin else UNKNOWN


def _history(profile: Profile | None) -> Iterator[tuple[str, str]]:
    if profile is None or profile.answered_at is None:
        yield "Earlier skin cancer", "not asked"
        yield "Immune system", "not asked"
        return
    earlier = {"melanoma": profile.had_melanoma, "another skin cancer": profile.had_skin_cancer}
    had = [name for name, is_so in earlier.items() if is_so]
    yield "Earlier skin cancer", " and ".join(had) or "none that they know of"
    weak = "weakened" if profile.is_immune_weak else "not weakened that they know of"
    yield "Immune system", weak


def reasons(screening: Screening, *, with_growth: bool = True) -> list[tuple[str, Urgency]]:
    """Return the reasons to see a doctor: the person's answers, and measured growth."""
    causes = decided.causes_of(screening, with_growth=with_growth)
    return [(cause_texts.QUOTED[cause], asked) for cause, asked in causes.items()]
