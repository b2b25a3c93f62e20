import re

from django.urls import reverse

from diagnosis.audit import trail
from diagnosis.models import AuditEntry
from tests.factories import make_user


def test_the_audit_trail_names_accounts_and_links_to_the_subjects(client, superuser, make):
    screening, deleted = make(), make_user("gone@example.org")
    for by in (screening.owner, deleted, None):
        trail.record(AuditEntry.Action.VIEW, screening, by=by)
    deleted.delete()
    client.force_login(superuser)
    page = client.get(reverse("admin:diagnosis_auditentry_changelist")).content.decode()
    subject = reverse("admin:diagnosis_screening_change", args=[screening.pk])
    account = reverse("admin:accounts_user_change", args=[superuser.pk])
    assert f'<a href="{subject}">screening:{screening.pk}</a>' in page
    assert f'<a href="{account}">user:{superuser.pk}</a>' in page
    assert re.search(rf"{screening.owner.email} \({screening.owner_id}\)", page)
    assert re.search(r"\d+, deleted", page)


def test_a_lead_sees_no_persons_address_in_the_audit_trail(client, lead, make):
    screening = make()
    for by in (screening.owner, lead):
        trail.record(AuditEntry.Action.VIEW, screening, by=by)
    client.force_login(lead)
    page = client.get(reverse("admin:diagnosis_auditentry_changelist")).content.decode()
    assert f"{lead.email} ({lead.pk})" in page
    assert screening.owner.email not in page
    assert f"{screening.owner_id}, deleted" not in page
