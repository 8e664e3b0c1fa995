//! `comm-handling/states` and `comm-handling/voice/state-rules`.

use axum::extract::{Path, RawQuery, State};
use serde_json::json;

use super::accepted;
use super::account::Extension;
use super::answers::{Answer, ApiError};
use super::checks::{self, Findings, World};
use super::defaults;
use super::paging::{Query, page};
use super::server::{Body, Reply, Shared};
use super::views;

const UPDATABLE: [&str; 4] = ["work-hours", "forward-all-calls", "agent", "dnd"];

/// GET …/states
pub(crate) async fn list(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        materialised(user)?;
        let ids = views::state_ids(user);
        let records = ids
            .into_iter()
            .filter_map(|id| views::state(user, id))
            .collect();
        let query = Query::parse(query.as_deref());
        Ok(Answer::ok(page(store.account(), &query, records, None)?))
    })
}

/// GET …/states/{state}
pub(crate) async fn one(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> Reply {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        materialised(user)?;
        views::state(user, &id)
            .map(Answer::ok)
            .ok_or_else(state_not_found)
    })
}

/// PATCH …/states/{state}: what is left out goes back to its default. \[seed, docs\]
pub(crate) async fn update(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
    Body(body): Body,
) -> Reply {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        materialised(user)?;
        if !UPDATABLE.contains(&id.as_str()) {
            let message =
                format!("Parameter [stateId] value is invalid: {id} is kept by the system");
            return Err(ApiError::invalid("stateId", message));
        }
        let live = views::state(user, &id).ok_or_else(state_not_found)?;
        let mut findings = Findings::default();
        checks::states::check(&mut findings, &id, &body, &live);
        ApiError::from_checks(findings.into_refusals())?;

        let mut state = defaults::state(&id);
        for (key, value) in body.as_object().into_iter().flatten() {
            let kept = match key.as_str() {
                "id" | "displayName" => continue,
                "conditions" => accepted::conditions(value),
                _ => value.clone(),
            };
            state.insert(key.clone(), kept);
        }
        let position = store.position(&account, &extension)?;
        store.change_user(position, |user| {
            user.states.insert(id.clone(), state.into())
        })?;
        let user = &store.account().extensions[position];
        views::state(user, &id)
            .map(Answer::ok)
            .ok_or_else(state_not_found)
    })
}

/// GET …/state-rules: this is what materialises the states. \[field\]
pub(crate) async fn list_rules(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.write(|store| {
        materialise(store, &account, &extension)?;
        let user = store.user(&account, &extension)?;
        let rule = |id| views::state_rule(store.account(), user, id);
        let records = views::state_ids(user)
            .into_iter()
            .filter_map(rule)
            .collect();
        let query = Query::parse(query.as_deref());
        Ok(Answer::ok(page(store.account(), &query, records, None)?))
    })
}

/// GET …/state-rules/{state}
pub(crate) async fn one_rule(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> Reply {
    shared.write(|store| {
        materialise(store, &account, &extension)?;
        let user = store.user(&account, &extension)?;
        let rule = views::state_rule(store.account(), user, &id);
        rule.map(Answer::ok).ok_or_else(rule_not_found)
    })
}

/// PATCH …/state-rules/{state}: the complete dispatching; without one the rule goes back to its default.
/// \[docs\]
pub(crate) async fn update_rule(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
    Body(body): Body,
) -> Reply {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        let live = views::state_rule(store.account(), user, &id).ok_or_else(rule_not_found)?;
        let Some(profile) = checks::states::profile(&id) else {
            let message = format!("Parameter [stateId] value is invalid: {id} cannot be changed");
            return Err(ApiError::invalid("stateId", message));
        };
        let dispatching = match body.get("dispatching") {
            None => defaults::state_dispatching(&id),
            Some(dispatching) => {
                let world = World {
                    account: store.account(),
                    extension: user,
                    live: &live,
                };
                let mut findings = Findings::default();
                checks::dispatching::check(&mut findings, &world, Some(dispatching), &profile);
                ApiError::from_checks(findings.into_refusals())?;
                accepted::dispatching(dispatching, &profile)
            }
        };
        let position = store.position(&account, &extension)?;
        store.change_user(position, |user| {
            user.materialised = true;
            user.state_rules
                .insert(id.clone(), json!({ "dispatching": dispatching }));
        })?;
        let user = &store.account().extensions[position];
        let rule = views::state_rule(store.account(), user, &id);
        rule.map(Answer::ok).ok_or_else(rule_not_found)
    })
}

fn materialised(user: &Extension) -> Result<(), ApiError> {
    if user.materialised {
        return Ok(());
    }
    Err(ApiError::not_found(None, "States not found"))
}

fn materialise(
    store: &mut super::store::Store,
    account: &str,
    extension: &str,
) -> Result<(), ApiError> {
    let position = store.position(account, extension)?;
    if !store.account().extensions[position].materialised {
        store.settle(|account| account.extensions[position].materialised = true)?;
    }
    Ok(())
}

fn state_not_found() -> ApiError {
    ApiError::not_found(
        Some("stateId"),
        "Resource for parameter [stateId] is not found",
    )
}

fn rule_not_found() -> ApiError {
    ApiError::not_found(Some("stateId"), "State rule is not found")
}
