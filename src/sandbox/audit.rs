//! `audit-trail/search`: a read, although it is a POST. \[spec\]
//!
//! Only times and pages are served: the other filters are refused, so that nobody takes an unfiltered answer
//! for a filtered one.

use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{Answer, ApiError};
use super::server::{OptionalBody, Reply, Shared};

/// Where nobody says, the last day is searched. \[spec\]
const USUAL_SPAN: SignedDuration = SignedDuration::from_hours(24);
const USUAL_SIZE: usize = 100;
const LARGEST: usize = 1000;

/// POST …/audit-trail/search
pub(crate) async fn search(
    State(shared): State<Shared>,
    Path(account): Path<String>,
    OptionalBody(body): OptionalBody,
) -> Reply {
    let now = Timestamp::now();
    let filters = ["initiatorIds", "targetIds", "siteId", "actionIds"];
    let others = ["searchString", "excludeActionIds"];
    if let Some(filter) = { filters.iter().chain(&others) }.find(|key| body.get(**key).is_some()) {
        let message = format!("the sandbox does not filter by [{filter}]");
        return Err(ApiError::invalid(filter, message));
    }
    let to = time(&body, "eventTimeTo")?.unwrap_or(now);
    let from = time(&body, "eventTimeFrom")?.unwrap_or(to - USUAL_SPAN);
    let page = number(&body, "page")?.unwrap_or(1);
    let per_page = number(&body, "perPage")?.unwrap_or(USUAL_SIZE).min(LARGEST);
    if from > to {
        let message = "Parameter [eventTimeFrom] must not be after [eventTimeTo]";
        return Err(ApiError::invalid("eventTimeFrom", message));
    }
    if page == 0 {
        return Err(invalid("page"));
    }
    shared.read(|store| {
        store.check_account(&account)?;
        let account = store.account();
        let found = store.trail().found(account, now);
        let found: Vec<&Value> = { found.into_iter() }
            .filter(|entry| (from..=to).contains(&entry.at))
            .map(|entry| &entry.record)
            .collect();
        let per_page = account
            .page_size
            .map_or(per_page, |size| per_page.min(size));
        let shown = found.iter().skip((page - 1) * per_page).take(per_page);
        let mut paging = json!({ "page": page, "perPage": per_page });
        if per_page == 0 {
            // No page has that size. [spec]
            paging = json!({});
        } else if !account.omit_total_pages {
            paging["total"] = found.len().div_ceil(per_page).into();
            paging["totalFound"] = found.len().into();
        }
        let records: Vec<_> = shown.collect();
        Ok(Answer::ok(json!({ "records": records, "paging": paging })))
    })
}

fn time(body: &Value, key: &str) -> Result<Option<Timestamp>, ApiError> {
    match &body[key] {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| invalid(key)),
        _ => Err(invalid(key)),
    }
}

fn number(body: &Value, key: &str) -> Result<Option<usize>, ApiError> {
    match &body[key] {
        Value::Null => Ok(None),
        value => { value.as_u64() }
            .and_then(|number| i32::try_from(number).ok())
            .and_then(|number| usize::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| invalid(key)),
    }
}

fn invalid(key: &str) -> ApiError {
    ApiError::invalid(key, format!("Parameter [{key}] value is invalid"))
}
