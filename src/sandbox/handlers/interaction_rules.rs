//! The resource `comm-handling/voice/interaction-rules`: the custom rules of a user.

use axum::Json;
use axum::http::StatusCode;
use serde_json::Value;

use crate::sandbox::account::AccountUser;
use crate::sandbox::checks::{BodyCheck, check_new_rule, check_rule_update};
use crate::sandbox::json;
use crate::sandbox::normalize::{normalize_interaction_rule, update_interaction_rule};
use crate::sandbox::presenters::{present_interaction_rule, present_listed_rule};
use crate::sandbox::request::ResourceRequest;
use crate::sandbox::response::{HandlerResult, SandboxApiError};

/// Handles `GET …/interaction-rules`: lists the rules of a user.
pub(crate) async fn list(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let user = request.user(&store)?;
    let enabled = request.query.boolean("enabled")?;
    let has_reference = request.query.boolean("hasReference")?;
    let matches = |rule: &&Value| {
        // These filters only narrow the list: `false` has no effect. [spec: "display only …"]
        (enabled != Some(true) || rule["enabled"] == true)
            && (has_reference != Some(true) || refers_to_state(rule))
    };
    let rules = user.user.interaction_rules.iter().filter(matches);
    let records = rules.map(|rule| present_listed_rule(user, rule));
    request.query.paginate(user.account, records, None)
}

/// Returns whether a rule has a condition of type State.
fn refers_to_state(rule: &Value) -> bool {
    json::items(rule, "conditions").any(|condition| condition["type"] == "State")
}

/// Handles `POST …/interaction-rules`: creates a rule.
pub(crate) async fn create(
    request: ResourceRequest,
) -> Result<(StatusCode, Json<Value>), SandboxApiError> {
    let body = request.json_body()?;
    let mut store = request.store();
    let index = request.user_index(&store)?;
    let check = BodyCheck::new(store.user_at(index), &Value::Null);
    check_new_rule(&check, &body);
    check.into_result()?;
    let id = store.allocate_id();
    let rule = normalize_interaction_rule(id, &body, store.user_at(index).user);
    store.change_user(index, |user| user.interaction_rules.push(rule.clone()))?;
    let created = present_interaction_rule(store.user_at(index), &rule);
    Ok((StatusCode::CREATED, Json(created)))
}

/// Handles `GET …/interaction-rules/{rule}`: reads a rule.
pub(crate) async fn get(request: ResourceRequest) -> HandlerResult {
    let store = request.store();
    let user = request.user(&store)?;
    let rule = find_rule(user, &request)?;
    Ok(Json(present_interaction_rule(user, rule)))
}

/// Handles `PATCH …/interaction-rules/{rule}`, which replaces the fields that the body contains.
/// \[field\]
pub(crate) async fn update(request: ResourceRequest) -> HandlerResult {
    let body = request.json_body()?;
    let mut store = request.store();
    let index = request.user_index(&store)?;
    let user = store.user_at(index);
    let stored = find_rule(user, &request)?;
    let live = present_interaction_rule(user, stored);
    let check = BodyCheck::new(user, &live);
    check_rule_update(&check, &body);
    check.into_result()?;
    let mut rule = stored.clone();
    update_interaction_rule(&mut rule, &body, user.user);
    let id = request.parameter("rule");
    store.change_user(index, |user| {
        let mut rules = user.interaction_rules.iter_mut();
        if let Some(live_rule) = rules.find(|rule| rule["id"] == id) {
            *live_rule = rule.clone();
        }
    })?;
    Ok(Json(present_interaction_rule(store.user_at(index), &rule)))
}

/// Handles `DELETE …/interaction-rules/{rule}`: deletes a rule.
pub(crate) async fn delete(request: ResourceRequest) -> Result<StatusCode, SandboxApiError> {
    let mut store = request.store();
    let index = request.user_index(&store)?;
    find_rule(store.user_at(index), &request)?;
    let id = request.parameter("rule");
    store.change_user(index, |user| {
        user.interaction_rules.retain(|rule| rule["id"] != id);
    })?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the rule that the path names.
fn find_rule<'u>(
    user: AccountUser<'u>,
    request: &ResourceRequest,
) -> Result<&'u Value, SandboxApiError> {
    let rule = user.user.interaction_rule(request.parameter("rule"));
    rule.ok_or_else(|| SandboxApiError::parameter_not_found("ruleId"))
}
