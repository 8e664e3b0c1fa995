//! The resource `comm-handling/voice/interaction-rules`: the custom rules of a user.

use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::account::SandboxExtension;
use super::checks::dispatching::INTERACTION_PROFILE;
use super::checks::{self, BodyCheckContext, BodyFindings};
use super::normalize;
use super::paging::{ListQuery, paginate};
use super::presenters;
use super::response::{SandboxApiError, SandboxResponse};
use super::server::{HandlerResult, JsonBody, SandboxState};
use super::store::AccountStore;

/// Handles `GET …/interaction-rules`: lists the rules of a user.
pub(crate) async fn list(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> HandlerResult {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        let query = ListQuery::parse(query.as_deref());
        let enabled = query.boolean("enabled")?;
        let has_reference = query.boolean("hasReference")?;
        let matches = |rule: &&Value| {
            // These filters only narrow the list: `false` has no effect. [spec: "display only …"]
            (enabled != Some(true) || rule["enabled"] == true)
                && (has_reference != Some(true) || refers_to_state(rule))
        };
        let rules = user.interaction_rules.iter().filter(matches);
        let records = rules
            .map(|rule| presenters::present_interaction_rule(store.account(), user, rule, true));
        Ok(SandboxResponse::ok(paginate(
            store.account(),
            &query,
            records.collect(),
            None,
        )?))
    })
}

/// Returns whether a rule has a condition of type State.
fn refers_to_state(rule: &Value) -> bool {
    let mut conditions = rule["conditions"].as_array().into_iter().flatten();
    conditions.any(|condition| condition["type"] == "State")
}

/// Handles `POST …/interaction-rules`: creates a rule.
pub(crate) async fn create(
    State(shared): State<SandboxState>,
    Path((account, extension)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> HandlerResult {
    shared.write(|store| {
        check_rule(
            store,
            store.user(&account, &extension)?,
            &body,
            &Value::Null,
        )?;
        let position = store.extension_index(&account, &extension)?;
        let rule =
            normalize::normalize_interaction_rule(store.allocate_id(), &body, &INTERACTION_PROFILE);
        store.change_user(position, |user| user.interaction_rules.push(rule.clone()))?;
        let user = &store.account().extensions[position];
        Ok(SandboxResponse::created(
            presenters::present_interaction_rule(store.account(), user, &rule, false),
        ))
    })
}

/// Handles `GET …/interaction-rules/{rule}`: reads a rule.
pub(crate) async fn get(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> HandlerResult {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        let rule = user.interaction_rule(&id).ok_or_else(rule_not_found)?;
        Ok(SandboxResponse::ok(presenters::present_interaction_rule(
            store.account(),
            user,
            rule,
            false,
        )))
    })
}

/// Handles `PATCH …/interaction-rules/{rule}`, which replaces the whole rule and therefore rejects
/// an incomplete body. \[seed, docs\]
pub(crate) async fn update(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
    JsonBody(body): JsonBody,
) -> HandlerResult {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        let rule = user.interaction_rule(&id).ok_or_else(rule_not_found)?;
        let live = presenters::present_interaction_rule(store.account(), user, rule, false);
        check_rule(store, user, &body, &live)?;
        let position = store.extension_index(&account, &extension)?;
        let rule = normalize::normalize_interaction_rule(id.clone(), &body, &INTERACTION_PROFILE);
        store.change_user(position, |user| {
            let rules = &mut user.interaction_rules;
            if let Some(live_rule) = rules.iter_mut().find(|rule| rule["id"] == *id) {
                *live_rule = rule.clone();
            }
        })?;
        let user = &store.account().extensions[position];
        Ok(SandboxResponse::ok(presenters::present_interaction_rule(
            store.account(),
            user,
            &rule,
            false,
        )))
    })
}

/// Handles `DELETE …/interaction-rules/{rule}`: deletes a rule.
pub(crate) async fn delete(
    State(shared): State<SandboxState>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> HandlerResult {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        user.interaction_rule(&id).ok_or_else(rule_not_found)?;
        let position = store.extension_index(&account, &extension)?;
        store.change_user(position, |user| {
            user.interaction_rules.retain(|rule| rule["id"] != *id);
        })?;
        Ok(SandboxResponse::no_content())
    })
}

/// Checks the body of a rule. `displayName`, `enabled`, `conditions` and `dispatching` are all
/// required. \[spec, docs\]
fn check_rule(
    store: &AccountStore,
    extension: &SandboxExtension,
    body: &Value,
    live: &Value,
) -> Result<(), SandboxApiError> {
    let context = BodyCheckContext {
        account: store.account(),
        extension,
        live,
    };
    let mut findings = BodyFindings::default();
    checks::check_rule_head(&mut findings, body);
    checks::conditions::check(&mut findings, &context, body.get("conditions"));
    checks::dispatching::check(
        &mut findings,
        &context,
        body.get("dispatching"),
        &INTERACTION_PROFILE,
    );
    SandboxApiError::from_details(findings.into_details())
}

fn rule_not_found() -> SandboxApiError {
    SandboxApiError::not_found(
        Some("ruleId"),
        "Resource for parameter [ruleId] is not found",
    )
}
