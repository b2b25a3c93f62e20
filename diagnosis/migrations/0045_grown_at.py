from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0044_number_earlier_spots")]

    operations = [
        # Growth that was found before has no moment: it counts from its photo.
        migrations.AddField(
            model_name="screening",
            name="grown_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="growth was found"),
        ),
    ]
