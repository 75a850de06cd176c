//! The recovery key: 160 random bits that are printed once, for the day when nobody knows the passphrase.
//!
//! Eight groups of five letters, Crockford's base 32 (no I, L, O, U; whoever types one of the first three means 1, 1, 0).
//! The fifth letter of each group checks the four before it and the group's place, so that a mistyped letter or two
//! groups in the wrong order are found, and the group is named, before any key is derived.

use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::VaultError;
use super::kdf::{Key, random};

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 8;

/// 160 bits from which the second wrapping key is derived.
#[derive(Debug)]
pub struct RecoveryKey(SecretBox<[u8; 20]>);

impl RecoveryKey {
    pub(super) fn generate() -> Result<Self, VaultError> {
        let mut bytes = random::<20>()?;
        let key = Self(SecretBox::new(Box::new(bytes)));
        bytes.zeroize();
        Ok(key)
    }

    /// As it is printed: `7K2QX-…`, eight groups.
    pub fn printed(&self) -> Zeroizing<String> {
        let values = Zeroizing::new(values(self.0.expose_secret()));
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * 6));
        for (index, group) in values.chunks(4).enumerate() {
            if index > 0 {
                text.push('-');
            }
            for &value in group.iter().chain([&check(index, group)]) {
                text.push(char::from(LETTERS[usize::from(value)]));
            }
        }
        text
    }

    /// As it is typed: any dashes, blanks and letter case.
    pub fn parse(typed: &str) -> Result<Self, VaultError> {
        let mut letters = Zeroizing::new(Vec::with_capacity(GROUPS * 5));
        for letter in typed.chars().filter(|c| c.is_alphanumeric()).take(4 * GROUPS * 5) {
            letters.push(value_of(letter));
        }
        if letters.len() != GROUPS * 5 {
            return Err(VaultError::RecoveryLength { found: letters.len(), wanted: GROUPS * 5 });
        }
        let mut bytes = Zeroizing::new([0_u8; 20]);
        for (index, group) in letters.chunks(5).enumerate() {
            let mistyped = || VaultError::RecoveryMistyped { group: index + 1 };
            let mut values = [0_u8; 5];
            for (value, letter) in values.iter_mut().zip(group) {
                *value = letter.ok_or_else(mistyped)?;
            }
            if check(index, &values[..4]) != values[4] {
                return Err(mistyped());
            }
            for (place, &value) in values[..4].iter().enumerate() {
                put(&mut bytes, (4 * index + place) * 5, value);
            }
            values.zeroize();
        }
        Ok(Self(SecretBox::new(Box::new(*bytes))))
    }

    /// The key that it stands for. There is nothing to stretch in 160 random bits: a hash, bound to the vault.
    pub(super) fn key(&self, vault: &[u8; 16]) -> Key {
        let mut hash = Sha256::new();
        hash.update(b"pag-bert recovery key 1");
        hash.update(vault);
        hash.update(self.0.expose_secret());
        let mut digest = hash.finalize();
        let key = SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&digest));
        digest.as_mut_slice().zeroize();
        key
    }
}

/// 5 bits each, the highest first.
fn values(bytes: &[u8; 20]) -> [u8; 32] {
    std::array::from_fn(|i| (0..5).fold(0, |value, bit| (value << 1) | bit_at(bytes, 5 * i + bit)))
}

fn bit_at(bytes: &[u8; 20], bit: usize) -> u8 {
    (bytes[bit / 8] >> (7 - bit % 8)) & 1
}

fn put(bytes: &mut [u8; 20], at: usize, value: u8) {
    for bit in 0..5 {
        bytes[(at + bit) / 8] |= ((value >> (4 - bit)) & 1) << (7 - (at + bit) % 8);
    }
}

fn value_of(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        letter => letter,
    };
    LETTERS.iter().position(|&known| char::from(known) == letter).map(|value| value as u8)
}

/// A sum over GF(32): one wrong letter, or two that changed places, always alter it.
fn check(index: usize, values: &[u8]) -> u8 {
    values.iter().fold(index as u8, |sum, &value| times_x(sum) ^ value)
}

/// Times x, modulo x⁵ + x² + 1.
fn times_x(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { (doubled ^ 0b10_0101) & 31 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_key_is_read_back_however_it_is_typed() {
        let key = RecoveryKey::generate().unwrap();
        let printed = key.printed();
        assert_eq!(printed.len(), 47, "{}", printed.as_str());
        let sloppy = printed.to_lowercase().replace('-', "  ").replace('0', "o").replace('1', "l");
        for typed in [printed.as_str(), &sloppy] {
            let read = RecoveryKey::parse(typed).unwrap();
            assert_eq!(read.0.expose_secret(), key.0.expose_secret());
            assert_eq!(read.key(&[1; 16]).expose_secret(), key.key(&[1; 16]).expose_secret());
        }
        assert_ne!(key.key(&[1; 16]).expose_secret(), key.key(&[2; 16]).expose_secret());
    }

    #[test]
    fn each_wrong_letter_is_found_in_its_group() {
        let printed = RecoveryKey::generate().unwrap().printed().to_string();
        for (at, letter) in printed.char_indices().filter(|(_, letter)| *letter != '-') {
            for wrong in LETTERS.iter().map(|&other| char::from(other)).filter(|other| *other != letter) {
                let mut typed = printed.clone();
                typed.replace_range(at..=at, &wrong.to_string());
                let group = at / 6 + 1;
                let found = RecoveryKey::parse(&typed);
                assert!(
                    matches!(found, Err(VaultError::RecoveryMistyped { group: g }) if g == group),
                    "{typed} {group}"
                );
            }
        }
        let mut groups: Vec<&str> = printed.split('-').collect();
        groups.swap(2, 5);
        assert!(matches!(RecoveryKey::parse(&groups.join("-")), Err(VaultError::RecoveryMistyped { group: 3 })));
    }

    #[test]
    fn a_key_that_is_too_short_or_odd_is_refused() {
        for typed in ["", "7K2QX", "ñandú", &"A".repeat(10_000)] {
            let refused = RecoveryKey::parse(typed);
            assert!(matches!(refused, Err(VaultError::RecoveryLength { .. })), "{typed:.20}");
        }
    }
}
