from django.db import migrations


def put_into_the_queue(apps, schema_editor):
    """What has a result and no reading yet waits for its readings."""
    screenings = apps.get_model("diagnosis", "Screening").objects
    predictions = apps.get_model("diagnosis", "Prediction").objects
    unread = screenings.filter(status="done", reviews=None)
    elevated = predictions.filter(tier="elevated").values("screening")
    doubtful = predictions.filter(is_uncertain=True).values("screening")
    unread.update(readings_due=1, urgency=1)
    screenings.filter(readings_due=1, pk__in=doubtful).update(urgency=2)
    screenings.filter(readings_due=1, pk__in=elevated).update(readings_due=2, urgency=3)


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0007_queue")]

    operations = [migrations.RunPython(put_into_the_queue, migrations.RunPython.noop)]
