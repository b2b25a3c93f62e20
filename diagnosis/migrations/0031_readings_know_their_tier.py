from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def remember_tiers(apps, schema_editor):
    """So far a photo had one tier for ever: a reading was of that one."""
    predictions = apps.get_model("diagnosis", "Prediction").objects
    told = predictions.filter(screening=OuterRef("screening")).order_by("-created_at")
    tier = Coalesce(Subquery(told.values("tier")[:1]), "tier")
    apps.get_model("diagnosis", "Review").objects.update(tier=tier)


def move_up(apps, schema_editor):
    """The queue has four places now: "elevated" counts as urgent, "lower" as no answer."""
    apps.get_model("diagnosis", "Screening").objects.filter(urgency__gt=0).update(
        urgency=F("urgency") + 1
    )


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0030_three_tiers")]

    operations = [
        migrations.RunPython(remember_tiers, migrations.RunPython.noop),
        migrations.RunPython(move_up, migrations.RunPython.noop),
    ]
