# Only labels change: nothing is done to the database.

import diagnosis.models.measurement
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('diagnosis', '0048_health_may_be_unknown'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('upload', 'Photo sent'), ('result', 'Result stored'), ('mail', 'Mail about a more urgent result sent'), ('answer', 'Questions answered'), ('view', 'Photo viewed'), ('claim', 'Case claimed'), ('reading', 'Reading recorded'), ('biopsy', 'Biopsy result entered'), ('requeue', 'Queued again after a failure'), ('lesion', 'Description of a spot changed'), ('skin_type', 'Skin type changed'), ('deletion', 'Deleted'), ('export', 'Data exported'), ('model', 'Model changed'), ('consent', 'Consent given or withdrawn'), ('second_step', 'Second step at sign-in changed'), ('access', 'Password or rights changed'), ('sign_in', 'Signed in, or confirmed who they are'), ('sign_in_failed', 'Sign-in failed'), ('keyed', 'Entries are signed with a key from here on')], max_length=16),
        ),
        migrations.AlterField(
            model_name='measurement',
            name='confidence',
            field=models.FloatField(blank=True, null=True, verbose_name='confidence of the outline'),
        ),
        migrations.AlterField(
            model_name='measurement',
            name='inside',
            field=models.FloatField(blank=True, null=True, verbose_name='share of the saliency map within the outline'),
        ),
        migrations.AlterField(
            model_name='measurement',
            name='map_version',
            field=models.CharField(blank=True, max_length=64, verbose_name='model of the saliency map'),
        ),
        migrations.AlterField(
            model_name='measurement',
            name='percentiles',
            field=models.JSONField(blank=True, default=dict, validators=[diagnosis.models.measurement.check_figures], verbose_name='spots with a lower value, of 100 that are not melanomas'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='is_reading',
            field=models.BooleanField(default=False, verbose_name="about a clinician's reading"),
        ),
        migrations.AlterField(
            model_name='notice',
            name='reached_at',
            field=models.DateTimeField(null=True, verbose_name='reached in another way'),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='is_uncertain',
            field=models.BooleanField(default=False, verbose_name='close to the threshold between two tiers'),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='kind',
            field=models.CharField(blank=True, choices=[('dermoscopic', 'Dermatoscope photo'), ('camera', 'Camera photo')], max_length=16, verbose_name='kind of photo that the model assumed'),
        ),
        migrations.AlterField(
            model_name='prediction',
            name='tier',
            field=models.CharField(blank=True, choices=[('urgent', 'Urgent'), ('soon', 'Soon'), ('watch', 'Watch'), ('elevated', 'Elevated'), ('lower', 'Lower')], max_length=16, verbose_name='tier (empty: no answer)'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='fault',
            field=models.CharField(blank=True, choices=[('no_outline', 'No outline in one of the photos'), ('other_kind', 'The two photos are of different kinds'), ('unsure', 'Too little of the skin matches')], max_length=16),
        ),
        migrations.AlterField(
            model_name='review',
            name='tier',
            field=models.CharField(blank=True, editable=False, max_length=16, verbose_name='tier that the clinician was shown'),
        ),
        migrations.AlterField(
            model_name='screening',
            name='asks_first',
            field=models.BooleanField(default=False, editable=False, verbose_name="result waits for the person's age and answers"),
        ),
        migrations.AlterField(
            model_name='screening',
            name='failure',
            field=models.CharField(blank=True, choices=[('attempts_exhausted', 'All attempts to read it failed'), ('photo_lost', 'The stored photo is missing or damaged')], max_length=32),
        ),
        migrations.AlterField(
            model_name='screening',
            name='grown_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='growth was measured'),
        ),
        migrations.AlterField(
            model_name='screening',
            name='has_grown',
            field=models.BooleanField(default=False, editable=False, verbose_name='growth since the previous photo'),
        ),
        migrations.AlterField(
            model_name='screening',
            name='mm_per_px',
            field=models.FloatField(editable=False, null=True, verbose_name='millimetres per pixel'),
        ),
        migrations.AlterField(
            model_name='screening',
            name='readings_due',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='readings still due'),
        ),
        migrations.AlterField(
            model_name='shadowprediction',
            name='is_uncertain',
            field=models.BooleanField(default=False, verbose_name='close to the threshold between two tiers'),
        ),
        migrations.AlterField(
            model_name='shadowprediction',
            name='kind',
            field=models.CharField(blank=True, choices=[('dermoscopic', 'Dermatoscope photo'), ('camera', 'Camera photo')], max_length=16, verbose_name='kind of photo that the model assumed'),
        ),
        migrations.AlterField(
            model_name='shadowprediction',
            name='tier',
            field=models.CharField(blank=True, choices=[('urgent', 'Urgent'), ('soon', 'Soon'), ('watch', 'Watch'), ('elevated', 'Elevated'), ('lower', 'Lower')], max_length=16, verbose_name='tier (empty: no answer)'),
        ),
        migrations.AlterField(
            model_name='review',
            name='message',
            field=models.CharField(blank=True, max_length=500, verbose_name='message to the person, shown without changes'),
        ),
    ]
