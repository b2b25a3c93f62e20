"""Registers the admin pages of the sub-packages, since Django looks for them only here."""

from django.contrib import admin

from diagnosis.audit.admin import AuditEntryAdmin
from diagnosis.classification.admin import ModelVersionAdmin
from diagnosis.models import AuditEntry, ModelVersion, Screening
from diagnosis.screenings.admin import ScreeningAdmin

admin.site.register(AuditEntry, AuditEntryAdmin)
admin.site.register(ModelVersion, ModelVersionAdmin)
admin.site.register(Screening, ScreeningAdmin)
