from django.db import migrations, models

LABELS = {
    "is_immune_weak": "weakened immune system",
    "had_melanoma": "has had a melanoma",
    "had_skin_cancer": "has had another skin cancer",
}


def forget_noes(apps, _):
    """The form had "no" chosen already, in one choice with "don't know": nobody has said no."""
    profiles = apps.get_model("diagnosis", "Profile").objects
    profiles.filter(is_immune_weak=False).update(is_immune_weak=None)
    both = {"had_melanoma": False, "had_skin_cancer": False}
    profiles.filter(**both).update(had_melanoma=None, had_skin_cancer=None)


def say_no(apps, _):
    profiles = apps.get_model("diagnosis", "Profile").objects
    for name in LABELS:
        profiles.filter(**{name: None}).update(**{name: False})


class Migration(migrations.Migration):
    dependencies = [("diagnosis", "0047_parts_of_hands_and_feet")]

    operations = [
        *[
            migrations.AlterField(
                model_name="profile",
                name=name,
                field=models.BooleanField(null=True, verbose_name=label),
            )
            for name, label in LABELS.items()
        ],
        migrations.RunPython(forget_noes, say_no),
    ]
