//! Searches the audit trail: what was changed on the account, and by whom.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ApiClient;
use super::errors::ClientError;
use super::paging::{PER_PAGE, PageCollector};
use super::request::{ApiRequest, HttpMethod, RequestPayload};
use crate::api::AuditRecord;

const AUDIT_SEARCH_PATH: &str = "/restapi/v1.0/account/~/audit-trail/search";

/// A search returns at most the last 10,000 records of an account \[spec\].
const MAX_AUDIT_RECORDS: usize = 10_000;

impl ApiClient {
    /// Fetches every audit record since `from`, or `None` if the result may be incomplete.
    ///
    /// The search filters by time only. It is undocumented whether RingCentral applies other
    /// filters before or after it cuts the result to 10,000 records, so a filtered search could
    /// silently miss some.
    pub async fn search_audit_trail(
        &self,
        from: Timestamp,
    ) -> Result<Option<Vec<AuditRecord>>, ClientError> {
        let event_time_from = from.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut pages = PageCollector::default();
        // The result must contain all records that existed when the search began.
        let mut first_total = None;
        for page in 1.. {
            let query =
                json!({ "eventTimeFrom": event_time_from, "page": page, "perPage": PER_PAGE });
            let request = ApiRequest {
                method: HttpMethod::Post,
                path: AUDIT_SEARCH_PATH,
                payload: RequestPayload::Search(&query),
                idempotent: true,
            };
            let response = self.send_request(&request).await?.unwrap_or_default();
            let malformed = |reason: String| ClientError::MalformedResponse {
                target: request.target(),
                reason,
            };
            let total = total_found(&response);
            let expected = *first_total.get_or_insert(total);
            let has_more = pages
                .add_page(response)
                .map_err(|reason| malformed(format!("page {page}: {reason}")))?;
            let count = pages.records().len();
            if count.max(total) >= MAX_AUDIT_RECORDS {
                return Ok(None);
            }
            if !has_more {
                if count < expected {
                    let reason =
                        format!("{count} records instead of the {expected} in `totalFound`");
                    return Err(malformed(reason));
                }
                break;
            }
        }
        let records = pages.records().iter().map(AuditRecord::from);
        Ok(Some(records.collect()))
    }
}

fn total_found(response: &Value) -> usize {
    let total = response
        .pointer("/paging/totalFound")
        .and_then(Value::as_u64);
    total.map_or(0, |total| usize::try_from(total).unwrap_or(usize::MAX))
}
