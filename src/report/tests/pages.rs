//! Tests of the HTML pages.

use super::*;

/// A name cannot become markup.
#[test]
fn names_are_only_text() {
    let evil = "<script>alert(1)</script>\"' onload=x &amp;";
    let handling = CallHandling {
        rules: Some(vec![rule(
            evil,
            calls_from(&["+16501111111"]),
            forwarding_to("+1408"),
        )]),
        ..office_handling()
    };
    let pages = render_report(evil, report_user(Some(office_handling()), handling));
    assert_eq!(pages.len(), 2);
    for page in &pages {
        let html = &page.html;
        assert!(!html.to_lowercase().contains("<script"), "{}", page.name);
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
            "{}",
            page.name
        );
        assert!(html.contains("&amp;amp;"), "{}", page.name);
        for word in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!html.contains(word), "{} asks for {word}", page.name);
        }
        assert!(page_names::is_page(&page.name), "{}", page.name);
    }
}

#[test]
fn the_same_makes_the_same_pages() {
    let make = || {
        render_report(
            "Alex Morgan",
            report_user(Some(CallHandling::default()), office_handling()),
        )
    };
    assert_eq!(make(), make());
}

/// Snapshots the text of a page as a screen reader presents it.
#[test]
fn a_page_reads_well() {
    let pages = render_report("Alex Morgan", report_user(None, office_handling()));
    let (_, body) = pages[1].html.split_once("<body").unwrap();
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        let (tag, words) = part.split_once('>').unwrap();
        let is_inline = ["b", "/b", "span", "/span", "a", "/a"]
            .iter()
            .any(|name| tag.split(' ').next() == Some(name));
        text += if is_inline { "" } else { "\n" };
        text += words;
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
