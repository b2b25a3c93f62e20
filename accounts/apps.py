from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"  # allauth calls its own app Accounts

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added
        from django.contrib.auth.signals import user_logged_out

        from accounts import locks, second_step, sessions

        locks.install()
        authenticator_added.connect(second_step.record_set_up)
        user_logged_out.connect(sessions.forget)
