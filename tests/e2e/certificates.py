# SPDX-License-Identifier: Apache-2.0
"""Certificates for the tests: an authority, and what it signs."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def name_of(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    def __init__(self, folder, name="tests' authority"):
        self.folder, self.name = folder, name_of(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(self.name, self.key.public_key(), is_authority=True)
        self.path = folder / "authority.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, subject, public_key, is_authority=False, days=30, names=("localhost",)):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(now - 2 * DAY).not_valid_after(now + days * DAY)
                   .add_extension(x509.BasicConstraints(is_authority, None), critical=True))
        if not is_authority:
            alternatives = [*map(x509.DNSName, names), *([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))] if "localhost" in names else [])]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, common_name="localhost", kind="ec", bits=2048, passphrase=None, days=30, names=("localhost",)):
        """Writes tls.pem and tls.key (0600), as a renewal would; the certificate's serial number. Days below 0: it is over."""
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, bits)
        certificate = self._sign(name_of(common_name), key.public_key(), days=days, names=names)
        sealing = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        self.write("tls.key", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing))
        self.write("tls.pem", certificate.public_bytes(serialization.Encoding.PEM))
        return certificate.serial_number

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
