from itertools import groupby

from django.db import migrations, transaction

PEOPLE_AT_ONCE = 500


def number(apps, schema_editor):
    """Number each person's spots in the order in which they came, of a few people at a time."""
    Lesion = apps.get_model("diagnosis", "Lesion")
    unnumbered = Lesion.objects.filter(number=None).order_by("owner_id")
    owners = list(unnumbered.values_list("owner_id", flat=True).distinct())
    for first in range(0, len(owners), PEOPLE_AT_ONCE):
        number_those_of(Lesion, owners[first : first + PEOPLE_AT_ONCE])


@transaction.atomic
def number_those_of(Lesion, owners):
    theirs = Lesion.objects.filter(owner_id__in=owners).order_by("owner_id", "created_at", "id")
    lesions = list(theirs.only("owner_id"))
    for _, own in groupby(lesions, key=lambda lesion: lesion.owner_id):
        for place, lesion in enumerate(own, start=1):
            lesion.number = place
    Lesion.objects.bulk_update(lesions, ["number"], batch_size=500)


class Migration(migrations.Migration):
    # PostgreSQL holds the whole table until the transaction of a new column ends: here it has ended.
    atomic = False
    dependencies = [("diagnosis", "0043_number_spots")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
