from django.db import migrations
from django.db.models import F, Q


def date_answers(apps, schema_editor):
    """Answers that were changed after a reading count as new: what was added is not stored."""
    Answers = apps.get_model("diagnosis", "Answers")
    changed = Answers.objects.filter(screening__reviews__reviewed_at__lt=F("answered_at"))
    changed.update(cause_added_at=F("answered_at"))


def date_people(apps, schema_editor):
    """An earlier cancer counts from the first answers, since later changes were not dated."""
    Profile = apps.get_model("diagnosis", "Profile")
    told = Profile.objects.filter(Q(had_melanoma=True) | Q(had_skin_cancer=True))
    told.update(cause_added_at=F("answered_at"))


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0050_cause_added_at")]

    operations = [
        migrations.RunPython(date_answers, migrations.RunPython.noop),
        migrations.RunPython(date_people, migrations.RunPython.noop),
    ]
