from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import post_delete, post_migrate, pre_delete


class DiagnosisConfig(AppConfig):
    name = "diagnosis"

    def ready(self) -> None:
        from diagnosis import models, photos, roles, signals

        post_migrate.connect(roles.create_groups, sender=self)
        user_login_failed.connect(signals.record_failed_sign_in)
        pre_delete.connect(signals.record_deleted_account, sender=settings.AUTH_USER_MODEL)
        for sender in (models.Screening, models.Measurement):
            post_delete.connect(photos.delete_after_commit, sender=sender)
