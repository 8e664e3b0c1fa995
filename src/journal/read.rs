//! Reads a journal back.

use std::collections::HashMap;

use serde::Deserialize;
use thiserror::Error;

use super::chain::Chain;
use super::{Begun, Doubted, End, Ended, FORMAT_VERSION, Header, Journal, Settled, Write};

/// Why a text is no journal.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It has no first line of ours.
    #[error(
        "this is not a journal of callrules: its first line is no header, as also where a run was killed \
         before it wrote anything"
    )]
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
/// over, and the journal says so: what it told was not sent, or is without an outcome.
///
/// # Errors
/// When the text is no journal, or has been changed.
pub fn read(text: &str) -> Result<Journal, Unreadable> {
    let first = text.split_inclusive('\n').next();
    let first = first.filter(|line| line.ends_with('\n'));
    let header = first.and_then(|line| serde_json::from_str::<Header>(line).ok());
    let header = header.ok_or(Unreadable::NoHeader)?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&header.journal) != major(FORMAT_VERSION) {
        return Err(Unreadable::OtherFormat(header.journal));
    }
    let mut chain = Chain::default();
    let mut end = End::Early;
    let mut writes: Vec<Write> = Vec::new();
    let mut by_number: HashMap<usize, usize> = HashMap::new();
    for (text, line) in text.split_inclusive('\n').zip(1..) {
        let wrong = |why: &str| Unreadable::Line {
            line,
            why: why.to_owned(),
        };
        if !text.ends_with('\n') {
            end = End::Torn(line);
            break;
        }
        chain.take(text).map_err(|why| wrong(&why))?;
        if line == 1 {
            continue;
        }
        if matches!(end, End::Orderly(_)) {
            return Err(wrong("the journal has ended before this line"));
        }
        match serde_json::from_str::<Line>(text) {
            Ok(Line::Begun(begun)) => {
                if by_number.insert(begun.write, writes.len()).is_some() {
                    return Err(wrong("this write began before"));
                }
                let begun = *begun;
                writes.push(Write {
                    begun,
                    settled: None,
                    doubted: None,
                });
            }
            Ok(Line::Settled(settled)) => {
                let write = by_number.get(&settled.write).map(|at| &mut writes[*at]);
                let write = write.ok_or_else(|| wrong("this write never began"))?;
                if write.settled.replace(settled).is_some() {
                    return Err(wrong("this write was settled before"));
                }
            }
            Ok(Line::Doubted(doubted)) => {
                let write = by_number.get(&doubted.write).map(|at| &mut writes[*at]);
                let write = write.filter(|write| write.settled.is_some());
                let write = write.ok_or_else(|| wrong("this write was never settled"))?;
                if write.doubted.replace(doubted).is_some() {
                    return Err(wrong("this write was doubted before"));
                }
            }
            Ok(Line::Ended(Ended { ended_at })) => end = End::Orderly(ended_at),
            Err(error) => return Err(wrong(&format!("this is no line of a journal: {error}"))),
        }
    }
    Ok(Journal {
        header,
        writes,
        end,
    })
}

/// A line after the first: told apart by their keys.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Begun(Box<Begun>),
    Settled(Settled),
    Doubted(Doubted),
    Ended(Ended),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::account::{Method, Request};
    use crate::engine::{Action, Change, Resource};
    use crate::journal::{Outcome, Record, Whose, Writer};
    use crate::model::ExtensionId;
    use proptest::prelude::*;
    use serde_json::{Value, json};

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
        let doubted = Doubted {
            write: 1,
            time: "2026-11-20T23:00:03Z".to_owned(),
            doubt: "there are two".to_owned(),
            twins: vec!["8".to_owned()],
        };
        let ended_at = "2026-11-20T23:00:03Z".to_owned();
        let ended = json!({ "endedAt": ended_at });
        let text = chained(&[
            json!(header),
            json!(begun(1)),
            json!(begun(2)),
            json!(settled),
            json!(doubted),
            ended,
        ]);
        let first = Write {
            begun: begun(1),
            settled: Some(settled),
            doubted: Some(doubted),
        };
        let second = Write {
            begun: begun(2),
            settled: None,
            doubted: None,
        };
        let journal = Journal {
            header,
            writes: vec![first, second],
            end: End::Orderly(ended_at),
        };
        (text, journal)
    }

    fn chained(lines: &[Value]) -> String {
        let mut chain = Chain::default();
        lines.iter().map(|line| chain.line(line).unwrap()).collect()
    }

    #[test]
    fn what_is_written_is_read_wherever_the_program_was_stopped() {
        let (text, whole) = journal();
        assert_eq!(read(&text).unwrap(), whole);
        let header = text.find('\n').unwrap() + 1;
        for end in (header..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = read(&text[..end]).unwrap();
            let lines = text[..end].matches('\n').count();
            assert_eq!(cut.writes.len(), (lines - 1).min(2));
            assert_eq!(
                cut.end,
                match text[..end].ends_with('\n') {
                    true => End::Early,
                    false => End::Torn(lines + 1),
                }
            );
            for (cut, whole) in cut.writes.iter().zip(&whole.writes) {
                assert_eq!(cut.begun, whole.begun);
            }
        }
    }

    #[test]
    fn what_is_no_journal_is_refused_with_its_line() {
        let (text, _) = journal();
        assert!(matches!(read(""), Err(Unreadable::NoHeader)));
        assert!(matches!(read("{}\n"), Err(Unreadable::NoHeader)));
        let other = text.replacen("\"2.1\"", "\"1.0\"", 1);
        assert!(matches!(read(&other), Err(Unreadable::OtherFormat(_))));
        let told = |text: &str| read(text).unwrap_err().to_string();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert_eq!(
            told(&[lines[0], lines[2], lines[3]].concat()),
            "line 2: line 2 of the journal belongs here, and this is its line 3: lines were removed, added \
             or moved"
        );
        assert_eq!(
            told(&text.replace("101", "102")),
            "line 2: the checksum does not fit: this line is not as it was written"
        );
        assert_eq!(
            told(&format!("{}nonsense\n", lines[0])),
            "line 2: this is no line of a journal"
        );
    }

    /// Nobody but us makes such a chain.
    #[test]
    fn a_chain_of_nonsense_is_refused_too() {
        let (text, _) = journal();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut lines: Vec<Value> = lines.collect();
        for line in &mut lines {
            let keys = line.as_object_mut().unwrap();
            keys.shift_remove("line");
            keys.shift_remove("checksum");
        }
        let [header, begun, _, settled, doubted, ended] = &lines[..] else {
            panic!("{lines:#?}");
        };
        for (wrong, at) in [
            (vec![header, begun, begun], 3),
            (vec![header, settled, begun], 2),
            (vec![header, begun, settled, settled], 4),
            (vec![header, begun, doubted, settled], 3),
            (vec![header, begun, settled, doubted, doubted], 5),
            (vec![header, begun, ended, settled], 4),
            (vec![header, header], 2),
        ] {
            let wrong: Vec<Value> = wrong.into_iter().cloned().collect();
            let Err(Unreadable::Line { line, .. }) = read(&chained(&wrong)) else {
                panic!("{wrong:#?}");
            };
            assert_eq!(line, at);
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
        writer.end().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.lines()
                .last()
                .unwrap()
                .starts_with("{\"line\":3,\"endedAt\":")
        );
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

        #[test]
        fn a_line_that_is_not_where_or_as_it_was_is_refused(
            way in 0..4_u8, one in 0..6_usize, other in 0..6_usize, at in 0..2000_usize, with in any::<char>(),
        ) {
            let (text, _) = journal();
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            match way {
                // Without its last line it is one of a run that was killed.
                0 => drop(lines.remove(one.min(4))),
                1 => lines.swap(one, other),
                2 => lines.insert(other, lines[one].clone()),
                _ => {
                    let mut chars: Vec<char> = lines[one].chars().collect();
                    // Without its last newline too.
                    let at = at % (chars.len() - 1);
                    chars[at] = with;
                    lines[one] = chars.into_iter().collect();
                }
            }
            let changed = lines.concat();
            prop_assert!(changed == text || read(&changed).is_err(), "{}", changed);
        }
    }
}
