"""An authority of certificates, and servers that prove their names by it."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.contain.gateway.running import Server

BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority for tests")])
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            self._begun(self.name, self.key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.certificate = certificate
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _begun(self, name, key):
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN)
            .not_valid_after(END)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )

    def context(self, *names):
        """For a server that is called so."""
        file = self.folder / f"{'+'.join(names)}.pem"
        if not file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
            certificate = (
                self._begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), key)
                .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
                .add_extension(authority, critical=False)
                .sign(self.key, hashes.SHA256())
            )
            secret = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def client(self):
        return ssl.create_default_context(cafile=str(self.file))

    def server(self, talk, *names):
        """A server that speaks `talk` within TLS."""
        context = self.context(*names)

        def within(server, connection):
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as inner:
                talk(server, inner)

        return Server(within)
