//! Contacts in CSV: RFC 4180, with a header.
//!
//! A table becomes the same tree as the YAML of its contacts, every part with its place in the table.
//! So all that is said of contacts holds for both forms.

use std::ops::Range;
use std::sync::Arc;

use csv_core::ReadFieldResult;

use crate::yaml::{Fault, FaultKind, Node, Place, Source, Value};

/// The columns that must be there, in any order. Others are passed over: exports have many.
const COLUMNS: [&str; 2] = ["name", "phoneNumber"];

struct Field {
    text: String,
    place: Place,
}

/// Reads a table of contacts; goes on after mistakes.
pub(super) fn parse(source: &Arc<Source>) -> (Option<Arc<Node>>, Vec<Fault>) {
    let mut faults = Vec::new();
    let all = place(source, 0..source.text.len());
    let mut records = records(source).into_iter();
    let header = records.next().unwrap_or_default();
    let [Some(name), Some(number)] = columns(&header, &all, &mut faults) else {
        return (None, faults);
    };
    let mut contacts = Vec::new();
    for record in records {
        let is_blank = record.iter().all(|field| field.text.trim().is_empty());
        let unclosed = record.iter().find(|field| !is_closed(field));
        let at = whole(&record, &all);
        let why = match (unclosed, record.get(number)) {
            // Spreadsheets write lines of nothing but commas.
            _ if is_blank && unclosed.is_none() => continue,
            (Some(field), _) => {
                let why = "these quotes do not close at the end of the column\n\
                           close them, and write a quote inside them twice";
                Err((why.to_owned(), field.place.clone()))
            }
            (None, _) if record.len() != header.len() => {
                let why = format!(
                    "columns: {} in this line, {} in the header\n\
                     every line has the columns of the header; put quotes around text with a comma",
                    record.len(),
                    header.len()
                );
                Err((why, at.clone()))
            }
            (None, Some(number)) if number.text.trim().is_empty() => {
                let why = "the phone number is missing\nadd it, or remove the line";
                Err((why.to_owned(), at.clone()))
            }
            _ => Ok(()),
        };
        if let Err((why, place)) = why {
            let kind = FaultKind::BadValue(why);
            faults.push(Fault { kind, place });
            continue;
        }
        let entries = [("phoneNumber", number), ("name", name)];
        let entries = entries.into_iter().filter_map(|(key, column)| {
            let field = record.get(column)?;
            let text = field.text.trim();
            (!text.is_empty()).then(|| (text_node(key, field), text_node(text, field)))
        });
        contacts.push(Node::new(Value::Map(entries.collect()), at));
    }
    // What was cut for its mistakes leaves a list that is shorter, not one that is empty.
    let is_lost = contacts.is_empty() && !faults.is_empty();
    let node = (!is_lost).then(|| Node::new(Value::List(contacts), all));
    (node, faults)
}

/// Where the columns stand.
fn columns(header: &[Field], all: &Place, faults: &mut Vec<Fault>) -> [Option<usize>; 2] {
    let found = COLUMNS.map(|column| {
        let is_it = |field: &&Field| field.text.trim().eq_ignore_ascii_case(column);
        let mut places = header.iter().filter(is_it);
        if let (Some(_), Some(second)) = (places.next(), places.next()) {
            faults.push(Fault {
                kind: FaultKind::DuplicateKey(column.to_owned()),
                place: second.place.clone(),
            });
        }
        header.iter().position(|field| is_it(&field))
    });
    let missing = COLUMNS.iter().zip(found).filter(|(_, at)| at.is_none());
    let missing: Vec<String> = missing.map(|(column, _)| format!("`{column}`")).collect();
    if !missing.is_empty() {
        let help = match header {
            [one] if one.text.contains([';', '\t']) => "part the columns with commas",
            _ => "the first line names the columns: `name,phoneNumber`",
        };
        let why = format!(
            "the header has no column {}\n{help}",
            missing.join(" and no ")
        );
        faults.push(Fault {
            kind: FaultKind::BadValue(why),
            place: whole(header, all),
        });
    }
    found
}

/// The lines that hold anything.
fn records(source: &Arc<Source>) -> Vec<Vec<Field>> {
    let text = source.text.as_bytes();
    let mut reader = csv_core::Reader::new();
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut buffer = vec![0; 256];
    let (mut start, mut at, mut written) = (0, 0, 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let room = buffer.get_mut(written..).unwrap_or_default();
        let (result, read, wrote) = reader.read_field(rest, room);
        at += read;
        written += wrote;
        match result {
            // Asked once more with nothing left, the reader knows that this was the end.
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::OutputFull => buffer.resize(buffer.len() * 2, 0),
            ReadFieldResult::Field { record_end } => {
                let said = buffer.get(..written).unwrap_or_default();
                record.push(Field {
                    text: String::from_utf8_lossy(said).into_owned(),
                    place: place(source, without_separators(source, start..at)),
                });
                (start, written) = (at, 0);
                if record_end {
                    records.push(std::mem::take(&mut record));
                }
            }
            ReadFieldResult::End => return records,
        }
    }
}

/// The bytes of a field without the comma or line ends around it.
fn without_separators(source: &Source, bytes: Range<usize>) -> Range<usize> {
    let raw = source.text.get(bytes.clone()).unwrap_or_default();
    let begins = raw.trim_start_matches(['\r', '\n']);
    let ends = match begins.strip_suffix(',') {
        Some(before) => before,
        None => begins.trim_end_matches(['\r', '\n']),
    };
    let start = bytes.end - begins.len();
    start..start + ends.len()
}

/// Whether the quotes of a field, where it has some, close at its end.
fn is_closed(field: &Field) -> bool {
    let Place { source, bytes } = &field.place;
    let raw = source.text.get(bytes.clone()).unwrap_or_default();
    !raw.starts_with('"') || raw.ends_with('"') && raw.matches('"').count() % 2 == 0
}

fn whole(record: &[Field], all: &Place) -> Place {
    match (record.first(), record.last()) {
        (Some(first), Some(last)) => Place {
            source: all.source.clone(),
            bytes: first.place.bytes.start..last.place.bytes.end,
        },
        _ => all.clone(),
    }
}

fn text_node(text: &str, field: &Field) -> Arc<Node> {
    let text = text.to_owned();
    let plain = false;
    Node::new(Value::Scalar { text, plain }, field.place.clone())
}

fn place(source: &Arc<Source>, bytes: Range<usize>) -> Place {
    Place {
        source: source.clone(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::types::Contacts;
    use crate::yaml;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    /// What a table says, and the mistakes in it with their lines and columns.
    fn read(text: &str) -> (Json, Vec<String>) {
        let (node, faults) = parse(&Source::new("vip.csv", text.to_owned()));
        let told = faults.into_iter().map(|fault| {
            let (line, column) = fault.place.line_column();
            let what = match fault.kind {
                FaultKind::BadValue(why) => why.split('\n').next().unwrap().to_owned(),
                other => format!("{other:?}"),
            };
            format!("{line}:{column} {what}")
        });
        let said = node.map_or(Json::Null, |node| node.to_json());
        (said, told.collect())
    }

    #[test]
    fn columns_come_in_any_order_and_case_and_others_are_passed_over() {
        let kristina = json!([{ "phoneNumber": "+16501111111", "name": "Kristina Grant" }]);
        for text in [
            "name,phoneNumber\nKristina Grant,+16501111111\n",
            "phoneNumber,name\r\n+16501111111,Kristina Grant\r\n",
            "ID,PHONENUMBER , Name,Note\n7, +16501111111 ,Kristina Grant,\"a, b\"",
            "\"name\",\"phoneNumber\"\r\n\r\n\"Kristina Grant\",\"+16501111111\"\r\n\r\n,\r\n",
        ] {
            assert_eq!(read(text), (kristina.clone(), vec![]), "{text}");
        }
    }

    #[test]
    fn quotes_hold_commas_quotes_and_line_ends() {
        let text = "name,phoneNumber\n\"Grant, \"\"Kris\"\"\nand sons\",+1650\n,+1651\n";
        let said = json!([
            { "phoneNumber": "+1650", "name": "Grant, \"Kris\"\nand sons" },
            { "phoneNumber": "+1651" },
        ]);
        assert_eq!(read(text), (said, vec![]));
    }

    #[test]
    fn mistakes_are_told_where_they_stand() {
        let text =
            "name,phoneNumber\nGrant, Kristina,+1650\nKim,\nJo,+1651\n  ,\"+1652\nPat,+1653\n";
        let (said, told) = read(text);
        assert_eq!(said, json!([{ "phoneNumber": "+1651", "name": "Jo" }]));
        let expected = [
            "2:1 columns: 3 in this line, 2 in the header",
            "3:1 the phone number is missing",
            "5:4 these quotes do not close at the end of the column",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_header_must_name_both_columns_once() {
        for (text, told) in [
            (
                "",
                "1:1 the header has no column `name` and no `phoneNumber`",
            ),
            (
                "name;phoneNumber\n",
                "1:1 the header has no column `name` and no `phoneNumber`",
            ),
            (
                "+1650,Kim\n",
                "1:1 the header has no column `name` and no `phoneNumber`",
            ),
            (
                "\nname,phone\nKim,+1650\n",
                "2:1 the header has no column `phoneNumber`",
            ),
            (
                "name,phoneNumber,Name\nKim,+1650,K\n",
                "1:18 DuplicateKey(\"name\")",
            ),
        ] {
            let (_, found) = read(text);
            assert_eq!(found, [told], "{text}");
        }
        assert_eq!(read("name,phoneNumber\n"), (json!([]), vec![]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What another program writes is read back: whatever the names hold, whichever ends the lines
        /// have, quoted or not.
        #[test]
        fn what_is_written_is_read_back(
            contacts in proptest::collection::vec(("[ -~\n\r\u{e9}\u{1f600}]{0,12}", "\\+[1-9][0-9]{3,14}"), 1..8),
            quoted in any::<bool>(),
            windows in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new();
            if quoted {
                writer.quote_style(csv::QuoteStyle::Always);
            }
            if windows {
                writer.terminator(csv::Terminator::CRLF);
            }
            let mut writer = writer.from_writer(Vec::new());
            writer.write_record(["name", "phoneNumber"]).unwrap();
            for (name, number) in &contacts {
                writer.write_record([name, number]).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (node, faults) = parse(&Source::new("", text.clone()));
            prop_assert_eq!(&faults, &[]);
            let node = node.unwrap();
            let (typed, faults) = yaml::read::<Contacts>(&node);
            prop_assert_eq!(&faults, &[]);
            prop_assert_eq!(typed.unwrap().0.len(), contacts.len());
            let said: Vec<Json> = contacts.iter().map(|(name, number)| match name.trim() {
                "" => json!({ "phoneNumber": number }),
                name => json!({ "phoneNumber": number, "name": name }),
            }).collect();
            prop_assert_eq!(node.to_json(), Json::from(said), "{}", text);
        }

        /// Whatever a table holds, there is an answer, and its places lie in the table.
        #[test]
        fn no_text_breaks_the_reader(text in "(name,phoneNumber\n)?[a+1,\"\r\n\u{e9} ]{0,40}") {
            let (_, faults) = parse(&Source::new("", text.clone()));
            for fault in faults {
                prop_assert!(text.get(fault.place.bytes.clone()).is_some(), "{:?}", fault.place.bytes);
            }
        }
    }
}
