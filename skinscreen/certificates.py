"""Creates TLS certificates for the servers of compose.yaml.

    python -m skinscreen.certificates FOLDER NAME:OWNER ...

OWNER is the id of the user who owns the key of server NAME. A new authority signs all certificates,
and its key is discarded. If a certificate is missing or expires soon, all are created again.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME, LEAST_LEFT = timedelta(days=730), timedelta(days=90)
AUTHORITY_FILE, ISSUER = "ca.crt", "SkinScreen"
CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def make(folder: Path, owners: dict[str, int]) -> bool:
    """Create all certificates, unless all exist and are fresh. Return whether they were created."""
    files = [folder / AUTHORITY_FILE, *(folder / f"{server}.crt" for server in owners)]
    if all(map(_is_fresh, files)):
        return False
    signer = ec.generate_private_key(ec.SECP256R1())
    authority = _builder(ISSUER, signer.public_key(), signer)
    authority = authority.add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    authority = authority.add_extension(CA_KEY_USAGE, critical=True)
    for server, owner in owners.items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _builder(server, key.public_key(), signer)
        certificate = certificate.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(server)]), critical=False
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        _write(folder / f"{server}.crt", _signed(certificate, signer), 0o644)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / f"{server}.key", private, 0o600, owner)
    _write(folder / AUTHORITY_FILE, _signed(authority, signer), 0o644)
    return True


def _is_fresh(path: Path) -> bool:
    if not path.exists():
        return False
    end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    return end - datetime.now(UTC) > LEAST_LEFT


def _builder(
    subject: str, key: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Valid from an hour ago, since the clocks of machines may differ.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(issuer_key, critical=False)
    )


def _signed(certificate: x509.CertificateBuilder, signer: ec.EllipticCurvePrivateKey) -> bytes:
    return certificate.sign(signer, SHA256()).public_bytes(Encoding.PEM)


def _write(path: Path, content: bytes, mode: int, owner: int = -1) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=mode)
    path.write_bytes(content)
    path.chmod(mode)
    os.chown(path, owner, -1)


if __name__ == "__main__":
    pairs = (pair.split(":") for pair in sys.argv[2:])
    make(Path(sys.argv[1]), {server: int(owner) for server, owner in pairs})
