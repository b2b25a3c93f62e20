from django.db import migrations
from django.db.models import F


def keep_readers(apps, schema_editor):
    """Store the ids of the accounts that still exist."""
    Review = apps.get_model("diagnosis", "Review")
    Review.objects.filter(reader=None).update(reader=F("reviewed_by_id"))


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0052_review_reader")]

    operations = [migrations.RunPython(keep_readers, migrations.RunPython.noop)]
