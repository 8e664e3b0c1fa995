//! Fetches the rules of a user.

use serde_json::Value;

use super::account::{check_path, malformed_response};
use super::errors::ClientError;
use super::{ApiClient, paging};
use crate::api::{InteractionRuleRecord, MalformedRecord, StateRuleRecord};
use crate::model::ExtensionId;

/// Fetches the interaction rules of a user, each complete.
///
/// The list is documented as complete, but on real accounts some records lack their dispatching,
/// which the single rule includes \[field\]. Only these rules cost another request.
pub(super) async fn list_interaction_rules(
    client: &ApiClient,
    user: &ExtensionId,
) -> Result<Vec<InteractionRuleRecord>, ClientError> {
    let path = rules_path(user, "interaction-rules");
    check_path(&path)?;
    let records = match paging::fetch_all(client, &path).await {
        // The list is "not found" until the states of the extension are created by the first read
        // of its state rules [field]. For a nonexistent extension that read fails as well.
        Err(error) if error.code() == Some("CMN-102") => {
            tracing::debug!(%user, "reading the state rules first: the user has no states yet");
            paging::fetch_all(client, &rules_path(user, "state-rules")).await?;
            paging::fetch_all(client, &path).await?
        }
        other => other?,
    };
    let mut rules = Vec::with_capacity(records.len());
    for record in records {
        let rule = parse_interaction_rule(record, &path)?;
        if rule.has_dispatching() {
            rules.push(rule);
        } else {
            rules.extend(fetch_complete_rule(client, &path, &rule.id).await?);
        }
    }
    Ok(rules)
}

/// Fetches a rule by its id; returns `None` if it was deleted since the list was read.
async fn fetch_complete_rule(
    client: &ApiClient,
    list_path: &str,
    id: &str,
) -> Result<Option<InteractionRuleRecord>, ClientError> {
    let path = format!("{list_path}/{id}");
    let record = match client.get_json(&path).await {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let rule = parse_interaction_rule(record, &path)?;
    if rule.has_dispatching() {
        Ok(Some(rule))
    } else {
        Err(malformed_response(&path, "no `dispatching`"))
    }
}

/// Fetches the state rules of a user. The list embeds each state with its schedule \[docs\].
pub(super) async fn list_state_rules(
    client: &ApiClient,
    user: &ExtensionId,
) -> Result<Vec<StateRuleRecord>, ClientError> {
    let path = rules_path(user, "state-rules");
    check_path(&path)?;
    let parse_state_rule = |record: Value, path: &str| {
        StateRuleRecord::try_from(record).map_err(|error| malformed_rule(path, &error))
    };
    let mut rules = Vec::new();
    for record in paging::fetch_all(client, &path).await? {
        let rule = parse_state_rule(record, &path)?;
        if rule.has_dispatching() {
            rules.push(rule);
        } else {
            // The list may lack what the single rule includes, as with interaction rules.
            let path = format!("{path}/{}", rule.id);
            rules.push(parse_state_rule(client.get_json(&path).await?, &path)?);
        }
    }
    Ok(rules)
}

fn rules_path(user: &ExtensionId, resource: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/{resource}")
}

fn parse_interaction_rule(record: Value, path: &str) -> Result<InteractionRuleRecord, ClientError> {
    InteractionRuleRecord::try_from(record).map_err(|error| malformed_rule(path, &error))
}

fn malformed_rule(path: &str, error: &MalformedRecord) -> ClientError {
    malformed_response(path, &error.to_string())
}
