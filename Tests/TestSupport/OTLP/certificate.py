"""A self-signed certificate for 127.0.0.1, made by the openssl command."""
import subprocess


def make(folder):
    """The paths of a certificate and its key in that folder."""
    certificate, key = folder + "/certificate.pem", folder + "/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)
    return certificate, key
