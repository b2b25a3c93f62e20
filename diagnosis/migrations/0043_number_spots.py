from collections import Counter

from django.db import migrations, models


def number(apps, schema_editor):
    """Number each person's spots in the order in which they came."""
    Lesion = apps.get_model("diagnosis", "Lesion")
    counts, batch = Counter(), []
    for lesion in Lesion.objects.order_by("created_at", "id").only("owner_id").iterator():
        counts[lesion.owner_id] += 1
        lesion.number = counts[lesion.owner_id]
        batch.append(lesion)
    Lesion.objects.bulk_update(batch, ["number"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0042_registration")]

    operations = [
        migrations.AddField(
            model_name="lesion",
            name="number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
