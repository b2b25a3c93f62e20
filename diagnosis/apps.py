from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate


class DiagnosisConfig(AppConfig):
    name = "diagnosis"

    def ready(self) -> None:
        from accounts.access import roles
        from accounts.privacy import deletion as accounts_deletion
        from accounts.signals import deletion_begins
        from diagnosis import models
        from diagnosis.audit import signals
        from diagnosis.photos import photo_files
        from diagnosis.privacy import deletion

        post_migrate.connect(roles.create_groups, sender=self)
        signals.connect()
        deletion_begins.connect(deletion.lock_all_of)
        for sender in (models.Screening, models.Measurement):
            post_delete.connect(photo_files.delete_after_commit, sender=sender)
        for kind in (models.Screening, models.Lesion):
            post_delete.connect(accounts_deletion.truncate_log_after_commit, sender=kind)
