//! The wrapped keys: the database's random key, sealed once by the passphrase and once by the recovery key.
//!
//! They lie in a file `keys` and a second copy `keys.copy` beside the database, in the vault's folder. Two files, because
//! without them nobody can read anything ever again: each is written whole (a temporary name, synced, renamed), the copy
//! only after the first is on the disk, and a number that grows tells which is newer. Each is a line of JSON and a line
//! with its SHA-256, so that damage is told apart from a wrong passphrase, and a damaged one is replaced by the other. All
//! of the JSON but the sealed bytes is bound to the seals (XChaCha20-Poly1305): a changed parameter opens nothing.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::kdf::{Kdf, Key, Passphrase, random};
use super::recovery::RecoveryKey;
use super::{Part, VaultError};
use crate::files::write_atomic;

/// Names the form.
const SCHEMA: &str = "pag-bert/vault-keys";
/// The version written, and the latest that can be read.
const VERSION: i64 = 1;
/// More is no file of keys.
const MAX_BYTES: u64 = 16 << 10;

/// The file's name in the vault's folder.
pub(super) const FILE: &str = "keys";
/// The second copy's.
pub(super) const COPY: &str = "keys.copy";

/// What opens a vault.
#[derive(Debug)]
pub enum Secret {
    /// The passphrase.
    Passphrase(Passphrase),
    /// The printed key.
    Recovery(RecoveryKey),
}

/// Bytes that are written in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| serde::de::Error::custom("wrong length"))
    }
}

/// The database's key, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    nonce: Hex<24>,
    key: Hex<48>,
}

/// What is in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keys {
    schema: String,
    version: i64,
    /// Grows with each passphrase and each recovery key.
    generation: u64,
    /// Which vault.
    pub vault: Hex<16>,
    /// The first 16 bytes of its database.
    pub database_salt: Hex<16>,
    /// How the passphrase becomes a key.
    pub kdf: Kdf,
    kdf_salt: Hex<16>,
    by_passphrase: Sealed,
    by_recovery: Sealed,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
    version: i64,
}

/// A vault's keys when they are new.
pub(super) struct NewKeys {
    pub keys: Keys,
    pub raw: Key,
    pub recovery: RecoveryKey,
}

impl Keys {
    /// Keys for a new vault.
    pub fn generate(passphrase: &Passphrase, kdf: Kdf) -> Result<NewKeys, VaultError> {
        let bytes = Zeroizing::new(random::<32>()?);
        let raw: Key = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(bytes.as_slice()));
        let nothing = Sealed { nonce: Hex([0; 24]), key: Hex([0; 48]) };
        let mut keys = Self {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            generation: 0,
            vault: Hex(random()?),
            database_salt: Hex(random()?),
            kdf,
            kdf_salt: Hex([0; 16]),
            by_passphrase: nothing.clone(),
            by_recovery: nothing,
        };
        let recovery = keys.set_recovery(&raw, passphrase, kdf)?;
        Ok(NewKeys { keys, raw, recovery })
    }

    /// Seals the key with another recovery key, which no earlier one opens. The passphrase's seal is made anew with it: it
    /// says of which generation it is.
    pub fn set_recovery(&mut self, raw: &Key, passphrase: &Passphrase, kdf: Kdf) -> Result<RecoveryKey, VaultError> {
        let recovery = RecoveryKey::generate()?;
        let mut changed = self.clone();
        changed.by_recovery = seal(&recovery.key(&changed.vault.0), raw, &changed.bound_to_recovery())?;
        changed.set_passphrase(raw, passphrase, kdf)?;
        *self = changed;
        Ok(recovery)
    }

    /// These are the next after those.
    pub fn follow(&self, before: &Self) -> bool {
        self.vault == before.vault && self.generation == before.generation + 1
    }

    /// Seals the key with another passphrase; nothing is encrypted anew.
    pub fn set_passphrase(&mut self, raw: &Key, passphrase: &Passphrase, kdf: Kdf) -> Result<(), VaultError> {
        let mut changed = self.clone();
        changed.kdf = kdf;
        changed.kdf_salt = Hex(random()?);
        changed.generation += 1;
        changed.by_passphrase = seal(&kdf.key(passphrase, &changed.kdf_salt.0)?, raw, &changed.bound_to_passphrase())?;
        *self = changed;
        Ok(())
    }

    /// The database's key. One answer for whatever is wrong, and the same work whatever is wrong: the seal is compared in
    /// constant time, after the whole derivation.
    pub fn open(&self, secret: &Secret) -> Result<Key, VaultError> {
        match secret {
            Secret::Passphrase(passphrase) => {
                let key = self.kdf.key(passphrase, &self.kdf_salt.0)?;
                unseal(&key, &self.by_passphrase, &self.bound_to_passphrase())
            }
            Secret::Recovery(recovery) => {
                unseal(&recovery.key(&self.vault.0), &self.by_recovery, &self.bound_to_recovery())
            }
        }
    }

    fn bound_to_recovery(&self) -> Vec<u8> {
        [SCHEMA.as_bytes(), b"recovery", &self.version.to_le_bytes(), &self.vault.0, &self.database_salt.0].concat()
    }

    fn bound_to_passphrase(&self) -> Vec<u8> {
        let numbers = [self.kdf.memory_kib.to_le_bytes(), self.kdf.passes.to_le_bytes()].concat();
        let ids = [&self.vault.0, &self.database_salt.0, &self.kdf_salt.0].map(<[u8; 16]>::as_slice).concat();
        let generation = self.generation.to_le_bytes();
        [SCHEMA.as_bytes(), b"passphrase", &self.version.to_le_bytes(), &generation, &numbers, &ids].concat()
    }

    /// As it is written into a file and into each backup.
    pub fn to_text(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let digest = HEXLOWER.encode(&Sha256::digest(json.as_bytes()));
        format!("{json}\nsha256 {digest}\n")
    }

    /// Reads what [`Keys::to_text`] wrote. Damage of any kind is [`Part::Keys`].
    pub fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { part: Part::Keys };
        let text = std::str::from_utf8(bytes).map_err(|_| damaged())?;
        let (json, digest) = text.split_once('\n').ok_or_else(damaged)?;
        let wanted = format!("sha256 {}\n", HEXLOWER.encode(&Sha256::digest(json.as_bytes())));
        if digest != wanted {
            return Err(damaged());
        }
        let head: Head = serde_json::from_str(json).map_err(|_| damaged())?;
        if head.schema != SCHEMA {
            return Err(damaged());
        }
        if head.version > VERSION {
            return Err(VaultError::Newer { version: head.version });
        }
        let keys: Self = serde_json::from_str(json).map_err(|_| damaged())?;
        keys.kdf.check()?;
        Ok(keys)
    }

    /// The newer of the two copies that can be read, and whether the other has to be written anew.
    pub fn load(folder: &Path) -> Result<(Self, bool), VaultError> {
        let (first, second) = (read(&folder.join(FILE)), read(&folder.join(COPY)));
        match (first, second) {
            (Ok(Some(first)), Ok(Some(second))) => {
                let differ = first != second;
                Ok((if second.generation > first.generation { second } else { first }, differ))
            }
            (Ok(Some(keys)), _) | (_, Ok(Some(keys))) => Ok((keys, true)),
            (Ok(None), Ok(None)) => Err(VaultError::NotAVault),
            (Err(error), Ok(None)) | (Ok(None) | Err(_), Err(error)) => Err(error),
        }
    }

    /// Writes both copies.
    pub fn save(&self, folder: &Path) -> Result<(), VaultError> {
        let text = self.to_text();
        for name in [FILE, COPY] {
            let path = folder.join(name);
            write_atomic(&path, text.as_bytes()).map_err(VaultError::io(path))?;
        }
        Ok(())
    }
}

/// None where there is no such file.
fn read(path: &Path) -> Result<Option<Keys>, VaultError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(VaultError::Io { path: path.to_owned(), error }),
        Ok(meta) if meta.len() > MAX_BYTES => return Err(VaultError::Damaged { part: Part::Keys }),
        Ok(_) => {}
    }
    Keys::parse(&std::fs::read(path).map_err(VaultError::io(path))?).map(Some)
}

fn seal(by: &Key, raw: &Key, bound: &[u8]) -> Result<Sealed, VaultError> {
    let nonce = random::<24>()?;
    let payload = Payload { msg: raw.expose_secret(), aad: bound };
    let sealed = cipher(by).encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::Random)?;
    let key = sealed.try_into().map_err(|_| VaultError::Random)?;
    Ok(Sealed { nonce: Hex(nonce), key: Hex(key) })
}

fn unseal(by: &Key, sealed: &Sealed, bound: &[u8]) -> Result<Key, VaultError> {
    let payload = Payload { msg: &sealed.key.0, aad: bound };
    let opened = cipher(by).decrypt(XNonce::from_slice(&sealed.nonce.0), payload);
    let opened = Zeroizing::new(opened.map_err(|_| VaultError::WrongSecret)?);
    if opened.len() != 32 {
        return Err(VaultError::WrongSecret);
    }
    Ok(SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&opened)))
}

fn cipher(by: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(chacha20poly1305::Key::from_slice(by.expose_secret()))
}

/// A key for another purpose, from which the database's key can't be found.
pub(super) fn derived(raw: &Key, purpose: &str) -> Key {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(raw.expose_secret());
    let digest = Zeroizing::new(<[u8; 32]>::from(hash.finalize()));
    SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(digest.as_slice()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1 };

    fn passphrase(typed: &str) -> Secret {
        Secret::Passphrase(Passphrase::new(typed).unwrap())
    }

    fn new() -> NewKeys {
        Keys::generate(&Passphrase::new("una frase de paso").unwrap(), CHEAP).unwrap()
    }

    fn same(key: Result<Key, VaultError>, other: &Key) -> bool {
        key.is_ok_and(|key| key.expose_secret() == other.expose_secret())
    }

    #[test]
    fn two_secrets_open_one_key_and_others_do_not() {
        let NewKeys { mut keys, raw, recovery } = new();
        let recovery = Secret::Recovery(recovery);
        assert!(same(keys.open(&passphrase("una frase de paso")), &raw));
        assert!(same(keys.open(&recovery), &raw));
        let other = Secret::Recovery(RecoveryKey::generate().unwrap());
        for secret in [passphrase("una frase de pas"), passphrase("Una frase de paso"), other] {
            assert!(matches!(keys.open(&secret), Err(VaultError::WrongSecret)));
        }
        keys.set_passphrase(&raw, &Passphrase::new("otra muy distinta").unwrap(), CHEAP).unwrap();
        assert!(matches!(keys.open(&passphrase("una frase de paso")), Err(VaultError::WrongSecret)));
        assert!(same(keys.open(&passphrase("otra muy distinta")), &raw));
        assert!(same(keys.open(&recovery), &raw));
        let renewed = keys.set_recovery(&raw, &Passphrase::new("otra muy distinta").unwrap(), CHEAP).unwrap();
        assert!(matches!(keys.open(&recovery), Err(VaultError::WrongSecret)), "the lost paper opens nothing");
        assert!(same(keys.open(&Secret::Recovery(renewed)), &raw));
        assert!(same(keys.open(&passphrase("otra muy distinta")), &raw));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_damage_and_never_a_wrong_passphrase() {
        let text = new().keys.to_text().into_bytes();
        assert!(Keys::parse(&text).is_ok());
        for at in 0..text.len() {
            for bit in [0, 3, 7] {
                let mut flipped = text.clone();
                flipped[at] ^= 1 << bit;
                assert!(matches!(Keys::parse(&flipped), Err(VaultError::Damaged { part: Part::Keys })), "{at}");
            }
        }
    }

    /// Whoever can write the file can write its checksum too; the seal knows.
    #[test]
    fn parameters_of_another_make_open_nothing() {
        let NewKeys { keys, .. } = new();
        let mut changed = keys.clone();
        changed.kdf.passes += 1;
        let mut elsewhere = keys.clone();
        elsewhere.vault.0[0] ^= 1;
        let mut older = keys;
        older.generation += 1;
        for keys in [changed, elsewhere, older] {
            let keys = Keys::parse(keys.to_text().as_bytes()).unwrap();
            assert!(matches!(keys.open(&passphrase("una frase de paso")), Err(VaultError::WrongSecret)));
        }
    }

    #[test]
    fn the_other_copy_stands_in_for_a_lost_or_damaged_one() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Keys::load(dir.path()), Err(VaultError::NotAVault)));
        let NewKeys { mut keys, raw, .. } = new();
        keys.save(dir.path()).unwrap();
        assert_eq!(Keys::load(dir.path()).unwrap(), (keys.clone(), false));
        for (good, bad) in [(FILE, COPY), (COPY, FILE)] {
            write_atomic(&dir.path().join(bad), b"{").unwrap();
            assert_eq!(Keys::load(dir.path()).unwrap(), (keys.clone(), true), "{good}");
            std::fs::remove_file(dir.path().join(bad)).unwrap();
            assert_eq!(Keys::load(dir.path()).unwrap(), (keys.clone(), true), "{good}");
            keys.save(dir.path()).unwrap();
        }
        // A crash between the two: the newer one counts.
        let old = keys.to_text();
        keys.set_passphrase(&raw, &Passphrase::new("la nueva").unwrap(), CHEAP).unwrap();
        keys.save(dir.path()).unwrap();
        write_atomic(&dir.path().join(COPY), old.as_bytes()).unwrap();
        assert_eq!(Keys::load(dir.path()).unwrap(), (keys, true));
        for name in [FILE, COPY] {
            write_atomic(&dir.path().join(name), b"\n").unwrap();
        }
        assert!(matches!(Keys::load(dir.path()), Err(VaultError::Damaged { part: Part::Keys })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
            prop_assert!(Keys::parse(&bytes).is_err());
        }

        /// JSON that its author sealed with a right checksum.
        #[test]
        fn no_json_makes_the_reader_fall(json in "\\{(\"(schema|version|kdf|vault)\":(\"pag-bert/vault-keys\"|[0-9]{1,30}|\\{\\}|\\[\\]|null),?){0,6}\\}") {
            let digest = HEXLOWER.encode(&Sha256::digest(json.as_bytes()));
            let text = format!("{json}\nsha256 {digest}\n");
            prop_assert!(Keys::parse(text.as_bytes()).is_err());
        }
    }
}
