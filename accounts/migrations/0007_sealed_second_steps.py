from django.db import migrations

from accounts.sealing import seal, unseal

NAMES = ("secret", "seed")


def change_secrets(apps, change):
    for step in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn"):
        changed = {name: change(step.data[name]) for name in NAMES if name in step.data}
        if "migrated_codes" in step.data:
            changed["migrated_codes"] = [change(code) for code in step.data["migrated_codes"]]
        step.data = step.data | changed
        step.save(update_fields=["data"])


def encrypt(apps, _):
    change_secrets(apps, seal)


def decrypt(apps, _):
    change_secrets(apps, unseal)


class Migration(migrations.Migration):
    """Encrypt the secrets of apps and recovery codes that lie in the database as they are."""

    dependencies = [
        ("accounts", "0006_hourly_count"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(encrypt, decrypt)]
