from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate


class DiagnosisConfig(AppConfig):
    name = "diagnosis"

    def ready(self) -> None:
        from diagnosis import models, photos, roles

        post_migrate.connect(roles.create_reviewers, sender=self)
        post_delete.connect(photos.delete_after_commit, sender=models.Screening)
