"""The person whose skin a photo shows, in the words that a doctor reads."""

from collections.abc import Iterator

from accounts.models import SkinType
from diagnosis.models import Profile, Screening
from diagnosis.outcomes import cause_texts
from diagnosis.rules.urgency import Urgency


def facts(screening: Screening) -> list[str]:
    """Return what is known of the person: age, sex, skin type, history."""
    profile = screening.profile
    return [
        ", ".join(filter(None, (_age(profile), _sex(profile)))),
        _skin(screening),
        *_history(profile),
    ]


def _age(profile: Profile | None) -> str:
    if profile is None or profile.age is None:
        return "Age unknown"
    return f"{profile.age} or {profile.age + 1} years old, born in {profile.birth_year}"


def _sex(profile: Profile | None) -> str:
    return profile.get_sex_display().lower() if profile else ""


def _skin(screening: Screening) -> str:
    profile = screening.profile
    skin = screening.owner.skin_type if profile is None else profile.skin_type
    if not skin:
        return "Skin type unknown"
    return f"Skin type {skin}: {SkinType(skin).label.lower()}"


def _history(profile: Profile | None) -> Iterator[str]:
    if profile is None or profile.answered_at is None:
        yield "Earlier skin cancer and immune system: not asked"
        return
    earlier = {"melanoma": profile.had_melanoma, "another skin cancer": profile.had_skin_cancer}
    had = [name for name, is_so in earlier.items() if is_so]
    yield f"Earlier {' and '.join(had)}" if had else "No earlier skin cancer that they know of"
    if profile.is_immune_weak:
        yield "Weakened immune system"


def reasons(screening: Screening) -> list[tuple[str, Urgency]]:
    """Return what the person told that asks for a doctor, and how soon."""
    return [(cause_texts.QUOTED[cause], asked) for cause, asked in screening.causes.items()]
