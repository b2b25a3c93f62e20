from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def date(apps, schema_editor):
    """Date growth that was found before by the registration that found it."""
    Registration = apps.get_model("diagnosis", "Registration")
    found = Registration.objects.filter(screening=OuterRef("pk")).values("created_at")
    grown = apps.get_model("diagnosis", "Screening").objects.filter(has_grown=True)
    grown.update(grown_at=Subquery(found[:1]))


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0044_number_earlier_spots")]

    operations = [
        migrations.AddField(
            model_name="screening",
            name="grown_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="growth was found"),
        ),
        migrations.RunPython(date, migrations.RunPython.noop),
    ]
