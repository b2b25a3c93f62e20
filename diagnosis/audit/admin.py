"""The audit trail in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.administration.read_only_admin import ReadOnlyAdmin
from accounts.models import User
from diagnosis.models import AuditEntry


class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail, read-only."""

    list_display = ("number", "at", "action", "account", "about", "detail")
    list_filter = ("action", "at")
    search_fields = ("=subject", "=actor")
    search_help_text = _("Search by subject, such as screening:…, or by the account's number.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        accounts = User.objects.filter(pk=OuterRef("actor"))
        # Only superusers see everybody's e-mail address; leads see only the addresses of staff.
        visible = accounts if request.user.is_superuser else accounts.filter(is_staff=True)
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.annotate(
            address=Subquery(visible.values("email")), is_there=Exists(accounts)
        )

    @admin.display(description=_("Account"), ordering="actor")
    def account(self, entry: Any) -> str:
        """The account's number, with its e-mail address if this user may see it.

        The trail stores only the number.
        """
        if entry.actor is None:
            return "–"
        if entry.address:
            return f"{entry.address} ({entry.actor})"
        if entry.is_there:
            return str(entry.actor)
        return gettext("{account}, deleted").format(account=entry.actor)

    @admin.display(description=_("Subject"), ordering="subject")
    def about(self, entry: AuditEntry) -> str:
        """Link to the subject, if the admin has a page for it."""
        kind, _, key = entry.subject.partition(":")
        app = User._meta.app_label if kind == User._meta.model_name else "diagnosis"
        try:
            url = reverse(f"admin:{app}_{kind}_change", args=[key])
        except NoReverseMatch:
            return entry.subject
        return format_html('<a href="{}">{}</a>', url, entry.subject)
