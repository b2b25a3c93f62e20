from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import m2m_changed, post_delete, pre_delete


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"  # allauth calls its own app Accounts

    def ready(self) -> None:
        from allauth.account.internal.flows import email_verification
        from allauth.account.signals import authentication_step_completed
        from allauth.mfa.signals import (
            authentication_failed,
            authenticator_added,
            authenticator_removed,
            authenticator_reset,
        )
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from accounts import models, tasks
        from accounts.access import access_changes
        from accounts.administration import admin_log
        from accounts.mfa import mfa_status
        from accounts.privacy import deletion
        from accounts.rate_limits import cache_lock, throttling
        from accounts.sessions import session_lifetime
        from accounts.signals import mail_waits

        cache_lock.install()
        authentication_failed.connect(throttling.tell_of_wrong_code)
        authenticator_added.connect(mfa_status.record_set_up)
        for changed in (authenticator_added, authenticator_removed, authenticator_reset):
            changed.connect(session_lifetime.offer_to_end_others)
        user_logged_in.connect(session_lifetime.note_start)
        user_logged_out.connect(session_lifetime.forget)
        authentication_step_completed.connect(session_lifetime.renew)
        pre_delete.connect(session_lifetime.end_all, sender=settings.AUTH_USER_MODEL)
        post_delete.connect(deletion.forget_person, sender=settings.AUTH_USER_MODEL)
        admin_log.connect()
        for roles in (models.User.groups, models.User.user_permissions):
            m2m_changed.connect(access_changes.note_roles, sender=roles.through)
        mail_waits.connect(tasks.publish_mails)
        # allauth has no setting that replaces this limit.
        email_verification.consume_email_verification_rate_limit = throttling.count_confirmation
