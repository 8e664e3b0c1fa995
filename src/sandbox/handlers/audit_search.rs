//! The request `audit-trail/search`: a read, although its method is POST. \[spec\]
//!
//! Only the filters for times, targets and pages are implemented. Other filters are rejected, so
//! that a client never mistakes an unfiltered response for a filtered one.

use axum::Json;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sandbox::audit_log::AuditLogEntry;
use crate::sandbox::request::ResourceRequest;
use crate::sandbox::response::{HandlerResult, SandboxApiError};

/// Time span that is searched if the request sets none. \[spec\]
const DEFAULT_SPAN: SignedDuration = SignedDuration::from_hours(24);
const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1000;
const UNSUPPORTED_FILTERS: [&str; 5] = [
    "initiatorIds",
    "siteId",
    "actionIds",
    "searchString",
    "excludeActionIds",
];

/// Keys that are not in the specification, but in RingCentral's sample. \[docs\]
const HIDDEN_RECORD_KEYS: [&str; 3] = ["includeAdmins", "includeHidden", "searchParameters"];

/// Handles `POST …/audit-trail/search`: lists the records of a time span.
pub(crate) async fn search(request: ResourceRequest) -> HandlerResult {
    let body = request.optional_json_body()?;
    let now = Timestamp::now();
    let mut filters = UNSUPPORTED_FILTERS.into_iter();
    if let Some(filter) = filters.find(|key| body.get(*key).is_some()) {
        let message = format!("the sandbox does not support the filter [{filter}]");
        return Err(SandboxApiError::invalid(filter, message));
    }
    let time = |value: &Value| value.as_str()?.parse().ok();
    let number = |value: &Value| usize::try_from(i32::try_from(value.as_u64()?).ok()?).ok();
    let to = parameter(&body, "eventTimeTo", time)?.unwrap_or(now);
    let from = parameter(&body, "eventTimeFrom", time)?.unwrap_or(to - DEFAULT_SPAN);
    let page = parameter(&body, "page", number)?.unwrap_or(1);
    let per_page = parameter(&body, "perPage", number)?.unwrap_or(DEFAULT_PAGE_SIZE);
    let targets = parameter(&body, "targetIds", |value| value.as_array().cloned())?;
    if from > to {
        let message = "Parameter [eventTimeFrom] must not be after [eventTimeTo]";
        return Err(SandboxApiError::invalid("eventTimeFrom", message));
    }
    if page == 0 {
        return Err(SandboxApiError::invalid_value("page"));
    }
    let store = request.store();
    let account = request.account(&store)?;
    let mut entries = store.audit_log().search(account, now);
    if account.audit_trail.refuses_hidden
        && let Some(key) = HIDDEN_RECORD_KEYS
            .into_iter()
            .find(|key| body.get(*key).is_some())
    {
        return Err(SandboxApiError::invalid_value(key));
    }
    let is_target = |entry: &AuditLogEntry| {
        let id = &entry.record["target"]["objectId"];
        targets.as_ref().is_none_or(|targets| targets.contains(id))
    };
    entries.retain(|entry| (from..=to).contains(&entry.at) && is_target(entry));
    let max_size = account.page_size.unwrap_or(MAX_PAGE_SIZE);
    let per_page = per_page.min(MAX_PAGE_SIZE).min(max_size);
    let page_entries = entries.iter().skip((page - 1) * per_page).take(per_page);
    let records: Vec<&Value> = page_entries.map(|entry| &entry.record).collect();
    let mut paging = json!({ "page": page, "perPage": per_page });
    if per_page == 0 {
        // A page of size 0 has no paging data. [spec]
        paging = json!({});
    } else if !account.omit_total_pages {
        paging["total"] = entries.len().div_ceil(per_page).into();
        paging["totalFound"] = entries.len().into();
    }
    Ok(Json(json!({ "records": records, "paging": paging })))
}

/// Returns a parameter of the body, or an error if it is set but cannot be parsed.
fn parameter<T>(
    body: &Value,
    key: &str,
    parse: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, SandboxApiError> {
    match &body[key] {
        Value::Null => Ok(None),
        value => parse(value)
            .map(Some)
            .ok_or_else(|| SandboxApiError::invalid_value(key)),
    }
}
