//! Reads paged lists completely, with as few requests as possible.
//!
//! `totalPages` may be absent and the server may cap `perPage` \[spec\], so the end is detected by
//! several signs, the most reliable first.

use std::collections::HashSet;

use serde_json::Value;

use super::ApiClient;
use super::errors::ClientError;
use super::request::ApiRequest;

/// The most records that RingCentral returns per page \[spec\].
pub(super) const PER_PAGE: usize = 1000;

/// The highest page number that RingCentral accepts \[spec\].
const MAX_PAGE: usize = 1000;

/// Fetches every record of the list at `path` that matches these query parameters.
pub(super) async fn fetch_all(
    client: &ApiClient,
    path: &str,
    filters: &[(&'static str, &str)],
) -> Result<Vec<Value>, ClientError> {
    let mut pages = PageCollector::default();
    let mut page = 1;
    loop {
        let mut query: Vec<(&str, String)> = filters
            .iter()
            .map(|&(key, value)| (key, value.to_owned()))
            .collect();
        query.push(("page", page.to_string()));
        query.push(("perPage", PER_PAGE.to_string()));
        let request = ApiRequest::get(path, query);
        let response = client.send_request(&request).await?.unwrap_or_default();
        let result = match pages.add_page(response) {
            Ok(true) => {
                page += 1;
                continue;
            }
            Ok(false) => pages.check_complete(),
            Err(reason) => Err(reason.to_owned()),
        };
        return match result {
            Ok(()) => Ok(pages.records),
            Err(reason) => Err(ClientError::MalformedResponse {
                target: request.target(),
                reason: format!("page {page}: {reason}"),
            }),
        };
    }
}

/// The pages read so far.
#[derive(Debug, Default)]
pub(super) struct PageCollector {
    records: Vec<Value>,
    pages_read: usize,
    received: usize,
    seen_keys: HashSet<String>,
    previous_keys: Vec<String>,
    /// The `totalElements` of the last page.
    total: Option<usize>,
}

impl PageCollector {
    /// Returns the records so far, without duplicates.
    pub(super) fn records(&self) -> &[Value] {
        &self.records
    }

    /// Checks that the list is complete: no record is missing, and none was read twice. A plan for
    /// an incomplete list would create the missing rules again.
    fn check_complete(&self) -> Result<(), String> {
        let count = self.records.len();
        let expected = self.total.unwrap_or(self.received);
        if count < self.received {
            let repeated = self.received - count;
            Err(format!(
                "the list changed while it was read: {repeated} of {} records were repeated; run \
                 again",
                self.received
            ))
        } else if count < expected {
            Err(format!(
                "the list is incomplete: expected {expected} records, got {count}"
            ))
        } else {
            Ok(())
        }
    }

    /// Adds the next page; returns whether another one must follow.
    ///
    /// # Errors
    /// If the page has no records, repeats the page before it, or the list does not end.
    pub(super) fn add_page(&mut self, mut response: Value) -> Result<bool, &'static str> {
        let Some(Value::Array(records)) = response.get_mut("records").map(Value::take) else {
            return Err("no list `records`");
        };
        let keys: Vec<String> = records.iter().map(record_key).collect();
        let count = records.len();
        if count > 0 && keys == self.previous_keys {
            return Err("the page repeats the previous one");
        }
        self.pages_read += 1;
        self.received += count;
        let known_count = self.records.len();
        for (key, record) in keys.iter().zip(records) {
            // A record moves to the next page if another one is inserted before it in the meantime.
            if self.seen_keys.insert(key.clone()) {
                self.records.push(record);
            }
        }
        self.previous_keys = keys;
        self.total = paging_number(&response, "totalElements");

        let has_more = self.has_more(&response, count)?;
        if has_more && self.records.len() == known_count {
            return Err("the page has no new records");
        }
        if has_more && self.pages_read == MAX_PAGE {
            return Err("the list does not end");
        }
        Ok(has_more)
    }

    fn has_more(&self, response: &Value, count: usize) -> Result<bool, &'static str> {
        let paging = |key: &str| paging_number(response, key);
        // The audit trail uses another key [spec].
        if let Some(pages) = paging("totalPages").or_else(|| paging("total")) {
            let has_more = self.pages_read < pages;
            // An empty page is not taken as the end: records would be lost, and a plan would create
            // rules that seem to be missing.
            if has_more && count == 0 {
                return Err("the page is empty, but not the last one");
            }
            return Ok(has_more);
        }
        if let Some(navigation) = response.get("navigation").and_then(Value::as_object) {
            return Ok(navigation
                .get("nextPage")
                .is_some_and(|next| !next.is_null()));
        }
        if let Some(elements) = paging("totalElements") {
            return Ok(count > 0 && self.received < elements);
        }
        // A full page may be the last one, which only another request can show.
        let page_size = paging("perPage")
            .filter(|&size| size > 0)
            .unwrap_or(PER_PAGE);
        Ok(count >= page_size)
    }
}

/// Returns a number in the `paging` of a response.
fn paging_number(response: &Value, key: &str) -> Option<usize> {
    let number = response.pointer("/paging")?.get(key)?.as_u64()?;
    usize::try_from(number).ok()
}

/// Returns the key that identifies a record: its id, or the whole record without one.
fn record_key(record: &Value) -> String {
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

    /// Adds these pages; returns whether another one must follow after each, and the number of
    /// records.
    fn add_pages<const N: usize>(pages: [Value; N]) -> ([Result<bool, &'static str>; N], usize) {
        let mut collector = PageCollector::default();
        let results = pages.map(|page| collector.add_page(page));
        (results, collector.records.len())
    }

    /// Adds these pages, of which the last one ends the list, and checks the list.
    fn check_list<const N: usize>(pages: [Value; N]) -> Result<(), String> {
        let mut collector = PageCollector::default();
        let results = pages.map(|page| collector.add_page(page));
        assert_eq!(results.last(), Some(&Ok(false)));
        collector.check_complete()
    }

    #[test]
    fn list_shorter_than_its_total_is_incomplete() {
        let total = |more: Value| {
            let mut paging = json!({"perPage": 2, "totalElements": 4});
            paging
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            paging
        };
        let one_page = page(0..2, total(json!({"totalPages": 1})));
        let mut without_link = page(0..2, total(json!({})));
        without_link["navigation"] = json!({"firstPage": {}});
        let empty_page = [page(0..2, total(json!({}))), page(0..0, total(json!({})))];
        let error = Err("the list is incomplete: expected 4 records, got 2".to_owned());
        assert_eq!(check_list([one_page]), error);
        assert_eq!(check_list([without_link]), error);
        assert_eq!(check_list(empty_page), error);
    }

    #[test]
    fn empty_list_and_list_without_total_are_complete() {
        let empty = json!({"totalElements": 0, "totalPages": 0});
        assert_eq!(check_list([page(0..0, empty)]), Ok(()));
        assert_eq!(check_list([page(0..2, json!({"totalPages": 1}))]), Ok(()));
        assert_eq!(check_list([page(0..2, json!({}))]), Ok(()));
    }

    #[test]
    fn list_with_repeated_record_is_refused() {
        let paging = || json!({"totalPages": 2});
        let error = check_list([page(0..2, paging()), page(1..3, paging())]).unwrap_err();
        insta::assert_snapshot!(error, @"the list changed while it was read: 1 of 4 records were repeated; run again");
    }

    #[test]
    fn total_pages_decides_if_present() {
        let two_pages = || json!({"perPage": 2, "totalPages": 2});
        let full = add_pages([page(0..2, two_pages()), page(2..4, two_pages())]);
        assert_eq!(full, ([Ok(true), Ok(false)], 4));
        let empty = add_pages([page(0..0, json!({"totalPages": 0}))]);
        assert_eq!(empty, ([Ok(false)], 0));
    }

    #[test]
    fn next_page_link_decides_without_total_pages() {
        let mut linked = page(0..1, json!({"perPage": 100}));
        linked["navigation"] = json!({"nextPage": {"uri": "https://elsewhere.example/"}});
        // The last page is full, but nothing follows.
        let mut last = page(1..101, json!({"perPage": 100}));
        last["navigation"] = json!({"firstPage": {}});
        assert_eq!(add_pages([linked, last]), ([Ok(true), Ok(false)], 101));
    }

    #[test]
    fn page_size_decides_without_link() {
        let capped = |ids| page(ids, json!({"perPage": 100}));
        let pages = add_pages([capped(0..100), capped(100..200), capped(200..200)]);
        assert_eq!(pages, ([Ok(true), Ok(true), Ok(false)], 200));
        assert_eq!(add_pages([page(0..999, json!({}))]).0, [Ok(false)]);
        assert_eq!(add_pages([page(0..1000, json!({}))]).0, [Ok(true)]);
    }

    #[test]
    fn total_elements_saves_the_last_request() {
        let paging = || json!({"perPage": 2, "totalElements": 4});
        let pages = add_pages([page(0..2, paging()), page(2..4, paging())]);
        assert_eq!(pages, ([Ok(true), Ok(false)], 4));
    }

    #[test]
    fn record_on_two_pages_counts_once() {
        let paging = || json!({"totalPages": 2});
        let pages = add_pages([page(0..2, paging()), page(1..3, paging())]);
        assert_eq!(pages, ([Ok(true), Ok(false)], 3));
    }

    #[test]
    fn pages_without_progress_are_errors() {
        let total = |pages: usize| json!({"totalPages": pages});
        for (first, second, error) in [
            (
                page(0..2, total(2)),
                page(0..2, total(2)),
                "the page repeats the previous one",
            ),
            (
                page(0..2, total(3)),
                page(0..0, total(3)),
                "the page is empty, but not the last one",
            ),
            (
                page(0..2, total(3)),
                page(1..2, total(3)),
                "the page has no new records",
            ),
        ] {
            assert_eq!(add_pages([first, second]).0, [Ok(true), Err(error)]);
        }
        let no_list = add_pages([json!({"records": "none"})]);
        assert_eq!(no_list.0, [Err("no list `records`")]);

        let mut endless = PageCollector::default();
        let last = (0..).find_map(|n| endless.add_page(page(n..n + 1, total(usize::MAX))).err());
        assert_eq!(last, Some("the list does not end"));
        assert_eq!(endless.pages_read, MAX_PAGE);
    }
}
