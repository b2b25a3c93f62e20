from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('diagnosis', '0045_grown_at'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='impression',
            index=models.Index(fields=['screening', 'formed_at', 'finding'], name='impression_of_screening'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['screening', 'created_at', 'tier'], name='prediction_newest'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['screening', 'reviewed_at', 'verdict', 'tier', 'reviewed_by'], name='review_of_screening'),
        ),
    ]
