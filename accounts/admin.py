from typing import Any, ClassVar

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    UserChangeForm,
)
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.bounds import Bounded
from accounts.mail import account_notices
from accounts.mfa.mfa_status import STEPS
from accounts.models import User
from accounts.sessions import session_lifetime

RIGHTS = ("is_staff", "is_superuser", "groups")
# Somebody else may have signed up with the address, and know the password.
UNCONFIRMED = _(
    "This address was never confirmed, so somebody else may know the password. Let its owner sign "
    "in and type the code from the mail first."
)

# Only the owner of a session may see it. `AuthenticatorAdmin` below replaces allauth's admin.
admin.site.unregister(UserSession)
admin.site.unregister(Authenticator)
# Nobody edits addresses here. Staff who could change an address could take over the account.
admin.site.unregister(EmailAddress)
# The code defines the groups' permissions, and sets them at each migration.
admin.site.unregister(Group)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin):
    """Second steps without their secrets. A lost second step can be removed here."""

    fields = list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        super().delete_model(request, obj)
        account_notices.tell(obj.user, account_notices.SECOND_STEP)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for authenticator in queryset:
            self.delete_model(request, authenticator)


class NewPasswordForm(Bounded, AdminPasswordChangeForm):
    def save(self, *_: Any) -> User:
        user: User = super().save(commit=False)
        user.save(update_fields=["password"])
        account_notices.tell(user, account_notices.PASSWORD_CHANGED)
        return user


class UserCreationForm(Bounded, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class AccountForm(UserChangeForm):
    """Changes an account's rights. Nothing is granted to an account with an unconfirmed address."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        granted = [name for name in RIGHTS if name in self.changed_data and cleaned.get(name)]
        addresses = EmailAddress.objects.filter(user=self.instance, email=self.instance.email)
        if granted and not addresses.filter(verified=True).exists():
            raise ValidationError(UNCONFIRMED)
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = AccountForm
    add_form = UserCreationForm
    change_password_form = NewPasswordForm
    ordering = ("email",)
    list_display = (
        "email",
        "is_staff",
        "is_superuser",
        "has_second_step",
        "is_active",
        "last_login",
    )
    search_fields = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)
    readonly_fields: ClassVar = ("last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        # An address typed here would be unconfirmed: its owner would need a code to sign in.
        return [*self.readonly_fields, *(["email"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        steps = Authenticator.objects.filter(user=OuterRef("pk"), type__in=STEPS)
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(has_step=Exists(steps))

    @admin.display(description=_("second step"), boolean=True, ordering="has_step")
    def has_second_step(self, user: Any) -> bool:
        return bool(user.has_step)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        if not change:
            super().save_model(request, obj, form, change)
            return
        # Only what was changed: the rest of the account's row may have changed meanwhile.
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.save(update_fields=columns.intersection(form.changed_data))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_related(request, form, formsets, change)
        if change:
            account_notices.tell_of_changes(form.instance, form.changed_data)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        super().delete_model(request, obj)
        account_notices.tell_of_deletion([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        # One at a time, since a queryset's `delete` does not call the model's `delete`.
        for user in queryset:
            self.delete_model(request, user)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Require reauthentication first, as the account's own pages do."""
        if self.has_change_permission(request) and is_reauthentication_required(
            request, app="account"
        ):
            return redirect(reverse("account_reauthenticate", query={"next": request.path}))
        old = request.session.session_key
        response: HttpResponse = super().user_change_password(request, *args, **kwargs)
        # Django renews the id of the operator's session, even if the password is another person's.
        session_lifetime.follow(request, old)
        return response
