from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def name_people(apps, schema_editor):
    """So far everybody sent photos of their own spots, as far as anybody knows."""
    Lesion, Profile = apps.get_model("diagnosis", "Lesion"), apps.get_model("diagnosis", "Profile")
    owners = Lesion.objects.values_list("owner", flat=True).order_by().distinct()
    Profile.objects.bulk_create(Profile(owner_id=owner) for owner in owners)
    own = Profile.objects.filter(owner=OuterRef("owner"))
    Lesion.objects.update(profile=Subquery(own.values("pk")[:1]))


def date_answers(apps, schema_editor):
    """What was answered has asked for a doctor since then."""
    apps.get_model("diagnosis", "Answers").objects.update(asks_since=F("answered_at"))


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0037_whose_spot_and_more_answers")]

    operations = [
        migrations.RunPython(name_people, migrations.RunPython.noop),
        migrations.RunPython(date_answers, migrations.RunPython.noop),
    ]
