# Only labels change: nothing is done to the database.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('diagnosis', '0053_readers_of_earlier_readings'),
    ]

    operations = [
        migrations.AlterField(
            model_name='answers',
            name='is_inflamed',
            field=models.BooleanField(default=False, verbose_name='The skin around it is red or swollen'),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='cancer',
            field=models.FloatField(null=True, verbose_name='calibrated probability of a skin cancer or precancer'),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='cancers_per_100',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='skin cancers and precancers among 100 photos scored like this'),
        ),
        migrations.AlterField(
            model_name='shadowprediction',
            name='cancer',
            field=models.FloatField(null=True, verbose_name='calibrated probability of a skin cancer or precancer'),
        ),
        migrations.AlterField(
            model_name='shadowprediction',
            name='cancers_per_100',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='skin cancers and precancers among 100 photos scored like this'),
        ),
    ]
