//! `comm-handling/voice/interaction-rules`: a user's custom rules.

use axum::extract::{Path, RawQuery, State};
use serde_json::Value;

use super::accepted;
use super::account::Extension;
use super::answers::{Answer, ApiError};
use super::checks::dispatching::INTERACTION;
use super::checks::{self, Findings, World};
use super::paging::{Query, page};
use super::server::{Body, Reply, Shared};
use super::store::Store;
use super::views;

/// GET …/interaction-rules
pub(crate) async fn list(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Reply {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        let query = Query::parse(query.as_deref());
        let enabled = query.boolean("enabled")?;
        let has_reference = query.boolean("hasReference")?;
        let wanted = |rule: &&Value| {
            // "display only …": false asks for nothing [spec]
            (enabled != Some(true) || rule["enabled"] == true)
                && (has_reference != Some(true) || refers_to_state(rule))
        };
        let rules = user.interaction_rules.iter().filter(wanted);
        let shown = rules.map(|rule| views::interaction_rule(store.account(), user, rule, true));
        Ok(Answer::ok(page(
            store.account(),
            &query,
            shown.collect(),
            None,
        )?))
    })
}

fn refers_to_state(rule: &Value) -> bool {
    let conditions = rule["conditions"].as_array().into_iter().flatten();
    conditions
        .into_iter()
        .any(|condition| condition["type"] == "State")
}

/// POST …/interaction-rules
pub(crate) async fn create(
    State(shared): State<Shared>,
    Path((account, extension)): Path<(String, String)>,
    Body(body): Body,
) -> Reply {
    shared.write(|store| {
        check(
            store,
            store.user(&account, &extension)?,
            &body,
            &Value::Null,
        )?;
        let position = store.position(&account, &extension)?;
        let rule = accepted::interaction_rule(store.new_id(), &body, &INTERACTION);
        store.change_user(position, |user| user.interaction_rules.push(rule.clone()))?;
        let user = &store.account().extensions[position];
        Ok(Answer::created(views::interaction_rule(
            store.account(),
            user,
            &rule,
            false,
        )))
    })
}

/// GET …/interaction-rules/{rule}
pub(crate) async fn one(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> Reply {
    shared.read(|store| {
        let user = store.user(&account, &extension)?;
        let rule = user.interaction_rule(&id).ok_or_else(not_found)?;
        Ok(Answer::ok(views::interaction_rule(
            store.account(),
            user,
            rule,
            false,
        )))
    })
}

/// PATCH …/interaction-rules/{rule}: replaces the whole rule, so a body that leaves a part out is refused as
/// incomplete. \[seed, docs\]
pub(crate) async fn update(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
    Body(body): Body,
) -> Reply {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        let rule = user.interaction_rule(&id).ok_or_else(not_found)?;
        let live = views::interaction_rule(store.account(), user, rule, false);
        check(store, user, &body, &live)?;
        let position = store.position(&account, &extension)?;
        let rule = accepted::interaction_rule(id.clone(), &body, &INTERACTION);
        store.change_user(position, |user| {
            let rules = &mut user.interaction_rules;
            if let Some(place) = rules.iter_mut().find(|rule| rule["id"] == *id) {
                *place = rule.clone();
            }
        })?;
        let user = &store.account().extensions[position];
        Ok(Answer::ok(views::interaction_rule(
            store.account(),
            user,
            &rule,
            false,
        )))
    })
}

/// DELETE …/interaction-rules/{rule}
pub(crate) async fn delete(
    State(shared): State<Shared>,
    Path((account, extension, id)): Path<(String, String, String)>,
) -> Reply {
    shared.write(|store| {
        let user = store.user(&account, &extension)?;
        user.interaction_rule(&id).ok_or_else(not_found)?;
        let position = store.position(&account, &extension)?;
        store.change_user(position, |user| {
            user.interaction_rules.retain(|rule| rule["id"] != *id);
        })?;
        Ok(Answer::no_content())
    })
}

/// `displayName`, `enabled`, `conditions` and `dispatching` are all required. \[spec, docs\]
fn check(store: &Store, extension: &Extension, body: &Value, live: &Value) -> Result<(), ApiError> {
    let world = World {
        account: store.account(),
        extension,
        live,
    };
    let mut findings = Findings::default();
    checks::rule_head(&mut findings, body);
    checks::conditions::check(&mut findings, &world, body.get("conditions"));
    checks::dispatching::check(&mut findings, &world, body.get("dispatching"), &INTERACTION);
    ApiError::from_checks(findings.into_refusals())
}

fn not_found() -> ApiError {
    ApiError::not_found(
        Some("ruleId"),
        "Resource for parameter [ruleId] is not found",
    )
}
