//! Reads contacts in CSV (RFC 4180) with a header.
//!
//! A table becomes the same tree as the equivalent YAML, with spans into the table, so that all
//! checks of contacts apply to both formats.

use std::ops::Range;
use std::sync::Arc;

use csv_core::ReadFieldResult;

use crate::yaml::{SourceFile, SourceSpan, YamlError, YamlErrorKind, YamlNode, YamlValue};

/// The required columns, in any order. Other columns are ignored, because exports have many.
const COLUMNS: [&str; 2] = ["name", "phoneNumber"];

struct CsvField {
    text: String,
    span: SourceSpan,
}

/// Parses a table of contacts. Continues after errors and returns all of them.
pub(super) fn parse_csv(source: &Arc<SourceFile>) -> (Option<Arc<YamlNode>>, Vec<YamlError>) {
    let mut errors = Vec::new();
    let all = SourceSpan::new(source, 0..source.text.len());
    let mut records = read_records(source).into_iter();
    let header = records.next().unwrap_or_default();
    let [Some(name), Some(number)] = find_columns(&header, &all, &mut errors) else {
        return (None, errors);
    };
    let mut contacts = Vec::new();
    for record in records {
        let is_blank = record.iter().all(|field| field.text.trim().is_empty());
        let unclosed = record.iter().find(|field| !is_closed(field));
        let at = whole_span(&record, &all);
        let check = match (unclosed, record.get(number)) {
            // Spreadsheets export empty rows as lines of commas.
            _ if is_blank && unclosed.is_none() => continue,
            (Some(field), _) => {
                let why = "these quotes are not closed at the end of the column\n\
                           close them, and double each quote inside them";
                Err((why.to_owned(), field.span.clone()))
            }
            (None, _) if record.len() != header.len() => {
                let why = format!(
                    "columns: {} in this line, {} in the header\n\
                     use the same columns in every line; put quotes around text that contains a comma",
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
        if let Err((why, span)) = check {
            let kind = YamlErrorKind::InvalidValue(why);
            errors.push(YamlError { kind, span });
            continue;
        }
        let columns = [("phoneNumber", number), ("name", name)];
        let entries = columns.into_iter().filter_map(|(key, column)| {
            let field = record.get(column)?;
            let text = field.text.trim();
            (!text.is_empty()).then(|| (text_node_at(key, field), text_node_at(text, field)))
        });
        contacts.push(YamlNode::new(YamlValue::Map(entries.collect()), at));
    }
    // If every line has an error, an empty list would only lead to a second, misleading finding.
    let all_invalid = contacts.is_empty() && !errors.is_empty();
    let node = (!all_invalid).then(|| YamlNode::new(YamlValue::List(contacts), all));
    (node, errors)
}

/// Finds the indexes of the required columns in the header.
fn find_columns(
    header: &[CsvField],
    all: &SourceSpan,
    errors: &mut Vec<YamlError>,
) -> [Option<usize>; 2] {
    let indexes = COLUMNS.map(|column| {
        let matches = |field: &&CsvField| field.text.trim().eq_ignore_ascii_case(column);
        let mut occurrences = header.iter().filter(matches);
        if let (Some(_), Some(second)) = (occurrences.next(), occurrences.next()) {
            errors.push(YamlError {
                kind: YamlErrorKind::DuplicateKey {
                    key: column.to_owned(),
                    first_line: 1,
                },
                span: second.span.clone(),
            });
        }
        header.iter().position(|field| matches(&field))
    });
    let missing = COLUMNS
        .iter()
        .zip(indexes)
        .filter(|(_, index)| index.is_none());
    let missing: Vec<String> = missing.map(|(column, _)| format!("`{column}`")).collect();
    if !missing.is_empty() {
        let help = match header {
            [one] if one.text.contains([';', '\t']) => "separate the columns with commas",
            _ => "put the column names into the first line: `name,phoneNumber`",
        };
        let why = format!(
            "the header has no column {}\n{help}",
            missing.join(" and no ")
        );
        errors.push(YamlError {
            kind: YamlErrorKind::InvalidValue(why),
            span: whole_span(header, all),
        });
    }
    indexes
}

/// Splits a table into records, without empty lines.
fn read_records(source: &Arc<SourceFile>) -> Vec<Vec<CsvField>> {
    let text = source.text.as_bytes();
    let mut reader = csv_core::Reader::new();
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut buffer = vec![0; 256];
    let (mut start, mut at, mut written) = (0, 0, 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let output = buffer.get_mut(written..).unwrap_or_default();
        let (result, read, wrote) = reader.read_field(rest, output);
        at += read;
        written += wrote;
        match result {
            // The reader reports the end when it is called again without input.
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::OutputFull => buffer.resize(buffer.len() * 2, 0),
            ReadFieldResult::Field { record_end } => {
                let field = buffer.get(..written).unwrap_or_default();
                record.push(CsvField {
                    text: String::from_utf8_lossy(field).into_owned(),
                    span: SourceSpan::new(source, without_separators(source, start..at)),
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

/// Returns the byte range of a field without the comma or line ends around it.
fn without_separators(source: &SourceFile, bytes: Range<usize>) -> Range<usize> {
    let raw = source.text.get(bytes.clone()).unwrap_or_default();
    let trimmed = raw.trim_start_matches(['\r', '\n']);
    let content = match trimmed.strip_suffix(',') {
        Some(before) => before,
        None => trimmed.trim_end_matches(['\r', '\n']),
    };
    let start = bytes.end - trimmed.len();
    start..start + content.len()
}

/// Returns whether a field is unquoted, or its quotes close at its end.
fn is_closed(field: &CsvField) -> bool {
    let SourceSpan { source, bytes } = &field.span;
    let raw = source.text.get(bytes.clone()).unwrap_or_default();
    !raw.starts_with('"') || raw.ends_with('"') && raw.matches('"').count() % 2 == 0
}

fn whole_span(record: &[CsvField], all: &SourceSpan) -> SourceSpan {
    match (record.first(), record.last()) {
        (Some(first), Some(last)) => {
            let bytes = first.span.bytes.start..last.span.bytes.end;
            SourceSpan::new(&all.source, bytes)
        }
        _ => all.clone(),
    }
}

fn text_node_at(text: &str, field: &CsvField) -> Arc<YamlNode> {
    let value = YamlValue::Scalar {
        text: text.to_owned(),
        is_plain: false,
    };
    YamlNode::new(value, field.span.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::types::ContactsFile;
    use crate::yaml;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    /// Parses a table and returns its contacts, and its errors with lines and columns.
    fn read(text: &str) -> (Json, Vec<String>) {
        let (node, errors) = parse_csv(&SourceFile::new("vip.csv", text.to_owned()));
        let messages = errors.into_iter().map(|error| {
            let (line, column) = error.span.line_column();
            let message = match error.kind {
                YamlErrorKind::InvalidValue(why) => why.split('\n').next().unwrap().to_owned(),
                other => format!("{other:?}"),
            };
            format!("{line}:{column} {message}")
        });
        let contacts = node.map_or(Json::Null, |node| node.to_json());
        (contacts, messages.collect())
    }

    #[test]
    fn columns_match_in_any_order_and_case_and_others_are_ignored() {
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
    fn quoted_fields_may_contain_commas_quotes_and_line_ends() {
        let text = "name,phoneNumber\n\"Grant, \"\"Kris\"\"\nand sons\",+1650\n,+1651\n";
        let contacts = json!([
            { "phoneNumber": "+1650", "name": "Grant, \"Kris\"\nand sons" },
            { "phoneNumber": "+1651" },
        ]);
        assert_eq!(read(text), (contacts, vec![]));
    }

    #[test]
    fn errors_have_line_and_column() {
        let text =
            "name,phoneNumber\nGrant, Kristina,+1650\nKim,\nJo,+1651\n  ,\"+1652\nPat,+1653\n";
        let (contacts, messages) = read(text);
        assert_eq!(contacts, json!([{ "phoneNumber": "+1651", "name": "Jo" }]));
        let expected = [
            "2:1 columns: 3 in this line, 2 in the header",
            "3:1 the phone number is missing",
            "5:4 these quotes are not closed at the end of the column",
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn header_requires_both_columns_exactly_once() {
        for (text, expected) in [
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
                "1:18 DuplicateKey { key: \"name\", first_line: 1 }",
            ),
        ] {
            let (_, messages) = read(text);
            assert_eq!(messages, [expected], "{text}");
        }
        assert_eq!(read("name,phoneNumber\n"), (json!([]), vec![]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The output of the `csv` crate parses to the same contacts for any names and line ends,
        /// quoted or not.
        #[test]
        fn written_table_parses_to_the_same_contacts(
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
            let (node, errors) = parse_csv(&SourceFile::new("", text.clone()));
            prop_assert_eq!(&errors, &[]);
            let node = node.unwrap();
            let yaml::LenientValue {
                value: typed,
                errors,
                ..
            } = yaml::deserialize_lenient::<ContactsFile>(&node);
            prop_assert_eq!(&errors, &[]);
            prop_assert_eq!(typed.unwrap().0.len(), contacts.len());
            let expected: Vec<Json> = contacts.iter().map(|(name, number)| match name.trim() {
                "" => json!({ "phoneNumber": number }),
                name => json!({ "phoneNumber": number, "name": name }),
            }).collect();
            prop_assert_eq!(node.to_json(), Json::from(expected), "{}", text);
        }

        /// Any text parses without a panic, and all error spans are inside the text.
        #[test]
        fn any_text_parses_with_valid_error_spans(text in "(name,phoneNumber\n)?[a+1,\"\r\n\u{e9} ]{0,40}") {
            let (_, errors) = parse_csv(&SourceFile::new("", text.clone()));
            for error in errors {
                prop_assert!(text.get(error.span.bytes.clone()).is_some(), "{:?}", error.span.bytes);
            }
        }
    }
}
