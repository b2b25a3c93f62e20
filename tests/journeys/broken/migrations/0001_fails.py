from django.db import migrations


def fail(*_):
    raise RuntimeError("this migration fails")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(fail)]
