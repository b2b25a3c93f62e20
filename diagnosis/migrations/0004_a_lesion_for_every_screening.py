from django.db import migrations

NAME_LENGTH = 80


def give_lesions(apps, schema_editor):
    """Each photo so far is of a spot of its own; what the person noted to find it is its name."""
    screenings = apps.get_model("diagnosis", "Screening").objects.filter(lesion=None)
    lesions = apps.get_model("diagnosis", "Lesion").objects
    for screening in screenings.iterator(chunk_size=1000):
        screening.lesion = lesions.create(
            owner_id=screening.owner_id,
            name=screening.note[:NAME_LENGTH],
            body_site=screening.body_site,
        )
        screening.save(update_fields=["lesion"])
        # Creating it wrote the time of this migration.
        lesions.filter(pk=screening.lesion_id).update(created_at=screening.created_at)


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0003_lesion_answers")]

    operations = [migrations.RunPython(give_lesions, migrations.RunPython.noop)]
