//! Makes text from the other side fit to be shown: no secrets, no control characters, not endless.

const MASK: &str = "[secret]";

/// Shorter values are no secrets, and masking them would riddle ordinary words.
const SHORTEST_SECRET: usize = 6;

/// `text` on one line of at most `longest` characters, without `secrets` and without whatever
/// follows the name of an authorization scheme: gateways like to quote a request's headers.
pub(super) fn clean(text: &str, secrets: &[&str], longest: usize) -> String {
    let mut text = text.to_owned();
    for secret in secrets
        .iter()
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
    {
        text = text.replace(secret, MASK);
    }
    let mut words = Vec::new();
    let mut after_scheme = false;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        words.push(if after_scheme && looks_encoded(word) {
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
    match line.char_indices().nth(longest) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// The text of an HTML page, else the text itself.
pub(super) fn without_tags(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    if !text.trim_start().starts_with('<') {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => {
                inside = true;
                kept.push(' ');
            }
            '>' => inside = false,
            c if !inside => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Tells `Bearer eyJhbGci…` from "bearer token is invalid".
fn looks_encoded(word: &str) -> bool {
    word.len() >= 16 || word.contains(|c: char| c.is_ascii_digit() || c == '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_quoted_headers_are_masked() {
        let text =
            "Authorization: Bearer abc123 refused;\n jwt=eyJ.eyJ.sig\u{7} (Basic YXBwOnNlY3JldA==)";
        let shown = clean(text, &["eyJ.eyJ.sig"], 200);
        assert_eq!(
            shown,
            "Authorization: Bearer [secret] refused; jwt=[secret] (Basic [secret]"
        );
        assert_eq!(
            clean("the bearer token is bad", &["", "is"], 200),
            "the bearer token is bad"
        );
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clean("äöüäöü", &[], 3), "äöü…");
    }

    #[test]
    fn a_page_loses_its_tags() {
        let page = without_tags("<html><head><title>502 Bad Gateway</title></head>\n</html>");
        assert_eq!(clean(&page, &[], 200), "502 Bad Gateway");
        assert_eq!(without_tags("1 < 2"), "1 < 2");
    }
}
