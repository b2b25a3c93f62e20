import os
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from skinscreen import certificates

OWNERS = {"database": os.getuid(), "store": os.getuid()}


@pytest.fixture
def folder(tmp_path):
    assert certificates.make(tmp_path, OWNERS)
    return tmp_path


def test_each_server_has_a_certificate_by_the_same_authority(folder):
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    for server in OWNERS:
        own = x509.load_pem_x509_certificate((folder / f"{server}.crt").read_bytes())
        own.verify_directly_issued_by(authority)
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [server]
        assert (folder / f"{server}.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.suffix for path in folder.iterdir()) == [".crt"] * 3 + [".key"] * 2


@pytest.mark.parametrize(("days", "is_renewed"), [(30, False), (700, True)])
def test_certificates_are_renewed_before_they_expire(folder, monkeypatch, days, is_renewed):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) + timedelta(days=days)

    monkeypatch.setattr(certificates, "datetime", Later)
    assert certificates.make(folder, OWNERS) is is_renewed


def test_a_new_server_gets_a_certificate(folder):
    assert certificates.make(folder, {**OWNERS, "broker": os.getuid()})
    assert (folder / "broker.key").exists()
