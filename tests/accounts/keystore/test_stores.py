"""The three key stores keep one contract: a folder, SoftHSM2 behind PKCS#11, and KMS as moto imitates it."""

import multiprocessing
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pkcs11
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from moto import mock_aws

from accounts.keystore.file_store import FileKeyStore
from accounts.keystore.kms_store import KmsKeyStore
from accounts.keystore.pkcs11_store import Pkcs11KeyStore
from accounts.keystore.protocol import KeyStore, KeyStoreError, PublicKey

PASSWORD = "a-password-of-the-tests-only-0123456789"
MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib64/softhsm/libsofthsm2.so")]
Stores = Callable[[], KeyStore]
"""Opens the same store again, as another process would."""


@pytest.fixture(params=["file", pytest.param("pkcs11", marks=pytest.mark.hsm), "kms"])
def stores(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    match request.param:
        case "file":
            return lambda: FileKeyStore(tmp_path, PASSWORD)
        case "pkcs11":
            module = _token(tmp_path, monkeypatch)
            return lambda: Pkcs11KeyStore(str(module), "tidegate", "1234")
        case _:
            request.getfixturevalue("kms")
            return lambda: KmsKeyStore("eu-central-1")


def _token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a token of SoftHSM2 and return the path of its module."""
    module = next(path for path in MODULES if path.exists())
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    wanted = ["--label", "tidegate", "--so-pin", "12345678", "--pin", "1234"]
    subprocess.run(["softhsm2-util", "--init-token", "--free", *wanted], check=True, capture_output=True)
    pkcs11.lib(str(module)).reinitialize()  # this process may have loaded it for another test's token
    return module


@pytest.fixture
def kms() -> Iterator[None]:
    """Answer what would go to KMS from memory: moto, beneath the real client."""
    with mock_aws():
        yield


def verify(public: PublicKey, message: bytes, signature: bytes) -> None:
    """Raise unless `signature` is the key's over `message`."""
    assert len(signature) == 64
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(public.x), int.from_bytes(public.y), ec.SECP256R1())
    encoded = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    numbers.public_key().verify(encoded, message, ec.ECDSA(SHA256()))


def test_what_a_key_signed_its_public_half_verifies_and_no_other(stores: Stores) -> None:
    store = stores()
    first, second = store.create("k1"), store.create("k2")
    signature = store.sign("k1", b"a message")
    verify(first, b"a message", signature)
    for public, message in ((first, b"another"), (second, b"a message")):
        with pytest.raises(InvalidSignature):
            verify(public, message, signature)


def test_a_key_is_there_when_the_store_is_opened_again(stores: Stores) -> None:
    public = stores().create("k1")
    verify(public, b"later", stores().sign("k1", b"later"))


def test_a_destroyed_key_signs_no_more(stores: Stores) -> None:
    store = stores()
    store.create("k1")
    store.sign("k1", b"m")
    store.destroy("k1")
    store.destroy("k1")
    with pytest.raises(KeyStoreError):
        store.sign("k1", b"m")


def test_an_unknown_key_is_an_error_and_the_store_goes_on(stores: Stores) -> None:
    store = stores()
    with pytest.raises(KeyStoreError):
        store.sign("nobody", b"m")
    verify(store.create("k1"), b"m", store.sign("k1", b"m"))


def test_a_wrapped_key_opens_for_its_context_only(stores: Stores) -> None:
    store = stores()
    wrapped = store.wrap(b"k" * 32, "table|column|org-a")
    assert b"k" * 8 not in wrapped
    assert stores().unwrap(wrapped, "table|column|org-a") == b"k" * 32
    for altered, context in (
        (wrapped, "table|column|org-b"),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), "table|column|org-a"),
        (b"", "table|column|org-a"),
    ):
        with pytest.raises(KeyStoreError):
            store.unwrap(altered, context)
    assert store.wrap(b"k" * 32, "table|column|org-a") != wrapped


def test_threads_sign_side_by_side(stores: Stores) -> None:
    store = stores()
    public = store.create("k1")
    messages = [f"message {number}".encode() for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        for message, signature in zip(messages, threads.map(lambda one: store.sign("k1", one), messages), strict=True):
            verify(public, message, signature)


def test_a_forked_worker_signs_with_the_store_its_parent_opened(stores: Stores) -> None:
    store = stores()
    public = store.create("k1")
    store.sign("k1", b"the parent")
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=lambda: there.send_bytes(store.sign("k1", b"the child")))
    child.start()
    assert here.poll(20)
    verify(public, b"the child", here.recv_bytes())
    child.join()
    verify(public, b"the parent again", store.sign("k1", b"the parent again"))


def test_files_are_for_their_owner_only_and_hold_no_key_in_clear(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path, PASSWORD)
    store.create("k1")
    kept = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {path.name for path in kept} == {"k1.key", "salt"}
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert b"PRIVATE" not in (tmp_path / "k1.key").read_bytes()


def test_another_password_or_an_altered_or_moved_file_opens_nothing(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path, PASSWORD)
    store.create("k1")
    store.create("k2")
    with pytest.raises(KeyStoreError):
        FileKeyStore(tmp_path, PASSWORD + "x").sign("k1", b"m")
    (tmp_path / "k1.key").write_bytes((tmp_path / "k2.key").read_bytes())
    with pytest.raises(KeyStoreError):
        store.sign("k1", b"m")


def test_a_key_is_not_made_twice_and_a_name_stays_in_the_folder(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "keys", PASSWORD)
    (tmp_path / "keys").mkdir()
    public = store.create("k1")
    with pytest.raises(KeyStoreError):
        store.create("k1")
    verify(public, b"m", store.sign("k1", b"m"))
    for name in ("../k1", "", "a/b", "k1\0", "ключ"):
        with pytest.raises(KeyStoreError):
            store.create(name)
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
