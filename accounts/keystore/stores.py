"""The key store that the settings name."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.keystore.file_store import FileKeyStore
from accounts.keystore.protocol import KeyStore


@cache
def key_store() -> KeyStore:
    """Return this process's store. The libraries that the others need are loaded only where they are used."""
    match settings.KEYSTORE:
        case "pkcs11":
            kind = import_string("accounts.keystore.pkcs11_store.Pkcs11KeyStore")
            store: KeyStore = kind(settings.PKCS11_MODULE, settings.PKCS11_TOKEN, settings.PKCS11_PIN)
        case "kms":
            store = import_string("accounts.keystore.kms_store.KmsKeyStore")(settings.KMS_REGION, settings.KMS_ENDPOINT)
        case _:
            store = FileKeyStore(settings.KEYSTORE_FOLDER, settings.KEYSTORE_PASSWORD)
    return store
