//! The audit trail: what was changed on the account, and by whom.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Client;
use super::courier::{Call, Payload};
use super::endpoints::Verb;
use super::errors::Error;
use super::paging::{PER_PAGE, Pages};
use crate::wire::AuditRecord;

const SEARCH: &str = "/restapi/v1.0/account/~/audit-trail/search";

/// No search finds more than the last so many records of an account \[spec\].
const MOST: usize = 10_000;

impl Client {
    /// Every record since then; none of them where there are so many that some may be missing.
    ///
    /// It is searched by time alone. Nobody says whether the service takes its last 10,000 records
    /// before or after other filters, so a filtered answer could lack some without a sign.
    pub async fn audit_trail(&self, from: Timestamp) -> Result<Option<Vec<AuditRecord>>, Error> {
        let from = from.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut pages = Pages::default();
        // What was there when the search began must be found; what comes meanwhile may be.
        let mut announced = None;
        for page in 1.. {
            let search = json!({ "eventTimeFrom": from, "page": page, "perPage": PER_PAGE });
            let call = Call {
                verb: Verb::Post,
                path: SEARCH,
                payload: Payload::Search(&search),
                repeatable: true,
            };
            let answer = self.call(&call).await?.unwrap_or_default();
            let malformed = |reason: String| Error::Malformed {
                target: call.target(),
                reason,
            };
            let total = total(&answer);
            let announced = *announced.get_or_insert(total);
            let more = { pages.take(answer) }
                .map_err(|reason| malformed(format!("page {page}: {reason}")))?;
            let found = pages.records().len();
            if found.max(total) >= MOST {
                return Ok(None);
            }
            if !more {
                if found < announced {
                    let reason = format!("it announces {announced} records and has {found}");
                    return Err(malformed(reason));
                }
                break;
            }
        }
        let records = pages.records().iter().map(AuditRecord::from);
        Ok(Some(records.collect()))
    }
}

fn total(answer: &Value) -> usize {
    let total = answer.pointer("/paging/totalFound").and_then(Value::as_u64);
    total.map_or(0, |total| usize::try_from(total).unwrap_or(usize::MAX))
}
