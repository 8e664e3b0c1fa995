//! Parses and verifies a journal.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::checksum_chain::ChecksumChain;
use super::{
    ApplyJournal, DuplicateSuspected, FORMAT_VERSION, JournalEnd, JournalHeader, MismatchFound,
    RunFinished, WriteFinished, WriteRecord, WriteStarted,
};

/// The reason why a text is not a usable journal.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The first line is not a journal header.
    #[error(
        "not a callrules journal: its first line is not a header (or the run was killed before its \
         first write)"
    )]
    NoHeader,
    /// The journal has another major format version.
    #[error("the journal has format {0}, but this version of callrules reads {FORMAT_VERSION}")]
    UnsupportedFormat(String),
    /// A line is damaged, out of place or invalid.
    #[error("line {line}: {reason}")]
    InvalidLine {
        /// The line number, counted from 1.
        line: usize,
        /// The problem with the line.
        reason: String,
    },
}

/// Parses the text of a journal. An incomplete last line is skipped, and the journal is reported as
/// truncated. The write of that line was not sent, or its outcome is unknown.
///
/// # Errors
/// If the text is not a journal, or has been changed.
pub fn parse_journal(text: &str) -> Result<ApplyJournal, JournalError> {
    let header = text
        .split_inclusive('\n')
        .next()
        .filter(|line| line.ends_with('\n'))
        .and_then(|line| serde_json::from_str::<JournalHeader>(line).ok())
        .ok_or(JournalError::NoHeader)?;
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(&header.journal) != major(FORMAT_VERSION) {
        return Err(JournalError::UnsupportedFormat(header.journal));
    }
    let mut chain = ChecksumChain::default();
    let mut end = JournalEnd::Missing;
    let mut writes: BTreeMap<usize, WriteRecord> = BTreeMap::new();
    for (text, line) in text.split_inclusive('\n').zip(1..) {
        let invalid = |reason: &str| JournalError::InvalidLine {
            line,
            reason: reason.to_owned(),
        };
        if !text.ends_with('\n') {
            end = JournalEnd::Truncated(line);
            break;
        }
        chain.verify_line(text).map_err(|reason| invalid(&reason))?;
        if line == 1 {
            continue;
        }
        if matches!(end, JournalEnd::Clean(_)) {
            return Err(invalid("the line is after the end of the journal"));
        }
        match serde_json::from_str::<JournalLine>(text) {
            Ok(JournalLine::Started(started)) => {
                let number = started.write;
                let write = WriteRecord {
                    started: *started,
                    finished: None,
                    duplicate: None,
                    mismatch: None,
                };
                if writes.insert(number, write).is_some() {
                    return Err(invalid("the write has already started"));
                }
            }
            Ok(JournalLine::Finished(finished)) => {
                let write = writes.get_mut(&finished.write);
                let write = write.ok_or_else(|| invalid("the write was never started"))?;
                if write.finished.replace(finished).is_some() {
                    return Err(invalid("the write has already finished"));
                }
            }
            Ok(JournalLine::Duplicate(duplicate)) => {
                let write = writes.get_mut(&duplicate.write);
                let write = write
                    .filter(|write| write.finished.is_some())
                    .ok_or_else(|| invalid("the write never finished"))?;
                if write.duplicate.replace(duplicate).is_some() {
                    return Err(invalid("the write already has a duplicate check"));
                }
            }
            Ok(JournalLine::Mismatch(mismatch)) => {
                let write = writes.get_mut(&mismatch.write);
                let write = write
                    .filter(|write| write.finished.is_some())
                    .ok_or_else(|| invalid("the write never finished"))?;
                if write.mismatch.replace(mismatch).is_some() {
                    return Err(invalid("the write was already read back"));
                }
            }
            Ok(JournalLine::RunFinished(RunFinished { ended_at })) => {
                end = JournalEnd::Clean(ended_at);
            }
            Err(error) => return Err(invalid(&format!("not a line of a journal: {error}"))),
        }
    }
    Ok(ApplyJournal {
        header,
        writes: writes.into_values().collect(),
        end,
    })
}

/// A line after the header, identified by its keys.
#[derive(Deserialize)]
#[serde(untagged)]
enum JournalLine {
    Started(Box<WriteStarted>),
    Finished(WriteFinished),
    Duplicate(DuplicateSuspected),
    Mismatch(MismatchFound),
    RunFinished(RunFinished),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{JournalWriter, PriorState, UserRef, WriteOutcome};
    use crate::model::ExtensionId;
    use crate::reconcile::account::{WriteMethod, WriteRequest};
    use crate::reconcile::{ChangeAction, ChangeOrigin, PlannedChange, ResourceKind};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn journal() -> (String, ApplyJournal) {
        let header = JournalHeader {
            journal: FORMAT_VERSION.to_owned(),
            callrules: "0.1.0".to_owned(),
            account: "37439510".to_owned(),
            server: "here".to_owned(),
            started_at: "2026-11-20T23:00:00Z".to_owned(),
        };
        let change = PlannedChange {
            action: ChangeAction::Create,
            resource: ResourceKind::InteractionRule,
            name: "Late".to_owned(),
            rule_id: None,
            reason: None,
            origin: ChangeOrigin::Unknown,
            fields: Vec::new(),
            request: WriteRequest {
                method: WriteMethod::Post,
                path: "/restapi/v2/…".to_owned(),
                body: Some(json!({ "displayName": "Late" })),
            },
        };
        let started = |write| WriteStarted {
            write,
            time: "2026-11-20T23:00:01Z".to_owned(),
            user: UserRef {
                id: ExtensionId("1001".to_owned()),
                extension_number: Some("101".to_owned()),
                name: "Alex".to_owned(),
            },
            change: change.clone(),
            prior: PriorState::default(),
        };
        let finished = WriteFinished {
            write: 1,
            time: "2026-11-20T23:00:02Z".to_owned(),
            outcome: WriteOutcome::Done,
            after: Some(json!({ "id": "7", "displayName": "Late" })),
        };
        let duplicate = DuplicateSuspected {
            write: 1,
            time: "2026-11-20T23:00:03Z".to_owned(),
            problem: "there are two".to_owned(),
            duplicate_ids: vec!["8".to_owned()],
        };
        let ended_at = "2026-11-20T23:00:03Z".to_owned();
        let run_finished = json!({ "endedAt": ended_at });
        let text = chained(&[
            json!(header),
            json!(started(1)),
            json!(started(2)),
            json!(finished),
            json!(duplicate),
            run_finished,
        ]);
        let first = WriteRecord {
            started: started(1),
            finished: Some(finished),
            duplicate: Some(duplicate),
            mismatch: None,
        };
        let second = WriteRecord {
            started: started(2),
            finished: None,
            duplicate: None,
            mismatch: None,
        };
        let journal = ApplyJournal {
            header,
            writes: vec![first, second],
            end: JournalEnd::Clean(ended_at),
        };
        (text, journal)
    }

    fn chained(lines: &[Value]) -> String {
        let mut chain = ChecksumChain::default();
        lines
            .iter()
            .map(|line| chain.next_line(line).unwrap())
            .collect()
    }

    #[test]
    fn stored_resource_replaces_the_response() {
        let (text, _) = journal();
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let stored = json!({ "id": "7", "displayName": "Late", "enabled": false });
        let mismatch = MismatchFound {
            write: 1,
            time: "2026-11-20T23:00:03Z".to_owned(),
            problem: "not stored".to_owned(),
            stored: Some(stored.clone()),
        };
        let without_checksums = lines.into_iter().take(4).map(|mut line| {
            let keys = line.as_object_mut().unwrap();
            keys.retain(|key, _| !["line", "checksum"].contains(&&**key));
            line
        });
        let lines: Vec<Value> = without_checksums.chain([json!(mismatch)]).collect();
        let parsed = parse_journal(&chained(&lines)).unwrap();
        assert_eq!(parsed.writes[0].mismatch, Some(mismatch));
        assert_eq!(parsed.writes[0].to_journaled_write().after, Some(&stored));
    }

    #[test]
    fn journal_is_readable_wherever_the_run_was_stopped() {
        let (text, complete) = journal();
        assert_eq!(parse_journal(&text).unwrap(), complete);
        let header = text.find('\n').unwrap() + 1;
        for end in (header..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = parse_journal(&text[..end]).unwrap();
            let lines = text[..end].matches('\n').count();
            assert_eq!(cut.writes.len(), (lines - 1).min(2));
            assert_eq!(
                cut.end,
                if text[..end].ends_with('\n') {
                    JournalEnd::Missing
                } else {
                    JournalEnd::Truncated(lines + 1)
                }
            );
            for (actual, expected) in cut.writes.iter().zip(&complete.writes) {
                assert_eq!(actual.started, expected.started);
            }
        }
    }

    #[test]
    fn invalid_journal_is_rejected_with_its_line() {
        let (text, _) = journal();
        assert!(matches!(parse_journal(""), Err(JournalError::NoHeader)));
        assert!(matches!(parse_journal("{}\n"), Err(JournalError::NoHeader)));
        let other = text.replacen(FORMAT_VERSION, "1.0", 1);
        assert!(matches!(
            parse_journal(&other),
            Err(JournalError::UnsupportedFormat(_))
        ));
        let error = |text: &str| parse_journal(text).unwrap_err().to_string();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        assert_eq!(
            error(&[lines[0], lines[2], lines[3]].concat()),
            "line 2: expected line 2 of the journal, found its line 3: lines were removed, added or \
             moved"
        );
        assert_eq!(
            error(&text.replace("101", "102")),
            "line 2: the checksum does not match: the line was changed"
        );
        assert_eq!(
            error(&format!("{}nonsense\n", lines[0])),
            "line 2: not a line of a journal"
        );
    }

    /// A valid checksum chain does not make up for lines in the wrong order.
    #[test]
    fn lines_in_wrong_order_are_rejected_despite_valid_checksums() {
        let (text, _) = journal();
        let mut lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        for line in &mut lines {
            let keys = line.as_object_mut().unwrap();
            keys.shift_remove("line");
            keys.shift_remove("checksum");
        }
        let [header, started, _, finished, duplicate, end] = &lines[..] else {
            panic!("{lines:#?}");
        };
        for (lines, expected_line) in [
            (vec![header, started, started], 3),
            (vec![header, finished, started], 2),
            (vec![header, started, finished, finished], 4),
            (vec![header, started, duplicate, finished], 3),
            (vec![header, started, finished, duplicate, duplicate], 5),
            (vec![header, started, end, finished], 4),
            (vec![header, header], 2),
        ] {
            let lines: Vec<Value> = lines.into_iter().cloned().collect();
            let Err(JournalError::InvalidLine { line, .. }) = parse_journal(&chained(&lines))
            else {
                panic!("{lines:#?}");
            };
            assert_eq!(line, expected_line);
        }
    }

    #[test]
    fn journal_never_overwrites_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let (_, journal) = journal();
        let clock = || "2026-11-20T23:00:03Z".to_owned();
        let mut writer = JournalWriter::create(&path, &journal.header, clock).unwrap();
        assert!(JournalWriter::create(&path, &journal.header, clock).is_err());
        writer.record_outcome(1, WriteOutcome::Done, None).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        writer.record_end().unwrap();
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
        fn arbitrary_edits_never_panic(at in 0..2000_usize, with in "\\PC{0,8}", cut in 0..20_usize) {
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
            let _ = parse_journal(&text);
        }

        #[test]
        fn moved_or_changed_line_is_rejected(
            edit in 0..4_u8, one in 0..6_usize, other in 0..6_usize, at in 0..2000_usize, with in any::<char>(),
        ) {
            let (text, _) = journal();
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            match edit {
                // Without its last line it is the valid journal of a killed run.
                0 => drop(lines.remove(one.min(4))),
                1 => lines.swap(one, other),
                2 => lines.insert(other, lines[one].clone()),
                _ => {
                    let mut chars: Vec<char> = lines[one].chars().collect();
                    // The change must not hit the newline, which would truncate the last line.
                    let at = at % (chars.len() - 1);
                    chars[at] = with;
                    lines[one] = chars.into_iter().collect();
                }
            }
            let changed = lines.concat();
            prop_assert!(changed == text || parse_journal(&changed).is_err(), "{}", changed);
        }
    }
}
