//! The request `audit-trail/search`: a read, although its method is POST. \[spec\]
//!
//! Only the time and page filters are implemented. Other filters are rejected, so that a client
//! never mistakes an unfiltered response for a filtered one.

use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::response::{SandboxApiError, SandboxResponse};
use super::server::{HandlerResult, OptionalJsonBody, SandboxState};

/// Time span that is searched if the request sets none. \[spec\]
const DEFAULT_SPAN: SignedDuration = SignedDuration::from_hours(24);
const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;
const UNSUPPORTED_FILTERS: [&str; 6] = [
    "initiatorIds",
    "targetIds",
    "siteId",
    "actionIds",
    "searchString",
    "excludeActionIds",
];

/// Handles `POST …/audit-trail/search`: lists the records of a time span.
pub(crate) async fn search(
    State(shared): State<SandboxState>,
    Path(account): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody,
) -> HandlerResult {
    let now = Timestamp::now();
    if let Some(filter) = UNSUPPORTED_FILTERS
        .into_iter()
        .find(|key| body.get(*key).is_some())
    {
        let message = format!("the sandbox does not support the filter [{filter}]");
        return Err(SandboxApiError::invalid(filter, message));
    }
    let to = time_param(&body, "eventTimeTo")?.unwrap_or(now);
    let from = time_param(&body, "eventTimeFrom")?.unwrap_or(to - DEFAULT_SPAN);
    let page = number_param(&body, "page")?.unwrap_or(1);
    let per_page = number_param(&body, "perPage")?
        .unwrap_or(DEFAULT_PAGE_SIZE)
        .min(MAX_PAGE_SIZE);
    if from > to {
        let message = "Parameter [eventTimeFrom] must not be after [eventTimeTo]";
        return Err(SandboxApiError::invalid("eventTimeFrom", message));
    }
    if page == 0 {
        return Err(invalid_param("page"));
    }
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let entries = store.audit_log().search(account, now);
        let matches: Vec<&Value> = entries
            .into_iter()
            .filter(|entry| (from..=to).contains(&entry.at))
            .map(|entry| &entry.record)
            .collect();
        let per_page = per_page.min(account.page_size.unwrap_or(MAX_PAGE_SIZE));
        let first = (page - 1) * per_page;
        let records: Vec<&Value> = matches.iter().copied().skip(first).take(per_page).collect();
        let mut paging = json!({ "page": page, "perPage": per_page });
        if per_page == 0 {
            // A page of size 0 has no paging data. [spec]
            paging = json!({});
        } else if !account.omit_total_pages {
            paging["total"] = matches.len().div_ceil(per_page).into();
            paging["totalFound"] = matches.len().into();
        }
        Ok(SandboxResponse::ok(
            json!({ "records": records, "paging": paging }),
        ))
    })
}

fn time_param(body: &Value, key: &str) -> Result<Option<Timestamp>, SandboxApiError> {
    match &body[key] {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| invalid_param(key)),
        _ => Err(invalid_param(key)),
    }
}

fn number_param(body: &Value, key: &str) -> Result<Option<usize>, SandboxApiError> {
    match &body[key] {
        Value::Null => Ok(None),
        value => {
            let number = value.as_u64().and_then(|number| i32::try_from(number).ok());
            let size = number.and_then(|number| usize::try_from(number).ok());
            size.map(Some).ok_or_else(|| invalid_param(key))
        }
    }
}

fn invalid_param(key: &str) -> SandboxApiError {
    SandboxApiError::invalid(key, format!("Parameter [{key}] value is invalid"))
}
