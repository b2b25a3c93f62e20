"""An admin site that limits what URLs and forms may request.

Django's admin trusts its users. On request it applies a regular expression to every row, orders by
a thousand columns, or searches for any number of words. It answers some malformed values with a
server error.
"""

from collections.abc import Iterator
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.contrib.auth.decorators import login_not_required
from django.db import DataError
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, BooleanField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

MOST_WORDS, LONGEST_SEARCH = 6, 200
# A submitted form may state any number of rows, and each would be rendered.
MOST_FORMS = 50
# The lookups that the links of filters use.
COMPARISONS = {"exact", "isnull", "gte", "lt", "id__exact"}
# Each chosen row takes several statements, and its related rows take more.
MOST_CHOSEN = 100
TOO_MANY = _("Nothing was done: choose at most {most} rows at a time.")
SHORTENED = _("The search used only the first {words} words, or {characters} characters.")


class CarefulChangeList(ChangeList):
    def get_ordering(self, request: HttpRequest, queryset: QuerySet) -> list[Any]:
        if ORDER_VAR in self.params:
            columns = self.params[ORDER_VAR].split(".")[: len(self.list_display)]
            self.params[ORDER_VAR] = ".".join(columns)
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (OverflowError, ValueError, DataError) as error:
            # The input has a date out of range, or a character that the database rejects.
            raise IncorrectLookupParameters from error


class Careful(admin.ModelAdmin):
    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        return CarefulChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow the lookups of the filters beside the list."""
        filters = self.get_list_filter(request)
        names = {getattr(list_filter, "parameter_name", list_filter) for list_filter in filters}
        lookups = {f"{name}__{comparison}" for name in names for comparison in COMPARISONS}
        return lookup in lookups | names and super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        words = search_term[:LONGEST_SEARCH].split()[:MOST_WORDS]
        if words != search_term.split():
            shortened = SHORTENED.format(words=MOST_WORDS, characters=LONGEST_SEARCH)
            messages.warning(request, shortened)
        return super().get_search_results(request, queryset, " ".join(words))

    def get_formsets_with_inlines(
        self, request: HttpRequest, obj: Model | None = None
    ) -> Iterator[tuple[type[BaseModelFormSet], Any]]:
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.absolute_max = MOST_FORMS
            yield formset, inline

    def response_action(
        self, request: HttpRequest, queryset: QuerySet, *more: Any
    ) -> HttpResponse | None:
        chosen = len(request.POST.getlist(ACTION_CHECKBOX_NAME))
        if BooleanField().to_python(request.POST.get("select_across")):
            chosen = queryset.count()
        if chosen > MOST_CHOSEN:
            messages.error(request, TOO_MANY.format(most=MOST_CHOSEN))
            return redirect(request.get_full_path())
        return super().response_action(request, queryset, *more)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        return super().get_object(request, object_id, from_field or None)


class CarefulSite(admin.AdminSite):
    site_header = site_title = _("SkinScreen review")
    index_title = _("Photos and accounts")

    @method_decorator(secure_admin_login)
    @login_not_required
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in through allauth, with the site's form and rate limits."""
        return super().login(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Redirect to the site's page, with its rate limits, password rules and notice by mail."""
        return redirect("account_change_password")

    password_change_done = password_change

    def register(
        self,
        model_or_iterable: Any,
        admin_class: type[admin.ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Register an admin class with the limits of `Careful`."""
        original = admin_class or admin.ModelAdmin
        bounded = type(original.__name__, (Careful, original), {"__module__": original.__module__})
        super().register(model_or_iterable, bounded, **options)
