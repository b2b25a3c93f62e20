from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models.signals import post_delete, post_migrate, post_save


class DiagnosisConfig(AppConfig):
    name = "diagnosis"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed, user_logged_in
        from allauth.mfa.models import Authenticator
        from allauth.mfa.signals import authentication_failed

        from accounts.access import roles
        from accounts.privacy import deletion as accounts_deletion
        from accounts.signals import (
            access_changed,
            consent_given,
            deletion_begins,
            passkey_refused,
            skin_type_changed,
        )
        from diagnosis import models
        from diagnosis.audit import signals
        from diagnosis.photos import photo_files
        from diagnosis.privacy import deletion

        post_migrate.connect(roles.create_groups, sender=self)
        user_logged_in.connect(signals.record_sign_in)
        authentication_step_completed.connect(signals.record_proof)
        user_login_failed.connect(signals.record_failed_sign_in)
        authentication_failed.connect(signals.record_failed_second_step)
        passkey_refused.connect(signals.record_failed_second_step)
        post_save.connect(signals.record_added_second_step, sender=Authenticator)
        post_delete.connect(signals.record_removed_second_step, sender=Authenticator)
        # After the account's rows: whoever holds the trail waits for no row.
        post_delete.connect(signals.record_deleted_account, sender=settings.AUTH_USER_MODEL)
        access_changed.connect(signals.record_access)
        skin_type_changed.connect(signals.record_skin_type)
        consent_given.connect(signals.record_consent)
        deletion_begins.connect(deletion.lock_all_of)
        for sender in (models.Screening, models.Measurement):
            post_delete.connect(photo_files.delete_after_commit, sender=sender)
        for kind in (models.Screening, models.Lesion):
            post_delete.connect(accounts_deletion.truncate_log_after_commit, sender=kind)
