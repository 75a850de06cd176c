//! From what a person types to a key: Argon2id over the passphrase in its NFKC form.
//!
//! Parameters are stored beside the wrapped key and are part of what its seal covers. At creation the memory is at least
//! 64 MiB and the passes are as many as take about half a second on that computer (RFC 9106 recommends 64 MiB and three
//! passes where memory is scarce). What a file asks for is refused above 256 MiB or 16 GiB·passes: a changed file must not
//! be able to stop a computer.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::VaultError;

/// 32 bytes that must not be left in memory.
pub(super) type Key = SecretBox<[u8; 32]>;

/// Nobody types more.
const MAX_PASSPHRASE_BYTES: usize = 16 << 10;
/// A new passphrase has at least so many letters.
pub const LEAST_LETTERS: usize = 8;

const MIN_MEMORY_KIB: u32 = 64 << 10;
const MAX_MEMORY_KIB: u32 = 256 << 10;
const MAX_WORK_KIB: u64 = 16 << 20;
/// So long may deriving a key take on the computer that makes a vault.
const AIM: Duration = Duration::from_millis(500);

/// What a person typed, in the form from which a key is derived: composed and decomposed accents are the same.
#[derive(Debug, Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes what was typed.
    pub fn new(typed: &str) -> Result<Self, VaultError> {
        if typed.len() > MAX_PASSPHRASE_BYTES {
            return Err(VaultError::PassphraseLong { bytes: typed.len() });
        }
        // Room for all of it at once: growing would leave pieces behind.
        let mut normal = String::with_capacity(4 * typed.len());
        normal.extend(typed.nfkc());
        let normal = Zeroizing::new(normal);
        if normal.trim().is_empty() { Err(VaultError::PassphraseEmpty) } else { Ok(Self(normal.as_str().into())) }
    }

    /// As [`Passphrase::new`], and long enough for a vault that is to be made.
    pub fn for_new_vault(typed: &str) -> Result<Self, VaultError> {
        let passphrase = Self::new(typed)?;
        if passphrase.0.expose_secret().chars().count() < LEAST_LETTERS {
            return Err(VaultError::PassphraseShort { least: LEAST_LETTERS });
        }
        Ok(passphrase)
    }
}

/// How hard a guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kdf {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Kdf {
    /// As many passes over 64 MiB as take about half a second here, and not fewer than three.
    pub fn tuned() -> Result<Self, VaultError> {
        let trial = Self { memory_kib: MIN_MEMORY_KIB, passes: 1 };
        let seconds = |passes| -> Result<f64, VaultError> {
            let began = Instant::now();
            Self { passes, ..trial }.derive(b"how fast is this computer", &[0; 16])?;
            Ok(began.elapsed().as_secs_f64())
        };
        // The first pass also gets the memory from the system; the others tell what each further one takes.
        let (one, three) = (seconds(1)?, seconds(3)?);
        let pass = ((three - one) / 2.0).max(1e-3);
        let passes = ((AIM.as_secs_f64() - one) / pass + 1.0).round().clamp(3.0, 64.0) as u32;
        Ok(Self { passes, ..trial })
    }

    /// Refuses what no vault of ours asks for.
    pub(super) fn check(self) -> Result<(), VaultError> {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        let sane = (Params::MIN_M_COST..=MAX_MEMORY_KIB).contains(&self.memory_kib)
            && self.passes >= Params::MIN_T_COST
            && work <= MAX_WORK_KIB;
        if sane { Ok(()) } else { Err(VaultError::AbsurdKdf) }
    }

    /// The key of a passphrase.
    pub(super) fn key(self, passphrase: &Passphrase, salt: &[u8; 16]) -> Result<Key, VaultError> {
        self.derive(passphrase.0.expose_secret().as_bytes(), salt)
    }

    fn derive(self, secret: &[u8], salt: &[u8; 16]) -> Result<Key, VaultError> {
        self.check()?;
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| VaultError::AbsurdKdf)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut done = Ok(());
        let key = SecretBox::init_with_mut(|key: &mut [u8; 32]| done = argon2.hash_password_into(secret, salt, key));
        done.map(|()| key).map_err(|_| VaultError::AbsurdKdf)
    }
}

/// Bytes that nobody can foresee, from the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1 };

    fn key(typed: &str) -> [u8; 32] {
        *CHEAP.key(&Passphrase::new(typed).unwrap(), &[7; 16]).unwrap().expose_secret()
    }

    #[test]
    fn both_forms_of_an_accent_are_one_passphrase() {
        assert_eq!(key("corazo\u{301}n de nin\u{303}o"), key("corazón de niño"));
        assert_ne!(key("corazón de niño"), key("corazon de nino"));
        assert_ne!(key("Corazón de niño"), key("corazón de niño"));
        assert_ne!(key("corazón de niño "), key("corazón de niño"));
    }

    #[test]
    fn what_can_be_no_passphrase_is_refused() {
        assert!(matches!(Passphrase::new(""), Err(VaultError::PassphraseEmpty)));
        assert!(matches!(Passphrase::new(" \u{a0}\t"), Err(VaultError::PassphraseEmpty)));
        assert!(Passphrase::new(&"ñ".repeat(5_000)).is_ok());
        assert!(matches!(Passphrase::new(&"ñ".repeat(10_000)), Err(VaultError::PassphraseLong { bytes: 20_000 })));
        assert!(matches!(Passphrase::for_new_vault("siete77"), Err(VaultError::PassphraseShort { .. })));
        assert!(Passphrase::for_new_vault("ocho 888").is_ok());
    }

    #[test]
    fn absurd_parameters_are_refused_before_any_work() {
        for (memory_kib, passes) in
            [(0, 1), (7, 1), (u32::MAX, 1), (8, 0), (8, u32::MAX), ((256 << 10) + 1, 1), (256 << 10, 65)]
        {
            let kdf = Kdf { memory_kib, passes };
            assert!(matches!(kdf.derive(b"x", &[0; 16]), Err(VaultError::AbsurdKdf)), "{kdf:?}");
        }
    }

    #[test]
    fn a_tuned_vault_takes_no_less_than_the_least() {
        let kdf = Kdf::tuned().unwrap();
        assert!(kdf.memory_kib >= 64 << 10 && kdf.passes >= 3);
        kdf.check().unwrap();
    }
}
