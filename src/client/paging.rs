//! Reads lists to their end, with no request more than that takes.
//!
//! `totalPages` may be absent and the server may cap `perPage` \[spec\], so several signs of the end
//! are known, the surest first.

use std::collections::HashSet;

use serde_json::Value;

use super::Client;
use super::courier::{Call, Payload};
use super::endpoints::Verb;
use super::errors::Error;

/// The most that the service gives at once \[spec\].
pub(super) const PER_PAGE: usize = 1000;

/// The highest page number that the service accepts \[spec\].
const LAST_PAGE: usize = 1000;

/// Every record of the list at `path`.
pub(super) async fn list(client: &Client, path: &str) -> Result<Vec<Value>, Error> {
    list_of(client, path, &[]).await
}

/// Every record of the list at `path` that these parameters choose.
pub(super) async fn list_of(
    client: &Client,
    path: &str,
    choice: &[(&'static str, &str)],
) -> Result<Vec<Value>, Error> {
    let mut pages = Pages::default();
    let mut page = 1;
    loop {
        let chosen = choice
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()));
        let position = [
            ("page", page.to_string()),
            ("perPage", PER_PAGE.to_string()),
        ];
        let query = chosen.chain(position).collect();
        let call = Call {
            verb: Verb::Get,
            path,
            payload: Payload::Query(query),
            repeatable: true,
        };
        let answer = client.call(&call).await?.unwrap_or_default();
        match pages.take(answer) {
            Ok(true) => page += 1,
            Ok(false) => return Ok(pages.records),
            Err(reason) => {
                return Err(Error::Malformed {
                    target: call.target(),
                    reason: format!("page {page}: {reason}"),
                });
            }
        }
    }
}

/// The pages that were read until now.
#[derive(Debug, Default)]
pub(super) struct Pages {
    records: Vec<Value>,
    read: usize,
    received: usize,
    seen: HashSet<String>,
    previous: Vec<String>,
}

impl Pages {
    /// What they hold, each record once.
    pub(super) fn records(&self) -> &[Value] {
        &self.records
    }

    /// Takes the next page in; true if another one must follow.
    pub(super) fn take(&mut self, mut answer: Value) -> Result<bool, &'static str> {
        let Some(Value::Array(records)) = answer.get_mut("records").map(Value::take) else {
            return Err("there is no list of `records`");
        };
        let keys: Vec<String> = records.iter().map(key).collect();
        let count = records.len();
        if count > 0 && keys == self.previous {
            return Err("it repeats the page before it");
        }
        self.read += 1;
        self.received += count;
        let kept = self.records.len();
        for (key, record) in keys.iter().zip(records) {
            // A record moves to the next page when another is added before it in the meantime.
            if self.seen.insert(key.clone()) {
                self.records.push(record);
            }
        }
        self.previous = keys;

        let more = self.more(&answer, count)?;
        if more && self.records.len() == kept {
            return Err("it brings nothing new");
        }
        if more && self.read == LAST_PAGE {
            return Err("the list does not end");
        }
        Ok(more)
    }

    fn more(&self, answer: &Value, count: usize) -> Result<bool, &'static str> {
        let paging = |key: &str| {
            let number = answer.pointer("/paging")?.get(key)?.as_u64()?;
            usize::try_from(number).ok()
        };
        // The audit trail calls it by another name [spec].
        if let Some(pages) = paging("totalPages").or_else(|| paging("total")) {
            let more = self.read < pages;
            // Taken for the end, it could cost records; and a record that is thought missing would
            // be made anew.
            if more && count == 0 {
                return Err("it is empty, but not the last one");
            }
            return Ok(more);
        }
        if let Some(navigation) = answer.get("navigation").and_then(Value::as_object) {
            return Ok(navigation
                .get("nextPage")
                .is_some_and(|next| !next.is_null()));
        }
        if let Some(elements) = paging("totalElements") {
            return Ok(count > 0 && self.received < elements);
        }
        // A page as full as the server makes them may be the last one: only a look tells.
        let full = paging("perPage")
            .filter(|&size| size > 0)
            .unwrap_or(PER_PAGE);
        Ok(count >= full)
    }
}

/// What makes two records the same one.
fn key(record: &Value) -> String {
    record.get("id").unwrap_or(record).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(ids: std::ops::Range<usize>, paging: Value) -> Value {
        let records: Vec<Value> = ids.map(|id| json!({"id": id})).collect();
        json!({"records": records, "paging": paging})
    }

    #[test]
    fn the_total_decides_where_it_is_told() {
        let mut pages = Pages::default();
        assert_eq!(
            pages.take(page(0..2, json!({"perPage": 2, "totalPages": 2}))),
            Ok(true)
        );
        assert_eq!(
            pages.take(page(2..4, json!({"perPage": 2, "totalPages": 2}))),
            Ok(false)
        );
        assert_eq!(pages.records.len(), 4);
        let mut none = Pages::default();
        assert_eq!(none.take(page(0..0, json!({"totalPages": 0}))), Ok(false));
    }

    #[test]
    fn else_the_link_to_the_next_page_does() {
        let mut linked = page(0..1, json!({"perPage": 100}));
        linked["navigation"] = json!({"nextPage": {"uri": "https://elsewhere.example/"}});
        let mut pages = Pages::default();
        assert_eq!(pages.take(linked), Ok(true));
        let mut last = page(1..101, json!({"perPage": 100}));
        last["navigation"] = json!({"firstPage": {}});
        assert_eq!(pages.take(last), Ok(false), "full, but nothing follows");
    }

    #[test]
    fn else_the_page_size_of_the_answer_does() {
        let mut pages = Pages::default();
        assert_eq!(
            pages.take(page(0..100, json!({"perPage": 100}))),
            Ok(true),
            "capped"
        );
        assert_eq!(
            pages.take(page(100..200, json!({"perPage": 100}))),
            Ok(true),
            "full"
        );
        assert_eq!(
            pages.take(page(200..200, json!({"perPage": 100}))),
            Ok(false)
        );
        assert_eq!(Pages::default().take(page(0..999, json!({}))), Ok(false));
        assert_eq!(Pages::default().take(page(0..1000, json!({}))), Ok(true));
    }

    #[test]
    fn the_number_of_elements_spares_the_last_look() {
        let mut pages = Pages::default();
        let paging = json!({"perPage": 2, "totalElements": 4});
        assert_eq!(pages.take(page(0..2, paging.clone())), Ok(true));
        assert_eq!(pages.take(page(2..4, paging)), Ok(false));
    }

    #[test]
    fn a_record_that_moved_between_two_looks_counts_once() {
        let mut pages = Pages::default();
        assert_eq!(pages.take(page(0..2, json!({"totalPages": 2}))), Ok(true));
        assert_eq!(pages.take(page(1..3, json!({"totalPages": 2}))), Ok(false));
        assert_eq!(pages.records.len(), 3);
    }

    #[test]
    fn pages_that_lead_nowhere_are_errors() {
        let take_twice = |first: Value, second: Value| {
            let mut pages = Pages::default();
            pages.take(first).and_then(|_| pages.take(second))
        };
        let of = |pages: usize| json!({"totalPages": pages});
        let same = take_twice(page(0..2, of(2)), page(0..2, of(2)));
        assert_eq!(same, Err("it repeats the page before it"));
        let empty = take_twice(page(0..2, of(3)), page(0..0, of(3)));
        assert_eq!(empty, Err("it is empty, but not the last one"));
        let stale = take_twice(page(0..2, of(3)), page(1..2, of(3)));
        assert_eq!(stale, Err("it brings nothing new"));
        assert!(Pages::default().take(json!({"records": "none"})).is_err());

        let mut endless = Pages::default();
        let last = (0..).find_map(|n| endless.take(page(n..n + 1, of(usize::MAX))).err());
        assert_eq!(last, Some("the list does not end"));
        assert_eq!(endless.read, LAST_PAGE);
    }
}
