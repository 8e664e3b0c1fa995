//! Normal forms: texts that differ only in form compare equal by their keys.
//!
//! RingCentral stores and returns some texts in another form than they were sent \[field\]. So
//! texts are shown and sent as written, and compared by key. Numbers and times have their normal
//! form in their types.

use super::lookalikes::is_invisible;
use icu_normalizer::ComposingNormalizerBorrowed;

/// Returns the form in which names are compared: composed characters (NFC), without invisible
/// characters and outer spaces, and with single spaces.
pub fn name_key(name: &str) -> String {
    let visible: String = name.chars().filter(|c| !is_invisible(*c)).collect();
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&visible);
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ")
}

/// The fewest characters of a name that the service may have cut. Names that people extend are
/// usually shorter.
const MIN_CUT_LENGTH: usize = 20;

/// Returns whether a stored name may be a longer one that the service has cut.
pub fn is_cut_name(stored: &str, name: &str) -> bool {
    let (stored, name) = (name_key(stored), name_key(name));
    stored.chars().count() >= MIN_CUT_LENGTH
        && name.len() > stored.len()
        && name.starts_with(&stored)
}

/// Returns the form in which phone numbers are compared: without the plus.
pub fn number_key(number: &str) -> &str {
    let number = number.trim();
    number.strip_prefix('+').unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_key_ignores_unicode_form_spaces_and_invisible_characters() {
        assert_eq!(name_key(" Zoe\u{308}  Bell "), name_key("Zo\u{eb} Bell"));
        assert_eq!(name_key("Zoë\u{a0}Bell"), name_key("Zoë Bell"));
        assert_eq!(name_key("V\u{200b}IP\u{feff} "), name_key("VIP"));
        assert_ne!(name_key("Zoe"), name_key("Zoë"));
        assert_ne!(name_key("VIP"), name_key("vip"));
    }

    #[test]
    fn number_key_ignores_plus() {
        assert_eq!(number_key("+14155550101"), number_key("14155550101"));
        assert_ne!(number_key("+1415"), number_key("1416"));
    }
}
