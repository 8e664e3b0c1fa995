//! Reads a journal back.

use std::collections::HashMap;

use serde::Deserialize;
use thiserror::Error;

use super::{Begun, FORMAT_VERSION, Header, Journal, Settled, Write};

/// Why a text is no journal.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It has no first line of ours.
    #[error("this is not a journal of callrules: its first line is no header")]
    NoHeader,
    /// It has another form.
    #[error("this journal has format {0}, and this version reads {FORMAT_VERSION}")]
    OtherFormat(String),
    /// A line is not what it should be.
    #[error("line {line}: {why}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads the text of a journal. A last line that was cut off in the middle of being written is passed
/// over: what it tells was not sent, or is without an outcome.
///
/// # Errors
/// When the text is no journal, or has been changed.
pub fn read(text: &str) -> Result<Journal, Unreadable> {
    let mut lines = text.split_inclusive('\n').zip(1..);
    let header = lines.next().filter(|(line, _)| line.ends_with('\n'));
    let header = header.and_then(|(line, _)| serde_json::from_str::<Header>(line).ok());
    let header = header.ok_or(Unreadable::NoHeader)?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&header.journal) != major(FORMAT_VERSION) {
        return Err(Unreadable::OtherFormat(header.journal));
    }
    let mut writes: Vec<Write> = Vec::new();
    let mut by_number: HashMap<usize, usize> = HashMap::new();
    for (text, line) in lines {
        let wrong = |why: &str| Unreadable::Line {
            line,
            why: why.to_owned(),
        };
        match serde_json::from_str::<Line>(text) {
            Ok(Line::Begun(begun)) => {
                if by_number.insert(begun.write, writes.len()).is_some() {
                    return Err(wrong("this write began before"));
                }
                let begun = *begun;
                writes.push(Write {
                    begun,
                    settled: None,
                });
            }
            Ok(Line::Settled(settled)) => {
                let write = by_number.get(&settled.write).map(|at| &mut writes[*at]);
                let write = write.ok_or_else(|| wrong("this write never began"))?;
                if write.settled.replace(settled).is_some() {
                    return Err(wrong("this write was settled before"));
                }
            }
            Err(_) if !text.ends_with('\n') => {}
            Err(error) => return Err(wrong(&format!("this is no line of a journal: {error}"))),
        }
    }
    Ok(Journal { header, writes })
}

/// A line after the first: told apart by their keys.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Begun(Box<Begun>),
    Settled(Settled),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::account::{Method, Request};
    use crate::engine::{Action, Change, Resource};
    use crate::journal::{Outcome, Record, Whose, Writer};
    use crate::model::ExtensionId;
    use proptest::prelude::*;
    use serde_json::json;

    fn journal() -> (String, Journal) {
        let header = Header {
            journal: FORMAT_VERSION.to_owned(),
            callrules: "0.1.0".to_owned(),
            account: "37439510".to_owned(),
            server: "here".to_owned(),
            started_at: "2026-11-20T23:00:00Z".to_owned(),
        };
        let change = Change {
            action: Action::Create,
            resource: Resource::InteractionRule,
            name: "Late".to_owned(),
            rule_id: None,
            reason: None,
            fields: Vec::new(),
            request: Request {
                method: Method::Post,
                path: "/restapi/v2/…".to_owned(),
                body: Some(json!({ "displayName": "Late" })),
            },
        };
        let begun = |write| Begun {
            write,
            time: "2026-11-20T23:00:01Z".to_owned(),
            user: Whose {
                id: ExtensionId("1001".to_owned()),
                extension_number: Some("101".to_owned()),
                name: "Alex".to_owned(),
            },
            change: change.clone(),
            record: Record::default(),
        };
        let settled = Settled {
            write: 1,
            time: "2026-11-20T23:00:02Z".to_owned(),
            outcome: Outcome::Done,
            after: Some(json!({ "id": "7", "displayName": "Late" })),
        };
        let line = |value: serde_json::Value| format!("{value}\n");
        let text = [
            line(json!(header)),
            line(json!(begun(1))),
            line(json!(begun(2))),
            line(json!(settled)),
        ]
        .concat();
        let first = Write {
            begun: begun(1),
            settled: Some(settled),
        };
        let second = Write {
            begun: begun(2),
            settled: None,
        };
        let writes = vec![first, second];
        (text, Journal { header, writes })
    }

    #[test]
    fn what_is_written_is_read_wherever_the_program_was_stopped() {
        let (text, whole) = journal();
        assert_eq!(read(&text).unwrap(), whole);
        let header = text.find('\n').unwrap() + 1;
        for end in (header..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let torn = read(&text[..end]).unwrap();
            let lines = text[..end].matches('\n').count();
            let begun = torn.writes.len();
            assert!(begun == lines.saturating_sub(1).min(2) || text[..end].ends_with('}'));
            for (torn, whole) in torn.writes.iter().zip(&whole.writes) {
                assert_eq!(torn.begun, whole.begun);
            }
        }
    }

    #[test]
    fn what_is_no_journal_is_refused_with_its_line() {
        let (text, _) = journal();
        assert!(matches!(read(""), Err(Unreadable::NoHeader)));
        assert!(matches!(read("{}\n"), Err(Unreadable::NoHeader)));
        let other = text.replacen("\"1.0\"", "\"2.0\"", 1);
        assert!(matches!(read(&other), Err(Unreadable::OtherFormat(_))));
        let lines: Vec<&str> = text.lines().collect();
        for (wrong, line) in [
            ([lines[0], lines[1], lines[1]], 3),
            ([lines[0], lines[3], lines[1]], 2),
            ([lines[0], "{\"write\": 1}", lines[1]], 2),
        ] {
            let text = wrong.join("\n") + "\n";
            let Err(Unreadable::Line { line: told, .. }) = read(&text) else {
                panic!("{text}");
            };
            assert_eq!(told, line);
        }
    }

    #[test]
    fn a_journal_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let (_, whole) = journal();
        let clock = || "2026-11-20T23:00:03Z".to_owned();
        let mut writer = Writer::begin(&path, &whole.header, clock).unwrap();
        assert!(Writer::begin(&path, &whole.header, clock).is_err());
        writer.settled(1, Outcome::Done, None).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(at in 0..2000_usize, with in "\\PC{0,8}", cut in 0..20_usize) {
            let (mut text, _) = journal();
            let boundary = |text: &str, at: usize| {
                let mut at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let from = boundary(&text, at);
            let to = boundary(&text, from + cut).max(from);
            text.replace_range(from..to, &with);
            let _ = read(&text);
        }
    }
}
