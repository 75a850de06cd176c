//! How hard a passphrase is to guess, told to whoever chooses one.

/// A passphrase from here on withstands whoever has a copy of the vault and a few computers.
pub const STRONG: u8 = 3;

/// From 0 (guessed at once) to 4, as zxcvbn judges it: words of dictionaries, names, dates, rows of keys.
#[must_use]
pub fn strength(typed: &str) -> u8 {
    zxcvbn::zxcvbn(typed, &["pag-bert", "pagbert", "casos", "caja"]).score().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_weak_and_four_words_are_strong() {
        for weak in ["12345678", "contraseña", "password1", "qwertyuiop", "casos2024"] {
            assert!(strength(weak) < STRONG, "{weak}");
        }
        for strong in ["mula pozo lienzo avispa", "Tr4-ñu8;kéq!w"] {
            assert!(strength(strong) >= STRONG, "{strong}");
        }
    }
}
