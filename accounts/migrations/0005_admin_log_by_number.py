from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Concat


def name_by_number(apps, schema_editor):
    entries = apps.get_model("admin", "LogEntry").objects
    for content_type in apps.get_model("contenttypes", "ContentType").objects.all():
        entries.filter(content_type=content_type).update(
            object_repr=Concat(Value(f"{content_type.model}:"), F("object_id"))
        )
    entries.filter(content_type=None).update(object_repr="")
    entries.filter(change_message__contains='"object"').update(change_message="")


class Migration(migrations.Migration):
    """The admin's log of earlier versions named accounts by their addresses."""

    dependencies = [
        ("accounts", "0004_allows_training"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(name_by_number, migrations.RunPython.noop)]
