//! The resources `comm-handling/states` and `comm-handling/voice/state-rules`.

use axum::extract::{Path, RawQuery, State};
use serde_json::json;

use super::account::SandboxExtension;
use super::checks::{self, BodyCheckContext, BodyFindings};
use super::defaults;
use super::normalize;
use super::paging::{ListQuery, paginate};
use super::presenters;
use super::response::{SandboxApiError, SandboxResponse};
use super::server::{HandlerResult, JsonBody, SandboxState};

/// States that a PATCH may change; RingCentral maintains the others. \[docs\]
const UPDATABLE_STATES: [&str; 4] = ["work-hours", "forward-all-calls", "agent", "dnd"];

/// Handles `GET …/states`: lists the states of a user.
pub(crate) async fn list(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        check_materialized(user)?;
        let ids = presenters::state_ids(user);
        let records = ids
            .into_iter()
            .filter_map(|id| presenters::present_state(user, id))
            .collect();
        let query = ListQuery::parse(query.as_deref());
        Ok(SandboxResponse::ok(paginate(
            store.account(),
            &query,
            records,
            None,
        )?))
    })
}

/// Handles `GET …/states/{state}`: reads a state.
pub(crate) async fn get(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> HandlerResult {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        check_materialized(user)?;
        presenters::present_state(user, &id)
            .map(SandboxResponse::ok)
            .ok_or_else(state_not_found)
    })
}

/// Handles `PATCH …/states/{state}`, which resets omitted fields to their defaults. \[seed, docs\]
pub(crate) async fn update(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
    JsonBody(body): JsonBody,
) -> HandlerResult {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        check_materialized(user)?;
        if !UPDATABLE_STATES.contains(&id.as_str()) {
            let message =
                format!("Parameter [stateId] value is invalid: {id} is maintained by the system");
            return Err(SandboxApiError::invalid("stateId", message));
        }
        let live = presenters::present_state(user, &id).ok_or_else(state_not_found)?;
        let mut findings = BodyFindings::default();
        checks::states::check(&mut findings, &id, &body, &live);
        SandboxApiError::from_details(findings.into_details())?;

        let mut state = defaults::default_state(&id);
        for (key, value) in body.as_object().into_iter().flatten() {
            let normalized = match key.as_str() {
                "id" | "displayName" => continue,
                "conditions" => normalize::normalize_conditions(value),
                _ => value.clone(),
            };
            state.insert(key.clone(), normalized);
        }
        let position = store.extension_index(&account, &extension)?;
        store.change_user(position, |user| {
            user.states.insert(id.clone(), state.into())
        })?;
        let user = &store.account().extensions[position];
        presenters::present_state(user, &id)
            .map(SandboxResponse::ok)
            .ok_or_else(state_not_found)
    })
}

/// Handles `GET …/state-rules`, which materializes the states. \[field\]
pub(crate) async fn list_rules(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.write(|store| {
        materialize(store, &account, &extension)?;
        let user = store.user(&account, &extension)?;
        let rule = |id| presenters::present_state_rule(store.account(), user, id);
        let records = presenters::state_ids(user)
            .into_iter()
            .filter_map(rule)
            .collect();
        let query = ListQuery::parse(query.as_deref());
        Ok(SandboxResponse::ok(paginate(
            store.account(),
            &query,
            records,
            None,
        )?))
    })
}

/// Handles `GET …/state-rules/{state}`: reads a state rule and materializes the states.
pub(crate) async fn get_rule(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> HandlerResult {
    shared.write(|store| {
        materialize(store, &account, &extension)?;
        let user = store.user(&account, &extension)?;
        let rule = presenters::present_state_rule(store.account(), user, &id);
        rule.map(SandboxResponse::ok).ok_or_else(rule_not_found)
    })
}

/// Handles `PATCH …/state-rules/{state}` with the complete dispatching. Without one it resets the
/// rule to its default. \[docs\]
pub(crate) async fn update_rule(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
    JsonBody(body): JsonBody,
) -> HandlerResult {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        let live = presenters::present_state_rule(store.account(), user, &id)
            .ok_or_else(rule_not_found)?;
        let Some(profile) = checks::states::dispatching_profile(&id) else {
            let message = format!("Parameter [stateId] value is invalid: {id} cannot be changed");
            return Err(SandboxApiError::invalid("stateId", message));
        };
        let dispatching = match body.get("dispatching") {
            None => defaults::default_dispatching(&id),
            Some(dispatching) => {
                let context = BodyCheckContext {
                    account: store.account(),
                    extension: user,
                    live: &live,
                };
                let mut findings = BodyFindings::default();
                checks::dispatching::check(&mut findings, &context, Some(dispatching), &profile);
                SandboxApiError::from_details(findings.into_details())?;
                normalize::normalize_dispatching(dispatching, &profile)
            }
        };
        let position = store.extension_index(&account, &extension)?;
        store.change_user(position, |user| {
            user.materialized = true;
            user.state_rules
                .insert(id.clone(), json!({ "dispatching": dispatching }));
        })?;
        let user = &store.account().extensions[position];
        let rule = presenters::present_state_rule(store.account(), user, &id);
        rule.map(SandboxResponse::ok).ok_or_else(rule_not_found)
    })
}

/// Returns 404 until the state rules of the user have been read. \[field\]
fn check_materialized(user: &SandboxExtension) -> Result<(), SandboxApiError> {
    if user.materialized {
        return Ok(());
    }
    Err(SandboxApiError::not_found(None, "States not found"))
}

/// Creates the states of a user, as the first read of the state rules does. \[field\]
fn materialize(
    store: &mut super::store::AccountStore,
    account: &str,
    extension: &str,
) -> Result<(), SandboxApiError> {
    let position = store.extension_index(account, extension)?;
    if !store.account().extensions[position].materialized {
        store.change_silently(|account| account.extensions[position].materialized = true)?;
    }
    Ok(())
}

fn state_not_found() -> SandboxApiError {
    SandboxApiError::not_found(
        Some("stateId"),
        "Resource for parameter [stateId] is not found",
    )
}

fn rule_not_found() -> SandboxApiError {
    SandboxApiError::not_found(Some("stateId"), "State rule is not found")
}
