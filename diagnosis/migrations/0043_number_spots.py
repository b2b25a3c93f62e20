from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0042_registration")]

    operations = [
        migrations.AddField(
            model_name="lesion",
            name="number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
