"""Wraps key material for an import, as a client would: `wrap_import.py ALGORITHM PUBLIC_KEY TOKEN MATERIAL`, all in hex."""

import os
import sys

from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key


def wrap(algorithm: str, public_key: bytes, token: bytes, material: bytes) -> bytes:
    key = load_der_public_key(public_key)
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    if algorithm == "RSAES_OAEP_SHA_256":
        return key.encrypt(material, oaep)
    if algorithm == "RSA_AES_KEY_WRAP_SHA_256":
        one_time = os.urandom(32)
        return key.encrypt(one_time, oaep) + aes_key_wrap_with_padding(one_time, material)
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return suite.encrypt(material, key, info=b"SRiw" + token)


if __name__ == "__main__":
    algorithm, *rest = sys.argv[1:]
    print(wrap(algorithm, *(bytes.fromhex(text) for text in rest)).hex())
