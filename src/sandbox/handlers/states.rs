//! The resources `comm-handling/states` and `comm-handling/voice/state-rules`.

use axum::Json;
use serde_json::{Value, json};

use crate::sandbox::account::{AccountUser, SandboxExtension};
use crate::sandbox::checks::{self, BodyCheck};
use crate::sandbox::defaults::UPDATABLE_STATES;
use crate::sandbox::normalize::{normalize_conditions, normalize_dispatching};
use crate::sandbox::presenters::{present_state, present_state_rule, state_ids};
use crate::sandbox::request::ResourceRequest;
use crate::sandbox::response::{HandlerResult, SandboxApiError};
use crate::sandbox::store::AccountStore;

/// Handles `GET …/states`: lists the states of a user.
pub(crate) async fn list(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let AccountUser { account, user } = request.user(&store)?;
    check_materialized(user)?;
    let ids = state_ids(user).into_iter();
    let records = ids.filter_map(|id| present_state(user, id));
    request.query.paginate(account, records, None)
}

/// Handles `GET …/states/{state}`: reads a state.
pub(crate) async fn get(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let user = request.user(&store)?.user;
    check_materialized(user)?;
    find_state(user, &request).map(Json)
}

/// Handles `PATCH …/states/{state}`, which keeps omitted fields: `enabled: false` alone turns
/// forward-all-calls off. \[field\]
pub(crate) async fn update(request: ResourceRequest) -> HandlerResult {
    let body = request.json_body()?;
    let mut store = request.store();
    let index = request.user_index(&store)?;
    let user = store.user_at(index);
    check_materialized(user.user)?;
    let id = request.parameter("state");
    if !UPDATABLE_STATES.contains(&id) {
        return Err(invalid_state(&format!("{id} is maintained by the system")));
    }
    let live = find_state(user.user, &request)?;
    let check = BodyCheck::new(user, &live);
    checks::states::check(&check, id, &body);
    check.into_result()?;

    let mut state = user.user.states[id].clone();
    for (key, value) in body.as_object().into_iter().flatten() {
        let normalized = match key.as_str() {
            "id" | "displayName" => continue,
            "conditions" => normalize_conditions(value, user.user),
            _ => value.clone(),
        };
        state[key] = normalized;
    }
    store.change_user(index, |user| user.states.insert(id.to_owned(), state))?;
    find_state(store.user_at(index).user, &request).map(Json)
}

/// Handles `GET …/state-rules`, which materializes the states. \[field\]
pub(crate) async fn list_rules(request: ResourceRequest) -> HandlerResult {
    let mut store = request.store();
    materialize(&mut store, &request)?;
    let user = request.user(&store)?;
    let ids = state_ids(user.user).into_iter();
    let records = ids.filter_map(|id| present_state_rule(user, id));
    request.query.paginate(user.account, records, None)
}

/// Handles `GET …/state-rules/{state}`: reads a state rule and materializes the states.
pub(crate) async fn get_rule(request: ResourceRequest) -> HandlerResult {
    let mut store = request.store();
    materialize(&mut store, &request)?;
    find_rule(request.user(&store)?, &request).map(Json)
}

/// Handles `PATCH …/state-rules/{state}` with the complete dispatching. Without one it changes
/// nothing. \[field\]
pub(crate) async fn update_rule(request: ResourceRequest) -> HandlerResult {
    let body = request.json_body()?;
    let mut store = request.store();
    let index = request.user_index(&store)?;
    let user = store.user_at(index);
    let live = find_rule(user, &request)?;
    let id = request.parameter("state");
    let Some(limits) = checks::states::dispatching_limits(id) else {
        return Err(invalid_state(&format!("{id} cannot be changed")));
    };
    let Some(dispatching) = body.get("dispatching") else {
        return Ok(Json(live));
    };
    let check = BodyCheck::new(user, &live);
    checks::dispatching::check(&check.part(&body, "dispatching"), &limits);
    check.into_result()?;
    let rule = json!({ "dispatching": normalize_dispatching(dispatching, &limits) });
    store.change_user(index, |user| {
        user.materialized = true;
        user.state_rules.insert(id.to_owned(), rule);
    })?;
    find_rule(store.user_at(index), &request).map(Json)
}

/// Returns 404 until the state rules of the user have been read. \[field\]
fn check_materialized(user: &SandboxExtension) -> Result<(), SandboxApiError> {
    if user.materialized {
        return Ok(());
    }
    Err(SandboxApiError::not_found("States not found"))
}

/// Creates the states of a user, as the first read of the state rules does. \[field\]
fn materialize(store: &mut AccountStore, request: &ResourceRequest) -> Result<(), SandboxApiError> {
    let index = request.extension_index(store)?;
    if !store.account().extensions[index].materialized {
        store.change_silently(|account| account.extensions[index].materialized = true)?;
    }
    Ok(())
}

/// Returns the state that the path names.
fn find_state(
    user: &SandboxExtension,
    request: &ResourceRequest,
) -> Result<Value, SandboxApiError> {
    let state = present_state(user, request.parameter("state"));
    state.ok_or_else(|| SandboxApiError::parameter_not_found("stateId"))
}

/// Returns the state rule that the path names.
fn find_rule(user: AccountUser, request: &ResourceRequest) -> Result<Value, SandboxApiError> {
    let rule = present_state_rule(user, request.parameter("state"));
    rule.ok_or_else(|| SandboxApiError::not_found("State rule is not found").at("stateId"))
}

fn invalid_state(problem: &str) -> SandboxApiError {
    let message = format!("Parameter [stateId] value is invalid: {problem}");
    SandboxApiError::invalid("stateId", message)
}
