//! Redacts text from the server for display: removes secrets and control characters and limits its
//! length.

const MASK: &str = "[secret]";

/// The minimum length of a secret. Shorter values are not secret, and masking them would damage
/// ordinary words.
const MIN_SECRET_LENGTH: usize = 6;

/// Returns `text` on one line of at most `max_chars` characters. Masks the `secrets` and any value
/// after the name of an authorization scheme, because gateways may quote request headers.
pub(super) fn redact(text: &str, secrets: &[&str], max_chars: usize) -> String {
    let mut text = text.to_owned();
    for secret in secrets
        .iter()
        .filter(|secret| secret.len() >= MIN_SECRET_LENGTH)
    {
        text = text.replace(secret, MASK);
    }
    let mut words = Vec::new();
    let mut after_scheme = false;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        words.push(if after_scheme && looks_like_credential(word) {
            MASK
        } else {
            word
        });
        let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        after_scheme = ["basic", "bearer"]
            .iter()
            .any(|scheme| name.eq_ignore_ascii_case(scheme));
    }
    let line = words.join(" ");
    match line.char_indices().nth(max_chars) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// Returns the text of an HTML page without its tags; other text is unchanged.
pub(super) fn strip_html(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let mut output = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => {
                in_tag = true;
                output.push(' ');
            }
            '>' => in_tag = false,
            c if !in_tag => output.push(c),
            _ => {}
        }
    }
    output
}

/// Distinguishes `Bearer eyJhbGci…` from "bearer token is invalid".
fn looks_like_credential(word: &str) -> bool {
    word.len() >= 16 || word.contains(|c: char| c.is_ascii_digit() || c == '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redact_masks_secrets_and_quoted_headers() {
        let text =
            "Authorization: Bearer abc123 refused;\n jwt=eyJ.eyJ.sig\u{7} (Basic YXBwOnNlY3JldA==)";
        let redacted = redact(text, &["eyJ.eyJ.sig"], 200);
        assert_eq!(
            redacted,
            "Authorization: Bearer [secret] refused; jwt=[secret] (Basic [secret]"
        );
        assert_eq!(
            redact("the bearer token is bad", &["", "is"], 200),
            "the bearer token is bad"
        );
    }

    #[test]
    fn redact_truncates_at_a_character_boundary() {
        assert_eq!(redact("äöüäöü", &[], 3), "äöü…");
    }

    #[test]
    fn strip_html_removes_tags() {
        let page = strip_html("<html><head><title>502 Bad Gateway</title></head>\n</html>");
        assert_eq!(redact(&page, &[], 200), "502 Bad Gateway");
        assert_eq!(strip_html("1 < 2"), "1 < 2");
    }
}
